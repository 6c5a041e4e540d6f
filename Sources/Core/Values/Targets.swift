// What chaos can be done to, by name: the identities that plans, events, marks and alerts speak of.

/// A controller that owns pods, e.g. `Deployment go-app/repeater`; a bare pod is its own workload.
package struct WorkloadRef: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var kind: String
    package var namespace: String
    package var name: String

    package init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.kind, left.name) < (right.namespace, right.kind, right.name)
    }

    package var description: String { "\(kind) \(namespace)/\(name)" }
}

/// One object that a fault can be injected into. The uid makes it this very object, not its
/// successor.
package struct Target: Hashable, Codable, Sendable, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable { case pod, node }
    package var kind: Kind
    /// Empty for nodes.
    package var namespace: String
    package var name: String
    package var uid: String
    /// The workload of a pod.
    package var workload: WorkloadRef?
    /// The node a pod runs on.
    package var node: String?

    package init(
        kind: Kind, namespace: String, name: String, uid: String, workload: WorkloadRef? = nil,
        node: String? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.workload = workload
        self.node = node
    }

    package var description: String {
        kind == .pod ? "pod \(namespace)/\(name)" : "node \(name)"
    }
}
