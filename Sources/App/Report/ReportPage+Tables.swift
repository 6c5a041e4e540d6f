// The scorecard, the effects, and how far they can be trusted.

import Core
import Web

extension ReportPage {
    var scorecard: HTML {
        let rows = report.scorecard.rows
        if rows.isEmpty { return "<p>No strike has ended yet.</p>" }
        var table = ReportTable(
            [
                "Service", "Fault", "Harm", "95 % interval", "Otherwise", "Worst",
                "Bad beyond normal",
                "Said nothing",
            ], figures: ["Fault", "Harm", "Worst", "Said nothing", "Bad beyond normal"])
        for row in rows.prefix(400) {
            let name: HTML =
                row.service.map { "\($0.description)" }
                ?? "<em>any service of \(row.namespace)</em>"
            let silent = row.inconclusive + row.unjudged
            table.add([
                name, "\(row.fault)", harm(row), interval(row), statement(row),
                "\(ReportFormat.percent(row.worst))", "\(ReportFormat.count(row.excess))",
                silent > 0 ? "\(silent) rounds" : "–",
            ])
        }
        let rest = rows.count - 400
        let more: HTML = rest > 0 ? "<p class=\"muted\">\(rest) more rows are in the JSON.</p>" : ""
        let old: HTML =
            report.scorecard.unmeasured > 0
            ? """
            <p class="muted">\(report.scorecard.unmeasured) judged strikes were journaled without \
            measurements (an earlier version): they count in the rows of any service only.</p>
            """ : ""
        return """
            <p class="muted">Harm: strikes that made the service worse than its own baseline, of \
            those that could have shown it. The interval is where the true share lies. Silence is \
            stated with its limit: smaller harm than that may have happened.</p>
            \(table.html)\(more)\(old)
            """
    }

    private func harm(_ row: Scorecard.Row) -> HTML {
        let kind: HTML = row.harmed > 0 ? "harm" : row.rounds > 0 ? "calm" : "unsure"
        return "<strong class=\"\(kind)\">\(row.harmed) of \(row.rounds)</strong>"
    }

    private func interval(_ row: Scorecard.Row) -> HTML {
        guard let interval = row.interval else { return "–" }
        let bar = Chart.interval(
            Double(row.harmed) / Double(max(row.rounds, 1)), interval, low: 0, high: 1,
            kind: row.harmed > 0 ? "harm" : "calm")
        return """
            \(bar)<small>\(ReportFormat.percent(interval.lowerBound)) to \
            \(ReportFormat.percent(interval.upperBound))</small>
            """
    }

    private func statement(_ row: Scorecard.Row) -> HTML {
        guard let bound = row.bound else {
            return row.rounds == 0 ? "nothing can be said" : "–"
        }
        let level = row.confidence.map { " (\(ReportFormat.percent($0)))" } ?? ""
        return "no harm above \(ReportFormat.percent(bound))\(level)"
    }

    // MARK: Effects

    var effects: HTML {
        let effects = report.effects
        guard !effects.rows.isEmpty else {
            return """
                <p>Effects compare strikes with shams. There are \(effects.strikes) measured \
                strikes \
                and \(effects.shams) measured shams: \(missing(effects))</p>
                """
        }
        var low = 0.0
        var high = 0.01
        for row in effects.rows {
            low = min(low, row.estimate - (row.margin ?? 0))
            high = max(high, row.estimate + (row.margin ?? 0))
        }
        low = max(low, -1)
        high = min(high, 1)
        var table = ReportTable(
            [
                "Fault", "At", "On", "Effect on the bad ratio", "", "Rounds", "p", "Pooled",
            ], figures: ["Fault", "Effect on the bad ratio", "Rounds", "p", "Pooled"])
        for row in effects.rows(atMost: 400) { add(row, to: &table, low, high) }
        return """
            <p class="muted">The average rise of the bad ratio of a round against shams, each \
            round \
            weighted by the chance it had (Hajek), with a jackknife interval (95 %, from \
            \(EffectTable.fewest) rounds on a side). p: how often chance alone would give as \
            much, by \
            redrawing which round was what; each p stands for its row alone. Pooled: shrunk \
            towards \
            the other targets of the fault.</p>
            \(table.html)
            <p class="muted">\(effects.strikes) strikes and \(effects.shams) shams were measured. \
            \(caveats(effects))</p>
            """
    }

    private func missing(_ effects: EffectTable) -> String {
        if effects.shams == 0 {
            return "without shams there is nothing to compare with (sham: 20 % in the policy)."
        }
        return "more rounds are needed."
    }

