// The numbers behind each exclusion, and that every exclusion has some.

import Core
import Testing

@Suite struct ExclusionDetailTests {
    typealias Group = SmallCluster.Group

    /// The first pod's exclusion in numbers.
    private func detail(
        _ groups: [Group], _ policy: Policy, age: Duration = .seconds(3600),
        history: StrikeHistory = StrikeHistory(), budgets: [Snapshot.DisruptionBudget] = [],
        change: (inout Snapshot) -> Void = { _ in }
    ) throws -> (Exclusion, ExclusionDetail) {
        var snapshot = SmallCluster.snapshot(groups, age: age, budgets: budgets)
        change(&snapshot)
        let found = Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: false,
            now: SmallCluster.now)
        let reason = try #require(found.excluded.first { $0.pod == 0 }?.reason)
        let detail = ExclusionDetail(
            reason, pod: 0, in: snapshot, policy: policy, history: history, now: SmallCluster.now)
        #expect(!detail.change.isEmpty)
        return (reason, detail)
    }

    @Test func limitsNameWhatTheyCount() throws {
        let safe = try SmallCluster.policy()
        let single = try detail([Group(name: "db", desired: 1, pods: "r")], safe)
        #expect(single.0 == .lastReady)
        #expect(single.1.numbers == "1 of 1 ready, minReady 1")
        #expect(single.1.change.contains("workload.minReady: 0"))
        let half = try detail([Group(name: "a", desired: 2, pods: "ru")], safe)
        #expect(half.0 == .lastReady)
        #expect(half.1.numbers == "1 of 2 ready, minReady 1")
        #expect(half.1.change.hasPrefix("wait until all replicas are Ready"))
        let pair = try detail([Group(name: "a", desired: 2, pods: "rr")], safe)
        #expect(pair.0 == .workloadLimit)
        #expect(pair.1.numbers == "0 of 2 unavailable, maxUnavailable 34% allows 0")
        var radius = SmallCluster.open
        radius.namespaceMaxUnavailable = .share(0.3)
        let broken = try detail(
            [Group(name: "a", desired: 3, pods: "rrr"), Group(name: "b", desired: 2, pods: "uu")],
            try SmallCluster.policy(radius: radius))
        #expect(broken.0 == .namespaceLimit)
        #expect(broken.1.numbers == "2 of 5 pods unavailable in shop, maxUnavailable 30% allows 1")
        radius = SmallCluster.open
        radius.nodeMaxUnavailable = .count(1)
        let node = try detail(
            [Group(name: "a", desired: 4, pods: "rrrt")],
            try SmallCluster.policy(radius: radius))
        #expect(node.0 == .nodeLimit)
        #expect(node.1.numbers == "1 of 2 pods struck on node-0, maxUnavailable 1")
    }

    @Test func timesAreCounted() throws {
        var radius = SmallCluster.open
        radius.cooldown = .seconds(1800)
        let ref = WorkloadRef(kind: "Deployment", namespace: "shop", name: "a")
        let cooling = try detail(
            [Group(name: "a", desired: 1, pods: "r")], try SmallCluster.policy(radius: radius),
            history: StrikeHistory(struckAt: [ref: SmallCluster.now - .seconds(240)]))
        #expect(cooling.0 == .coolingDown)
        #expect(
            cooling.1.numbers == "Deployment shop/a was struck 4m ago, cooldown 30m")
        #expect(cooling.1.change.hasPrefix("wait 26m"))
        let young = try detail(
            [Group(name: "a", desired: 1, pods: "r")],
            try SmallCluster.policy(targets: PodTargets(minAge: .seconds(300))),
            age: .seconds(120))
        #expect(young.0 == .tooYoung && young.1.numbers == "2m old, minAge 5m")
        #expect(young.1.change.hasPrefix("wait 3m"))
    }

    @Test func identityNamesWhatDoesNotFit() throws {
        let group = [Group(name: "a", desired: 1, pods: "r")]
        let selector = LabelSelector([
            .init(key: "app", operation: .isIn, values: ["b", "c"]),
            .init(key: "skip", operation: .doesNotExist),
        ])
        let labels = try detail(
            group, try SmallCluster.policy(targets: PodTargets(selector: selector)))
        #expect(labels.0 == .labels)
        #expect(labels.1.numbers == "label app In (b, c): it has \"a\"")
        let owner = try detail(
            group, try SmallCluster.policy(targets: PodTargets(owners: ["StatefulSet"])))
        #expect(owner.0 == .ownerKind)
        #expect(owner.1.numbers == "its owner is of kind Deployment; owners: StatefulSet")
        let pattern = try #require(NamePattern("^a-"))
        let name = try detail(
            group, try SmallCluster.policy(targets: PodTargets(excludeNames: [pattern])))
        #expect(name.0 == .excludedName && name.1.numbers == "the pattern \"^a-\" matches")
        let mark = try detail(
            [Group(name: "a", desired: 1, pods: "m")], try SmallCluster.policy())
        #expect(mark.0 == .marked && mark.1.numbers == "the mark cannot be read")
        let bare = try detail(
            group, try SmallCluster.policy(targets: PodTargets(owners: ["Pod"]))
        ) { $0.pods[0].workload = -1 }
        #expect(bare.0 == .lastReady && bare.1.numbers.hasPrefix("a bare pod"))
        let budget = try detail(
            group, try SmallCluster.policy(radius: SmallCluster.open),
            budgets: [
                .init(
                    name: "keep", namespace: 1, selector: LabelSelector(), disruptionsAllowed: 0)
            ])
        #expect(budget.0 == .disruptionBudget && budget.1.numbers == "keep allows 0 disruptions")
    }

    /// Whatever a rule says, its detail can be asked for: no index out of range, no empty answer.
    @Test(arguments: Exclusion.allCases)
    func everyReasonHasWords(reason: Exclusion) throws {
        let snapshot = SmallCluster.snapshot([Group(name: "a", desired: 2, pods: "ru")])
        let detail = ExclusionDetail(
            reason, pod: 0, in: snapshot, policy: try SmallCluster.policy(),
            history: StrikeHistory(), now: SmallCluster.now)
        #expect(!detail.change.isEmpty)
    }
}
