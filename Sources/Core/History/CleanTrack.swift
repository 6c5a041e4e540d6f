// The strikes of a policy since its confidence last began anew, as runs of clean ones. What they
// are worth depends on the policy, so that the journal's fold keeps them as they came.

/// Consecutive clean strikes, and what ended each run of them.
package struct CleanTrack: Sendable, Hashable {
    package enum End: Sendable, Hashable {
        /// A strike did harm.
        case harm
        /// A fault took effect, and nothing can be said of it.
        case unclear
    }

    package struct Run: Sendable, Hashable {
        package var clean = 0
        /// Nil while it goes on.
        package var end: End?
    }

    /// Rounds planned before are not counted.
    package var since: Timestamp
    /// Why it began then, in words.
    package var reason: String
    /// Oldest first; the last one goes on. At most `limit`: the oldest are dropped.
    package private(set) var runs = [Run()]
    package static let limit = 1000

    package init(since: Timestamp, reason: String) {
        self.since = since
        self.reason = reason
    }

    /// One more clean strike.
    package mutating func addClean() { runs[runs.count - 1].clean += 1 }

    /// The run is over.
    package mutating func end(by end: End) {
        // An empty run that is broken off says nothing; one that ended in harm does.
        if end == .unclear, runs[runs.count - 1].clean == 0 { return }
        runs[runs.count - 1].end = end
        runs.append(Run())
        if runs.count > CleanTrack.limit { runs.removeFirst(runs.count - CleanTrack.limit) }
    }
}
