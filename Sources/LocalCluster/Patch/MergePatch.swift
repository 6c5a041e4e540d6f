// RFC 7386 merge patch, and Kubernetes' strategic merge patch, in which known lists are merged by a
// key. The keys are those of the published Go types; nothing else of the types is known here.

import Core

/// How lists of a document are patched.
enum MergePatch {
    /// RFC 7386: objects are merged, null removes, everything else replaces.
    static func merge(_ patch: JSON, into target: JSON?) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var out = target?.object ?? JSON.Object()
        for (key, value) in changes.members {
            out[key] = value.isNull ? nil : merge(value, into: out[key])
        }
        return .object(out)
    }

    /// Strategic merge of `patch` into `target`, which is the value of the field `name`.
    static func strategic(_ patch: JSON, into target: JSON?) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        if changes["$patch"]?.string == "replace" {
            return stripped(patch)
        }
        var out = target?.object ?? JSON.Object()
        if let kept = changes["$retainKeys"]?.array?.compactMap(\.string) {
            for key in out.keys where !kept.contains(key) { out[key] = nil }
        }
        for (key, value) in changes.members where !key.hasPrefix("$") {
            if value.isNull {
                out[key] = nil
            } else if case .array(let elements) = value {
                out[key] = list(key, elements, into: out[key]?.array, of: out)
            } else if value["$patch"]?.string == "delete" {
                out[key] = nil
            } else if value.object != nil {
                out[key] = strategic(value, into: out[key])
            } else {
                out[key] = value
            }
        }
        directives(changes, &out)
        return .object(out)
    }

    /// `$deleteFromPrimitiveList/finalizers` and `$setElementOrder/containers`.
    private static func directives(_ changes: JSON.Object, _ out: inout JSON.Object) {
        for (key, value) in changes.members {
            guard let slash = key.firstIndex(of: "/"), let listed = value.array else { continue }
            let field = String(key[key.index(after: slash)...])
            guard let elements = out[field]?.array else { continue }
            if key.hasPrefix("$deleteFromPrimitiveList/") {
                out[field] = .array(elements.filter { !listed.contains($0) })
            } else if key.hasPrefix("$setElementOrder/") {
                out[field] = .array(ordered(elements, as: listed, field: field))
            }
        }
    }

    private static func ordered(_ elements: [JSON], as wanted: [JSON], field: String) -> [JSON] {
        func identity(_ element: JSON, _ key: String?) -> JSON {
            key.flatMap { element[$0] } ?? element
        }
        let key = mergeKey(field, elements)
        let order = wanted.map { identity($0, key) }
        func rank(_ element: JSON) -> Int { order.firstIndex(of: identity(element, key)) ?? -1 }
        // Elements the patch does not name keep their place in front.
        return elements.enumerated().sorted { left, right in
            let ranks = (rank(left.element), rank(right.element))
            if ranks.0 < 0 || ranks.1 < 0 || ranks.0 == ranks.1 {
                return left.offset < right.offset
            }
            return ranks.0 < ranks.1
        }.map(\.element)
    }

    private static func list(
        _ name: String, _ patch: [JSON], into target: [JSON]?, of parent: JSON.Object
    ) -> JSON {
        if patch.contains(where: { $0["$patch"]?.string == "replace" }) {
            return .array(patch.filter { $0["$patch"] == nil }.map(stripped))
        }
        if name == "finalizers" {
            var out = target ?? []
            for element in patch where !out.contains(element) { out.append(element) }
            return .array(out)
        }
        guard let key = mergeKey(name, patch) else { return .array(patch) }
        var out = target ?? []
        for element in patch {
            let at = out.firstIndex { $0[key] != nil && $0[key] == element[key] }
            if element["$patch"]?.string == "delete" {
                if let at { out.remove(at: at) }
            } else if let at {
                out[at] = strategic(element, into: out[at])
            } else {
                out.append(strategic(element, into: nil))
            }
        }
        return .array(out)
    }

    /// The field that identifies the elements of the list `name`; nil for lists that are replaced.
    private static func mergeKey(_ name: String, _ elements: [JSON]) -> String? {
        if name == "ports" {
            return elements.contains { $0["containerPort"] != nil } ? "containerPort" : "port"
        }
        return mergeKeys[name]
    }

    private static let mergeKeys: [String: String] = [
        "containers": "name", "initContainers": "name", "ephemeralContainers": "name",
        "env": "name",
        "volumes": "name", "volumeMounts": "mountPath", "volumeDevices": "devicePath",
        "imagePullSecrets": "name", "secrets": "name", "hostAliases": "ip", "conditions": "type",
        "ownerReferences": "uid", "addresses": "type", "topologySpreadConstraints": "topologyKey",
        "resourceClaims": "name", "podIPs": "ip", "hostIPs": "ip",
    ]

    /// The value without the patch's own directives.
    private static func stripped(_ json: JSON) -> JSON {
        switch json {
        case .object(let object):
            .object(
                JSON.Object(
                    object.members.filter { !$0.key.hasPrefix("$") }.map {
                        ($0.key, stripped($0.value))
                    }))
        case .array(let elements): .array(elements.map(stripped))
        default: json
        }
    }
}
