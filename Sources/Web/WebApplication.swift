// Metrics, health, the JSON API and the page, as a function from request to response. It knows no
// server library; compression and connections are the listener's business.

import Core
package import Platform

/// The web side of the daemon.
package struct WebApplication: Handler {
    private let view: any WebView
    let killSwitch: WebSwitch?

    /// Without `killSwitch`, nothing can be changed through the web address.
    package init(view: any WebView, killSwitch: WebSwitch? = nil) {
        self.view = view
        self.killSwitch = killSwitch
    }

    package func handle(_ request: Request) async -> Reply { .response(await respond(to: request)) }

    /// The response to `request`, with the headers that every response has.
    package func respond(to request: Request) async -> Response {
        var response: Response
        do throws(WebError) {
            response = try await route(request)
        } catch {
            response = error.response
        }
        for field in Self.headers.fields where response.headers[field.name] == nil {
            response.headers[field.name] = field.value
        }
        if request.method == "HEAD" {
            response.headers["Content-Length"] = String(response.body.count)
            response.body = []
        }
        return response
    }

    /// No caching, no sniffing, no framing, and nothing may be loaded by default.
    private static let headers: Headers = [
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy":
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ]

    private func route(_ request: Request) async throws(WebError) -> Response {
        guard let url = URLParts(request.url) else {
            throw WebError(400, "the request target is not a path")
        }
        guard url.path == "/" || !url.path.hasSuffix("/") else { throw unknown(url.path) }
        let segments = url.segments
        if segments.count == 3, segments.prefix(2) == ["api", "v1"],
            let change = change(segments[2])
        {
            try allow(["POST"], request)
            return json(try await change(request, url))
        }
        guard let page = page(segments) else { throw unknown(url.path) }
        try allow(["GET", "HEAD"], request)
        return try await page(request, WebQuery(url))
    }

    /// A page: its query was not yet looked at.
    private typealias Page = (Request, WebQuery) async throws(WebError) -> Response

    private func page(_ segments: [String]) -> Page? {
        if segments.count == 4, segments.prefix(3) == ["api", "v1", "rounds"] {
            return { request, query async throws(WebError) -> Response in
                try await round(segments[3], query)
            }
        }
        switch segments.joined(separator: "/") {
        case "": return front
        case "metrics": return metrics
        case "healthz": return health
        case "readyz": return ready
        case "api/v1/rounds": return rounds
        case "api/v1/alerts": return alerts
        case "api/v1/anomalies": return anomalies
        case "api/v1/findings": return findings
        case "api/v1/policies": return policies
        case "api/v1/status": return status
        case "api/v1/was-it-chaos": return wasItChaos
        default: return nil
        }
    }

    private var paths: [String] {
        [
            "/", "/metrics", "/healthz", "/readyz", "/api/v1/alerts", "/api/v1/anomalies",
            "/api/v1/findings", "/api/v1/policies", "/api/v1/rounds", "/api/v1/rounds/NUMBER",
            "/api/v1/status", "/api/v1/was-it-chaos",
        ] + (killSwitch == nil ? [] : ["/api/v1/accept", "/api/v1/halt", "/api/v1/resume"])
    }

    private func unknown(_ path: String) -> WebError {
        WebError(404, "there is no \(path)", members: ["paths": .array(paths.map { .string($0) })])
    }

    private func allow(_ methods: [String], _ request: Request) throws(WebError) {
        if methods.contains(request.method) { return }
        let list = methods.joined(separator: ", ")
        throw WebError(
            405, "\(request.method) is not allowed here; allowed: \(list)",
            headers: ["Allow": list])
    }
}

extension WebApplication {
    private func front(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        try query.allow([])
        var response = Response(
            status: 200, contentType: "text/html; charset=utf-8",
            text: FrontPage(input: await view.input(), checks: await view.readiness()).html)
        response.headers["Content-Security-Policy"] = FrontPage.contentSecurityPolicy
        return response
    }

    private func metrics(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        // Prometheus may be told to send parameters; they choose nothing here.
        let (format, contentType) = MetricFormat.negotiate(request.headers["Accept"])
        return Response(
            status: 200, headers: ["Content-Type": contentType, "Vary": "Accept"],
            body: exposition(await view.input(), format: format))
    }

    /// The process is alive and answers; nothing else.
    private func health(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        Response(status: 200, contentType: "text/plain; charset=utf-8", text: "ok\n")
    }

    private func ready(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        let report = ReadinessReport(checks: await view.readiness())
        return report.response(accept: request.headers["Accept"])
    }

