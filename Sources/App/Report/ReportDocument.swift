// A report as one JSON document. Shares are fractions of one, times are RFC 3339, durations are
// seconds; what is not known is absent.

import Core
import Web

struct ReportDocument {
    let report: Report

    var json: JSON {
        var json: JSON = [
            "madeAt": .string(report.madeAt.rfc3339), "headline": .string(report.headline),
        ]
        json["from"] = report.history.firstAt.map { .string($0.rfc3339) }
        json["until"] = report.history.lastAt.map { .string($0.rfc3339) }
        json["namespace"] = report.namespace.map { .string($0) }
        json["since"] = report.since.map { .string($0.rfc3339) }
        json["summary"] = summary
        json["limits"] = limits
        json["findings"] = .array(report.findings.map(finding))
        json["fixedFindings"] = .array(report.fixed.map(\.json))
        json["alertCoverage"] = alerts
        json["scorecard"] = .array(report.scorecard.rows.map(row))
        json["effects"] = effects
        json["recovery"] = .array(report.recoveries.curves.map(curve))
        json["coverage"] = coverage
        json["falseAttribution"] = shams
        json["rootCauses"] = causesDocument(report.history.tally.causes)
        json["anomalies"] = .array(report.incidents.map(incident))
        json["rounds"] = .array(report.history.rounds.map(round))
        json["timeline"] = report.timeline.map(timeline)
        return json
    }

    func number(_ value: Double?) -> JSON? {
        value.flatMap { $0.isFinite ? .number($0) : nil }
    }

    func integer(_ value: Int) -> JSON { .integer(Int64(value)) }

    private func range(_ value: ClosedRange<Double>?) -> JSON? {
        value.map { .array([.number($0.lowerBound), .number($0.upperBound)]) }
    }

    private var summary: JSON {
        var json: JSON = [
            "strikes": integer(report.strikes.count), "shams": integer(report.shamCount),
            "observed": integer(report.observed), "decidedStrikes": integer(report.decided),
            "harmfulStrikes": integer(report.harmful),
            "openAnomalies": integer(report.openAnomalies.count),
            "anomalies": integer(report.history.anomalies.count),
        ]
        json["harmInterval"] = range(Scorecard.jeffreys(report.harmful, of: report.decided))
        json["excess"] = number(report.excess)
        return json
    }

    private func row(_ row: Scorecard.Row) -> JSON {
        var json: JSON = ["namespace": .string(row.namespace), "fault": .string(row.fault)]
        json["service"] = row.service.map { .string($0.description) }
        json["rounds"] = integer(row.rounds)
        json["harmed"] = integer(row.harmed)
        json["inconclusive"] = integer(row.inconclusive)
        json["unjudged"] = integer(row.unjudged)
        json["interval"] = range(row.interval)
        json["noHarmAbove"] = number(row.bound)
        json["confidence"] = number(row.confidence)
        json["worst"] = number(row.worst)
        json["excess"] = number(row.excess)
        json["lastStruck"] = row.lastStruck.map { .string($0.rfc3339) }
        return json
    }

    private var effects: JSON {
        let table = report.effects
        let rows = table.rows.map { row in
            var json: JSON = ["namespace": .string(row.namespace), "fault": .string(row.fault)]
            json["target"] = row.target.map { .string($0) }
            json["service"] = row.service.map { .string($0.description) }
            json["estimate"] = number(row.estimate)
            json["margin"] = number(row.margin)
            json["strikes"] = integer(row.treated)
            json["shams"] = integer(row.shams)
            json["p"] = number(row.pValue)
            if row.pValue != nil { json["redraws"] = integer(row.draws) }
            json["pooled"] = number(row.pooled)
            json["pooledMargin"] = number(row.pooledMargin)
            return json
        }
        return [
            "strikes": integer(table.strikes), "shams": integer(table.shams),
            "unmeasuredRounds": integer(table.unmeasured),
            "roundsWithUnknownChances": integer(table.partlyKnown),
            "untestedRows": integer(table.untested), "omittedServices": integer(table.omitted),
            "rows": .array(rows),
        ]
    }

    /// The curve's own figures and steps are times to repair; `healing` has those to heal.
    private func curve(_ item: RecoveryCurves.Curve) -> JSON {
        var json = survival(item.curve)
        json["namespace"] = .string(item.namespace)
        json["fault"] = .string(item.fault)
        json["target"] = item.target.map { .string($0) }
        json["censoredShare"] = .number(item.censoredShare)
        json["longest"] = number(item.longest)
        json["healing"] = survival(item.healing)
        return json
    }

