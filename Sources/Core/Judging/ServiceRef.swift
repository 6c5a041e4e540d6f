// The services that users feel, by name, and the edges between them.

/// A destination service as Istio names it; `name.namespace.svc.cluster.local` for services of the
/// cluster. A host outside the cluster has an empty namespace.
package struct ServiceRef: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Reads the `destination_service` label: `NAME.NAMESPACE.svc[.…]`, else the host as it is.
    package init(destinationService host: String) {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count >= 3, parts[2] == "svc" {
            self.init(namespace: String(parts[1]), name: String(parts[0]))
        } else {
            self.init(namespace: "", name: host)
        }
    }

    /// Reads what `description` writes; nil when a part is empty.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else {
            if text.isEmpty { return nil }
            self.init(namespace: "", name: text)
            return
        }
        self.init(
            namespace: String(text[..<slash]), name: String(text[slash...].dropFirst()))
        if namespace.isEmpty || name.isEmpty { return nil }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// Who calls whom: a source workload (or `unknown`) and the service it calls.
package struct ServiceEdge: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var sourceNamespace: String
    /// `source_workload`, e.g. `repeater`; `unknown` when the caller has no sidecar.
    package var source: String
    package var destination: ServiceRef

    package init(sourceNamespace: String, source: String, destination: ServiceRef) {
        self.sourceNamespace = sourceNamespace
        self.source = source
        self.destination = destination
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.sourceNamespace, left.source, left.destination)
            < (right.sourceNamespace, right.source, right.destination)
    }

    package var description: String { "\(source) -> \(destination.name)" }
}

/// What is measured of a service (detection.md section 5.0).
package enum Signal: String, Codable, Sendable, Hashable, CaseIterable {
    /// Bad responses out of responses.
    case badRatio = "bad-ratio"
    /// Requests per window (drops and surges).
    case traffic
    /// Slow responses out of good responses, above the learned median, 90 % and 99 % bounds.
    case latency
    /// Failed connections out of connections (L4).
    case connections

    /// Istio's metrics that it is counted from.
    package var metrics: [String] {
        switch self {
        case .badRatio, .traffic: ["istio_requests_total"]
        case .latency: ["istio_request_duration_milliseconds_bucket"]
        case .connections:
            ["istio_tcp_connections_opened_total", "istio_tcp_connections_failed_total"]
        }
    }

    /// All metrics of some signals, each once, sorted.
    package static func metrics(of signals: some Sequence<Signal>) -> [String] {
        Set(signals.flatMap(\.metrics)).sorted()
    }
}
