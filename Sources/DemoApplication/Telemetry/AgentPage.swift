// The page on port 15020: what the agent, the proxy and the application say, one after the other.
// The parts are joined as they are. Like Istio's agent, the page takes the Content-Type of the
// application's answer, even when that is OpenMetrics while the proxy's part is text 0.0.4: readers
// must be lenient about it.

import Core
package import Platform

/// Handles `/stats/prometheus` (merged) and `/healthz/ready`.
package struct AgentPage: Handler {
    /// Where the application's own metrics are, e.g. `http://127.9.0.3:8080/metrics`; nil when the
    /// pod has no annotation that says so.
    package let application: String?
    package let stats: ProxyStats
    package let ready: @Sendable () -> Bool
    let network: any Network
    let clock: any WallClock
    private let started: Timestamp
    private let failures = Lock(0)

    package init(
        application: String?, stats: ProxyStats, network: any Network, clock: any WallClock,
        ready: @escaping @Sendable () -> Bool
    ) {
        self.application = application
        self.stats = stats
        self.network = network
        self.clock = clock
        self.ready = ready
        started = clock.now
    }

    package func handle(_ request: Request) async -> Reply {
        switch URLParts(request.url)?.path {
        case "/stats/prometheus", "/metrics": return .response(await page(for: request))
        case "/healthz/ready":
            return ready()
                ? .response(Response(status: 200))
                : .response(
                    Response(
                        status: 503, contentType: "text/plain",
                        text: "the proxy has no endpoints from the API server yet\n"))
        default: return .response(Response(status: 404))
        }
    }

    private func page(for request: Request) async -> Response {
        var type = "text/plain; version=0.0.4; charset=utf-8"
        var part: [UInt8] = []
        if let application {
            var headers = Headers()
            headers["Accept"] = request.headers["Accept"]
            let scrape = Request(
                "GET", application, headers: headers,
                deadline: min(request.deadline, .seconds(5)), bodyLimit: 4 << 20)
            if let answer = try? await network.exchange(scrape), answer.status == 200 {
                part = answer.body
                type = answer.headers["Content-Type"] ?? type
            } else {
                failures.withLock { $0 += 1 }
            }
        }
        var body = Array(agentPart.utf8)
        body += stats.exposition.utf8
        body += part
        return Response(status: 200, headers: ["Content-Type": type], body: body)
    }

    private var agentPart: String {
        var text = """
            # HELP istio_agent_process_start_time_seconds Start of the agent, in Unix seconds.
            # TYPE istio_agent_process_start_time_seconds gauge
            istio_agent_process_start_time_seconds \(started.seconds.exposition)

            """
        let failed = failures.withLock { $0 }
        if failed > 0 {
            text += """
                # HELP istio_agent_scrape_failures_total Scrapes that the application failed.
                # TYPE istio_agent_scrape_failures_total counter
                istio_agent_scrape_failures_total{type="application"} \(failed)

                """
        }
        return text
    }
}
