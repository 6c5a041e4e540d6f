import Testing

@testable import Core

/// A round redraws from what its plan keeps, and only from that.
@Suite struct RedrawTests {
    private static let groups = [
        SmallCluster.Group(name: "app", desired: 2, pods: "rr"),
        SmallCluster.Group(name: "db", desired: 1, pods: "r"),
        SmallCluster.Group(name: "repeater", desired: 4, pods: "rrrr"),
    ]

    private func planned(
        _ number: Int, choose: PodTargets.Choice, groups: [SmallCluster.Group] = groups
    ) throws -> Planned {
        let policy = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(choose: choose), sham: 0.3,
            faults: [("pod-delete", 1), ("pod-evict", 2.5)])
        let seed = RandomStream.fork(42, policy.id, UInt64(number))
        var random = RandomStream(seed: seed)
        let plan = Plan(
            SmallCluster.snapshot(groups), policy: policy, history: StrikeHistory(),
            honoursBudgets: true, now: SmallCluster.now, random: &random)
        let draw = try #require(plan.draw)
        return Planned(
            round: number, policy: policy.id, digest: "", tick: SmallCluster.now, seed: seed,
            assignment: draw.isSham ? .sham : .strike, target: draw.target,
            fault: draw.fault.kind, parameters: [:], targetProbability: draw.targetProbability,
            faultProbability: draw.faultProbability, shamProbability: draw.shamProbability,
            eligiblePods: plan.eligibility.eligible.count,
            eligibleWorkloads: plan.eligibleWorkloads, excluded: [:], pool: plan.pool)
    }

    @Test(arguments: PodTargets.Choice.allCases)
    func everyRoundRedrawsToItsPlan(_ choose: PodTargets.Choice) throws {
        var targets: Set<String> = []
        for number in 1...500 {
            let planned = try planned(number, choose: choose)
            let redraw = Plan.redraw(planned, daemonSeed: 42)
            #expect(redraw.agrees && redraw.isComplete, "\(number): \(redraw)")
            #expect(
                redraw.steps.map(\.name) == [
                    "seed", "sham", "fault", "eligible", "workload", "pod",
                ])
            targets.insert(planned.target.name)
        }
        #expect(targets.count == 7)
    }

    @Test func whatWasTamperedWithIsNamed() throws {
        func differing(_ change: (inout Planned) -> Void) throws -> [String] {
            var planned = try planned(3, choose: .workload)
            change(&planned)
            return Plan.redraw(planned, daemonSeed: 42).steps.filter { $0.agrees == false }
                .map(\.name)
        }
        #expect(try differing { _ in } == [])
        #expect(try differing { $0.target.name += "x" } == ["pod"])
        #expect(try differing { $0.targetProbability = 0.5 } == ["pod"])
        #expect(
            try differing {
                $0.target.workload = WorkloadRef(kind: "Deployment", namespace: "shop", name: "x")
            } == ["workload"])
        #expect(try differing { $0.fault = "pod-kill" } == ["fault"])
        #expect(try differing { $0.faultProbability = 1 } == ["fault"])
        #expect(try differing { $0.eligiblePods -= 1 } == ["eligible"])
        #expect(
            try differing { $0.assignment = $0.assignment == .sham ? .strike : .sham } == ["sham"])
        #expect(try differing { $0.seed += 1 }.contains("seed"))
        #expect(try differing { $0.pool?.candidates = [] } == ["eligible", "workload", "pod"])
    }

    @Test func aCutOrOldPlanRedrawsInPart() throws {
        let large = [
            SmallCluster.Group(
                name: "app", desired: 1001, pods: String(repeating: "r", count: 1001))
        ]
        let cut = try planned(1, choose: .workload, groups: large)
        #expect(cut.pool?.candidates == nil)
        let redraw = Plan.redraw(cut)
        #expect(redraw.agrees && !redraw.isComplete)
        #expect(redraw.steps.first { $0.name == "fault" }?.agrees == true)
        let full = [
            SmallCluster.Group(
                name: "app", desired: 1000, pods: String(repeating: "r", count: 1000))
        ]
        #expect(try planned(1, choose: .workload, groups: full).pool?.candidates?.count == 1)
        var old = try planned(1, choose: .pod)
        old.pool = nil
        #expect(Plan.redraw(old).agrees && !Plan.redraw(old).isComplete)
    }

    @Test func theStateDoesNotKeepThePool() throws {
        var state = State()
        state.apply(
            .planned(try planned(1, choose: .pod)), sequence: 1, at: SmallCluster.now)
        #expect(state.rounds.count == 1)
        #expect(state.rounds.first?.planned.pool == nil)
    }
}
