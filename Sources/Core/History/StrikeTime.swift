// When a strike was, for limits that count from it, although somebody may have set the clock.

/// What the wall clock showed at a strike, and what it was set back to later. Neither is certain:
/// the clock may have been ahead at the strike, or be behind now. A limit counts from the one that
/// keeps it closed longer, but never from a time that lies ahead.
package struct StrikeTime: Sendable, Hashable, Codable {
    /// What the clock showed.
    package private(set) var at: Timestamp
    /// What it showed when it was last found to be earlier than that; nil when it never was.
    package private(set) var back: Timestamp?

    package init(_ at: Timestamp) { self.at = at }

    /// The clock shows `instant` now.
    package mutating func setBack(to instant: Timestamp) {
        if (back ?? at) > instant { back = instant }
    }

    /// From when on limits count at `now`. A time that lies ahead before the clock was found to be
    /// set back counts as now.
    package func counted(at now: Timestamp) -> Timestamp {
        let last = back ?? at
        if last > now { return now }
        return at <= now ? max(at, last) : last
    }
}
