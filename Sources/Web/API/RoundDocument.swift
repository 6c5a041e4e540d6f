// A round as the JSON API shows it. Field names are stable: only ever added.

import Core

/// One round, short for lists and in full.
struct RoundDocument {
    let round: RoundRecord

    init(_ round: RoundRecord) { self.round = round }

    /// `number policy namespace assignment fault target plannedAt foreseen? injectedAt? closedAt?
    /// outcome verdict? text? discovery?`; `foreseen` is the smallest p* before it, `outcome` is
    /// `open` until the round is closed.
    var summary: JSON {
        let planned = round.planned
        var json: JSON = [
            "number": .integer(Int64(round.number)),
            "policy": .string(planned.policy),
            "namespace": .string(splitPolicy(planned.policy).namespace),
            "assignment": .string(planned.assignment.rawValue),
            "fault": .string(planned.fault),
            "target": targetDocument(planned.target),
            "plannedAt": .string(round.plannedAt.rfc3339),
        ]
        json["foreseen"] = planned.power?.first?.detectable.map { .number($0) }
        json["injectedAt"] = round.injectedAt.map { .string($0.rfc3339) }
        json["closedAt"] = round.closedAt.map { .string($0.rfc3339) }
        json["outcome"] = .string(round.outcome?.rawValue ?? "open")
        json["verdict"] = round.verdict.map { .string($0.kind.rawValue) }
        json["text"] = round.verdict.map { .string($0.text) }
        json["discovery"] = round.discovery.map { .bool($0) }
        return json
    }

    /// The summary, and: the draw (`seed draw parameters`), what could show (`power`, p* of each
    /// service), the injection's steps, the verdict with its evidence, `rootCause{rank?}` where
    /// harm was traced, the anomalies that are attributed to the round, and the findings it showed.
    func full(_ state: State) -> JSON {
        let planned = round.planned
        var json = summary
        json["tick"] = .string(planned.tick.rfc3339)
        json["policyDigest"] = .string(planned.digest)
        // A 64-bit number that JSON readers with doubles would change.
        json["seed"] = .string(String(planned.seed))
        json["parameters"] = planned.parameters
        json["draw"] = [
            "targetProbability": .number(planned.targetProbability),
            "faultProbability": .number(planned.faultProbability),
            "shamProbability": .number(planned.shamProbability),
            "eligiblePods": .integer(Int64(planned.eligiblePods)),
            "eligibleWorkloads": .integer(Int64(planned.eligibleWorkloads)),
            "excluded": .object(
                .init(
                    planned.excluded.sorted { $0.key < $1.key }.map {
                        ($0.key, .integer(Int64($0.value)))
                    })),
        ]
        json["power"] = planned.power.map { .array($0.map(\.json)) }
        json["deadline"] = round.injecting.map { .string($0.deadline.rfc3339) }
        json["failure"] = round.failure.map {
            ["kind": .string($0.kind.rawValue), "reason": .string($0.reason)]
        }
        json["deliveredAt"] = round.deliveredAt.map { .string($0.rfc3339) }
        json["notDelivered"] = round.notDelivered.map { .string($0) }
        json["revertedAt"] = round.revertedAt.map { .string($0.rfc3339) }
        json["revertFailures"] = .integer(Int64(round.revertFailures))
        json["lastRevertFailure"] = round.lastRevertFailure.map { .string($0) }
        json["aborted"] = round.aborted.map {
            ["cause": .string($0.cause.rawValue), "reason": .string($0.reason)]
        }
        json["failedRequests"] = .number(round.failed)
        json["radius"] = planned.radius.map { use in
            var json: JSON = [
                "pods": .integer(Int64(use.pods)), "allowed": .integer(Int64(use.allowed)),
                "unavailable": .integer(Int64(use.unavailable)),
            ]
            json["level"] = use.level.map { .integer(Int64($0)) }
            return json
        }
        json["judgement"] = round.verdict.map(verdictDocument)
        json["rootCause"] = round.cause.map { cause in
            cause.rank.map { ["rank": .integer(Int64($0))] } ?? [:]
        }
        let anomalies = (state.pastAnomalies + state.anomalies).filter {
            $0.opened.round == round.number
        }
        json["anomalies"] = .array(anomalies.map(anomalyDocument))
        json["findings"] = .array(state.findings(of: round.number).map(\.json))
        return json
    }
}

/// `kind namespace? name workload? node?`.
func targetDocument(_ target: Target) -> JSON {
    var json: JSON = ["kind": .string(target.kind.rawValue)]
    if !target.namespace.isEmpty { json["namespace"] = .string(target.namespace) }
    json["name"] = .string(target.name)
    json["workload"] = target.workload.map {
        ["kind": .string($0.kind), "namespace": .string($0.namespace), "name": .string($0.name)]
    }
    json["node"] = target.node.map { .string($0) }
    return json
}

/// `kind text confidence minimumDetectable? excess harmed[]`.
func verdictDocument(_ verdict: Verdict) -> JSON {
    var json: JSON = [
        "kind": .string(verdict.kind.rawValue),
        "text": .string(verdict.text),
        "confidence": .number(verdict.confidence),
    ]
    json["minimumDetectable"] = verdict.minimumDetectable.map { .number($0) }
    json["excess"] = .number(verdict.excess)
    json["harmed"] = .array(verdict.harmed.map(evidenceDocument))
    return json
}

/// `namespace service signal before baselineUpper now requests bad excess nats threshold`.
func evidenceDocument(_ evidence: Evidence) -> JSON {
    [
        "namespace": .string(evidence.service.namespace),
        "service": .string(evidence.service.name),
        "signal": .string(evidence.signal.rawValue),
        "before": .number(evidence.before),
        "baselineUpper": .number(evidence.baselineUpper),
        "now": .number(evidence.now),
        "requests": .number(evidence.requests),
        "bad": .number(evidence.bad),
        "excess": .number(evidence.excess),
        "nats": .number(evidence.nats),
        "threshold": .number(evidence.threshold),
    ]
}
