// What differs between the servers that speak Prometheus' query API.

/// A server product. Each adds form fields so that raw samples come back fresh and whole.
package enum PrometheusFlavor: String, Sendable, Hashable, CaseIterable {
    case prometheus
    case thanos
    case mimir
    case victoriametrics

    /// Extra form fields of a query.
    var fields: [(String, String)] {
        switch self {
        case .prometheus, .mimir: []
        // By default Thanos answers without the stores that are down, as if all were well.
        case .thanos:
            [("partial_response", "false"), ("dedup", "true"), ("max_source_resolution", "0s")]
        // By default VictoriaMetrics hides the last 30 s and answers from a cache.
        case .victoriametrics: [("latency_offset", "1s"), ("nocache", "1")]
        }
    }
}
