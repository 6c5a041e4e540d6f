// An eviction was refused although every replica was Ready: the disruption budget can never be
// met, and a node drain would hang.

/// A budget that allows no disruption at all.
struct BudgetBlocking: FindingRule {
    static let kind = Finding.Kind.budgetBlocking

    func canTell(_ input: FindingInput) -> Bool { input.struck != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let target = input.target, let facts = input.struck, input.round.isEviction,
            let failure = input.round.failure, failure.kind == .refused,
            facts.ready >= facts.desired,
            let budget = facts.budgets.first(where: { $0.allowed <= 0 })
        else { return [] }
        return [
            Sighting(
                Self.kind, .workload(target), .warning,
                title:
                    "The disruption budget of \(target.kind) \(target.name) blocks every eviction",
                evidence: [
                    "The eviction of \(input.roundText) was refused: \(failure.reason).",
                    "\(facts.ready) of \(facts.desired) pods were Ready, and PodDisruptionBudget "
                        + "\(budget.name) allowed \(budget.allowed) disruptions.",
                ],
                remedy: facts.desired <= 1
                    ? "Run at least 2 replicas, or a node drain never ends."
                    : "Let it allow one disruption (maxUnavailable: 1, or minAvailable below the "
                        + "number of replicas), or a node drain never ends.")
        ]
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.isEviction && (round.injectedAt != nil || round.failure?.kind == .refused)
            && round.planned.target.workload == finding.subject.workload
    }
}
