// How a Prometheus source is written in a configuration.

package import Core
package import Engine
import Platform

extension PrometheusSource {
    package static let manifest = SignalSourceManifest(
        name: "prometheus",
        summary: "Reads raw samples from Prometheus, Thanos, Mimir or VictoriaMetrics.",
        parameters: [
            ParameterSpec(
                "url", .url, default: nil,
                "The server's base URL with its path prefix, without /api/v1."),
            ParameterSpec(
                "interval", .duration(.milliseconds(100)...(.seconds(300))), default: "15s",
                "The server's scrape interval."),
            ParameterSpec(
                "flavor", .choice(PrometheusFlavor.allCases.map(\.rawValue)),
                default: "prometheus", "Which product it is."),
            ParameterSpec(
                "tenant", .string, default: "", "Sent as X-Scope-OrgID, for Mimir and Cortex."),
            ParameterSpec(
                "bearerTokenFile", .string, default: "",
                "A file with a bearer token; read again for each request."),
            ParameterSpec(
                "lookback", .duration(.seconds(1)...(.seconds(3600))), default: "2m",
                "How far back samples are asked for; at least four intervals."),
            ParameterSpec(
                "history", .duration(.zero...(.seconds(14 * 86_400))), default: "7d",
                "How far back a first start learns from the server's memory; 0s: not at all."),
        ],
        permissions: [])

    package init(
        _ parameters: Parameters, _ context: SignalSourceContext
    ) throws(ConfigError) {
        let url = parameters.string("url")
        guard URLParts(url)?.query == nil, URLParts(url) != nil, !url.contains("/api/v1") else {
            throw ConfigError(
                path: parameters.path + ".url", message: "\"\(url)\" is not a base URL",
                fix: "write it without query and without /api/v1, e.g. http://prometheus:9090")
        }
        var headers = Headers()
        let tenant = parameters.string("tenant")
        if !tenant.isEmpty { headers["X-Scope-OrgID"] = tenant }
        let file = parameters.string("bearerTokenFile")
        let readFile = context.readFile
        var token: (@Sendable () async throws(Failure) -> String)?
        if !file.isEmpty {
            token = { () async throws(Failure) -> String in
                let bytes = try await readFile(file)
                return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
            }
        }
        self.init(
            Settings(
                url: url, interval: parameters.duration("interval"),
                flavor: PrometheusFlavor(rawValue: parameters.string("flavor")) ?? .prometheus,
                headers: headers, lookback: parameters.duration("lookback"),
                history: parameters.duration("history")),
            clock: context.clock, network: context.network, seed: context.seed, token: token)
    }
}
