// Where an object lives: its resource, namespace and name.

import Core

/// The identity of a slot in the store. Ordered as lists are: by namespace, then name.
struct ObjectKey: Hashable, Comparable, Sendable {
    /// The resource's position in the catalog.
    var resource: Int
    /// Empty for objects of the whole cluster.
    var namespace: String
    var name: String

    init(_ resource: Resource, _ namespace: String, _ name: String) {
        self.resource = resource.id
        self.namespace = resource.namespaced ? namespace : ""
        self.name = name
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.resource != right.resource { return left.resource < right.resource }
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        return left.name < right.name
    }

    var type: Resource { Catalog.all[resource] }
}

/// One object as it is stored, with the fields that every reader needs.
struct StoredObject: Sendable {
    var key: ObjectKey
    var json: JSON
    var revision: Int
    var uid: String

    var labels: [(key: String, value: JSON)] { json.metadata["labels"]?.object?.members ?? [] }
}

/// One step of the store's history.
struct Change: Sendable {
    enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    var revision: Int
    var kind: Kind
    /// What it was before; nil for a new object.
    var old: StoredObject?
    /// What it is now; for a deletion the last state, with the revision of the deletion.
    var new: StoredObject
}
