// Recovery curves, the coverage map, and the lists of anomalies and rounds.

import Core
import Web

extension ReportPage {
    var recovery: HTML {
        let curves = report.recoveries.curves
        if curves.isEmpty { return "<p>No strike has broken anything yet.</p>" }
        let cards = curves.prefix(Self.cards).map(card)
        let rest = curves.count - Self.cards
        let more: HTML = rest > 0 ? "<p class=\"muted\">\(rest) more are in the JSON.</p>" : ""
        let other: HTML =
            report.recoveries.unattributed > 0
            ? """
            <p class="muted">\(report.recoveries.unattributed) anomalies that no strike explains \
            (\(report.recoveries.unattributedOpen) open) are not counted here.</p>
            """ : ""
        return """
            <p class="muted">The share of harmful rounds not yet recovered, over the time since \
            the \
            injection, until the last broken service had recovered (Kaplan and Meier; the shade is \
            the 95 % band). Rounds that are still broken count as lasting longer than was seen. \
            Healing counts from the end of the fault, which for a deleted pod is when it was \
            gone.</p>
            <div class="cards">\(Array(cards))</div>\(more)\(other)
            """
    }

    /// Curves shown at most.
    private static let cards = 24

    private func card(_ item: RecoveryCurves.Curve) -> HTML {
        let curve = item.curve
        let end = max(item.longest, 1e-9) * 1.04
        let place = { (seconds: Double) in Chart.number(seconds / end * 1000) }
        let y = { (share: Double) in Chart.number(4 + 92 * (1 - min(max(share, 0), 1))) }
        var line = "M0 \(y(1))"
        var top = "M0 \(y(1))"
        var bottom: [(String, String)] = [("0", y(1))]
        var band = 1.0...1.0
        for step in curve.steps {
            // Where the estimate is 0 the error says nothing: the band stays open above.
            let next = step.band ?? (step.share <= 0 ? 0...band.upperBound : band)
            line += "H\(place(step.seconds))V\(y(step.share))"
            top += "H\(place(step.seconds))V\(y(next.upperBound))"
            bottom.append((place(step.seconds), y(next.lowerBound)))
            band = next
        }
        let last = place(max(item.longest, curve.steps.last?.seconds ?? 0))
        line += "H\(last)"
        top += "H\(last)"
        var back = "V\(y(band.lowerBound))"
        for (index, point) in bottom.enumerated().reversed() {
            back += "H\(point.0)"
            if index > 0 { back += "V\(bottom[index - 1].1)" }
        }
        let plane: HTML = """
            <path d="\(top)\(back)Z" class="band survival"/><path d="\(line)" class="curve"/>
            """
        let median =
            curve.median.map { "half recovered within \(ReportFormat.duration($0))" }
            ?? "less than half recovered"
        let title = curves(item)
        return """
            <article class="card">
            <h3>\(title)</h3>
            <svg class="lane" width="100%" height="110" role="img" aria-label="share not recovered \
            after \(title): \(median)">\(Chart.plane(width: 1000, height: 110, plane))\
            <text x="2" y="22" class="label">100 %</text>\
            <text x="2" y="104" class="label">0 %</text></svg>
            <svg class="axis" width="100%" height="18" aria-hidden="true">\
            <text x="0" y="13" class="label">injection</text>\
            <text x="100%" y="13" text-anchor="end" class="label">\
            \(ReportFormat.duration(end))</text></svg>
            <p><strong>\(median)</strong>; mean up to \(ReportFormat.duration(item.longest)): \
            \(ReportFormat.duration(curve.restrictedMean())). \
            \(Wording.plural(curve.count, "round")), \
            \(curve.censored) not recovered when last seen (\
            \(ReportFormat.percent(item.censoredShare)) censored).\(healed(item.healing))</p>
            </article>

            """
    }

    private func healed(_ curve: SurvivalCurve) -> String {
        if curve.count == 0 { return "" }
        return " Half healed within \(ReportFormat.duration(curve.median)) of the fault's end; "
            + "mean \(ReportFormat.duration(curve.restrictedMean()))."
    }

    private func curves(_ item: RecoveryCurves.Curve) -> String {
        if let target = item.target { return "\(item.fault) at \(target)" }
        let place = report.history.namespaces.count > 1 ? " in \(item.namespace)" : ""
        return "\(item.fault) at all targets\(place)"
    }

    // MARK: Coverage

    var coverage: HTML {
        let map = report.coverage
        if map.rows.isEmpty { return "<p>No round was drawn yet.</p>" }
        let now = report.history.lastAt ?? report.madeAt
        var table = ReportTable(
            ["Target", "Could be drawn in"] + map.faults, figures: ["Could be drawn in"])
        for row in map.rows {
            let cells = row.cells.map { cell($0, now) }
            let eligible = row.eligible.map { Wording.plural($0, "round") } ?? "not known"
            table.add(["\(row.target)", "\(eligible)"] + cells)
        }
        let cells = map.cells
        let more: HTML =
            map.omitted > 0
            ? "<p class=\"muted\">\(map.omitted) more targets are left out.</p>" : ""
        return """
            <p>\(cells.struck) of \(cells.known) combinations of target and fault were ever \
            struck.</p>
            \(table.html)\(more)
            <p class="legend"><span><i class="swatch fresh"></i> within 7 days</span> \
            <span><i class="swatch aging"></i> within 30 days</span> \
            <span><i class="swatch stale"></i> longer ago</span> \
            <span><i class="swatch never"></i> never</span></p>
            """
    }

