// When the next round of a schedule is due. Pure: the caller tells the time, waits, and keeps the
// last tick. Windows and dates without rounds are Openness's matter: a tick outside them is a held
// round.

package enum NextTick {
    /// The next tick, never before `now`.
    ///
    /// `every`: the last tick plus the period, stretched by a factor drawn from `1 ± jitter`; the
    /// first one counts from `now`. Given the instant a tick was due (not when it was handled) as
    /// `lastTick`, delays do not add up. Ticks missed while the machine slept are one tick, due at
    /// once.
    ///
    /// `cron`: the first match after `now`; missed matches are left out. See CronSearch for changes
    /// of the clocks.
    ///
    /// A last tick that lies ahead of `now` (the clock went back) by more than a period of `every`,
    /// or by more than an hour with `cron`, is disregarded.
    ///
    /// - Returns: nil when the cron expression has no match in the next 40 years.
    package static func next(
        after now: Timestamp, schedule: Schedule, lastTick: Timestamp?,
        random: inout RandomStream
    ) -> Timestamp? {
        switch schedule.cadence {
        case .every(let period):
            let last = lastTick.flatMap { $0 - now <= period ? $0 : nil } ?? now
            let stretch = 1 + schedule.jitter * (2 * random.unit() - 1)
            // Full jitter may draw nothing at all; a tick is still later than the one before.
            let gap = max(Duration.inSeconds(period.inSeconds * stretch), .milliseconds(1))
            return max(now, last + gap)
        case .cron(let cron):
            let last = lastTick.flatMap { $0 - now <= .seconds(3600) ? $0 : nil } ?? now
            return cron.next(after: max(now, last), in: schedule.zone)
        }
    }
}
