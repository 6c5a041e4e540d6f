// A report in plain lines, for a terminal.

import Core

struct ReportText {
    let report: Report

    var lines: [String] {
        var lines = [report.headline]
        if report.history.rounds.isEmpty { return lines }
        if let first = report.history.firstAt, let last = report.history.lastAt {
            lines.append(
                "\(ReportFormat.instant(first)) to \(ReportFormat.instant(last)) UTC: "
                    + "\(Wording.plural(report.strikes.count, "strike")), "
                    + Wording.plural(report.shamCount, "sham")
                    + (report.observed > 0 ? ", \(report.observed) observed" : ""))
        }
        lines += findings + scorecard + effects + recovery + coverage + alerts + judge
        return lines
    }

    private var findings: [String] {
        guard !report.findings.isEmpty else { return [] }
        let limit = 20
        var lines = ["", "findings:"]
        for finding in report.findings.prefix(limit) {
            lines.append("  \(finding.severity.rawValue): \(finding.title): \(finding.subject)")
            for sentence in finding.evidence { lines.append("    \(sentence)") }
            if let remedy = finding.remedy { lines.append("    \(remedy)") }
        }
        if report.findings.count > limit {
            lines.append("  and \(report.findings.count - limit) more")
        }
        return lines
    }

    private var scorecard: [String] {
        guard !report.scorecard.rows.isEmpty else { return [] }
        var table = TextTable(["SERVICE", "FAULT", "HARM", "95 % INTERVAL", "OTHERWISE", "WORST"])
        for row in report.scorecard.rows.prefix(100) {
            let interval =
                row.interval.map {
                    "\(ReportFormat.percent($0.lowerBound)) to "
                        + ReportFormat.percent($0.upperBound)
                } ?? "–"
            let statement =
                row.bound.map { bound in
                    "no harm above \(ReportFormat.percent(bound))"
                        + (row.confidence.map { " (\(ReportFormat.percent($0)))" } ?? "")
                } ?? (row.rounds == 0 ? "nothing can be said" : "–")
            table.add([
                row.service?.description ?? "any of \(row.namespace)", row.fault,
                "\(row.harmed) of \(row.rounds)", interval, statement,
                ReportFormat.percent(row.worst),
            ])
        }
        return [""] + table.lines
    }

    private var effects: [String] {
        guard !report.effects.rows.isEmpty else {
            return [
                "",
                "effects: \(report.effects.strikes) measured strikes and \(report.effects.shams) "
                    + "measured shams are too few to compare",
            ]
        }
        var table = TextTable(["EFFECT OF", "AT", "ON", "BAD RATIO", "ROUNDS", "P"])
        for row in report.effects.rows(atMost: 100) {
            let margin = row.margin.map { " ± \(ReportFormat.percent($0))" } ?? ""
            table.add([
                row.fault, row.target ?? "all targets",
                row.service?.description ?? "all of \(row.namespace)",
                ReportFormat.signed(row.estimate) + margin,
                "\(row.treated) / \(Wording.plural(row.shams, "sham"))",
                ReportFormat.probability(row.pValue),
            ])
        }
        return [""] + table.lines
    }

    private var recovery: [String] {
        guard !report.recoveries.curves.isEmpty else { return [] }
        return ["", "recovery:"]
            + report.recoveries.curves.map { item in
                let median =
                    item.curve.median.map { "half recovered within \(ReportFormat.duration($0))" }
                    ?? "less than half recovered"
                let healed =
                    item.healing.median.map {
                        " (\(ReportFormat.duration($0)) after the end of the fault)"
                    } ?? ""
                return "  \(item.fault) at \(item.target ?? "all targets") in \(item.namespace): "
                    + "\(median)\(healed); "
                    + "\(Wording.plural(item.curve.count, "round")), "
                    + "\(item.curve.censored) not recovered when last seen"
            }
    }

    private var coverage: [String] {
        let map = report.coverage
        let never = map.rows.flatMap { row in
            zip(map.faults, row.cells).filter { $1.strikes == 0 }.map { "\($0.0) at \(row.target)" }
        }
        let cells = map.cells
        var lines = [
            "", "coverage: \(cells.struck) of \(cells.known) combinations were ever struck",
        ]
        if !never.isEmpty {
            let rest = never.count > 10 ? " and \(never.count - 10) more" : ""
            lines.append("  never: " + never.prefix(10).joined(separator: ", ") + rest)
        }
        return lines
    }

    private var alerts: [String] {
        report.alertFigures.map { "alerts in \($0.namespace): \($0.silenceText)" }
    }

    private var judge: [String] {
        let shams = report.shams
        if shams.shams == 0 {
            return ["false attributions: not known, no sham was judged"] + tally
        }
        return [
            "false attributions: \(shams.blamed) of \(Wording.plural(shams.shams, "sham")), "
                + "between \(ReportFormat.percent(shams.interval.lowerBound)) and "
                + "\(ReportFormat.percent(shams.interval.upperBound)); at most "
                + "\(ReportFormat.percent(report.alpha)) is promised"
        ] + tally
    }

    /// What the strikes of the whole journal add up to.
    private var tally: [String] {
        let tally = report.history.tally
        var lines: [String] = []
        if tally.tests > 0 {
            lines.append(
                "discoveries: \(tally.discoveries) of "
                    + "\(Wording.plural(tally.tests, "tested strike")), at a false discovery rate "
                    + "of \(ReportFormat.percent(tally.alpha))")
        }
        if tally.causes.strikes > 0 {
            lines.append(
                "root causes: of \(Wording.plural(tally.causes.strikes, "harmful strike")) that "
                    + "could be traced, the target came first in \(tally.causes.hits), among three "
                    + "in \(tally.causes.hitsInThree)")
        }
        return lines
    }
}
