// The verbs create, update and patch: from a body to a stored object, through defaults and
// validation.

import Core

extension ClusterState {
    /// POST of an object.
    func create(_ request: APIRequest) throws(APIError) -> StoredObject {
        try create(
            request.decodedObject(), request.resource, dryRun: request.isDryRun)
    }

    /// Creates `json`, which has its kind and namespace.
    @discardableResult
    func create(
        _ json: JSON, _ resource: Resource, dryRun: Bool = false
    ) throws(APIError) -> StoredObject {
        var json = resource.id == Catalog.newEvents.id ? try EventForms.core(from: json) : json
        let asked = resource
        let resource = resource.storage
        try checkNamespace(of: json, resource)
        var metadata = json.metadata
        if metadata["name"]?.string ?? "" == "", let prefix = metadata["generateName"]?.string,
            !prefix.isEmpty
        {
            metadata["name"] = .string(prefix + newSuffix())
        }
        json["metadata"] = newMetadata(metadata, resource)
        if resource.resetsStatus { json["status"] = nil }
        Defaults.apply(to: &json, resource, cluster: self)
        try Validation.check(json, resource)
        let key = ObjectKey(resource, json.namespace, json.objectName)
        if store[key] != nil { throw .alreadyExists(asked, key.name) }
        if dryRun { return StoredObject(key: key, json: json, revision: 0, uid: json.uid) }
        return put(key, json)
    }

    private func newMetadata(_ given: JSON, _ resource: Resource) -> JSON {
        var out = JSON.Object()
        for name in ["name", "generateName"] {
            if let value = given[name], value.string != "" { out[name] = value }
        }
        if resource.namespaced { out["namespace"] = given["namespace"] }
        out["uid"] = .string(newUID())
        if resource.hasGeneration { out["generation"] = 1 }
        out["creationTimestamp"] = now
        for name in ["labels", "annotations", "ownerReferences", "finalizers"] {
            if let value = given[name], !value.isNull, value != [:], value != [] {
                out[name] = value
            }
        }
        return .object(out)
    }

    private func checkNamespace(of json: JSON, _ resource: Resource) throws(APIError) {
        guard resource.namespaced else { return }
        let name = json.namespace
        guard let namespace = store[ObjectKey(Catalog.namespaces, "", name)] else {
            throw .notFound(Catalog.namespaces, name)
        }
        if namespace.json.deletionTimestamp != nil {
            throw .terminating(resource, json.objectName, namespace: name)
        }
    }

    /// PUT of an object or of its status.
    func update(_ request: APIRequest) throws(APIError) -> (object: StoredObject, created: Bool) {
        var json = try request.decodedObject()
        let resource = request.resource.storage
        if request.resource.id != resource.id { json = try EventForms.core(from: json) }
        guard let old = store[request.key] else {
            guard resource.createsOnUpdate, request.subresource == nil else {
                throw .notFound(request.resource, request.name ?? "")
            }
            return (try create(json, resource, dryRun: request.isDryRun), true)
        }
        let revision = json.metadata["resourceVersion"]?.string ?? ""
        if revision.isEmpty, !resource.updatesUnconditionally {
            throw .invalid(
                kind: resource.qualified, group: resource.group, detailKind: resource.plural,
                old.key.name,
                [.invalid("metadata.resourceVersion", "0", "must be specified for an update")])
        }
        try checkRevision(revision, of: old)
        let stored = try replace(
            old, with: json, subresource: request.subresource, dryRun: request.isDryRun)
        return (stored, false)
    }

    /// PATCH of an object, its status, or its ephemeral containers.
    func patch(_ request: APIRequest) throws(APIError) -> (object: StoredObject, created: Bool) {
        let resource = request.resource.storage
        if request.contentType == "application/apply-patch+yaml" { return try apply(request) }
        let kinds = [
            "application/json-patch+json", "application/merge-patch+json",
            "application/strategic-merge-patch+json",
        ]
        guard kinds.contains(request.contentType) else {
            throw APIError(
                code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type",
                details: [:])
        }
        guard let old = store[request.key] else {
            throw .notFound(request.resource, request.name ?? "")
        }
        let newForm = request.resource.id != resource.id
        let before = newForm ? EventForms.new(from: old.json) : old.json
        var after = try patched(before, request)
        if newForm { after = try EventForms.core(from: after) }
        try checkRevision(after.metadata["resourceVersion"]?.string ?? "", of: old)
        let stored = try replace(
            old, with: after, subresource: request.subresource, dryRun: request.isDryRun)
        return (stored, false)
    }

    /// The document that the patch in the body makes of `before`.
    func patched(_ before: JSON, _ request: APIRequest) throws(APIError) -> JSON {
        let patch: JSON
        do { patch = try JSON(parsing: request.body) } catch {
            throw .badRequest("error decoding patch: \(error)")
        }
        switch request.contentType {
        case "application/json-patch+json":
            do { return try JSONPatch(patch).applied(to: before) } catch { throw .patchFailed() }
        case "application/strategic-merge-patch+json":
            guard
                !request.resource.group.contains(".") || request.resource.group.hasSuffix("k8s.io")
            else {
                throw APIError(
                    code: 415, reason: "UnsupportedMediaType",
                    message: "the body of the request was in an unknown format - accepted media "
                        + "types include: application/json-patch+json, "
                        + "application/merge-patch+json, application/apply-patch+yaml")
            }
            return MergePatch.strategic(patch, into: before)
        default: return MergePatch.merge(patch, into: before)
        }
    }

