// How often rounds come: known numbers, and brute force over ticks.

import Core
import Testing

@Suite struct RoundRateTests {
    private func policy(
        _ cadence: Schedule.Cadence, jitter: Double = 0, windows: [TimeWindow] = [],
        observe: Duration = .seconds(60), sham: Double = 0, budget: Int? = nil, open: Int = 1
    ) throws -> Policy {
        var radius = SmallCluster.open
        radius.concurrentInjections = open
        radius.budgetInjections = budget
        var policy = try SmallCluster.policy(radius: radius, sham: sham)
        policy.schedule = Schedule(cadence: cadence, jitter: jitter, windows: windows)
        policy.judge.observe = observe
        return policy
    }

    private func seconds(_ policy: Policy) -> Double {
        RoundRate(policy, from: SmallCluster.now).secondsPerRound ?? .infinity
    }

    @Test func thePeriodIsThePace() throws {
        #expect(abs(seconds(try policy(.every(.seconds(3600)))) - 3600) < 1e-6)
        let cron = try CronReader.read("*/10 * * * *")
        #expect(abs(seconds(try policy(.cron(cron))) - 600) < 1)
        let yearly = try CronReader.read("0 0 1 1 *")
        #expect(abs(seconds(try policy(.cron(yearly))) - 365 * 86_400) < 86_401)
        let never = [TimeWindow(weekdays: [1], from: 61, to: 62)]
        let shut = try policy(.cron(cron), windows: never)
        #expect(RoundRate(shut, from: SmallCluster.now).secondsPerRound == nil)
    }

    @Test func windowsThinItOut() throws {
        let days = [TimeWindow(weekdays: [1, 2, 3, 4, 5], from: 540, to: 1020)]
        let rate = RoundRate(
            try policy(.every(.seconds(600)), windows: days), from: SmallCluster.now)
        #expect(abs(rate.openShare - 40.0 / 168) < 1e-9)
        #expect(abs((rate.secondsPerRound ?? 0) - 600 * 168 / 40) < 1e-6)
        let cron = try CronReader.read("*/10 * * * *")
        #expect(abs(seconds(try policy(.cron(cron), windows: days)) - 600 * 168 / 40) < 60)
    }

    @Test func anOpenRoundKeepsItsPlace() throws {
        let busy = try policy(.every(.seconds(120)), observe: .seconds(300))
        let rate = RoundRate(busy, from: SmallCluster.now)
        #expect(rate.limit == .concurrency && rate.secondsPerRound == 360)
        let three = try policy(.every(.seconds(120)), observe: .seconds(300), open: 3)
        #expect(RoundRate(three, from: SmallCluster.now).limit == .schedule)
    }

    @Test func theBudgetBounds() throws {
        let rate = RoundRate(
            try policy(.every(.seconds(120)), sham: 0.2, budget: 20), from: SmallCluster.now)
        // 20 strikes a day are 25 rounds, of which a fifth are shams.
        #expect(rate.limit == .budget)
        #expect(abs((rate.secondsPerRound ?? 0) - 86_400 / 25) < 1e-6)
    }

    @Test func theShareOfAWorkloadStretchesIt() throws {
        let rate = RoundRate(try policy(.every(.seconds(600))), from: SmallCluster.now)
        let between = rate.secondsBetweenStrikes(share: 0.25, sham: 0.2, cooldown: .zero)
        #expect(abs((between ?? 0) - 3000) < 1e-6)
        #expect(
            rate.secondsBetweenStrikes(share: 0.25, sham: 0.2, cooldown: .seconds(7200)) == 7200)
        #expect(rate.secondsBetweenStrikes(share: 0, sham: 0.2, cooldown: .zero) == nil)
        #expect(rate.secondsBetweenStrikes(share: 1, sham: 1, cooldown: .zero) == nil)
    }

    /// Ticks one after the other, as the daemon takes them.
    @Test(arguments: [20.0, 100, 130, 300, 500])
    func tickingGivesTheSame(observe: Double) throws {
        let policy = try policy(
            .every(.seconds(120)), jitter: 0.3, observe: .inSeconds(observe))
        var random = RandomStream(seed: 4)
        var tick = SmallCluster.now
        var until = Timestamp.earliest
        var rounds = 0
        while tick - SmallCluster.now < .seconds(4_000_000) {
            tick =
                NextTick.next(
                    after: tick, schedule: policy.schedule, lastTick: tick, random: &random)
                ?? tick
            if tick > until {
                rounds += 1
                until = tick + policy.judge.observe
            }
        }
        let measured = 4_000_000 / Double(rounds)
        #expect(abs(seconds(policy) / measured - 1) < 0.03, "\(measured)")
    }
}
