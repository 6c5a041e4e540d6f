// How often a policy's rounds come in the long run, before anything in the cluster or the signals
// holds them: for people who ask what a policy means.

/// Mean rate of rounds.
package struct RoundRate: Sendable, Hashable {
    /// What limits it.
    package enum Limit: String, Sendable {
        case schedule
        /// A round is open as long as it is observed, and only so many may be.
        case concurrency
        case budget
    }

    /// Seconds from one round to the next on average; nil when there is none within a year.
    package var secondsPerRound: Double?
    /// The share of the time in which the schedule is open, 0...1.
    package var openShare: Double
    package var limit: Limit

    /// Windows and dates are looked at over the four weeks after `now`, cron expressions over a
    /// year when four weeks have no tick.
    package init(_ policy: Policy, from now: Timestamp) {
        let schedule = policy.schedule
        limit = .schedule
        openShare = Self.openShare(schedule, now)
        let ticks: Pace
        switch schedule.cadence {
        case .every(let period): ticks = Self.pace(of: policy, every: period, openShare, now)
        case .cron(let cron): ticks = Self.pace(of: policy, cron, now)
        }
        var rate = ticks.rate
        if ticks.isHeld { limit = .concurrency }
        if let injections = policy.blastRadius.budgetInjections, policy.sham < 1 {
            let period = max(policy.blastRadius.budgetPeriod.inSeconds, 1e-3)
            let most = Double(injections) / period / (1 - policy.sham)
            if most < rate {
                rate = most
                limit = .budget
            }
        }
        secondsPerRound = rate > 0 ? 1 / rate : nil
    }

    /// Seconds between the strikes of something that a strike hits with probability `share`; never
    /// less than `cooldown`. Nil when it is never struck.
    package func secondsBetweenStrikes(
        share: Double, sham: Double, cooldown: Duration
    ) -> Double? {
        guard let secondsPerRound, share > 0, sham < 1 else { return nil }
        return max(secondsPerRound / (share * (1 - sham)), cooldown.inSeconds)
    }

    private static let weeks = Duration.seconds(28 * 86_400)

    private static func openShare(_ schedule: Schedule, _ now: Timestamp) -> Double {
        if schedule.windows.isEmpty, schedule.exceptDates.isEmpty { return 1 }
        let samples = 28 * 24 * 4
        let step = weeks / samples
        let open = (0..<samples).count { schedule.isOpen(at: now + step * $0) == .open }
        return Double(open) / Double(samples)
    }

    /// Rounds per second, and whether some ticks find no place.
    private struct Pace {
        var rate: Double
        var isHeld: Bool
    }

    /// Places for rounds: each is taken for as long as a round is observed.
    private struct Places {
        let count: Int
        let observed: Duration
        private var until: [Timestamp] = []

        init(_ policy: Policy) {
            count = max(policy.blastRadius.concurrentInjections, 1)
            observed = policy.judge.observe
        }

        /// Whether a round can begin at `tick`; then it has begun.
        mutating func take(_ tick: Timestamp) -> Bool {
            until.removeAll { $0 < tick }
            guard until.count < count else { return false }
            until.append(tick + observed)
            return true
        }
    }

    /// Takes ticks as the daemon does, from a fixed seed.
    private static func pace(
        of policy: Policy, every period: Duration, _ openShare: Double, _ now: Timestamp
    ) -> Pace {
        var places = Places(policy)
        var random = RandomStream(seed: 1)
        var tick = now
        var begun: [Timestamp] = []
        var ticks = 0
        while ticks < 100_000, begun.count < 2000 {
            ticks += 1
            tick =
                NextTick.next(
                    after: tick, schedule: policy.schedule, lastTick: tick, random: &random)
                ?? tick
            if places.take(tick) { begun.append(tick) }
        }
        guard begun.count < ticks, let first = begun.first, let last = begun.last, first < last
        else { return Pace(rate: openShare / max(period.inSeconds, 1e-3), isHeld: false) }
        return Pace(
            rate: openShare * Double(begun.count - 1) / (last - first).inSeconds, isHeld: true)
    }

    private static func pace(
        of policy: Policy, _ cron: CronExpression, _ now: Timestamp
    ) -> Pace {
        let schedule = policy.schedule
        var places = Places(policy)
        var at = now
        var first: Timestamp?
        var begun = 0
        var open = 0
        for seen in 0..<20_000 {
            guard let next = cron.next(after: at, in: schedule.zone),
                next - now <= (seen == 0 ? .seconds(366 * 86_400) : weeks)
            else { break }
            at = next
            first = first ?? next
            guard schedule.isOpen(at: next) == .open else { continue }
            open += 1
            if places.take(next) { begun += 1 }
        }
        guard begun > 0, let first, let after = cron.next(after: at, in: schedule.zone) else {
            return Pace(rate: 0, isHeld: false)
        }
        // From the first tick to the one after the last.
        let span = max((after - first).inSeconds, 1)
        return Pace(rate: Double(begun) / span, isHeld: begun < open)
    }
}
