// A service is still anomalous after the recovery time although Kubernetes shows every pod Ready:
// the readiness probe does not see what users see.

/// Ready pods, failing traffic.
struct NoRecovery: FindingRule {
    static let kind = Finding.Kind.noRecovery
    static let stage = FindingStage.settled

    func canTell(_ input: FindingInput) -> Bool { input.after != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let after = input.after, after.isReady else { return [] }
        return input.anomalies.filter { $0.unrecovered != nil && $0.signal != .traffic }
            .sorted { $0.service < $1.service }.map { sighting($0, input) }
    }

    /// Of the strikes that harmed the service, some were not recovered from.
    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.hasHarmed(finding.subject)
    }

    private func sighting(_ record: AnomalyRecord, _ input: FindingInput) -> Sighting {
        let edge = record.opened.anomaly.brokenEdge
        let blind =
            edge.map {
                "Let \($0.source) reconnect to \($0.destination.name) after it was lost, and let "
                    + "its readiness or liveness probe fail while \($0.destination.name) cannot "
                    + "be used."
            }
            ?? "Let the workload's probes cover the dependency that broke, and let the "
            + "application reconnect."
        let text = record.unrecovered?.finding ?? ""
        return Sighting(
            Self.kind, input.subject(record.service), .critical,
            title: "\(record.service.name) does not recover although all pods are Ready",
            evidence: [text + "."],
            remedy: blind + " Until then `kubectl rollout restart` heals it.",
            standing: record.isOpen)
    }
}
