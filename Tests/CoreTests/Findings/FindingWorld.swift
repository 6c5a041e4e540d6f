// Rounds, clusters and judgements for the tests of findings, from few words.

import Core

/// A namespace `shop` with rounds that strike the Deployment `db`.
struct FindingWorld {
    static let db = WorkloadRef(kind: "Deployment", namespace: "shop", name: "db")
    static let service = ServiceRef(namespace: "shop", name: "db")
    static let start = Timestamp(seconds: 1_800_000_000)

    var state = State()
    private var sequence = 0

    static func at(_ seconds: Double) -> Timestamp { start + .inSeconds(seconds) }

    mutating func apply(_ event: Event, at seconds: Double) {
        sequence += 1
        state.apply(event, sequence: sequence, at: Self.at(seconds))
    }

    static func evidence(
        _ service: ServiceRef = service, _ signal: Signal = .badRatio, now: Double = 1,
        nats: Double = 30
    ) -> Evidence {
        Evidence(
            service: service, signal: signal, before: 0.001, baselineUpper: 0.002, now: now,
            requests: 1000, bad: 1000 * now, excess: 1000 * now, nats: nats, threshold: 11)
    }

    static func target(_ workload: WorkloadRef = db, node: String? = "node-0") -> Target {
        Target(
            kind: .pod, namespace: workload.namespace, name: workload.name + "-0", uid: "u",
            workload: workload, node: node)
    }

    /// A round from `second` on that is closed 100 s later.
    @discardableResult
    mutating func round(
        _ number: Int, at second: Double, outcome: Closed.Outcome = .harm,
        assignment: Planned.Assignment = .strike, target: Target = target(),
        fault: String = "pod-delete", revision: String? = nil, harmed: [Evidence] = [evidence()],
        refused: String? = nil, notDelivered: String? = nil
    ) -> RoundRecord {
        apply(
            .planned(
                Planned(
                    round: number, policy: "shop/p", digest: "", tick: Self.at(second), seed: 1,
                    assignment: assignment, target: target, fault: fault, parameters: [:],
                    targetProbability: 1, faultProbability: 1, shamProbability: 0,
                    eligiblePods: 1, eligibleWorkloads: 1, excluded: [:], revision: revision)),
            at: second)
        if let refused {
            let failed = InjectionFailed(round: number, kind: .refused, reason: refused)
            apply(.injectionFailed(failed), at: second + 1)
        } else if assignment == .strike {
            apply(.injected(RoundMark(round: number)), at: second + 1)
            if let notDelivered {
                apply(.notDelivered(RoundNote(round: number, reason: notDelivered)), at: second + 2)
            } else {
                apply(.delivered(RoundMark(round: number)), at: second + 2)
            }
        }
        let kind = Verdict.Kind(rawValue: outcome.rawValue) ?? .void
        let verdict = Verdict(
            kind: kind, harmed: outcome == .harm ? harmed : [], confidence: 0.99, text: "harm: db")
        apply(.judged(Judged(round: number, verdict: verdict)), at: second + 99)
        apply(.closed(Closed(round: number, outcome: outcome)), at: second + 100)
        return state.round(number)
            ?? RoundRecord(
                planned: Planned(
                    round: number, policy: "", digest: "", tick: Self.start, seed: 0,
                    assignment: .sham,
                    target: target, fault: "", parameters: [:], targetProbability: 0,
                    faultProbability: 0, shamProbability: 0, eligiblePods: 0, eligibleWorkloads: 0,
                    excluded: [:]), plannedAt: Self.start)
    }

    /// An anomaly of `service` that a round caused, detected 10 s after its onset.
    mutating func anomaly(
        _ id: Int, round: Int?, onset: Double, recoveredAfter: Double? = nil,
        service: ServiceRef = service, unrecoveredAt: Double? = nil
    ) {
        let anomaly = Anomaly(
            evidence: Self.evidence(service), onset: Self.at(onset),
            detectedAt: Self.at(onset + 10),
            brokenEdge: ServiceEdge(
                sourceNamespace: "shop", source: "app", destination: Self.service))
        apply(
            .anomaly(AnomalyOpened(id: id, anomaly: anomaly, round: round, cause: "")),
            at: onset + 10)
        if let at = unrecoveredAt {
            apply(
                .unrecovered(AnomalyUnrecovered(id: id, finding: "Ready pods, failing traffic")),
                at: at)
        }
        if let after = recoveredAfter {
            let recovery = Recovery(
                service: service, signal: .badRatio, onset: Self.at(onset),
                recoveredAt: Self.at(onset + after), detectedAt: Self.at(onset + after + 15),
                excess: 40)
            apply(.recovered(AnomalyRecovered(id: id, recovery: recovery)), at: onset + after + 15)
        }
    }

    static func facts(
        _ pods: String = "r", desired: Int? = nil, budgets: [Snapshot.DisruptionBudget] = [],
        hash: String? = nil, cordoned: [String] = []
    ) -> NamespaceFacts? {
        var snapshot = SmallCluster.snapshot(
            [.init(name: "db", desired: desired ?? pods.count, pods: pods)], budgets: budgets)
        if let hash { snapshot.labelSets[0]["pod-template-hash"] = hash }
        for index in snapshot.nodes.indices where cordoned.contains(snapshot.nodes[index].name) {
            snapshot.nodes[index].schedulable = false
        }
        return NamespaceFacts(snapshot, namespace: "shop")
    }

    func input(
        _ round: RoundRecord, before: NamespaceFacts? = facts(), after: NamespaceFacts? = nil,
        signs: RoundSigns? = RoundSigns(), recovery: Double = 600, now: Double = 1000
    ) -> FindingInput {
        FindingInput(
            state: state, round: round, before: before, after: after, signs: signs,
            recovery: .inSeconds(recovery), now: Self.at(now))
    }

    /// Reviews a round, keeps what was found, and returns the findings of one kind.
    @discardableResult
    mutating func review(
        _ kind: Finding.Kind, _ input: FindingInput, _ stage: FindingStage, final: Bool = true
    ) -> [Finding] {
        var input = input
        input.state = state
        let found = FindingBook.review(input, stage: stage, final: final)
        for finding in found { apply(.finding(finding), at: 100_000) }
        return found.filter { $0.kind == kind }
    }
}
