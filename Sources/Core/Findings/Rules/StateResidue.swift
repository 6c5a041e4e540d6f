// After the recovery time the cluster differs from the snapshot before the round: replicas, Ready
// pods or the node are not as they were (detection design 5.11).

/// What a round left behind.
struct StateResidue: FindingRule {
    static let kind = Finding.Kind.stateResidue
    static let stage = FindingStage.settled

    /// Only while nothing else can explain a difference: no other strike at the workload, and the
    /// same revision.
    func canTell(_ input: FindingInput) -> Bool {
        guard let target = input.target, let old = input.struck,
            let new = input.after?.workloads[target]
        else { return false }
        let isDisturbed = input.state.rounds.contains {
            $0.number != input.round.number && $0.planned.target.workload == target
                && $0.planned.assignment == .strike && $0.closedAt ?? .latest >= input.seenAt
        }
        return !isDisturbed && old.revision == new.revision && !new.rollingOut
            && input.round.injectedAt != nil
    }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let target = input.target, let old = input.struck, let after = input.after,
            let new = after.workloads[target]
        else { return [] }
        let residue = Self.residue(input)
        if residue.isEmpty { return [] }
        let waited = input.now - (input.round.closedAt ?? input.now)
        let isShort = new.ready < new.desired || new.desired < old.desired
        return [
            Sighting(
                Self.kind, .workload(target), isShort ? .critical : .warning,
                title: "\(target.kind) \(target.name) is not as it was before the round",
                evidence: residue + [
                    "This is \(waited.human) after the end of \(input.roundText)."
                ],
                remedy:
                    "Look at the pods of \(target.name) (kubectl describe): events, image pulls, "
                    + "probes and free capacity say why they do not come back. `hazard revert` "
                    + "with --all shows whether a fault is still in place.",
                standing: true)
        ]
    }

    /// What differs, in sentences.
    static func residue(_ input: FindingInput) -> [String] {
        guard let target = input.target, let old = input.struck, let after = input.after,
            let new = after.workloads[target]
        else { return [] }
        var found: [String] = []
        if new.desired != old.desired {
            found.append(
                "It asks for \(Wording.plural(new.desired, "replica")), \(old.desired) before.")
        }
        if new.ready < min(old.ready, new.desired) {
            var text = "\(new.ready) of \(new.desired) pods are Ready, \(old.ready) before"
            if new.unready > 0 {
                text += "; \(new.unready) run without being Ready, as in a CrashLoopBackOff"
            }
            if new.waiting > 0 { text += "; \(new.waiting) do not run yet" }
            found.append(text + ".")
        }
        let object = input.round.planned.target
        let node = object.kind == .node ? object.name : object.node
        if let node, input.before?.openNodes.contains(node) ?? false,
            !after.openNodes.contains(node)
        {
            found.append("Node \(node) is cordoned or not Ready, which it was not before.")
        }
        return found
    }
}
