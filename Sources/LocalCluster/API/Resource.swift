// One kind of object that the API serves: its names, scope and verbs. It holds no objects.

/// A resource type, e.g. deployments of apps/v1.
struct Resource: Sendable {
    /// A second path under an object, e.g. `pods/{name}/eviction`.
    struct Subresource: Sendable {
        var name: String
        var group = ""
        var version = ""
        var kind: String
        var verbs: [String]
    }

    /// Its position in the catalog.
    var id: Int
    var group: String
    var version: String
    var plural: String
    var singular: String
    var kind: String
    var namespaced: Bool
    var shortNames: [String]
    var categories: [String]
    var subresources: [Subresource]
    var verbs: [String]

    var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// As error messages name it: `pods`, `leases.coordination.k8s.io`.
    var qualified: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// As validation messages name it: `Pod`, `Lease.coordination.k8s.io`.
    var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

    /// Objects that are stored; the others are answered on the spot.
    var isStored: Bool { verbs.contains("list") }
}