    private func add(
        _ row: EffectTable.Row, to table: inout ReportTable, _ low: Double, _ high: Double
    ) {
        let kind = (row.pValue ?? 1) <= 0.05 ? "harm" : "unsure"
        let range = row.margin.map { (row.estimate - $0)...(row.estimate + $0) }
        let isFew = min(row.treated, row.shams) < EffectTable.fewest
        let vague: HTML = isFew ? "too few rounds" : "every round the same"
        let text: HTML =
            row.margin.map {
                """
                <strong>\(ReportFormat.signed(row.estimate))</strong> <small>± \
                \(ReportFormat.percent($0))</small>
                """
            }
            ?? "<strong>\(ReportFormat.signed(row.estimate))</strong> <small>\(vague)</small>"
        let pooled: HTML =
            row.pooled.map {
                """
                \(ReportFormat.signed($0)) <small>± \
                \(ReportFormat.percent(row.pooledMargin))</small>
                """
            } ?? "–"
        let whole = report.history.namespaces.count > 1 ? "all of \(row.namespace)" : "all services"
        table.add([
            "\(row.fault)", "\(row.target ?? "all targets")",
            "\(row.service?.description ?? whole)", text,
            Chart.interval(row.estimate, range, low: low, high: high, zero: 0, kind: kind),
            "\(row.treated) / \(Wording.plural(row.shams, "sham"))",
            "\(ReportFormat.probability(row.pValue))", pooled,
        ])
    }

    private func caveats(_ effects: EffectTable) -> String {
        var parts: [String] = []
        if effects.partlyKnown > 0 {
            parts.append(
                "For \(Wording.plural(effects.partlyKnown, "round")) not all chances are known "
                    + "(an earlier version, or more than \(DrawPool.limit) pods): permutation is "
                    + "left out where they matter.")
        }
        if effects.unmeasured > 0 {
            parts.append(
                "\(Wording.plural(effects.unmeasured, "judged round")) without measurements "
                    + "are left out.")
        }
        if effects.untested > 0 {
            parts.append(
                "\(Wording.plural(effects.untested, "row")) were not tested: it would "
                    + "take too long; narrow the report with --since or --namespace.")
        }
        if effects.omitted > 0 {
            parts.append(
                "\(Wording.plural(effects.omitted, "service")) of single targets were not "
                    + "compared: it would take too long; narrow the report likewise.")
        }
        if effects.rows.count > 400 {
            parts.append("\(effects.rows.count - 400) more rows are in the JSON.")
        }
        parts.append("Void, interrupted and undelivered rounds are left out.")
        return parts.joined(separator: " ")
    }

    // MARK: The judge

    var calibration: HTML {
        let shams = report.shams
        var lines: [HTML] = []
        if shams.shams == 0 {
            lines.append(
                "<p>No sham was judged yet, so the rate of false attributions is not known.</p>")
        } else {
            let bar = Chart.interval(
                Double(shams.blamed) / Double(shams.shams), shams.interval, low: 0, high: 1,
                kind: shams.isMiscalibrated(alpha: report.alpha) ? "harm" : "calm")
            lines.append(
                """
                <p>\(shams.blamed) of \(Wording.plural(shams.shams, "judged sham")) showed harm \
                although nothing was injected. The true rate of false attributions lies between \
                <strong>\(ReportFormat.percent(shams.interval.lowerBound))</strong> and \
                <strong>\(ReportFormat.percent(shams.interval.upperBound))</strong> (95 %); at \
                most \
                \(ReportFormat.percent(report.alpha)) is promised.</p>
                <div class="narrow">\(bar)</div>
                """)
        }
        if shams.isMiscalibrated(alpha: report.alpha) {
            lines.append("<p class=\"harm\">The judge blames more than it promises.</p>")
        }
        let tally = report.history.tally
        if tally.tests > 0 {
            lines.append(
                """
                <p>Over all \(Wording.plural(tally.tests, "tested strike")) of the whole journal, \
                \(Wording.plural(tally.discoveries, "harm")) stands up as a discovery at a false \
                discovery rate of \(ReportFormat.percent(tally.alpha)) (e-LOND).</p>
                """)
        }
        if tally.causes.strikes > 0 {
            lines.append(
                """
                <p>Of \(Wording.plural(tally.causes.strikes, "harmful strike")) of the whole \
                journal that could be traced, the target came first among the root causes found in \
                \(tally.causes.hits), and among the first three in \(tally.causes.hitsInThree).</p>
                """)
        }
        let blind = report.history.blindness.count { $0.namespace == nil }
        if blind > 0 {
            lines.append("<p>The signals could not be read \(blind) times.</p>")
        }
        let hidden = report.history.blindness.count { $0.namespace != nil }
        if hidden > 0 {
            lines.append(
                "<p>A namespace was not seen although others were, \(hidden) times.</p>")
        }
        return HTML(joining: lines)
    }
}
