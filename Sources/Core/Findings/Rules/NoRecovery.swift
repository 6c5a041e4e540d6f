// A service is still anomalous after the recovery time although Kubernetes shows every pod Ready:
// the readiness probe does not see what users see.

/// Ready pods, failing traffic.
struct NoRecovery: FindingRule {
    static let kind = Finding.Kind.noRecovery
    static let stage = FindingStage.settled

    func canTell(_ input: FindingInput) -> Bool { input.after != nil }

    /// One for each broken edge, of the service that calls over it: those that call it in turn
    /// suffer from the same weakness.
    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let after = input.after, after.isReady else { return [] }
        let lost = input.anomalies.filter { $0.unrecovered != nil && $0.signal != .traffic }
            .sorted { $0.service < $1.service }
        var groups: [[AnomalyRecord]] = []
        for record in lost {
            let edge = record.opened.anomaly.brokenEdge
            let known = groups.firstIndex { group in
                group.contains { $0.service == record.service }
                    || (edge != nil && group[0].opened.anomaly.brokenEdge == edge)
            }
            if let known { groups[known].append(record) } else { groups.append([record]) }
        }
        return groups.map { sighting($0, input) }
    }

    /// Of the strikes that harmed the service, some were not recovered from.
    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.hasHarmed(finding.subject)
    }

    private func sighting(_ records: [AnomalyRecord], _ input: FindingInput) -> Sighting {
        let edge = records[0].opened.anomaly.brokenEdge
        let caller = records.first { record in
            guard let edge else { return true }
            let names = input.signs?.workloads(of: record.service) ?? [record.service.name]
            return names.contains(edge.source)
        }
        let first = caller ?? records[0]
        let blind =
            edge.map {
                "Let \($0.source) reconnect to \($0.destination.name) after it was lost, and let "
                    + "its readiness or liveness probe fail while \($0.destination.name) cannot "
                    + "be used."
            }
            ?? "Let the workload's probes cover the dependency that broke, and let the "
            + "application reconnect."
        var evidence = [(first.unrecovered?.finding ?? "") + "."]
        let others = Set(records.map(\.service)).subtracting([first.service]).sorted()
        if !others.isEmpty {
            let names = others.map(\.name).joined(separator: ", ")
            evidence.append("Felt at \(names) as well, and not recovered there either.")
        }
        return Sighting(
            Self.kind, input.subject(first.service), .critical,
            title: "\(first.service.name) does not recover although all pods are Ready",
            evidence: evidence, remedy: blind + " Until then `kubectl rollout restart` heals it.",
            standing: records.contains { $0.isOpen })
    }
}
