// What a report's JSON says of single rounds and findings, and of what limits its figures: whatever
// the page says in words has a field here.

import Core

extension ReportDocument {
    /// What was left out, or could not be seen, and why figures say less than they might.
    var limits: JSON {
        let blindness = report.history.blindness.map { span in
            var json: JSON = ["since": .string(span.since.rfc3339)]
            json["until"] = span.until.map { .string($0.rfc3339) }
            json["namespace"] = span.namespace.map { .string($0) }
            return json
        }
        let recoveries = report.recoveries
        return [
            "blindness": .array(blindness),
            "strikesWithoutMeasurements": integer(report.scorecard.unmeasured),
            "unattributedAnomalies": integer(recoveries.unattributed),
            "unattributedOpenAnomalies": integer(recoveries.unattributedOpen),
            "olderAnomalies": integer(report.history.anomalies.count - report.incidents.count),
            "calmerServices": integer(report.timeline?.omitted ?? 0),
        ]
    }

    /// `severity kind title subject evidence[] remedy? at?`; one that the daemon found has all
    /// fields of `/api/v1/findings` beside these.
    func finding(_ finding: ReportFinding) -> JSON {
        var json = finding.weakness?.json ?? [:]
        json["severity"] = .string(finding.severity.rawValue)
        json["kind"] = .string(finding.kind)
        json["title"] = .string(finding.title)
        json["subject"] = .string(finding.subject)
        json["evidence"] = .array(finding.evidence.map { .string($0) })
        json["remedy"] = finding.remedy.map { .string($0) }
        json["at"] = finding.at.map { .string($0.rfc3339) }
        return json
    }

    /// The team's own alerts: the figures of each namespace, and every round that was looked at.
    var alerts: JSON {
        let rounds = report.history.alertCoverage.map { coverage in
            [
                "round": integer(coverage.round), "namespace": .string(coverage.namespace),
                "sham": .bool(coverage.isSham), "harmful": .bool(coverage.isHarmful),
                "from": .string(coverage.from.rfc3339), "until": .string(coverage.until.rfc3339),
                "noticed": .array(
                    coverage.noticed.map {
                        ["name": .string($0.name), "afterSeconds": .number($0.after)]
                    }),
                "alreadyFiring": .array(coverage.alreadyFiring.map { .string($0) }),
            ] as JSON
        }
        return [
            "namespaces": .array(report.alertFigures.map(\.json)), "rounds": .array(rounds),
        ]
    }

    func round(_ round: ReportRound) -> JSON {
        var json: JSON = [
            "number": integer(round.number), "policy": .string(round.policy),
            "namespace": .string(round.namespace),
            "plannedAt": .string(round.plannedAt.rfc3339),
            "assignment": .string(round.assignment.rawValue), "fault": .string(round.fault),
            "target": .string(round.target), "object": .string(round.object),
            "state": .string(round.state),
        ]
        let instants = [
            ("injectedAt", round.injectedAt), ("deliveredAt", round.deliveredAt),
            ("faultEndedAt", round.faultEndedAt), ("revertedAt", round.revertedAt),
            ("closedAt", round.closedAt),
        ]
        for (name, instant) in instants { json[name] = instant.map { .string($0.rfc3339) } }
        json["chance"] = number(
            round.assignment == .sham
                ? round.chances.sham
                : round.chances.of(
                    fault: round.fault, target: round.target, drew: (round.fault, round.target)))
        if let verdict = round.verdict {
            json["verdict"] = .string(verdict.text)
            json["verdictKind"] = .string(verdict.kind.rawValue)
            json["confidence"] = number(verdict.confidence)
            json["noHarmAbove"] =
                verdict.kind == .noHarm ? number(verdict.minimumDetectable) : nil
            json["excess"] = number(verdict.excess)
        }
        json["power"] = round.power.map { .array($0.map(\.json)) }
        json["trouble"] = round.trouble.map { .string($0) }
        json["revertTrouble"] = round.revertTrouble.map { .string($0) }
        json["discovery"] = round.discovery.map { .bool($0) }
        json["rootCauseRank"] = round.cause?.rank.map(integer)
        json["outcomes"] = round.outcomes.map { .array($0.map(outcome)) }
        return json
    }

    /// `service signal requests bad expected nats harmed wasBroken noHarmAbove?`.
    private func outcome(_ outcome: ServiceOutcome) -> JSON {
        var json: JSON = [
            "service": .string(outcome.service.description),
            "signal": .string(outcome.signal.rawValue), "harmed": .bool(outcome.harmed),
            "wasBroken": .bool(outcome.wasBroken),
        ]
        json["requests"] = number(outcome.requests)
        json["bad"] = number(outcome.bad)
        json["expected"] = number(outcome.expected)
        json["nats"] = number(outcome.nats)
        json["noHarmAbove"] = number(outcome.bound)
        return json
    }
}
