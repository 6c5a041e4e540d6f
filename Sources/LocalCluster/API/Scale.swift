// The scale subresource of workloads: their replicas under one form.

import Core

extension ClusterState {
    /// GET, PUT or PATCH of `{workload}/{name}/scale`.
    func scale(_ request: APIRequest) throws(APIError) -> JSON {
        guard let object = store[request.key] else {
            throw .notFound(request.resource, request.name ?? "")
        }
        let before = scaleForm(object.json)
        var after = before
        switch request.method {
        case "GET": return before
        case "PUT": after = try request.decodedJSON(mustBe: "Scale")
        case "PATCH": after = try patched(before, request)
        default: throw .methodNotAllowed()
        }
        let revision = after.metadata["resourceVersion"]?.string ?? ""
        if !revision.isEmpty, revision != String(object.revision) {
            throw .conflict(
                object.key.type, object.key.name,
                "the object has been modified; please apply your changes to the latest version "
                    + "and try again")
        }
        let replicas = after.spec["replicas"]?.integer ?? 0
        guard replicas >= 0 else {
            throw .invalid(
                kind: "Scale.autoscaling", group: "autoscaling", detailKind: "Scale",
                object.key.name,
                [
                    .invalid(
                        "spec.replicas", String(replicas), "must be greater than or equal to 0")
                ])
        }
        var json = object.json
        json.edit("spec") { $0["replicas"] = .integer(Int64(replicas)) }
        let stored = try replace(object, with: json, subresource: nil, dryRun: request.isDryRun)
        return scaleForm(stored.json)
    }

    private func scaleForm(_ json: JSON) -> JSON {
        var metadata = JSON.Object()
        for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            if let value = json.metadata[name] { metadata[name] = value }
        }
        let selector = (json.spec["selector"]?["matchLabels"]?.stringMap ?? [:])
            .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        var spec: JSON = [:]
        if let replicas = json.spec["replicas"]?.integer, replicas != 0 {
            spec["replicas"] = .integer(Int64(replicas))
        }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata),
            "spec": spec,
            "status": [
                "replicas": json.status["replicas"] ?? 0, "selector": .string(selector),
            ],
        ]
    }
}
