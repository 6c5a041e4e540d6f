// Metrics of what comes in and goes out: metrics sources and alert sinks.

import Core

extension MetricRegistry {
    static let delivery: [MetricFamily] = [
        MetricFamily(
            .gauge, "hazard_source_up", labels: ["source"],
            "1 when the last reading of the metrics source worked."
        ) { input, out in
            for source in input.sortedSources { out.add(source.isUp, source.name) }
        },
        MetricFamily(
            .gauge, "hazard_source_lag_seconds", unit: "seconds", labels: ["source"],
            "Age of the newest complete sample of the metrics source."
        ) { input, out in
            for source in input.sortedSources { out.add(source.lag, source.name) }
        },
        MetricFamily(
            .counter, "hazard_source_requests", labels: ["source", "code"],
            "Requests to the metrics source, by HTTP status code; 0 means no answer."
        ) { input, out in
            for source in input.sortedSources {
                // Success and silence exist from the start.
                for code in Set(source.requests.keys).union([0, 200]).sorted() {
                    out.add(Double(source.requests[code] ?? 0), source.name, String(code))
                }
            }
        },
        MetricFamily(
            .gauge, "hazard_alerts_firing", labels: ["alertname"],
            "Alerts of the daemon that fire now."
        ) { input, out in
            let firing = input.state.firingAlerts
            for name in Alert.Name.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
                out.add(Double(firing.count { $0.name == name }), name.rawValue)
            }
        },
        endpoint(.counter, "hazard_alerts_sent", "Alerts that the endpoint accepted.") { $0.sent },
        endpoint(
            .counter, "hazard_alerts_errors", "Alerts in batches that the endpoint did not accept."
        ) { $0.errors },
        endpoint(
            .counter, "hazard_alerts_dropped", "Alerts dropped because the queue was full."
        ) { $0.dropped },
        endpoint(
            .gauge, "hazard_alerts_queue_length", "Alerts waiting to be sent to the endpoint."
        ) { $0.queued },
    ]

    private static func endpoint(
        _ type: MetricType, _ name: String, _ help: String,
        _ value: @escaping @Sendable (EndpointCounters) -> Int
    ) -> MetricFamily {
        MetricFamily(type, name, labels: ["endpoint"], help) { input, out in
            var seen: Set<String> = []
            for counters in input.endpoints.sorted(by: { $0.endpoint < $1.endpoint })
            where seen.insert(counters.endpoint).inserted {
                out.add(Double(value(counters)), counters.endpoint)
            }
        }
    }
}

extension MetricInput {
    /// Each name once.
    fileprivate var sortedSources: [SourceHealth] {
        var seen: Set<String> = []
        return sources.sorted { $0.name < $1.name }.filter { seen.insert($0.name).inserted }
    }
}
