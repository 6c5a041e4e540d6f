// A workload with several replicas was evicted from, and no PodDisruptionBudget covers it.

/// Nothing limits voluntary disruptions of the workload.
struct BudgetMissing: FindingRule {
    static let kind = Finding.Kind.budgetMissing

    func canTell(_ input: FindingInput) -> Bool { input.struck != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let target = input.target, let facts = input.struck, facts.desired >= 2,
            facts.budgets.isEmpty, input.round.isEviction, input.round.injectedAt != nil
        else { return [] }
        return [
            Sighting(
                Self.kind, .workload(target), input.round.outcome == .harm ? .warning : .info,
                title: "No PodDisruptionBudget covers \(target.kind) \(target.name)",
                evidence: [
                    "\(input.roundText) evicted one of its \(facts.desired) replicas; nothing "
                        + "would have kept a node drain from evicting all of them at once."
                ],
                remedy: "Add a PodDisruptionBudget with maxUnavailable: 1 for its pods.")
        ]
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.isEviction && round.injectedAt != nil
            && round.planned.target.workload == finding.subject.workload
    }
}

extension RoundRecord {
    /// Whether the round evicts through the API, which honours disruption budgets.
    var isEviction: Bool {
        planned.assignment == .strike && planned.fault == "pod-evict"
            && planned.target.kind == .pod
    }
}
