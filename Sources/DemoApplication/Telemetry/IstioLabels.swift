// The 25 labels of Istio's standard metrics, filled in as Istio's proxy fills them in: what a proxy
// cannot know is "unknown". Which events are counted is decided elsewhere.

/// One set of label values.
package struct IstioLabels: Sendable, Hashable {
    /// The labels in the order in which the proxy writes them.
    package enum Name: Int, CaseIterable, Sendable {
        case reporter, sourceWorkload, sourceCanonicalService, sourceCanonicalRevision
        case sourceWorkloadNamespace, sourcePrincipal, sourceApp, sourceVersion, sourceCluster
        case destinationWorkload, destinationWorkloadNamespace, destinationPrincipal
        case destinationApp, destinationVersion, destinationService
        case destinationCanonicalService, destinationCanonicalRevision, destinationServiceName
        case destinationServiceNamespace, destinationCluster, requestProtocol, responseCode
        case grpcResponseStatus, responseFlags, connectionSecurityPolicy

        /// The label's name in the exposition.
        package var text: String { IstioLabels.texts[rawValue] }
    }

    private static let texts = [
        "reporter", "source_workload", "source_canonical_service", "source_canonical_revision",
        "source_workload_namespace", "source_principal", "source_app", "source_version",
        "source_cluster", "destination_workload", "destination_workload_namespace",
        "destination_principal", "destination_app", "destination_version", "destination_service",
        "destination_canonical_service", "destination_canonical_revision",
        "destination_service_name", "destination_service_namespace", "destination_cluster",
        "request_protocol", "response_code", "grpc_response_status", "response_flags",
        "connection_security_policy",
    ]

    private var values: [String]

    package subscript(name: Name) -> String {
        get { values[name.rawValue] }
        set { values[name.rawValue] = newValue }
    }

    private init(reporter: String) {
        values = Array(repeating: "unknown", count: Name.allCases.count)
        self[.reporter] = reporter
        self[.requestProtocol] = "http"
        self[.grpcResponseStatus] = ""
        self[.sourceCanonicalRevision] = "latest"
        self[.destinationCanonicalRevision] = "latest"
    }

    /// What the client's proxy says. `peer` is nil when no answer came from the other proxy; then
    /// everything about the destination is unknown except the service that was asked for.
    /// (Istio as of 1.20; later versions keep `destination_service_namespace` too.)
    package static func source(
        _ source: MeshWorkload, service: ServiceName, peer: MeshWorkload?, code: Int,
        flags: String
    ) -> IstioLabels {
        var labels = unrouted(
            source, host: service.host, name: service.name, code: code, flags: flags)
        if let peer {
            labels.setDestination(peer)
            labels[.destinationServiceNamespace] = service.namespace
        }
        return labels
    }

    /// What the client's proxy says of a host that is no service of the mesh.
    package static func unrouted(
        _ source: MeshWorkload, host: String, name: String, code: Int, flags: String
    ) -> IstioLabels {
        var labels = IstioLabels(reporter: "source")
        labels.setSource(source)
        labels[.destinationService] = host
        labels[.destinationServiceName] = name
        labels[.responseCode] = String(code)
        labels[.responseFlags] = flags
        return labels
    }

    /// What the server's proxy says. `peer` is nil when the client has no proxy.
    package static func destination(
        _ destination: MeshWorkload, service: ServiceName, peer: MeshWorkload?, code: Int,
        flags: String
    ) -> IstioLabels {
        var labels = IstioLabels(reporter: "destination")
        if let peer { labels.setSource(peer) }
        labels.setDestination(destination)
        labels[.destinationService] = service.host
        labels[.destinationServiceName] = service.name
        labels[.destinationServiceNamespace] = destination.namespace
        labels[.responseCode] = String(code)
        labels[.responseFlags] = flags
        labels[.connectionSecurityPolicy] = "none"
        return labels
    }

    private mutating func setSource(_ workload: MeshWorkload) {
        self[.sourceWorkload] = workload.name
        self[.sourceWorkloadNamespace] = workload.namespace
        self[.sourceApp] = workload.app
        self[.sourceCanonicalService] = workload.app
        self[.sourceVersion] = workload.version ?? "unknown"
        self[.sourceCanonicalRevision] = workload.version ?? "latest"
        self[.sourceCluster] = workload.cluster
    }

    private mutating func setDestination(_ workload: MeshWorkload) {
        self[.destinationWorkload] = workload.name
        self[.destinationWorkloadNamespace] = workload.namespace
        self[.destinationApp] = workload.app
        self[.destinationCanonicalService] = workload.app
        self[.destinationVersion] = workload.version ?? "unknown"
        self[.destinationCanonicalRevision] = workload.version ?? "latest"
        self[.destinationCluster] = workload.cluster
    }

    /// `name="value",…` in the proxy's order, escaped. TCP has no code and no gRPC status.
    package func exposition(tcp: Bool = false) -> String {
        var text = ""
        for name in Name.allCases {
            if tcp, name == .responseCode || name == .grpcResponseStatus { continue }
            if !text.isEmpty { text += "," }
            text += "\(name.text)=\"\(escaped(self[name]))\""
        }
        return text
    }

    private func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else {
            return value
        }
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
