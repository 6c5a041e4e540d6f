// An anomaly and an alert as the JSON API shows them. Field names are stable: only ever added.

package import Core

/// `id state namespace service signal onset detectedAt round? cause attribution? brokenEdge? flags
/// evidence finding? recoveredAt? recoverySeconds? excess? repairSeconds? healSeconds?`; `state` is
/// `active`, `unrecovered` or `over`.
func anomalyDocument(_ record: AnomalyRecord) -> JSON {
    let anomaly = record.opened.anomaly
    let state =
        !record.isOpen ? "over" : record.unrecovered != nil ? "unrecovered" : "active"
    var json: JSON = [
        "id": .integer(Int64(record.id)),
        "state": .string(state),
        "namespace": .string(record.service.namespace),
        "service": .string(record.service.name),
        "signal": .string(record.signal.rawValue),
        "onset": .string(anomaly.onset.rfc3339),
        "detectedAt": .string(anomaly.detectedAt.rfc3339),
    ]
    json["round"] = record.opened.round.map { .integer(Int64($0)) }
    json["cause"] = .string(record.opened.cause)
    json["attribution"] = record.opened.attribution.map(attributionDocument)
    json["brokenEdge"] = anomaly.brokenEdge.map { edge in
        [
            "sourceNamespace": .string(edge.sourceNamespace),
            "source": .string(edge.source),
            "namespace": .string(edge.destination.namespace),
            "service": .string(edge.destination.name),
        ]
    }
    json["flags"] = .array(anomaly.flags.map { .string($0) })
    json["evidence"] = evidenceDocument(anomaly.evidence)
    json["finding"] = record.unrecovered.map { .string($0.finding) }
    if let accepted = record.accepted {
        json["accepted"] = .string(accepted.text)
        json["acceptedAt"] = record.acceptedAt.map { .string($0.rfc3339) }
        json["excess"] = .number(accepted.excess)
    } else if record.isOpen {
        json["toAccept"] = .string(record.acceptCommand)
    }
    if let recovery = record.recovery {
        json["recoveredAt"] = .string(recovery.recoveredAt.rfc3339)
        json["recoverySeconds"] = .number((recovery.recoveredAt - recovery.onset).inSeconds)
        json["excess"] = .number(recovery.excess)
        json["repairSeconds"] = record.healing.map { .number($0.repair) }
        json["healSeconds"] = record.healing?.heal.map { .number($0) }
    }
    return json
}

/// `round probability text harmPrior incidentsPerRound nats inReach`: how probable it is that the
/// round caused the anomaly, and what that was computed from.
package func attributionDocument(_ attribution: RoundAttribution) -> JSON {
    [
        "round": .integer(Int64(attribution.round)),
        "probability": .number(attribution.probability),
        "text": .string(attribution.text),
        "harmPrior": .number(attribution.harmPrior),
        "incidentsPerRound": .number(attribution.incidentsPerRound),
        "nats": .number(attribution.nats),
        "inReach": .bool(attribution.inReach),
    ]
}

/// `name state severity labels annotations startsAt endsAt? fingerprint`; `labels` is the whole
/// identity.
func alertDocument(_ alert: Alert) -> JSON {
    func object(_ pairs: [(String, String)]) -> JSON {
        .object(.init(pairs.map { ($0.0, .string($0.1)) }))
    }
    var json: JSON = [
        "name": .string(alert.name.rawValue),
        "state": alert.isFiring ? "firing" : "resolved",
        "severity": .string(alert.severity.rawValue),
        "labels": object(alert.identity.pairs.map { ($0.name, $0.value) }),
        "annotations": object(alert.annotations.sorted { $0.key < $1.key }.map { ($0, $1) }),
        "startsAt": .string(alert.startsAt.rfc3339),
    ]
    json["endsAt"] = alert.endsAt.map { .string($0.rfc3339) }
    json["fingerprint"] = .string(alert.fingerprint)
    return json
}
