// The verbs delete and deletecollection: grace periods, preconditions, finalizers and what
// becomes of dependents.

import Core
import Platform

/// The body and query of a delete request.
struct DeleteOptions {
    var gracePeriod: Int?
    var uid: String?
    var revision: String?
    var propagation = "Background"
    var dryRun = false

    init() {}

    init(_ request: APIRequest) throws(APIError) {
        var json: JSON = [:]
        if !request.body.isEmpty { json = try request.decodedJSON(mustBe: "DeleteOptions") }
        self.init(json)
        if let grace = request.query["gracePeriodSeconds"].flatMap({ Int($0) }) {
            gracePeriod = grace
        }
        if let policy = request.query["propagationPolicy"] { propagation = policy }
        dryRun = dryRun || request.isDryRun
    }

    init(_ json: JSON) {
        gracePeriod = json["gracePeriodSeconds"]?.integer
        uid = json["preconditions"]?["uid"]?.string
        revision = json["preconditions"]?["resourceVersion"]?.string
        if let policy = json["propagationPolicy"]?.string { propagation = policy }
        if json["orphanDependents"]?.bool == true { propagation = "Orphan" }
        dryRun = json["dryRun"]?.array?.contains("All") ?? false
    }
}

extension ClusterState {
    /// DELETE of one object: the object as it is left, or a Status when it is gone at once.
    func delete(_ request: APIRequest) throws(APIError) -> JSON {
        let options = try DeleteOptions(request)
        guard let object = store[request.key] else {
            throw .notFound(request.resource, request.name ?? "")
        }
        let left = try delete(object, options)
        let resource = object.key.type
        let whole =
            resource.id == Catalog.pods.id || resource.id == Catalog.namespaces.id
            || resource.id == Catalog.services.id || store[object.key] != nil && !options.dryRun
        if whole { return left }
        var details: JSON = ["name": .string(object.key.name)]
        if !resource.group.isEmpty { details["group"] = .string(resource.group) }
        details["kind"] = .string(resource.plural)
        details["uid"] = .string(object.uid)
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
            "details": details,
        ]
    }

    /// Deletes or begins to delete; the object as it is left.
    @discardableResult
    func delete(_ object: StoredObject, _ options: DeleteOptions) throws(APIError) -> JSON {
        try checkPreconditions(object, options)
        switch object.key.resource {
        case Catalog.pods.id: return deletePod(object, options)
        case Catalog.namespaces.id: return deleteNamespace(object, options)
        default: return deletePlain(object, options)
        }
    }

    func checkPreconditions(_ object: StoredObject, _ options: DeleteOptions) throws(APIError) {
        if let uid = options.uid, uid != object.uid {
            throw .precondition(
                object.key.type, object.key.name,
                "the UID in the precondition (\(uid)) does not match the UID in record "
                    + "(\(object.uid)). The object might have been deleted and then recreated")
        }
        if let revision = options.revision, revision != String(object.revision) {
            throw .precondition(
                object.key.type, object.key.name,
                "the ResourceVersion in the precondition (\(revision)) does not match the "
                    + "ResourceVersion in record (\(object.revision)). The object might have been "
                    + "modified")
        }
    }

    /// Pods end gracefully: the kubelet removes them, except with no grace or no node.
    private func deletePod(_ object: StoredObject, _ options: DeleteOptions) -> JSON {
        var json = object.json
        let phase = json.status["phase"]?.string ?? ""
        let bound = json.spec["nodeName"]?.string ?? "" != ""
        var grace =
            options.gracePeriod ?? json.spec["terminationGracePeriodSeconds"]?.integer ?? 30
        if grace < 0 { grace = 1 }
        if !bound || phase == "Succeeded" || phase == "Failed" { grace = 0 }
        if json.deletionTimestamp != nil {
            let current = json.metadata["deletionGracePeriodSeconds"]?.integer ?? 0
            if options.gracePeriod == nil || grace >= current && grace > 0 { return json }
        }
        let first = json.deletionTimestamp == nil
        let until = clock.now + .seconds(grace)
        json.edit("metadata") { metadata in
            metadata["deletionTimestamp"] = .string(until.rfc3339Seconds)
            metadata["deletionGracePeriodSeconds"] = .integer(Int64(grace))
            if first { metadata["generation"] = .integer(Int64(object.json.generation + 1)) }
        }
        if options.dryRun { return json }
        if grace == 0, json.finalizers.isEmpty {
            remove(object.key, final: json)
            return json
        }
        return put(object.key, json).json
    }

    private func deleteNamespace(_ object: StoredObject, _ options: DeleteOptions) -> JSON {
        if object.json.deletionTimestamp != nil { return object.json }
        var json = object.json
        json.edit("metadata") { $0["deletionTimestamp"] = self.now }
        json.edit("status") { $0["phase"] = "Terminating" }
        if options.dryRun { return json }
        return put(object.key, json).json
    }

    private func deletePlain(_ object: StoredObject, _ options: DeleteOptions) -> JSON {
        var json = object.json
        var finalizers = json.finalizers
        if options.propagation == "Foreground", !finalizers.contains("foregroundDeletion") {
            finalizers.append("foregroundDeletion")
        }
        if options.propagation == "Orphan", !finalizers.contains("orphan") {
            finalizers.append("orphan")
        }
        let first = json.deletionTimestamp == nil
        if finalizers.isEmpty {
            if !options.dryRun { remove(object.key, final: json) }
            return json
        }
        json.edit("metadata") { metadata in
            if first {
                metadata["deletionTimestamp"] = self.now
                metadata["deletionGracePeriodSeconds"] = 0
                if let generation = metadata["generation"]?.integer {
                    metadata["generation"] = .integer(Int64(generation + 1))
                }
            }
            metadata["finalizers"] = .array(finalizers.map { .string($0) })
        }
        if options.dryRun { return json }
        return put(object.key, json).json
    }

    /// DELETE of a list: every object that the selectors match.
    func deleteCollection(_ request: APIRequest) throws(APIError) -> [StoredObject] {
        let options = try DeleteOptions(request)
        let selection = try Selection(request)
        let chosen = store.list(request.resource.storage, namespace: request.namespace)
            .filter { selection.matches($0.json) }
        var left: [StoredObject] = []
        for object in chosen {
            var after = object
            after.json = try delete(object, options)
            left.append(after)
        }
        return left
    }
}
