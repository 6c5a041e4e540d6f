// Alerts about rounds rather than services: one ended early, something else happened meanwhile, or
// shams say that verdicts are not to be trusted.

extension AlertBook {
    /// How long an aborted round is told, when no later one of its policy ends otherwise.
    static let abortedFor = Duration.seconds(3600)

    /// The alerts of rounds and of the judge itself that should fire.
    static func roundConditions(_ state: State, now: Timestamp) -> [Alert] {
        var alerts = newestStrikes(state).compactMap { aborted($0, now: now) }
        alerts += incidents(state)
        if let calibrated = state.miscalibrated {
            alerts.append(
                miscalibrated(calibrated, since: state.miscalibratedSince ?? now))
        }
        return alerts
    }

    /// The newest closed strike of each policy, in the order of policies.
    private static func newestStrikes(_ state: State) -> [RoundRecord] {
        var newest: [String: RoundRecord] = [:]
        for round in state.rounds
        where round.planned.assignment == .strike && round.injecting != nil && !round.isOpen {
            newest[round.planned.policy] = round
        }
        return newest.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Fires until a later strike of the policy ends in order, at most an hour.
    private static func aborted(_ round: RoundRecord, now: Timestamp) -> Alert? {
        guard let closedAt = round.closedAt, now - closedAt < abortedFor else { return nil }
        let reason: String
        if let aborted = round.aborted {
            reason = aborted.reason
        } else if round.outcome == .interrupted, round.verdict == nil {
            // A daemon that is told to end gives a verdict first.
            reason = "the daemon died while it ran"
        } else {
            return nil
        }
        let planned = round.planned
        let gone =
            round.revertedAt == nil
            ? "what it injected could not be reverted yet" : "what it injected is reverted"
        return Alert(
            name: .roundAborted, severity: .warning, labels: labels(of: planned.policy),
            annotations: [
                "summary": "A round was ended early",
                "description": "round \(round.number) (\(planned.fault) of \(planned.target)): "
                    + "\(reason); \(gone)",
                "round": String(round.number), "target": planned.target.description,
                "fault": planned.fault,
            ], startsAt: round.abortedAt ?? closedAt)
    }

    /// One alert a namespace, of the newest round that an incident voided, while any of the
    /// services that it hit is anomalous.
    private static func incidents(_ state: State) -> [Alert] {
        let anomalous = Set(state.anomalies.map(\.service))
        var newest: [String: Alert] = [:]
        for round in state.rounds {
            guard let aborted = round.aborted, aborted.cause == .externalIncident else { continue }
            let lasting = aborted.services.filter { anomalous.contains($0) }
            if lasting.isEmpty { continue }
            let namespace = labels(of: round.planned.policy)["namespace"] ?? ""
            let names = lasting.map(\.description).joined(separator: ", ")
            newest[namespace] = Alert(
                name: .externalIncident, severity: .warning, labels: ["namespace": namespace],
                annotations: [
                    "summary": "Something that is not chaos hit services during a round",
                    "description": "round \(round.number) is void: \(aborted.reason); "
                        + "still anomalous: \(names)",
                    "round": String(round.number),
                ], startsAt: round.abortedAt ?? round.plannedAt)
        }
        return newest.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func miscalibrated(_ calibrated: Calibrated, since: Timestamp) -> Alert {
        Alert(
            name: .detectorMiscalibrated, severity: .warning, labels: [:],
            annotations: [
                "summary": "Sham rounds show harm too often: verdicts are not to be trusted",
                "description": "harm was seen in \(calibrated.blamed) of \(calibrated.shams) "
                    + "rounds that injected nothing; \(percent(calibrated.alpha)) was promised. "
                    + "Thresholds are raised meanwhile",
            ], startsAt: since)
    }

    private static func labels(of policy: String) -> [String: String] {
        let namespace = policy.prefix { $0 != "/" }
        return [
            "namespace": String(namespace),
            "policy": String(policy.dropFirst(namespace.count + 1)),
        ]
    }
}
