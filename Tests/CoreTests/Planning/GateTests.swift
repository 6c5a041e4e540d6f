import Core
import Testing

@Suite struct GateTests {
    private func reasons(
        _ policy: Policy, _ state: State = State(), change: (inout GateInput) -> Void = { _ in }
    ) -> [HoldReason] {
        var input = GateInput(
            openness: .open, isLeader: true,
            snapshot: SmallCluster.snapshot([.init(name: "a", desired: 2, pods: "rr")]),
            blindReason: nil, isWarm: true)
        change(&input)
        return holds(input, policy: policy, state: state, now: SmallCluster.now).map(\.reason)
    }

    @Test func anythingUnknownHolds() throws {
        let policy = try SmallCluster.policy()
        #expect(reasons(policy).isEmpty)
        #expect(reasons(policy) { $0.snapshot = nil } == [.clusterUnreadable])
        #expect(reasons(policy) { $0.blindReason = "no answer" } == [.blind])
        #expect(reasons(policy) { $0.isWarm = false } == [.warmingUp])
        let scant: (inout GateInput) -> Void = {
            $0.isWarm = false
            $0.scantTraffic = "too little"
        }
        #expect(reasons(policy, change: scant) == [.tooLittleTraffic])
        var careless = policy
        careless.gate.holdWhile = [.alertFiring]
        #expect(reasons(careless, change: scant).isEmpty)
        #expect(reasons(policy) { $0.isLeader = false } == [.notLeader])
        #expect(reasons(policy) { $0.journalFailure = "disk full" } == [.journalFailing])
        #expect(reasons(policy) { $0.clockJump = .seconds(60) } == [.clockJump])
        #expect(
            reasons(policy) { $0.openness = .closed(reason: "night", nextOpen: nil) }
                == [.outsideWindow])
    }

    @Test func whoDoesNotLeadSaysWhy() throws {
        var input = GateInput(
            openness: .open, isLeader: false,
            snapshot: SmallCluster.snapshot([.init(name: "a", desired: 2, pods: "rr")]),
            blindReason: nil, isWarm: true)
        func text() throws -> [String] {
            holds(input, policy: try SmallCluster.policy(), state: State(), now: SmallCluster.now)
                .map(\.text)
        }
        #expect(try text() == ["this instance does not lead"])
        input.leadershipObstacle = "hazard-1 leads"
        #expect(try text() == ["hazard-1 leads"])
    }

    @Test func whoTookOverWaitsForTheCooldown() throws {
        var radius = BlastRadius(cooldown: .seconds(600))
        radius.concurrentInjections = 9
        let policy = try SmallCluster.policy(radius: radius)
        for (ago, expected) in [(0, [HoldReason.warmingUp]), (599, [.warmingUp]), (600, [])] {
            let found = reasons(policy) {
                $0.takeover = Takeover(from: "hazard-1", ago: .seconds(ago))
            }
            #expect(found == expected)
        }
    }

    @Test func theKillSwitchHoldsUntilReleased() throws {
        var state = State()
        state.apply(.halted(Halted(by: "ada")), sequence: 1, at: SmallCluster.now)
        #expect(reasons(try SmallCluster.policy(), state) == [.halted])
        state.apply(.resumed(Resumed(by: "ada")), sequence: 2, at: SmallCluster.now)
        #expect(reasons(try SmallCluster.policy(), state).isEmpty)
    }

    @Test func theBudgetCountsInjectionsOfThePeriodOnly() throws {
        var radius = BlastRadius(budgetInjections: 2, budgetPeriod: .seconds(3600))
        radius.concurrentInjections = 9
        let policy = try SmallCluster.policy(radius: radius)
        var state = State()
        let target = Target(kind: .pod, namespace: "shop", name: "x", uid: "u")
        for (round, age) in [(1, 4000), (2, 3000), (3, 10)] {
            let at = SmallCluster.now - .seconds(age)
            let injecting = Injecting(
                round: round, policy: policy.id, target: target, fault: "pod-delete",
                parameters: [:], undo: [:], deadline: at, fencingToken: 1)
            #expect(reasons(policy, state).isEmpty)
            state.apply(.injecting(injecting), sequence: round, at: at)
        }
        #expect(reasons(policy, state) == [.budget])
    }

    @Test func aRolloutHolds() throws {
        let found = reasons(try SmallCluster.policy()) {
            $0.snapshot?.workloads[0].rollingOut = true
        }
        #expect(found == [.rolloutInProgress])
    }
}
