import Core
import Testing

/// Limits where only the pods that exist tell how many there should be.
@Suite struct StruckPodsTests {
    private static let kind = "StrimziPodSet"
    private static let day = Duration.seconds(86_400)

    /// One pod may be missing of each workload, and of the namespace.
    private func policy(owners: [String]) throws -> Policy {
        var radius = SmallCluster.open
        radius.workloadMaxUnavailable = .count(1)
        radius.namespaceMaxUnavailable = .count(1)
        var targets = PodTargets()
        targets.owners = owners
        return try SmallCluster.policy(radius: radius, targets: targets)
    }

    private func pods(_ names: [String], owner: String?, now: Timestamp) -> Snapshot {
        var snapshot = Snapshot(takenAt: now, namespaces: ["shop"])
        if let owner, !names.isEmpty {
            snapshot.workloads = [
                .init(
                    ref: .init(kind: Self.kind, namespace: "shop", name: owner), namespace: 0,
                    desired: names.count, rollingOut: false)
            ]
            snapshot.workloads[0].isGuess = true
        }
        snapshot.pods = names.map {
            .init(
                name: $0, uid: $0 + "-uid", namespace: 0, workload: owner == nil ? -1 : 0,
                node: -1, labels: -1, flags: [.ready, .running], created: now - Self.day)
        }
        return snapshot
    }

    private func eligibility(
        _ snapshot: Snapshot, _ policy: Policy, _ chronicle: Chronicle
    ) -> Eligibility {
        let history = StrikeHistory(
            chronicle.state, policy: policy, snapshot: snapshot, now: chronicle.now)
        return Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: true, now: chronicle.now)
    }

    /// Strikes the pod at `index`, as a round would.
    private func strike(
        _ index: Int, of snapshot: Snapshot, _ policy: Policy, _ chronicle: inout Chronicle
    ) {
        let history = StrikeHistory(
            chronicle.state, policy: policy, snapshot: snapshot, now: chronicle.now)
        let target = snapshot.target(index)
        let number = chronicle.state.lastRound + 1
        var planned = Planned(
            round: number, policy: policy.id, digest: "", tick: chronicle.now, seed: 1,
            assignment: .strike, target: target, fault: "pod-delete", parameters: [:],
            targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
            eligibleWorkloads: 1, excluded: [:])
        planned.guessedSize = history.guessedSize(of: target, in: snapshot, now: chronicle.now)
        chronicle.add(.planned(planned))
        chronicle.add(
            .injecting(
                Injecting(
                    round: number, policy: policy.id, target: target, fault: "pod-delete",
                    parameters: [:], undo: [:], deadline: chronicle.now, fencingToken: 1)))
        chronicle.end(number)
    }

    @Test func podsThatDoNotComeBackCountAsMissing() throws {
        let policy = try policy(owners: [])
        var chronicle = Chronicle()
        let whole = pods(["a", "b", "c"], owner: "kafka", now: chronicle.now)
        #expect(eligibility(whole, policy, chronicle).eligible.count == 3)
        strike(0, of: whole, policy, &chronicle)
        // The operator is down.
        let rest = pods(["b", "c"], owner: "kafka", now: chronicle.now)
        let found = eligibility(rest, policy, chronicle)
        #expect(found.exclusionCounts == ["workload-limit": 2])
        #expect(found.radius == RadiusUse(pods: 3, unavailable: 1, allowed: 1))
        #expect(eligibility(whole, policy, chronicle).eligible.count == 3)
        chronicle.pass(StruckPods.remembered)
        #expect(eligibility(rest, policy, chronicle).eligible.count == 2)
    }

    /// However far: what did not come back stays missing, for the seven days from then on.
    @Test(arguments: [-30, 400])
    func aStepOfTheClockForgetsNothingEarly(days: Int) throws {
        let policy = try policy(owners: [])
        var chronicle = Chronicle()
        let step = Duration.seconds(days * 86_400)
        // Ahead at the strike, or behind after it.
        if days > 0 { chronicle.pass(step) }
        let whole = pods(["a", "b", "c"], owner: "kafka", now: chronicle.now)
        strike(0, of: whole, policy, &chronicle)
        chronicle.pass(days > 0 ? .zero - step : step)
        chronicle.add(.resumed(Resumed(by: "ada")))
        func rest() -> [String: Int] {
            let snapshot = pods(["b", "c"], owner: "kafka", now: chronicle.now)
            return eligibility(snapshot, policy, chronicle).exclusionCounts
        }
        #expect(rest() == ["workload-limit": 2])
        chronicle.pass(StruckPods.remembered - .seconds(1))
        #expect(rest() == ["workload-limit": 2])
        chronicle.pass(.seconds(1))
        #expect(rest() == [:])
    }

    @Test func theExplanationSaysWhereTheNumberIsFrom() throws {
        let policy = try policy(owners: [])
        var chronicle = Chronicle()
        strike(
            0, of: pods(["a", "b", "c"], owner: "kafka", now: chronicle.now), policy, &chronicle)
        let rest = pods(["b", "c"], owner: "kafka", now: chronicle.now)
        let history = StrikeHistory(
            chronicle.state, policy: policy, snapshot: rest, now: chronicle.now)
        let detail = ExclusionDetail(
            .workloadLimit, pod: 0, in: rest, policy: policy, history: history,
            now: chronicle.now)
        #expect(
            detail.numbers == "1 of 3 unavailable (3 were there when it was last struck), "
                + "maxUnavailable 1 allows 1")
    }

    @Test func aWorkloadWithoutAnyPodLeftIsStillMissing() throws {
        let policy = try policy(owners: [])
        var chronicle = Chronicle()
        strike(0, of: pods(["a"], owner: "one", now: chronicle.now), policy, &chronicle)
        let other = pods(["z"], owner: "two", now: chronicle.now)
        #expect(eligibility(other, policy, chronicle).exclusionCounts == ["namespace-limit": 1])
    }

    @Test func barePodsGoOneAtATimeAndOnlyWhenTheOthersAreBack() throws {
        let policy = try policy(owners: ["Pod"])
        var chronicle = Chronicle()
        let names = (0..<10).map { "pod-\($0)" }
        let all = pods(names, owner: nil, now: chronicle.now)
        #expect(eligibility(all, policy, chronicle).eligible.count == 10)
        strike(0, of: all, policy, &chronicle)
        let rest = pods(Array(names.dropFirst()), owner: nil, now: chronicle.now)
        let found = eligibility(rest, policy, chronicle)
        #expect(found.exclusionCounts == ["namespace-limit": 9])
        #expect(found.radius == RadiusUse(pods: 10, unavailable: 1, allowed: 1))
        let history = StrikeHistory(
            chronicle.state, policy: policy, snapshot: rest, now: chronicle.now)
        let detail = ExclusionDetail(
            .namespaceLimit, pod: 0, in: rest, policy: policy, history: history,
            now: chronicle.now)
        #expect(detail.numbers.hasPrefix("1 of 10 pods unavailable (1 struck and not back) in "))
        // Somebody made it anew.
        #expect(eligibility(all, policy, chronicle).eligible.count == 10)
    }

    @Test func whereAnObjectTellsNothingIsRemembered() throws {
        let policy = try policy(owners: [])
        var chronicle = Chronicle()
        var whole = pods(["a", "b", "c"], owner: "web", now: chronicle.now)
        whole.workloads[0].isGuess = false
        strike(0, of: whole, policy, &chronicle)
        #expect(chronicle.state.struckPods.isEmpty)
    }
}
