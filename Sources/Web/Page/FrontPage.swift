// The page for people: is it safe now, what happened last, which alerts fire. Rendered on the
// server, without scripts; it reloads itself.

import Core

struct FrontPage {
    let input: MetricInput
    let checks: [ReadinessCheck]

    /// Only the style below may be used: the page loads nothing.
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
        + "form-action 'none'"

    private var state: State { input.state }

    var html: String {
        let page: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="refresh" content="5">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Hazard: \(headline.text)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <h1>Hazard</h1>
            <p class="\(headline.kind)" role="status">\(headline.text)</p>
            \(facts)
            \(alerts)
            \(problems)
            \(services)
            \(rounds)
            \(policies)
            <p>Version \(input.build.version), \(input.now.rfc3339Seconds). \
            <a href="/metrics">metrics</a> \
            <a href="/readyz">readiness</a> \
            <a href="/api/v1/status">status</a> \
            <a href="/api/v1/rounds">rounds</a> \
            <a href="/api/v1/anomalies">anomalies</a> \
            <a href="/api/v1/alerts">alerts</a> \
            <a href="/api/v1/policies">policies</a></p>
            </body>
            </html>

            """
        return page.text
    }

    /// The one thing to know, and whether it is good.
    private var headline: (kind: String, text: String) {
        let unrecovered = state.anomalies.filter { $0.unrecovered != nil }
        if let worst = unrecovered.first {
            return ("bad", "not recovered: \(worst.service), \(unrecovered.count) in all")
        }
        if let first = state.anomalies.first {
            return ("bad", "anomaly: \(first.service), \(state.anomalies.count) in all")
        }
        if let halted = state.halted { return ("warn", "halted by \(halted.by)") }
        if let failing = checks.first(where: { !$0.isReady }) {
            return ("warn", "not ready: \(failing.name): \(failing.detail)")
        }
        if let blind = state.blind { return ("warn", "blind: \(blind.reason)") }
        if let (_, blind) = state.blindNamespaces.min(by: { $0.key < $1.key }) {
            return ("warn", "blind: \(blind.reason)")
        }
        let open = state.openInjections.count
        if open > 0 { return ("warn", "\(open) injection\(open == 1 ? "" : "s") open") }
        return measured
    }

    /// Without anything wrong: how much of it was looked at. Bad responses are what users feel
    /// first, so a service whose share of them is not judged is not judged.
    private var measured: (kind: String, text: String) {
        var unjudged: [ServiceRef: String] = [:]
        var services: Set<ServiceRef> = []
        for status in input.services {
            services.insert(status.service)
            let isJudged = status.blind == nil && (status.ready || status.isRelearning)
            if status.signal == .badRatio, !isJudged {
                unjudged[status.service] = status.blind.map { "blind: \($0)" } ?? "still learning"
            }
        }
        guard !services.isEmpty else { return ("warn", "no service has been measured yet") }
        if let (service, reason) = unjudged.min(by: { $0.key < $1.key }) {
            return (
                "warn",
                "no anomaly seen, but \(unjudged.count) of \(services.count) services cannot be "
                    + "judged: \(service) (\(reason))"
            )
        }
        let count = services.count == 1 ? "the one service" : "\(services.count) services"
        return ("good", "nothing is broken by us, and no anomaly in \(count) watched")
    }

    private var facts: HTML {
        let next = input.nextRounds.min { ($0.value, $0.key) < ($1.value, $1.key) }
        let wait = next.map { max($0.value - input.now, .zero) }
        let seconds = wait.map { Duration.seconds(Int64($0.inSeconds.rounded())).human }
        let text =
            next.map { "next round: \($0.key) in \(seconds ?? "")" } ?? "no round is scheduled"
        return """
            <p>Rounds: \(state.lastRound). Open injections: \(state.openInjections.count). \
            Active anomalies: \(state.anomalies.count). \(text).</p>
            """
    }

    private var alerts: HTML {
        let firing = state.firingAlerts
        if firing.isEmpty { return "<h2>Alerts</h2>\n<p>None fires.</p>" }
        return table(
            "Alerts", ["Alert", "Severity", "Since", "What"],
            firing.map { alert in
                let text = alert.annotations["description"] ?? alert.annotations["summary"] ?? ""
                return [
                    alert.name.rawValue, alert.severity.rawValue, alert.startsAt.rfc3339Seconds,
                    text,
                ]
            })
    }

    /// What is wrong with what is read; nothing when all is well.
    private var problems: HTML {
        let found = input.sources.flatMap { source in
            source.problems.map { [source.name, $0] }
        }
        return found.isEmpty ? "" : table("Problems", ["Source", "What"], found)
    }

    private var services: HTML {
        table(
            "Services", ["Service", "Signal", "Now", "Normal", "Evidence", "Smallest visible"],
            input.services.prefix(50).map { status in
                [
                    status.service.description, status.signal.rawValue, percent(status.ratio),
                    normal(status),
                    "\(short(status.nats)) of \(short(status.threshold)) nats",
                    percent(status.minimumDetectable),
                ]
            })
    }

    private func normal(_ status: ServiceStatus) -> String {
        if let reason = status.blind { return "blind: \(reason)" }
        if status.ready { return percent(status.baseline) }
        // The old level is still what is compared with.
        return status.isRelearning
            ? "\(percent(status.baseline)), \(status.unready ?? "re-learning")" : "learning"
    }

    private var rounds: HTML {
        table(
            "Last rounds", ["Round", "When", "Policy", "What", "Target", "Outcome", "Verdict"],
            state.rounds.suffix(20).reversed().map { round in
                [
                    String(round.number), round.plannedAt.rfc3339Seconds, round.planned.policy,
                    round.planned.assignment == .strike
                        ? round.planned.fault
                        : "\(round.planned.fault) (\(round.planned.assignment.rawValue))",
                    round.planned.target.description, round.outcome?.rawValue ?? "open",
                    round.verdict?.text ?? "",
                ]
            })
    }

    private var policies: HTML {
        table(
            "Policies", ["Policy", "Mode", "Held because"],
            (state.policies?.policies ?? []).sorted { $0.id < $1.id }.map {
                [$0.id, $0.mode.rawValue, state.holds[$0.id]?.text ?? ""]
            })
    }

    private func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> HTML {
        if rows.isEmpty { return "<h2>\(title)</h2>\n<p>None yet.</p>" }
        let head = columns.map { "<th scope=\"col\">\($0)</th>" as HTML }
        let body = rows.map { row in
            "<tr>\(row.map { "<td>\($0)</td>" as HTML })</tr>\n" as HTML
        }
        return """
            <h2>\(title)</h2>
            <table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody>
            </table>
            """
    }

    private func percent(_ ratio: Double?) -> String {
        ratio.map { short($0 * 100) + " %" } ?? "–"
    }

    /// Three significant digits or so: enough for people.
    private func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let scale = value.magnitude >= 100 ? 1.0 : value.magnitude >= 1 ? 10 : 1000
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15
            ? String(Int(rounded)) : rounded.description
    }

    private static let style: HTML = """
        body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
        table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top}
        .good,.warn,.bad{padding:.6rem 1rem;font-weight:600;border-left:.5rem solid}
        .good{border-color:#2a7}.warn{border-color:#d90}.bad{border-color:#c33}
        @media (prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}
        """
}
