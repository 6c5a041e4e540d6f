import Core
import Testing

/// What a wall clock that was wrong for a while leaves in the fold.
@Suite struct ClockStepTests {
    private static let hour = Duration.seconds(3600)
    private static let year = Duration.seconds(365 * 86_400)

    private func holdReasons(_ chronicle: Chronicle, budget: Int) throws -> [HoldReason] {
        var radius = BlastRadius(budgetInjections: budget, budgetPeriod: .seconds(86_400))
        radius.concurrentInjections = 9
        let input = GateInput(
            openness: .open, isLeader: true,
            snapshot: SmallCluster.snapshot([.init(name: "app", desired: 2, pods: "rr")]),
            blindReason: nil, isWarm: true, washout: .zero)
        return holds(
            input, policy: try SmallCluster.policy(radius: radius), state: chronicle.state,
            now: chronicle.now
        ).map(\.reason)
    }

    private func exclusions(_ chronicle: Chronicle, cooldown: Duration) throws -> [String: Int] {
        var radius = SmallCluster.open
        radius.cooldown = cooldown
        let policy = try SmallCluster.policy(radius: radius)
        var snapshot = SmallCluster.snapshot([.init(name: "app", desired: 2, pods: "rr")])
        for index in snapshot.pods.indices {
            snapshot.pods[index].created = chronicle.now - Self.hour
        }
        let history = StrikeHistory(
            chronicle.state, policy: policy, snapshot: snapshot, now: chronicle.now)
        return Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: true, now: chronicle.now
        ).exclusionCounts
    }

    @Test func injectionsCountAfterTheClockWasBehindForAWhile() throws {
        var chronicle = Chronicle()
        for _ in 0..<2 { chronicle.strike() }
        chronicle.pass(.zero - Self.year)
        chronicle.strike()
        chronicle.pass(Self.year)
        chronicle.pass(Self.hour)
        #expect(try holdReasons(chronicle, budget: 2) == [.budget])
        #expect(try holdReasons(chronicle, budget: 3).isEmpty)
    }

    @Test func injectionsOfASmallStepAheadStillCount() throws {
        var chronicle = Chronicle()
        chronicle.strike()
        chronicle.pass(.zero - Self.hour)
        #expect(try holdReasons(chronicle, budget: 1) == [.budget])
    }

    /// What was struck meanwhile counts from when the clock was right again, and no longer.
    @Test func aClockThatWasAYearAheadBlocksNothingForAYear() throws {
        var chronicle = Chronicle()
        chronicle.pass(Self.year)
        chronicle.strike()
        chronicle.pass(.zero - Self.year)
        #expect(try exclusions(chronicle, cooldown: Self.hour) == ["cooling-down": 2])
        #expect(try holdReasons(chronicle, budget: 1) == [.budget])
        chronicle.add(.resumed(Resumed(by: "ada")))
        chronicle.pass(Self.hour)
        #expect(try exclusions(chronicle, cooldown: Self.hour).isEmpty)
        #expect(try holdReasons(chronicle, budget: 1) == [.budget])
        chronicle.pass(.seconds(86_400))
        #expect(try holdReasons(chronicle, budget: 1).isEmpty)
    }

    /// However long it really was ago, no cooldown ends because the clock was set back.
    @Test(arguments: [60, 900, 86_400])
    func theCooldownHoldsOverAStepBack(seconds: Int) throws {
        var chronicle = Chronicle()
        chronicle.strike()
        chronicle.pass(.seconds(-seconds))
        #expect(try exclusions(chronicle, cooldown: .seconds(300)) == ["cooling-down": 2])
        chronicle.add(.resumed(Resumed(by: "ada")))
        #expect(try exclusions(chronicle, cooldown: .seconds(300)) == ["cooling-down": 2])
        chronicle.pass(.seconds(300))
        #expect(try exclusions(chronicle, cooldown: .seconds(300)).isEmpty)
    }

    @Test func failuresOfAClockAheadCountAsOfNowAndLeaveThePeriod() {
        var chronicle = Chronicle()
        chronicle.strike("app", .harm, failed: 10)
        chronicle.pass(Self.year)
        chronicle.strike("app", .harm, failed: 20)
        chronicle.pass(.zero - Self.year)
        chronicle.add(.resumed(Resumed(by: "ada")))
        func used() -> Double {
            chronicle.state.failedRequests(of: Chronicle.policy, since: chronicle.now - Self.hour)
        }
        #expect(used() == 30)
        chronicle.strike("app", .harm, failed: 5)
        #expect(used() == 35)
        chronicle.pass(Self.hour + .seconds(60))
        #expect(used() == 0)
    }
}
