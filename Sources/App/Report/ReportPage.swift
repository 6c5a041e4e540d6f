// A report as one file of HTML: no script, no requests, its pictures inline. Every text is escaped,
// since names come from a cluster.

import Core
import Web

struct ReportPage {
    let report: Report
    /// Where the journal was read.
    let source: String

    private struct Section {
        var id: String
        var title: String
        var body: HTML
    }

    private var sections: [Section] {
        [
            Section(id: "findings", title: "Findings", body: findings),
            Section(id: "timeline", title: "Timeline", body: timeline),
            Section(id: "close-up", title: "Rounds close up", body: closeUps),
            Section(id: "scorecard", title: "Scorecard", body: scorecard),
            Section(id: "effects", title: "Effects", body: effects),
            Section(id: "recovery", title: "Recovery", body: recovery),
            Section(id: "coverage", title: "Coverage", body: coverage),
            Section(id: "alerts", title: "Your own alerts", body: alerts),
            Section(id: "anomalies", title: "Anomalies", body: anomalies),
            Section(id: "judge", title: "Can the judge be believed?", body: calibration),
            Section(id: "rounds", title: "Rounds", body: rounds),
        ]
    }

    var html: String {
        let sections = report.history.rounds.isEmpty ? [] : self.sections
        let links = sections.map { "<a href=\"#\($0.id)\">\($0.title)</a>\n" as HTML }
        let bodies = sections.map {
            "<section id=\"\($0.id)\">\n<h2>\($0.title)</h2>\n\($0.body)\n</section>\n" as HTML
        }
        let menu: HTML = links.isEmpty ? "" : "<nav aria-label=\"Sections\">\(links)</nav>"
        let page: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'">
            <title>Hazard report: \(report.headline)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <header>
            <p class="brand">Hazard report</p>
            <h1 class="\(mood)">\(report.headline)</h1>
            <p class="muted">\(scope)</p>
            \(tiles)
            </header>
            \(menu)
            <main>
            \(bodies)</main>
            <footer><p class="muted">Made at \(ReportFormat.instant(report.madeAt)) UTC from \
            \(source). All times are UTC. A round is one random draw: a strike injects a fault, a \
            sham does everything but that.</p></footer>
            </body>
            </html>

            """
        // A figure and its unit stay on one line.
        return page.text.replacing(" %", with: "\u{a0}%")
    }

    private var mood: HTML {
        if !report.openAnomalies.isEmpty { return "harm" }
        if report.harmful > 0 { return "warn" }
        return report.decided > 0 ? "calm" : "unsure"
    }

    private var scope: String {
        var parts: [String] = []
        if let first = report.history.firstAt, let last = report.history.lastAt {
            parts.append("\(ReportFormat.instant(first)) to \(ReportFormat.instant(last)) UTC")
        }
        if let namespace = report.namespace {
            parts.append("namespace \(namespace)")
        } else if !report.history.namespaces.isEmpty {
            let names = report.history.namespaces
            let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
            parts.append(
                (names.count == 1 ? "namespace " : "namespaces ")
                    + names.prefix(5).joined(separator: ", ") + rest)
        }
        return parts.joined(separator: ", ")
    }

    private var tiles: HTML {
        if report.history.rounds.isEmpty {
            return """
                <p>Rounds appear here once the daemon has drawn some: see \
                <code>hazard status</code>.</p>
                """
        }
        let interval = Scorecard.jeffreys(report.harmful, of: report.decided)
        let medians = report.recoveries.curves.compactMap(\.curve.median)
        var list: [(String, String, String)] = [
            (
                "strikes", ReportFormat.count(Double(report.strikes.count)),
                Wording.plural(report.shamCount, "sham")
                    + (report.observed > 0 ? ", \(report.observed) observed" : "")
            ),
            (
                "with harm to users",
                "\(ReportFormat.count(Double(report.harmful))) of "
                    + ReportFormat.count(Double(report.decided)),
                interval.map {
                    "95 %: \(ReportFormat.percent($0.lowerBound)) to "
                        + ReportFormat.percent($0.upperBound)
                } ?? "no strike could tell"
            ),
            (
                "bad responses beyond normal", ReportFormat.count(report.excess),
                "over all judged strikes"
            ),
            (
                "not recovered", String(report.openAnomalies.count),
                "of \(Wording.plural(report.history.anomalies.count, "anomaly", "anomalies"))"
            ),
        ]
        if !report.recoveries.curves.isEmpty {
            list.append(
                (
                    "median recovery",
                    medians.isEmpty ? "not reached" : ReportFormat.duration(medians.max()),
                    report.recoveries.curves.count > 1
                        ? "from the injection, of the slowest" : "from the injection"
                ))
        }
        let boxes = list.map { name, value, note -> HTML in
            "<div><dt>\(name)</dt><dd>\(value)<small>\(note)</small></dd></div>\n"
        }
        return "<dl class=\"tiles\">\n\(boxes)</dl>"
    }

    /// The one place where findings are shown, whoever found them.
    private var findings: HTML {
        if report.findings.isEmpty {
            return """
                <p>None. That is no proof of health: see what was struck in the coverage below.\
                </p>\(fixed)
                """
        }
        let items = report.findings.prefix(100).map { finding -> HTML in
            let evidence = finding.evidence.map { "<li>\($0)</li>" as HTML }
            let remedy: HTML = finding.remedy.map { "<p class=\"remedy\">\($0)</p>" } ?? ""
            let when: HTML =
                finding.at.map { " <time class=\"muted\">\(ReportFormat.instant($0))</time>" } ?? ""
            return """
                <article class="finding \(finding.severity.rawValue)">
                <h3><span class="badge \(finding.severity.rawValue)">\
                \(finding.severity.rawValue)</span> \(finding.title)</h3>
                <p><strong>\(finding.subject)</strong>\(when)</p>
                <ul>\(evidence)</ul>\(remedy)
                </article>

                """
        }
        let rest = report.findings.count - items.count
        let more: HTML = rest > 0 ? "<p class=\"muted\">\(rest) more are in the JSON.</p>" : ""
        return "\(Array(items))\(more)\(fixed)"
    }
}

extension Wording {
    /// `1 anomaly`, `2 anomalies`.
    fileprivate static func plural(_ number: Int, _ one: String, _ many: String) -> String {
        "\(count(Double(number))) \(number == 1 ? one : many)"
    }
}
