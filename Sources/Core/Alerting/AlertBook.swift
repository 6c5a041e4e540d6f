// Which alerts should be firing, given the state, and what changed. Pure: the journal keeps the
// changes, so a restarted daemon resends the same alerts with the same startsAt.

/// The alert rules of the daemon itself.
package enum AlertBook {
    /// The alerts to record now: newly firing ones, ones whose annotations changed, and resolved
    /// ones. Sorted by identity. Empty when the record is up to date.
    package static func changes(_ state: State, now: Timestamp) -> [Alert] {
        let wanted = conditions(state, now: now)
        var changes: [Alert] = []
        var seen: Set<String> = []
        for var alert in wanted where seen.insert(alert.fingerprint).inserted {
            if let known = state.alerts[alert.fingerprint], known.isFiring {
                alert.startsAt = known.startsAt
                if known != alert { changes.append(alert) }
            } else {
                changes.append(alert)
            }
        }
        for var alert in state.firingAlerts where !seen.contains(alert.fingerprint) {
            alert.endsAt = max(now, alert.startsAt)
            alert.annotations.merge(resolution(of: alert, state)) { $1 }
            changes.append(alert)
        }
        return changes.sorted { $0.identity < $1.identity }
    }

    /// Everything that should fire, with `startsAt` as if it began now or when its cause did.
    static func conditions(_ state: State, now: Timestamp) -> [Alert] {
        var alerts: [Alert] = []
        for record in state.anomalies {
            alerts.append(anomaly(record, state))
            if let unrecovered = record.unrecovered {
                alerts.append(self.unrecovered(record, unrecovered, state, now: now))
            }
        }
        if let blind = state.blind {
            alerts.append(
                Alert(
                    name: .blind, severity: .warning, labels: [:],
                    annotations: [
                        "summary": "Hazard cannot read its signals and starts no rounds",
                        "description": blind.reason,
                    ], startsAt: state.blindSince ?? now))
        }
        for (namespace, blind) in state.blindNamespaces {
            alerts.append(
                Alert(
                    name: .blind, severity: .warning, labels: ["namespace": namespace],
                    annotations: [
                        "summary": "Hazard does not see \(namespace) and starts no rounds there",
                        "description": blind.reason,
                    ], startsAt: blind.since))
        }
        for round in state.rounds
        where round.holdsInjection && (round.revertFailures > 0 || !round.isOpen) {
            alerts.append(stuck(round, now: now))
        }
        // Of the other findings that stand, HazardUnrecovered speaks.
        for finding in state.sortedFindings
        where finding.kind == .stateResidue && finding.standing == true {
            alerts.append(self.finding(finding))
        }
        return alerts + roundConditions(state, now: now)
    }

    private static func labels(_ record: AnomalyRecord) -> [String: String] {
        [
            "namespace": record.service.namespace, "service": record.service.name,
            "signal": record.signal.rawValue,
        ]
    }

    private static func anomaly(_ record: AnomalyRecord, _ state: State) -> Alert {
        let anomaly = record.opened.anomaly
        let evidence = anomaly.evidence
        var annotations = [
            "summary": anomaly.headline,
            "description": describe(record),
            "p_before": percent(evidence.before),
            "p_now": percent(evidence.now),
            "evidence": "\(rounded(evidence.nats / 2.302585, 1)) (log10), threshold "
                + "\(rounded(evidence.threshold / 2.302585, 1))",
            "cause": record.opened.cause,
            "started_at": anomaly.onset.rfc3339,
            "to_accept": record.acceptCommand,
        ]
        if let edge = anomaly.brokenEdge { annotations["broken_edge"] = edge.description }
        annotations["attribution"] = record.opened.attribution?.text
        if let number = record.opened.round, let round = state.round(number) {
            annotations["round"] = String(number)
            annotations["target"] = round.planned.target.description
            annotations["fault"] = round.planned.fault
            if let at = round.injectedAt {
                annotations["detection_delay"] = (anomaly.detectedAt - at).human
            }
        }
        return Alert(
            name: .anomaly, severity: .warning, labels: labels(record), annotations: annotations,
            startsAt: record.openedAt)
    }

    private static func unrecovered(
        _ record: AnomalyRecord, _ unrecovered: AnomalyUnrecovered, _ state: State, now: Timestamp
    ) -> Alert {
        var annotations = [
            "summary": "\(record.service.name) has not recovered",
            "description": unrecovered.finding,
            "started_at": record.opened.anomaly.onset.rfc3339,
            "cause": record.opened.cause,
            "to_accept": record.acceptCommand,
        ]
        if let edge = record.opened.anomaly.brokenEdge {
            annotations["broken_edge"] = edge.description
        }
        annotations["attribution"] = record.opened.attribution?.text
        if let number = record.opened.round { annotations["round"] = String(number) }
        let known = state.findings.values.filter {
            ($0.kind == .noRecovery || $0.kind == .slowRecovery) && $0.standing == true
                && $0.namespace == record.service.namespace
                && ($0.subject.name == record.service.name
                    || $0.subject.name == record.opened.anomaly.brokenEdge?.source)
        }
        if let finding = known.min(by: { $0.identity < $1.identity }) {
            annotations["remedy"] = finding.remedy
            annotations["history"] = finding.history
        }
        return Alert(
            name: .unrecovered, severity: .critical, labels: labels(record),
            annotations: annotations, startsAt: now)
    }

    private static func finding(_ finding: Finding) -> Alert {
        Alert(
            name: .finding, severity: finding.severity,
            labels: [
                "namespace": finding.namespace, "kind": finding.kind.rawValue,
                "subject": finding.subject.name,
            ],
            annotations: [
                "summary": finding.title,
                "description": finding.evidence.joined(separator: " "),
                "remedy": finding.remedy, "history": finding.history,
                "round": finding.rounds.last.map(String.init) ?? "",
            ], startsAt: finding.lastSeen)
    }

    private static func stuck(_ round: RoundRecord, now: Timestamp) -> Alert {
        let target = round.planned.target
        return Alert(
            name: .stuckInjection, severity: .critical,
            labels: ["namespace": target.namespace, "fault": round.planned.fault],
            annotations: [
                "summary": "A fault could not be reverted",
                "description": "round \(round.number): \(round.planned.fault) on \(target): "
                    + (round.lastRevertFailure ?? "unknown reason")
                    + "; it is tried again until it works, or run: hazard revert --all",
                "round": String(round.number),
                "target": target.description,
            ], startsAt: now)
    }

    private static func resolution(of alert: Alert, _ state: State) -> [String: String] {
        let past = state.pastAnomalies.last { labels($0) == alert.labels }
        if let record = past, let accepted = record.accepted {
            // Resolved, but not healed: no time of recovery.
            var annotations = [
                "resolution": accepted.text, "accepted_by": accepted.by,
                "accepted_at": record.acceptedAt?.rfc3339 ?? "",
            ]
            if record.signal == .badRatio, !record.service.isQuery {
                annotations["failed_requests"] = rounded(accepted.excess, 0)
            }
            return annotations
        }
        guard let record = past, let recovery = record.recovery else { return [:] }
        let took = (recovery.recoveredAt - recovery.onset).human
        var annotations = [
            "recovered_at": recovery.recoveredAt.rfc3339,
            "recovery_time": took,
            "cost": recovery.cost(record.opened.anomaly.direction),
        ]
        if recovery.signal == .badRatio, !recovery.service.isQuery {
            annotations["failed_requests"] = rounded(recovery.excess, 0)
        }
        return annotations
    }

    /// One sentence with the numbers before and now.
    package static func describe(_ record: AnomalyRecord) -> String {
        let anomaly = record.opened.anomaly
        var text =
            "\(anomaly.change) (\(anomaly.counts) since \(anomaly.onset.rfc3339Seconds))"
        if let edge = anomaly.brokenEdge {
            let flags = anomaly.flags.isEmpty ? "" : " (\(anomaly.flags.joined(separator: ", ")))"
            text += "; broken edge \(edge)\(flags)"
        }
        return text + "; " + record.opened.cause
    }
}

/// A share as people read it: `0.42 %`, `100 %`.
package func percent(_ share: Double) -> String {
    let value = share * 100
    let digits = value == 0 || value >= 10 ? 0 : value >= 1 ? 1 : value >= 0.1 ? 2 : 3
    return "\(rounded(value, digits)) %"
}

/// `value` with `digits` decimals, trailing zeros cut.
package func rounded(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.description }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return value.description }
    let whole = Int(scaled / scale)
    var text = (value < 0 && scaled > 0 ? "-" : "") + String(whole)
    guard digits > 0 else { return text }
    var fraction = padded(Int(scaled) - whole * Int(scale), digits)
    while fraction.hasSuffix("0") { fraction.removeLast() }
    if !fraction.isEmpty { text += "." + fraction }
    return text
}
