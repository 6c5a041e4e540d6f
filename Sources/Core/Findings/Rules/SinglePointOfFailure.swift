// One replica, or all replicas on the node that was struck, and users were harmed by the strike.

/// A workload of which one part's loss is users' loss.
struct SinglePointOfFailure: FindingRule {
    static let kind = Finding.Kind.singlePointOfFailure

    func canTell(_ input: FindingInput) -> Bool { input.before != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard input.round.isJudgedStrike, input.round.outcome == .harm else { return [] }
        if input.round.planned.target.kind == .node { return node(input) }
        guard let target = input.target, let facts = input.struck else { return [] }
        if facts.ready <= 1 || facts.desired <= 1 {
            return [single(target, facts, input)]
        }
        return []
    }

    private func single(
        _ target: WorkloadRef, _ facts: NamespaceFacts.Workload, _ input: FindingInput
    ) -> Sighting {
        let asked =
            "\(target.kind) \(target.name) asks for \(Wording.plural(facts.desired, "replica"))"
        return Sighting(
            Self.kind, .workload(target), .warning,
            title: "\(target.kind) \(target.name) is a single point of failure",
            evidence: [
                "\(asked); \(facts.ready) was Ready when \(input.roundText) struck it.",
                Self.harm(input),
            ],
            remedy: facts.desired <= 1
                ? "Run at least 2 replicas, on different nodes, with a PodDisruptionBudget; for a "
                    + "database, a replicated one."
                : "Find out why only \(facts.ready) of \(facts.desired) replicas was Ready.")
    }

    /// Workloads that had all their Ready pods on the struck node and whose services were harmed.
    private func node(_ input: FindingInput) -> [Sighting] {
        guard let before = input.before, let signs = input.signs else { return [] }
        let name = input.round.planned.target.name
        let harmed = input.round.harmedServices.sorted()
        return before.workloads.sorted { $0.key < $1.key }.compactMap { ref, facts in
            guard facts.ready > 0, facts.nodes == [name],
                harmed.contains(where: { signs.workloads(of: $0).contains(ref.name) })
            else { return nil }
            let zone =
                before.zones.count > 1 && facts.zones.count == 1
                ? ", all in zone \(facts.zones.first ?? "")" : ""
            return Sighting(
                Self.kind, .workload(ref), .warning,
                title: "\(ref.kind) \(ref.name) runs on one node",
                evidence: [
                    "All \(Wording.plural(facts.ready, "Ready pod")) of \(ref.kind) \(ref.name) "
                        + "ran on node \(name)\(zone) when \(input.roundText) struck it.",
                    Self.harm(input),
                ],
                remedy: facts.ready > 1
                    ? "Spread the replicas: topologySpreadConstraints over "
                        + "kubernetes.io/hostname and topology.kubernetes.io/zone."
                    : "Run at least 2 replicas, on different nodes.")
        }
    }

    private static func harm(_ input: FindingInput) -> String {
        let text = input.round.verdict?.text ?? "users were harmed"
        return "Users felt it: \(text)."
    }
}