    private func rounds(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        try query.allow(["limit", "policy", "outcome"])
        let limit = try query.integer("limit", in: 1...State.roundLimit) ?? 50
        let outcome = try query.choice(
            "outcome", of: Closed.Outcome.allCases.map(\.rawValue) + ["open"])
        let policy = query["policy"]
        let state = await view.input().state
        let matching = state.rounds.reversed().filter { round in
            (policy == nil || round.planned.policy == policy)
                && (outcome == nil || (round.outcome?.rawValue ?? "open") == outcome)
        }
        return json([
            "rounds": .array(matching.prefix(limit).map { RoundDocument($0).summary }),
            "matching": .integer(Int64(matching.count)),
        ])
    }

    private func round(_ number: String, _ query: WebQuery) async throws(WebError) -> Response {
        try query.allow([])
        guard let wanted = Int(number), wanted > 0 else {
            throw WebError(400, "\"\(number)\" is not the number of a round")
        }
        let state = await view.input().state
        guard let round = state.round(wanted) else {
            throw WebError(
                404,
                wanted <= state.lastRound
                    ? "round \(wanted) is no longer in memory; `hazard rounds` reads the journal"
                    : "there is no round \(wanted); the newest is \(state.lastRound)")
        }
        return json(RoundDocument(round).full(state))
    }

    private func alerts(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        try query.allow(["state"])
        let wanted = try query.choice("state", of: ["firing", "resolved"])
        let list = await view.input().state.alerts.values
            .filter { wanted == nil || $0.isFiring == (wanted == "firing") }
            .sorted { ($0.identity, $0.fingerprint) < ($1.identity, $1.fingerprint) }
        return json(["alerts": .array(list.map(alertDocument))])
    }

    private func anomalies(
        _ request: Request, _ query: WebQuery
    ) async throws(WebError) -> Response {
        try query.allow(["state", "limit"])
        let wanted = try query.choice("state", of: ["active", "over"])
        let limit = try query.integer("limit", in: 1...1000) ?? 50
        let state = await view.input().state
        var list: [AnomalyRecord] = []
        if wanted != "over" { list += state.anomalies }
        if wanted != "active" { list += state.pastAnomalies }
        list.sort { $0.id > $1.id }
        return json(["anomalies": .array(list.prefix(limit).map(anomalyDocument))])
    }

    private func findings(
        _ request: Request, _ query: WebQuery
    ) async throws(WebError) -> Response {
        try query.allow(["status", "kind", "namespace", "limit"])
        let status = try query.choice("status", of: Finding.Status.allCases.map(\.rawValue))
        let kind = try query.choice("kind", of: Finding.Kind.allCases.map(\.rawValue))
        let limit = try query.integer("limit", in: 1...1000) ?? 100
        let state = await view.input().state
        let matching = state.sortedFindings.filter { finding in
            (status == nil || finding.status.rawValue == status)
                && (kind == nil || finding.kind.rawValue == kind)
                && (query["namespace"].map { $0 == finding.namespace } ?? true)
        }
        return json([
            "findings": .array(matching.prefix(limit).map(\.json)),
            "matching": .integer(Int64(matching.count)),
            "alertCoverage": .array(state.alertFigures.map(\.json)),
        ])
    }

    private func policies(
        _ request: Request, _ query: WebQuery
    ) async throws(WebError) -> Response {
        try query.allow([])
        return json(policiesDocument(await view.input()))
    }

    private func status(_ request: Request, _ query: WebQuery) async throws(WebError) -> Response {
        try query.allow([])
        return json(statusDocument(await view.input(), ready: await view.readiness()))
    }

    private func wasItChaos(
        _ request: Request, _ query: WebQuery
    ) async throws(WebError) -> Response {
        try query.allow(["from", "to", "service", "reach", "precision"])
        guard let from = query["from"] else {
            throw WebError(400, "parameter \"from\" is missing: when it began, e.g. from=-2h")
        }
        let input = await view.input()
        do throws(ConfigError) {
            let question = try ChaosQuestion(
                from: from, to: query["to"],
                services: (query["service"] ?? "").split(separator: ",").map(String.init),
                reach: query["reach"], precision: query["precision"],
                known: input.state.knownServices, now: input.now)
            let record = ChaosRecord(input.state, until: input.now)
            return json(chaosDocument(ChaosInquiry(question, record).answer, question))
        } catch {
            throw WebError(400, error.description)
        }
    }

    private func json(_ value: JSON) -> Response {
        Response(status: 200, contentType: "application/json", text: value.text + "\n")
    }
}
