// What follows when objects go: dependents of gone owners, finalizers of deletion policies, and
// namespaces that empty themselves.

import Core

extension ClusterState {
    /// Deletes what the gone owner leaves behind, unless another owner lives.
    func collectDependents(of uid: String) {
        for key in store.dependents(of: uid) {
            guard let object = store[key] else { continue }
            let living = object.json.ownerUIDs.filter { store.key(uid: $0) != nil }
            if living.isEmpty {
                _ = try? delete(object, DeleteOptions())
            } else {
                dropOwner(uid, of: key)
            }
        }
    }

    private func dropOwner(_ uid: String, of key: ObjectKey) {
        edit(key) { json in
            json.edit("metadata") { metadata in
                let rest = (metadata["ownerReferences"]?.array ?? []).filter {
                    $0["uid"]?.string != uid
                }
                metadata["ownerReferences"] = rest.isEmpty ? nil : .array(rest)
            }
        }
    }

    /// Foreground: dependents first. Orphan: dependents are let go.
    func syncFinalizers(_ key: ObjectKey) {
        guard let object = store[key], object.json.deletionTimestamp != nil else { return }
        let finalizers = object.json.finalizers
        if finalizers.contains("orphan") {
            for dependent in store.dependents(of: object.uid) {
                dropOwner(object.uid, of: dependent)
            }
            release(key, "orphan")
        } else if finalizers.contains("foregroundDeletion") {
            var options = DeleteOptions()
            options.propagation = "Foreground"
            var blocked = false
            for dependent in store.dependents(of: object.uid) {
                guard let child = store[dependent] else { continue }
                blocked = true
                if child.json.deletionTimestamp == nil { _ = try? delete(child, options) }
            }
            if !blocked || store.dependents(of: object.uid).isEmpty {
                release(key, "foregroundDeletion")
            }
        }
    }

    /// Takes a finalizer away; the object goes with its last one.
    private func release(_ key: ObjectKey, _ finalizer: String) {
        guard var json = store[key]?.json else { return }
        let rest = json.finalizers.filter { $0 != finalizer }
        json.edit("metadata") {
            $0["finalizers"] = rest.isEmpty ? nil : .array(rest.map { .string($0) })
        }
        if rest.isEmpty { remove(key, final: json) } else { put(key, json) }
    }

    func syncNamespace(_ key: ObjectKey) {
        guard let namespace = store[key], namespace.json.deletionTimestamp != nil else { return }
        var remaining = 0
        for resource in Catalog.all where resource.namespaced && resource.isStored {
            if resource.id == Catalog.newEvents.id { continue }
            for object in store.list(resource, namespace: key.name) {
                if object.json.deletionTimestamp == nil { _ = try? delete(object, DeleteOptions()) }
                if store[object.key] != nil { remaining += 1 }
            }
        }
        if remaining == 0, let json = store[key]?.json { remove(key, final: json) }
    }
}
