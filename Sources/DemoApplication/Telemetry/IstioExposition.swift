// The proxy's metrics page, text format 0.0.4: families in order of their names, each with a TYPE.

extension IstioRegistry {
    /// The version that `istio_build` tells.
    package static let tag = "1.20.3"

    /// The whole page. Empty families are left out, as in the proxy.
    package var exposition: String {
        var text =
            "# TYPE istio_build gauge\nistio_build{component=\"proxy\",tag=\"\(Self.tag)\"} 1\n"
        let ordered = requests.sorted { $0.labels < $1.labels }
        if !ordered.isEmpty {
            sums("istio_request_bytes", ordered, \.requestBytes, to: &text)
            durations(ordered, to: &text)
            text += "# TYPE istio_requests_total counter\n"
            for series in ordered {
                text += "istio_requests_total{\(series.labels)} \(series.count)\n"
            }
            sums("istio_response_bytes", ordered, \.responseBytes, to: &text)
        }
        let streams = connections.sorted { $0.labels < $1.labels }
        if !streams.isEmpty {
            counter("istio_tcp_connections_closed_total", streams, \.closed, to: &text)
            counter("istio_tcp_connections_opened_total", streams, \.opened, to: &text)
            counter("istio_tcp_received_bytes_total", streams, \.received, to: &text)
            counter("istio_tcp_sent_bytes_total", streams, \.sent, to: &text)
        }
        return text
    }

    private func durations(_ ordered: [Requests], to text: inout String) {
        let name = "istio_request_duration_milliseconds"
        text += "# TYPE \(name) histogram\n"
        for series in ordered {
            var cumulative = 0
            for (index, count) in series.buckets.enumerated() {
                cumulative += count
                let bound = index < Self.bounds.count ? Self.bounds[index].exposition : "+Inf"
                text += "\(name)_bucket{\(series.labels),le=\"\(bound)\"} \(cumulative)\n"
            }
            text += "\(name)_sum{\(series.labels)} \(series.milliseconds.exposition)\n"
            text += "\(name)_count{\(series.labels)} \(series.count)\n"
        }
    }

    /// A histogram of which only the sum is of interest: one bucket, `+Inf`.
    private func sums(
        _ name: String, _ ordered: [Requests], _ sum: KeyPath<Requests, Int>, to text: inout String
    ) {
        text += "# TYPE \(name) histogram\n"
        for series in ordered {
            text += "\(name)_bucket{\(series.labels),le=\"+Inf\"} \(series.count)\n"
            text += "\(name)_sum{\(series.labels)} \(series[keyPath: sum])\n"
            text += "\(name)_count{\(series.labels)} \(series.count)\n"
        }
    }

    private func counter(
        _ name: String, _ ordered: [Connections], _ value: KeyPath<Connections, Int>,
        to text: inout String
    ) {
        text += "# TYPE \(name) counter\n"
        for series in ordered { text += "\(name){\(series.labels)} \(series[keyPath: value])\n" }
    }
}

extension Double {
    /// The shortest text that reads back as this number, without a trailing `.0`.
    var exposition: String {
        if self == rounded(), abs(self) < 1e15 { return String(Int(self)) }
        return String(self)
    }
}
