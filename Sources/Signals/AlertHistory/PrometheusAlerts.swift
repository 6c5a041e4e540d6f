// The team's alerts from the series ALERTS that Prometheus writes while a rule fires. It keeps
// history, so it is asked once a round.

package import Core
package import Engine
package import Platform

/// `ALERTS{alertstate="firing"}` over Prometheus' HTTP API.
package struct PrometheusAlerts: AlertHistory {
    package static let manifest = AlertHistoryManifest(
        name: "prometheus",
        summary: "Reads the series ALERTS from Prometheus, Thanos, Mimir or VictoriaMetrics.",
        parameters: [
            ParameterSpec(
                "url", .url, default: nil,
                "The server's base URL with its path prefix, without /api/v1."),
            ParameterSpec(
                "flavor", .choice(PrometheusFlavor.allCases.map(\.rawValue)),
                default: "prometheus", "Which product it is."),
            ParameterSpec(
                "tenant", .string, default: "", "Sent as X-Scope-OrgID, for Mimir and Cortex."),
            ParameterSpec(
                "bearerTokenFile", .string, default: "",
                "A file with a bearer token; read again for each request."),
        ])

    package let isMomentary = false
    private let url: String
    private let flavor: PrometheusFlavor
    private let tenant: String
    private let tokenFile: String
    private let context: SignalSourceContext

    package init(_ parameters: Parameters, _ context: SignalSourceContext) throws(ConfigError) {
        url = try BaseURL.checked(parameters, without: "/api/v1", example: "http://prometheus:9090")
        flavor = PrometheusFlavor(rawValue: parameters.string("flavor")) ?? .prometheus
        tenant = parameters.string("tenant")
        tokenFile = parameters.string("bearerTokenFile")
        self.context = context
    }

    package func firing(
        since: Timestamp, until: Timestamp
    ) async throws(Failure) -> [FiringAlert] {
        let range = max(1, (until - since).nanoseconds / 1_000_000)
        let query = "ALERTS{alertstate=\"firing\",alertname!~\"Hazard.*\"}[\(range)ms]"
        var headers = try await BaseURL.headers(tokenFile, context)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if !tenant.isEmpty { headers["X-Scope-OrgID"] = tenant }
        let fields =
            [("query", query), ("time", PrometheusQuery.time(until)), ("timeout", "5s")]
            + flavor.fields
        let response = try await context.network.exchange(
            Request(
                "POST", url + "/api/v1/query", headers: headers,
                body: PrometheusQuery.form(fields), deadline: BaseURL.deadline))
        let place = "\(flavor.rawValue) at \(url)"
        let answer = try PrometheusAnswer(response, place: place)
        // An alert that is missing from half an answer did not stay silent.
        if let warning = answer.warnings.first {
            throw Failure(.transient, "\(place): the answer is incomplete: \(warning)")
        }
        return answer.series.flatMap { Self.alerts($0, until: until) }
            .sorted { ($0.startsAt, $0.name) < ($1.startsAt, $1.name) }
    }

    /// One alert for each run of samples. Samples stand one rule evaluation apart; a gap of more
    /// than two and a half of them, at least half a minute, means that it had ceased.
    static func alerts(_ series: PrometheusAnswer.Series, until: Timestamp) -> [FiringAlert] {
        let times = series.samples.filter { $0.value > 0 }.map(\.time).sorted()
        guard let first = times.first else { return [] }
        let step = zip(times.dropFirst(), times).map { $0 - $1 }.filter { $0 > .zero }.min()
        let gap = max(step.map { $0 * 2 + $0 / 2 } ?? .zero, .seconds(30))
        var labels = series.labels
        labels["__name__"] = nil
        labels["alertstate"] = nil
        var found: [FiringAlert] = []
        var start = first
        var last = first
        for time in times.dropFirst() {
            if time - last > gap {
                found.append(FiringAlert(labels: labels, startsAt: start, endsAt: last))
                start = time
            }
            last = time
        }
        let isOver = until - last > gap
        found.append(FiringAlert(labels: labels, startsAt: start, endsAt: isOver ? last : nil))
        return found
    }
}

/// What the alert histories share about their servers.
enum BaseURL {
    /// A round never waits for this, but the end of the program may.
    static let deadline = Duration.seconds(5)

    /// The parameter `url` without a slash at its end; it must be the server's root.
    static func checked(
        _ parameters: Parameters, without path: String, example: String
    ) throws(ConfigError) -> String {
        var url = parameters.string("url")
        guard let parts = URLParts(url), parts.query == nil, !url.contains(path) else {
            throw ConfigError(
                path: parameters.path + ".url", message: "\"\(url)\" is not a base URL",
                fix: "write it without query and without \(path), e.g. \(example)")
        }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// The headers of a request, with the token of a file when one is named.
    static func headers(
        _ tokenFile: String, _ context: SignalSourceContext
    ) async throws(Failure) -> Headers {
        var headers: Headers = ["Accept": "application/json"]
        if !tokenFile.isEmpty {
            let bytes = try await context.readFile(tokenFile)
            headers["Authorization"] =
                "Bearer " + String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        }
        return headers
    }
}
