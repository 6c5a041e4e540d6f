// A fault was injected and did not show on its target: the round tested nothing.

/// Strikes without effect.
struct NotDelivered: FindingRule {
    static let kind = Finding.Kind.notDelivered

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let target = input.target, let reason = input.round.notDelivered else { return [] }
        let fault = input.round.planned.fault
        return [
            Sighting(
                Self.kind, .workload(target), .warning,
                title: "A fault did not take effect on \(target.kind) \(target.name)",
                evidence: [
                    "\(input.roundText): \(fault) was accepted and did not show: \(reason)."
                ],
                remedy:
                    "Look for what undoes or delays \(fault): finalizers and long grace periods, "
                    + "an admission webhook, or another controller.")
        ]
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.planned.assignment == .strike && round.injectedAt != nil
            && (round.deliveredAt != nil || round.notDelivered != nil)
            && round.planned.target.workload == finding.subject.workload
    }
}
