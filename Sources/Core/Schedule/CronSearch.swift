// The instants of a cron expression in a time zone. Pure; it looks at no clock.
//
// Changes of the clocks, as Vixie cron and its heirs do it: with fixed hours a job happens once a
// day it names, so a local time that is skipped happens at the first instant after the gap, and one
// that is repeated happens the first time only. With a wildcard hour (`*` or `*/n`) ticks follow
// elapsed time: skipped local times do not happen, repeated ones happen twice.

extension CronExpression {
    /// The first instant after `now`; nil when there is none within about 40 years (the longest
    /// time between two 29 Februaries on one weekday).
    package func next(after now: Timestamp, in zone: Zone) -> Timestamp? {
        var at = now + .nanoseconds(1)
        let horizon = at + .seconds(41 * 366 * 86_400)
        // Between two changes of the clocks local time runs evenly: one stretch after the other.
        while at < horizon {
            if !hoursAreWild, let gap = zone.gap(endingAt: at), first(in: gap) != nil { return at }
            let end = zone.nextTransition(after: at) ?? horizon
            let offset = Duration.seconds(zone.offset(at: at))
            var local = first(in: at + offset..<end + offset)
            while let found = local {
                let instant = found - offset
                if hoursAreWild || zone.localToInstants(CivilTime(found)).first == instant {
                    return instant
                }
                local = first(in: found + .seconds(60)..<max(found + .seconds(60), end + offset))
            }
            at = end
        }
        return nil
    }

    /// The first match in a span of local time, local times being instants as if in UTC.
    private func first(in span: Range<Timestamp>) -> Timestamp? {
        guard !span.isEmpty else { return nil }
        var day = CivilTime(span.lowerBound).daysSinceEpoch
        while true {
            let date = CivilTime(daysSinceEpoch: day)
            let midnight = date.instant()
            guard midnight < span.upperBound else { return nil }
            if matches(date) {
                for hour in 0..<24 where hours >> UInt32(hour) & 1 == 1 {
                    let start = midnight + .seconds(hour * 3600)
                    guard start + .seconds(3600) > span.lowerBound else { continue }
                    for minute in 0..<60 where minutes >> UInt64(minute) & 1 == 1 {
                        let found = start + .seconds(minute * 60)
                        if span.contains(found) { return found }
                    }
                }
            }
            day += 1
        }
    }

    private func matches(_ date: CivilTime) -> Bool {
        guard months >> UInt16(date.month) & 1 == 1 else { return false }
        let dayMatches = days >> UInt32(date.day) & 1 == 1
        let weekdayMatches = weekdays >> UInt8(date.weekday % 7) & 1 == 1
        return daysRestricted && weekdaysRestricted
            ? dayMatches || weekdayMatches : dayMatches && weekdayMatches
    }
}
