// All objects of the cluster under one counter of revisions, and who owns whom. It does not know
// what the objects mean, nor who watches.

import Core

/// The etcd of this cluster.
struct ObjectStore {
    private(set) var revision: Int
    private var tables: [ObjectTable]
    /// Owner's uid to the keys of what it owns.
    private var owned: [String: Set<ObjectKey>] = [:]
    private var keysByUID: [String: ObjectKey] = [:]

    init(historyLimit: Int) {
        revision = 1
        tables = Catalog.all.map { _ in ObjectTable(historyLimit: historyLimit) }
    }

    subscript(key: ObjectKey) -> StoredObject? { tables[key.resource][key] }

    func table(_ resource: Resource) -> ObjectTable { tables[resource.id] }

    func list(_ resource: Resource, namespace: String? = nil) -> [StoredObject] {
        tables[resource.id].list(namespace: namespace)
    }

    func changes(_ resource: Resource, after revision: Int, most: Int) -> ArraySlice<Change> {
        tables[resource.id].changes(after: revision, most: most)
    }

    func compacted(_ resource: Resource) -> Int { tables[resource.id].compacted }

    func key(uid: String) -> ObjectKey? { keysByUID[uid] }

    /// What the object with `uid` owns, in order.
    func dependents(of uid: String) -> [ObjectKey] { (owned[uid] ?? []).sorted() }

    mutating func put(_ key: ObjectKey, _ json: JSON) -> Change {
        revision += 1
        let object = stored(key, json)
        let change = tables[key.resource].put(object)
        if let old = change.old { unlink(old) }
        link(object)
        return change
    }

    mutating func remove(_ key: ObjectKey, final json: JSON) -> Change? {
        guard tables[key.resource][key] != nil else { return nil }
        revision += 1
        let change = tables[key.resource].remove(stored(key, json))
        if let old = change?.old { unlink(old) }
        return change
    }

    mutating func compact() {
        for index in tables.indices { tables[index].compact(upTo: revision) }
    }

    private func stored(_ key: ObjectKey, _ json: JSON) -> StoredObject {
        var json = json
        var metadata = json.metadata
        metadata["resourceVersion"] = .string(String(revision))
        json["metadata"] = metadata
        return StoredObject(
            key: key, json: json, revision: revision, uid: metadata["uid"]?.string ?? "")
    }

    private mutating func link(_ object: StoredObject) {
        if !object.uid.isEmpty { keysByUID[object.uid] = object.key }
        for owner in object.json.ownerUIDs { owned[owner, default: []].insert(object.key) }
    }

    private mutating func unlink(_ object: StoredObject) {
        if keysByUID[object.uid] == object.key { keysByUID[object.uid] = nil }
        for owner in object.json.ownerUIDs {
            owned[owner]?.remove(object.key)
            if owned[owner]?.isEmpty == true { owned[owner] = nil }
        }
    }
}
