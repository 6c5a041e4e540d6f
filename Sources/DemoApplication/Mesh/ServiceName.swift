// The name of a Kubernetes service, in the forms in which clients write it.

/// One service of the mesh.
package struct ServiceName: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var name: String
    package var namespace: String

    package init(_ name: String, _ namespace: String) {
        self.name = name
        self.namespace = namespace
    }

    /// Reads `go-app`, `go-app.go-app`, `go-app.go-app.svc` and `go-app.go-app.svc.cluster.local`;
    /// a bare name is in `namespace`. Nil for any other host.
    package init?(host: String, from namespace: String) {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else { return nil }
        switch parts.count {
        case 1: self.init(name, namespace)
        case 2: self.init(name, parts[1])
        case 3 where parts[2] == "svc": self.init(name, parts[1])
        case 5 where Array(parts[2...]) == ["svc", "cluster", "local"]: self.init(name, parts[1])
        default: return nil
        }
    }

    /// The fully qualified host, as metrics show it.
    package var host: String { "\(name).\(namespace).svc.cluster.local" }

    package var description: String { "\(name).\(namespace)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
