import Testing

@testable import Core

/// The chances of every cell, against counting by hand and against the sampler itself.
@Suite struct DrawChancesTests {
    private static let app = "Deployment go-app/app"
    private static let db = "Deployment go-app/db"

    @Test(arguments: [PodTargets.Choice.workload, .pod])
    func allCellsAddUpToOne(choose: PodTargets.Choice) throws {
        let planned = ReportSample.planned(1, pool: ReportSample.pool(choose: choose))
        let chances = DrawChances(planned)
        var sum = chances.sham
        for fault in ReportSample.faults {
            for target in [Self.app, Self.db] {
                sum += try #require(
                    chances.of(fault: fault, target: target, drew: ("pod-delete", Self.db)))
            }
        }
        #expect(abs(sum - 1) < 1e-12)
        let db = try #require(
            chances.of(fault: "pod-evict", target: Self.db, drew: ("pod-delete", Self.db)))
        // 0.8 of the rounds strike, half of them evict; one of two workloads, or one of three pods.
        #expect(abs(db - 0.4 / (choose == .workload ? 2 : 3)) < 1e-12)
        #expect(chances.of(fault: "other", target: nil, drew: ("pod-delete", Self.db)) == 0)
    }

    /// A thousand draws fall on each cell as often as the chances say.
    @Test func theSamplerAgrees() throws {
        let snapshot = SmallCluster.snapshot([
            .init(name: "app", desired: 3, pods: "rrr"), .init(name: "db", desired: 1, pods: "r"),
        ])
        let policy = try SmallCluster.policy(radius: SmallCluster.open, sham: 0.25)
        var random = RandomStream(seed: 5)
        var counts: [String: Int] = [:]
        var chances: DrawChances?
        let draws = 4000
        for _ in 0..<draws {
            let plan = Plan(
                snapshot, policy: policy, history: StrikeHistory(),
                honoursBudgets: false, now: SmallCluster.now, random: &random)
            let draw = try #require(plan.draw)
            var planned = ReportSample.planned(1, pool: plan.pool)
            planned.target = draw.target
            planned.fault = draw.fault.kind
            planned.shamProbability = draw.shamProbability
            chances = DrawChances(planned)
            let cell = draw.isSham ? "sham" : DrawChances.name(draw.target)
            counts[cell, default: 0] += 1
        }
        let known = try #require(chances)
        let targets = try #require(known.targets)
        for (target, _) in targets {
            let expected = targets[target, default: 0] * (1 - known.sham) * Double(draws)
            // Five standard deviations.
            #expect(abs(Double(counts[target] ?? 0) - expected) < 5 * expected.squareRoot())
        }
        #expect(abs(Double(counts["sham"] ?? 0) - 1000) < 5 * 1000.0.squareRoot())
    }

    @Test func olderPlansKnowOnlyWhatWasDrawn() {
        let bare = DrawChances(ReportSample.planned(1, pool: nil))
        let drew = (fault: "pod-delete", target: Self.db)
        #expect(bare.of(fault: "pod-delete", target: nil, drew: drew) == 0.4)
        #expect(bare.of(fault: "pod-evict", target: nil, drew: drew) == nil)
        #expect(bare.of(fault: "pod-delete", target: Self.db, drew: drew) == nil)
        var large = ReportSample.pool()
        large.candidates = nil
        // Uniform over two workloads, although their names were not kept.
        let many = DrawChances(ReportSample.planned(1, pool: large))
        #expect(many.of(fault: "pod-delete", target: Self.db, drew: drew) == 0.2)
        #expect(many.of(fault: "pod-delete", target: Self.app, drew: drew) == nil)
        large.choose = .pod
        let byPod = DrawChances(ReportSample.planned(1, pool: large))
        #expect(byPod.of(fault: "pod-delete", target: Self.db, drew: drew) == nil)
    }
}
