// What the client itself asks of the API server, besides what faults do: the RBAC in k8s/ is made
// from this, and a test compares it with the requests that are sent.

package import Engine

/// Permissions of the client's parts.
package enum ClientPermissions {
    private static let follow = ["list", "watch"]

    /// A view of the cluster: lists and watches.
    package static let view = [
        Permission(group: "", resource: "pods", verbs: follow),
        Permission(
            group: "apps", resource: "deployments", verbs: follow),
        Permission(group: "apps", resource: "replicasets", verbs: follow),
        Permission(group: "apps", resource: "statefulsets", verbs: follow),
        Permission(group: "apps", resource: "daemonsets", verbs: follow),
        Permission(group: "policy", resource: "poddisruptionbudgets", verbs: follow),
        Permission(group: "", resource: "nodes", verbs: follow, clusterScoped: true),
    ]

    /// Marks on pods that are touched, and Events about them.
    package static let marks = [
        Permission(group: "", resource: "pods", verbs: ["get", "patch"]),
        Permission(group: "events.k8s.io", resource: "events", verbs: ["create"]),
    ]

    /// One leader among several daemons.
    package static let leadership = [
        Permission(
            group: "coordination.k8s.io", resource: "leases", verbs: ["get", "create", "update"])
    ]
}
