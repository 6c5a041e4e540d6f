import Core
import Testing

@Suite struct PlanTests {
    private static let groups = [
        SmallCluster.Group(name: "app", desired: 2, pods: "rr"),
        SmallCluster.Group(name: "db", desired: 1, pods: "r"),
        SmallCluster.Group(name: "repeater", desired: 4, pods: "rrrr"),
    ]

    private func draw(
        _ policy: Policy, seed: UInt64, snapshot: Snapshot = SmallCluster.snapshot(groups)
    ) -> Plan {
        var random = RandomStream(seed: seed)
        return Plan(
            snapshot, policy: policy, history: StrikeHistory(), honoursBudgets: true,
            now: SmallCluster.now, random: &random)
    }

    @Test func theSameSeedDrawsTheSame() throws {
        let policy = try SmallCluster.policy(radius: SmallCluster.open, sham: 0.2)
        for seed in 0..<200 {
            #expect(draw(policy, seed: UInt64(seed)).draw == draw(policy, seed: UInt64(seed)).draw)
        }
    }

    @Test func probabilitiesSumToOneMinusSham() throws {
        for choice in PodTargets.Choice.allCases {
            let policy = try SmallCluster.policy(
                radius: SmallCluster.open, targets: PodTargets(choose: choice), sham: 0.2)
            let snapshot = SmallCluster.snapshot(Self.groups)
            let plan = draw(policy, seed: 1, snapshot: snapshot)
            let all = Plan.probabilities(snapshot, policy: policy, eligibility: plan.eligibility)
            let sum = all.reduce(0) { $0 + $1.probability }
            #expect(abs(sum - 0.8) < 1e-12)
            #expect(all.count == 7)
        }
    }

    /// Pearson's chi-squared over 20,000 draws against the logged probabilities; the bound is the
    /// 99.99 % quantile for the degrees of freedom (scipy.stats.chi2.ppf).
    @Test(arguments: [(PodTargets.Choice.workload, 27.86), (.pod, 27.86)])
    func drawsFollowTheLoggedProbabilities(_ choice: PodTargets.Choice, _ bound: Double) throws {
        let policy = try SmallCluster.policy(
            radius: SmallCluster.open, targets: PodTargets(choose: choice))
        let snapshot = SmallCluster.snapshot(Self.groups)
        var counts: [String: Int] = [:]
        var logged: [String: Double] = [:]
        let rounds = 20_000
        for seed in 0..<rounds {
            let plan = draw(
                policy, seed: RandomStream.fork(7, "x", UInt64(seed)), snapshot: snapshot)
            let found = try #require(plan.draw)
            counts[found.target.name, default: 0] += 1
            logged[found.target.name] = found.targetProbability
        }
        #expect(counts.count == 7)
        #expect(abs(logged.values.reduce(0, +) - 1) < 1e-12)
        if choice == .workload { #expect(logged["db-0"] == 1.0 / 3) }
        var statistic = 0.0
        for (name, count) in counts {
            let expected = (logged[name] ?? 0) * Double(rounds)
            statistic += (Double(count) - expected) * (Double(count) - expected) / expected
        }
        #expect(statistic < bound)
    }

    @Test func faultsAndShamsFollowTheirShares() throws {
        let policy = try SmallCluster.policy(
            radius: SmallCluster.open, sham: 0.25, faults: [("pod-delete", 1), ("pod-evict", 3)])
        var evictions = 0
        var shams = 0
        for seed in 0..<10_000 {
            let found = try #require(
                draw(policy, seed: RandomStream.fork(3, "y", UInt64(seed))).draw)
            if found.fault.kind == "pod-evict" {
                evictions += 1
                #expect(found.faultProbability == 0.75)
            }
            if found.isSham { shams += 1 }
        }
        // Five standard deviations of the binomial.
        #expect(abs(evictions - 7500) < 217)
        #expect(abs(shams - 2500) < 217)
    }

    @Test func nothingEligibleIsNoDrawWithReasons() throws {
        let policy = try SmallCluster.policy()
        let snapshot = SmallCluster.snapshot([.init(name: "db", desired: 1, pods: "r")])
        let plan = draw(policy, seed: 5, snapshot: snapshot)
        #expect(plan.draw == nil)
        #expect(plan.eligibility.exclusionCounts == ["last-ready": 1])
    }
}
