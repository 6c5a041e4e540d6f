// What the team's own alerts said of the rounds.

import Core
import Web

extension ReportPage {
    var alerts: HTML {
        let figures = report.alertFigures
        if figures.isEmpty {
            return """
                <p>No round was compared with the team's own alerts: <code>alertHistory</code> in \
                the daemon's configuration says where they are read.</p>
                """
        }
        var table = ReportTable(
            ["Namespace", "Harmful rounds noticed", "Median delay", "False alerts in shams"],
            figures: ["Harmful rounds noticed", "Median delay", "False alerts in shams"])
        for item in figures {
            let kind: HTML = item.detected < item.harmful ? "harm" : "calm"
            table.add([
                "\(item.namespace)",
                "<strong class=\"\(kind)\">\(item.detected) of \(item.harmful)</strong>",
                "\(ReportFormat.duration(item.medianDelay))",
                "\(item.falseAlarms) of \(item.shams)",
            ])
        }
        let silent = report.history.alertCoverage.filter { $0.isHarmful && $0.noticed.isEmpty }
        let list = silent.suffix(20).reversed().map { round -> HTML in
            let before =
                round.alreadyFiring.isEmpty
                ? "" : ", which fired before: " + round.alreadyFiring.joined(separator: ", ")
            return "<li><a href=\"#round-\(round.round)\">round \(round.round)</a>\(before)</li>"
        }
        let unseen: HTML =
            list.isEmpty
            ? "" : "<p>Nothing began to fire in harmful rounds such as:</p><ul>\(Array(list))</ul>"
        return """
            <p class="muted">Whether an alert of the team began between the injection and the end \
            of the recovery time. Hazard's own alerts do not count, nor do those that fired before: \
            they can say nothing.</p>
            \(table.html)\(unseen)
            """
    }

    /// Weaknesses that rounds no longer show.
    var fixed: HTML {
        if report.fixed.isEmpty { return "" }
        let items = report.fixed.prefix(100).map {
            "<li>\($0.title): \($0.namespace)/\($0.subject.name), \($0.history)</li>" as HTML
        }
        let rest = report.fixed.count - items.count
        let more: HTML = rest > 0 ? "<p class=\"muted\">\(rest) more are in the JSON.</p>" : ""
        return """
            <details><summary>\(report.fixed.count) fixed</summary><ul>\(Array(items))</ul>\(more)\
            </details>
            """
    }
}