    /// Server-side apply, as far as it goes here: create, or merge; nobody owns fields.
    private func apply(_ request: APIRequest) throws(APIError) -> (
        object: StoredObject, created: Bool
    ) {
        guard !(request.query["fieldManager"] ?? "").isEmpty else {
            throw .invalid(
                kind: "PatchOptions.meta.k8s.io", group: "meta.k8s.io", detailKind: "PatchOptions",
                "", [.required("fieldManager", "is required for apply patch")])
        }
        let json = try request.checked(
            request.decodedJSON(mustBe: request.resource.kind), request.resource)
        guard let old = store[request.key] else {
            guard request.subresource == nil else {
                throw .notFound(request.resource, request.name ?? "")
            }
            return (try create(json, request.resource, dryRun: request.isDryRun), true)
        }
        let after = MergePatch.strategic(json, into: old.json)
        try checkRevision(json.metadata["resourceVersion"]?.string ?? "", of: old)
        let stored = try replace(
            old, with: after, subresource: request.subresource, dryRun: request.isDryRun)
        return (stored, false)
    }

    private func checkRevision(_ wanted: String, of old: StoredObject) throws(APIError) {
        if !wanted.isEmpty, wanted != String(old.revision) {
            throw .conflict(
                old.key.type, old.key.name,
                "the object has been modified; please apply your changes to the latest version "
                    + "and try again")
        }
    }

    /// Puts `json` in the place of `old`: system fields stay, status and spec change apart.
    func replace(
        _ old: StoredObject, with json: JSON, subresource: String?, dryRun: Bool
    ) throws(APIError) -> StoredObject {
        let resource = old.key.type
        var json = json
        if let uid = json.metadata["uid"]?.string, uid != old.uid, !uid.isEmpty {
            throw .conflict(
                resource, old.key.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        json["metadata"] = keptMetadata(json.metadata, old.json.metadata)
        if subresource == "status" {
            for (key, value) in old.json.object?.members ?? []
            where key != "status" && key != "metadata" { json[key] = value }
        } else {
            if resource.resetsStatus || resource.hasStatus { json["status"] = old.json["status"] }
            Defaults.apply(to: &json, resource, cluster: self, old: old.json)
            try Validation.check(json, resource)
            try Validation.checkUpdate(json, from: old.json, resource, subresource: subresource)
            if resource.hasGeneration, changesGeneration(json, old.json, resource) {
                json.edit("metadata") {
                    $0["generation"] = .integer(Int64(old.json.generation + 1))
                }
            }
        }
        let key = old.key
        if dryRun {
            return StoredObject(key: key, json: json, revision: old.revision, uid: old.uid)
        }
        let gone =
            json.deletionTimestamp != nil && json.finalizers.isEmpty
            && (json.metadata["deletionGracePeriodSeconds"]?.integer ?? 0) == 0
            && resource.id != Catalog.namespaces.id
        if gone, let last = remove(key, final: json) { return last }
        return put(key, json)
    }

    private func changesGeneration(_ new: JSON, _ old: JSON, _ resource: Resource) -> Bool {
        if new["spec"] != old["spec"] { return true }
        return resource.id == Catalog.deployments.id
            && new.metadata["annotations"] != old.metadata["annotations"]
    }

    private func keptMetadata(_ given: JSON, _ old: JSON) -> JSON {
        var out = JSON.Object()
        let system = [
            "name", "generateName", "namespace", "uid", "resourceVersion", "generation",
            "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        ]
        for name in system { if let value = old[name] { out[name] = value } }
        for name in ["labels", "annotations", "ownerReferences", "finalizers"] {
            if let value = given[name], !value.isNull, value != [:], value != [] {
                out[name] = value
            }
        }
        return .object(out)
    }
}

extension Resource {
    /// Kinds that count the changes of their spec.
    var hasGeneration: Bool {
        [
            "pods", "deployments", "replicasets", "statefulsets", "daemonsets",
            "poddisruptionbudgets", "endpointslices", "jobs", "cronjobs", "ingresses",
            "networkpolicies", "replicationcontrollers",
        ].contains(plural) || group.contains("istio") || group.contains("coreos")
    }

    var hasStatus: Bool { subresources.contains { $0.name == "status" } }

    /// Kinds whose status a client cannot give with the object.
    var resetsStatus: Bool {
        hasStatus && !["nodes", "namespaces", "services"].contains(plural)
    }

    /// PUT of a name that does not exist creates it.
    var createsOnUpdate: Bool {
        [
            "leases", "events", "endpoints", "roles", "rolebindings", "clusterroles",
            "clusterrolebindings",
        ].contains(plural)
    }

    /// PUT without a resourceVersion overwrites.
    var updatesUnconditionally: Bool {
        ![
            "leases", "poddisruptionbudgets", "virtualservices", "destinationrules",
            "servicemonitors", "podmonitors", "prometheusrules",
        ].contains(plural)
    }
}
