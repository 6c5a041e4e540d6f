// What schedules ask of a zone about changes of the clocks.

extension Zone {
    /// The local times (as instants in UTC) that are skipped when clocks go forward at exactly
    /// `instant`; nil when they do not.
    func gap(endingAt instant: Timestamp) -> Range<Timestamp>? {
        let just = instant - .nanoseconds(1)
        let before = offset(at: just)
        let after = offset(at: instant)
        guard before < after, nextTransition(after: just) == instant else { return nil }
        return instant + .seconds(before)..<instant + .seconds(after)
    }

    /// The changes of the clocks that happen on a local day, by what clocks show right after.
    func transitions(on date: CivilTime) -> [Timestamp] {
        let day = date.daysSinceEpoch
        let midnight = CivilTime(daysSinceEpoch: day).instant()
        var found: [Timestamp] = []
        // Offsets lie within 26 hours of UTC.
        var at = midnight - .seconds(26 * 3600)
        while let change = nextTransition(after: at), change < midnight + .seconds(50 * 3600) {
            if civil(at: change).daysSinceEpoch == day { found.append(change) }
            at = change
        }
        return found
    }
}