    private func survival(_ curve: SurvivalCurve) -> JSON {
        let steps = curve.steps.map { step in
            var json: JSON = [
                "seconds": .number(step.seconds), "notRecovered": .number(step.share),
                "atRisk": integer(step.atRisk),
            ]
            json["band"] = range(step.band)
            return json
        }
        var json: JSON = [
            "rounds": integer(curve.count), "censored": integer(curve.censored),
        ]
        json["median"] = number(curve.median)
        if curve.count > 0 { json["restrictedMean"] = number(curve.restrictedMean()) }
        json["steps"] = .array(steps)
        return json
    }

    private var coverage: JSON {
        let map = report.coverage
        let now = report.history.lastAt ?? report.madeAt
        let rows = map.rows.map { row in
            var json: JSON = ["namespace": .string(row.namespace), "target": .string(row.target)]
            json["eligibleRounds"] = row.eligible.map(integer)
            var cells = JSON.Object()
            for (fault, cell) in zip(map.faults, row.cells) {
                var entry: JSON = [
                    "strikes": integer(cell.strikes), "harmed": integer(cell.harmed),
                    "shams": integer(cell.shams),
                    "age": .string(CoverageMap.Age(cell.last, now: now).rawValue),
                ]
                entry["last"] = cell.last.map { .string($0.rfc3339) }
                entry["lastOutcome"] = cell.lastState.map { .string($0) }
                cells[fault] = entry
            }
            json["faults"] = .object(cells)
            return json
        }
        return [
            "known": integer(map.cells.known), "struck": integer(map.cells.struck),
            "omitted": integer(map.omitted), "targets": .array(rows),
        ]
    }

    private var shams: JSON {
        var json: JSON = [
            "shams": integer(report.shams.shams), "blamed": integer(report.shams.blamed),
            "promised": .number(report.alpha),
            "miscalibrated": .bool(report.shams.isMiscalibrated(alpha: report.alpha)),
        ]
        if report.shams.shams > 0 { json["interval"] = range(report.shams.interval) }
        let tally = report.history.tally
        if tally.tests > 0 {
            json["testedStrikes"] = integer(tally.tests)
            json["discoveries"] = integer(tally.discoveries)
            json["discoveryRate"] = number(tally.alpha)
        }
        return json
    }

    private func incident(_ incident: Report.Incident) -> JSON {
        let anomaly = incident.anomaly
        let evidence = anomaly.opened.anomaly.evidence
        var json: JSON = [
            "id": integer(anomaly.id), "service": .string(anomaly.service.description),
            "signal": .string(anomaly.signal.rawValue), "onset": .string(anomaly.onset.rfc3339),
            "cause": .string(anomaly.opened.cause),
        ]
        json["round"] = anomaly.opened.round.map(integer)
        json["attribution"] = anomaly.opened.attribution.map(attributionDocument)
        json["before"] = number(evidence.before)
        json["now"] = number(evidence.now)
        json["detectionSeconds"] = number(incident.detection)
        json["brokenEdge"] = anomaly.opened.anomaly.brokenEdge.map { .string($0.description) }
        json["recoveredAt"] = anomaly.recovery.map { .string($0.recoveredAt.rfc3339) }
        json["accepted"] = anomaly.accepted.map { .string($0.text) }
        json["acceptedAt"] = anomaly.acceptedAt.map { .string($0.rfc3339) }
        json["finding"] = anomaly.finding.map { .string($0) }
        json["chance"] = number(incident.answer?.pValue)
        json["answer"] = incident.answer.map { .string($0.kind.rawValue) }
        json["text"] = incident.answer.map { .string($0.text) }
        return json
    }

    private func timeline(_ timeline: Timeline) -> JSON {
        let width = (timeline.end - timeline.start).inSeconds / Double(max(timeline.columns, 1))
        let lanes = timeline.lanes.map { lane in
            let points = lane.columns.enumerated().compactMap { place, column -> JSON? in
                guard let column, column.requests > 0 else { return nil }
                return [
                    "column": integer(place), "requests": .number(column.requests),
                    "bad": .number(column.bad), "upper": .number(column.upper),
                ]
            }
            return ["service": .string(lane.service.description), "points": .array(points)] as JSON
        }
        return [
            "start": .string(timeline.start.rfc3339), "columnSeconds": .number(width),
            "services": .array(lanes),
        ]
    }
}
