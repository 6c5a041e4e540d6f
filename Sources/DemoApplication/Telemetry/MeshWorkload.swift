// Who a proxy works for, and how it tells the proxy on the other side. It knows nothing of metrics.

import Platform

/// The identity of one proxy: what Istio derives from the pod's labels and owner.
package struct MeshWorkload: Sendable, Hashable {
    /// The owner's name, e.g. the Deployment `go-app`.
    package var name: String
    package var namespace: String
    /// The pod's `app` label.
    package var app: String
    /// The pod's `version` label; nil when it has none.
    package var version: String?
    package var cluster: String

    package init(
        name: String, namespace: String, app: String? = nil, version: String? = nil,
        cluster: String = "Kubernetes"
    ) {
        self.name = name
        self.namespace = namespace
        self.app = app ?? name
        self.version = version
        self.cluster = cluster
    }

    /// The header that carries the peer's identity, in requests and in responses.
    package static let peerHeader = "x-envoy-peer-metadata"
    /// The header that carries the peer's node name.
    package static let peerNodeHeader = "x-envoy-peer-metadata-id"

    /// The value of `peerHeader`. Istio puts a protobuf message there; this is a query string.
    package var headerValue: String {
        var items = [
            "workload=\(name.percentEncoded)", "namespace=\(namespace.percentEncoded)",
            "app=\(app.percentEncoded)", "cluster=\(cluster.percentEncoded)",
        ]
        if let version { items.append("version=\(version.percentEncoded)") }
        return items.joined(separator: "&")
    }

    /// Reads `headerValue`; nil when it names no workload.
    package init?(headerValue: String?) {
        guard let headerValue, let parts = URLParts("/?" + headerValue),
            let name = parts.queryValue("workload"), !name.isEmpty
        else { return nil }
        self.init(
            name: name, namespace: parts.queryValue("namespace") ?? "unknown",
            app: parts.queryValue("app"), version: parts.queryValue("version"),
            cluster: parts.queryValue("cluster") ?? "unknown")
    }
}
