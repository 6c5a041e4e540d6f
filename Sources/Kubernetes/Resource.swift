// The kinds of objects that the client speaks of, and where the API server keeps them.

import Platform

/// One resource of the Kubernetes API.
package struct Resource: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    package var version: String
    package var plural: String
    package var namespaced: Bool

    package init(group: String = "", version: String = "v1", _ plural: String, namespaced: Bool) {
        self.group = group
        self.version = version
        self.plural = plural
        self.namespaced = namespaced
    }

    package static let pods = Resource("pods", namespaced: true)
    package static let nodes = Resource("nodes", namespaced: false)
    package static let replicaSets = Resource(group: "apps", "replicasets", namespaced: true)
    package static let deployments = Resource(group: "apps", "deployments", namespaced: true)
    package static let statefulSets = Resource(group: "apps", "statefulsets", namespaced: true)
    package static let daemonSets = Resource(group: "apps", "daemonsets", namespaced: true)
    package static let disruptionBudgets = Resource(
        group: "policy", "poddisruptionbudgets", namespaced: true)
    package static let leases = Resource(
        group: "coordination.k8s.io", "leases", namespaced: true)
    package static let events = Resource(group: "events.k8s.io", "events", namespaced: true)

    /// `v1`, `apps/v1`.
    package var apiVersion: String { group.isEmpty ? version : group + "/" + version }

    /// The path of a collection (no name), an object or a subresource.
    package func path(
        namespace: String? = nil, name: String? = nil, subresource: String? = nil
    ) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if namespaced, let namespace { path += "/namespaces/" + namespace.percentEncoded }
        path += "/" + plural
        if let name { path += "/" + name.percentEncoded }
        if let subresource { path += "/" + subresource }
        return path
    }
}