    private func cell(_ cell: CoverageMap.Cell, _ now: Timestamp) -> HTML {
        let age = CoverageMap.Age(cell.last, now: now)
        guard let last = cell.last else {
            let shams = cell.shams > 0 ? " (\(Wording.plural(cell.shams, "sham")))" : ""
            return "<span class=\"cell never\">never\(shams)</span>"
        }
        let harm = cell.harmed > 0 ? ", \(cell.harmed) with harm" : ""
        return """
            <span class="cell \(age.rawValue)"><strong>\(cell.strikes) ×</strong>\(harm)<small>\
            \(ReportFormat.age(last, now: now)) ago: \(cell.lastState ?? "open")</small></span>
            """
    }

    // MARK: Lists

    var anomalies: HTML {
        if report.incidents.isEmpty { return "<p>None was seen.</p>" }
        var table = ReportTable(
            [
                "Anomaly", "Began", "Ratio", "Seen after", "Recovered", "Was it chaos?",
            ], figures: ["Ratio", "Seen after", "Recovered"])
        for incident in report.incidents {
            let anomaly = incident.anomaly
            let evidence = anomaly.opened.anomaly.evidence
            let end: HTML =
                anomaly.recovery.map {
                    "after \(ReportFormat.duration(($0.recoveredAt - anomaly.onset).inSeconds))"
                } ?? anomaly.accepted.map { "no: \($0.text)" }
                ?? "<strong class=\"harm\">no</strong>"
            let edge = anomaly.opened.anomaly.brokenEdge.map { "broken edge \($0)" } ?? ""
            let likely = anomaly.opened.attribution.map { "; \($0.text)" } ?? ""
            table.add([
                """
                \(anomaly.service.description) <small>\(anomaly.signal.rawValue)</small>
                """,
                "\(ReportFormat.instant(anomaly.onset))",
                "\(ReportFormat.percent(evidence.before)) → \(ReportFormat.percent(evidence.now))",
                "\(ReportFormat.duration(incident.detection))", end,
                """
                \(incident.answer?.text ?? "")<small>\(anomaly.opened.cause)\(likely). \
                \(edge)</small>
                """,
            ])
        }
        let rest = report.history.anomalies.count - report.incidents.count
        let more: HTML = rest > 0 ? "<p class=\"muted\">\(rest) older ones are left out.</p>" : ""
        return "\(table.html)\(more)"
    }

    /// Rounds listed at most, the newest; and those of them that need no click.
    private static let listed = 300
    private static let open = 40

    var rounds: HTML {
        let all = report.history.rounds
        let newest = all.suffix(Self.listed).reversed()
        let older = newest.dropFirst(Self.open)
        let folded: HTML =
            older.isEmpty
            ? ""
            : """
            <details><summary>\(older.count) older rounds</summary>
            \(list(Array(older)))
            </details>
            """
        let rest = all.count - Self.listed
        let more: HTML =
            rest > 0
            ? """
            <p class="muted">The newest \(Self.listed) of \(all.count); the others are in the \
            JSON, \
            and <code>hazard rounds</code> lists them.</p>
            """ : ""
        return """
            <p class="muted">Chance: of a sham, or of this workload with this fault, when the \
            round \
            was drawn. <code>hazard replay ROUND</code> draws it again.</p>
            \(list(Array(newest.prefix(Self.open))))\(folded)\(more)
            """
    }

    /// Whether a harm counts as a discovery among all strikes; nothing for rounds without harm.
    private static func discovery(_ round: ReportRound) -> HTML {
        guard round.verdict?.kind == .harm, let discovery = round.discovery else { return "" }
        return discovery
            ? "<small>a discovery among all strikes</small>"
            : "<small>no discovery among all strikes</small>"
    }

    private func list(_ rounds: [ReportRound]) -> HTML {
        var table = ReportTable(
            ["Round", "Planned", "What", "Chance", "Outcome", "Verdict"],
            figures: ["Planned", "Chance"])
        for round in rounds {
            let chances = round.chances
            let chance =
                round.assignment == .sham
                ? chances.sham
                : chances.of(
                    fault: round.fault, target: round.target, drew: (round.fault, round.target))
            table.add(
                [
                    "\(round.number)", "\(ReportFormat.instant(round.plannedAt))",
                    "\(Self.what(round))", "\(ReportFormat.percent(chance))",
                    "<span class=\"badge \(Self.mood(round))\">\(round.state)</span>",
                    "\(round.verdict?.text ?? round.trouble ?? "")\(Self.discovery(round))",
                ], anchor: "round-\(round.number)")
        }
        return table.html
    }
}
