// What one series of Istio's telemetry says about a request: which service, from whom, and whether
// users would call it a failure. Labels only; values are read elsewhere.

/// The meaning of one counter series (telemetry facts 1.1 to 1.4 and 1.8).
package struct RequestSeries: Hashable, Sendable {
    /// What the counter counts.
    package enum Kind: Hashable, Sendable {
        /// Responses, with an outcome.
        case requests
        /// TCP connections opened or failed.
        case connections
        /// Bytes on TCP connections: a sign of life of an edge, nothing else.
        case bytes
        /// Responses at most this slow, by the histogram's own bound.
        case duration(Double)

        /// Whether response labels (code, gRPC status) say the outcome.
        var isResponse: Bool {
            switch self {
            case .requests, .duration: true
            case .connections, .bytes: false
            }
        }
    }

    /// The number in an `le` label; "+Inf" is infinite.
    private static func bound(_ text: String) -> Double? {
        if text == "+Inf" { return .infinity }
        guard let bound = Double(text), !bound.isNaN else { return nil }
        return bound
    }

    /// Which proxy counted: the caller's (source or waypoint) or the called one's.
    package enum Side: Hashable, Sendable { case client, server }

    /// What a response means to a user.
    package enum Outcome: Hashable, Sendable {
        case good, bad
        /// The client left before the answer (DC): neither good nor bad.
        case abandoned
        /// Aborted by an injected HTTP fault (FI): known and wanted, neither good nor bad.
        case injected
    }

    /// What is counted, who called whom, and which proxy counted it.
    package var kind: Kind
    package var edge: ServiceEdge
    package var side: Side
    package var outcome: Outcome
    /// Counted by a waypoint. It is a client's proxy too, and for connections a second one: the
    /// ztunnel before it has counted them already (telemetry facts 1.6).
    package var isWaypoint: Bool
    /// Delayed by an injected fault (DI).
    package var delayed: Bool
    /// Response flags without "-", e.g. `["UF", "URX"]`.
    package var flags: [String]
    /// The workload that answered, when the reporter knew it.
    package var workload: String?

    /// Whether it says how long a good response took that nobody delayed on purpose. Failed fast
    /// responses would make an outage look like a speed-up (detection design 5.3).
    var isDuration: Bool {
        if case .duration = kind { outcome == .good && !delayed } else { false }
    }

    /// The service that was called.
    package var service: ServiceRef { edge.destination }

    /// Reads the labels of a series; nil when it is none of the metrics read, or names no service.
    /// `benign`: gRPC statuses that are not failures of the service.
    package init?(_ series: SampleSeries, benign: Set<Int>) {
        let labels = series.labels
        var failed = false
        switch series.metric {
        case "istio_requests_total": kind = .requests
        case "istio_tcp_connections_opened_total": kind = .connections
        case "istio_tcp_connections_failed_total":
            kind = .connections
            failed = true
        case "istio_tcp_sent_bytes_total", "istio_tcp_received_bytes_total": kind = .bytes
        case "istio_request_duration_milliseconds_bucket":
            guard let bound = Self.bound(labels["le"]) else { return nil }
            kind = .duration(bound)
        default: return nil
        }
        guard let service = Self.service(labels) else { return nil }
        edge = ServiceEdge(
            sourceNamespace: Self.known(labels["source_workload_namespace"]) ?? "",
            source: Self.known(labels["source_workload"]) ?? "unknown", destination: service)
        isWaypoint = labels["reporter"] == "waypoint"
        switch labels["reporter"] {
        case "source", "waypoint": side = .client
        case "destination": side = .server
        default: return nil
        }
        let written = labels["response_flags"]
        flags = written.split(separator: ",").filter { $0 != "-" }.map(String.init)
        delayed = flags.contains("DI")
        workload = Self.known(labels["destination_workload"])
        if flags.contains("DC") {
            outcome = .abandoned
        } else if flags.contains("FI") {
            outcome = .injected
        } else if kind.isResponse {
            let bad = Self.isBad(
                code: labels["response_code"], grpc: labels["grpc_response_status"],
                benign: benign)
            outcome = bad ? .bad : .good
        } else {
            outcome = failed || !flags.isEmpty ? .bad : .good
        }
    }

    /// Bad: no response at all (code 0), 5xx, or a gRPC status that is a failure of the service.
    /// 4xx is the client's doing.
    private static func isBad(code: String, grpc: String, benign: Set<Int>) -> Bool {
        if let status = Int(grpc), (1...16).contains(status), !benign.contains(status) {
            return true
        }
        guard let number = Int(code) else { return false }
        return number == 0 || (500...599).contains(number)
    }

    private static func known(_ value: String) -> String? {
        value.isEmpty || value == "unknown" ? nil : value
    }

    /// The service by `destination_service`, which survives when the peer is gone; the other
    /// destination labels turn into "unknown" then.
    private static func service(_ labels: Labels) -> ServiceRef? {
        let namespace = known(labels["destination_service_namespace"])
        guard let host = known(labels["destination_service"]) else {
            guard let name = known(labels["destination_service_name"]) else { return nil }
            return ServiceRef(namespace: namespace ?? "", name: name)
        }
        let bare = host.prefix { $0 != ":" }
        let service = ServiceRef(destinationService: String(bare))
        if service.namespace.isEmpty, let namespace, !bare.contains(".") {
            return ServiceRef(namespace: namespace, name: String(bare))
        }
        return service
    }
}
