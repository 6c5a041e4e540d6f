// What the API server refuses about an object, with its causes: the mistakes people make, not every
// rule of Kubernetes.

import Core

/// Checks of whole objects.
enum Validation {
    static func check(_ json: JSON, _ resource: Resource) throws(APIError) {
        var mistakes = metadata(json, resource)
        switch resource.plural {
        case "pods": mistakes += podSpec(json.spec, "spec")
        case "deployments", "replicasets", "statefulsets", "daemonsets":
            mistakes += workload(json.spec, resource)
        case "services": mistakes += service(json.spec)
        case "nodes":
            // The recorded server checks taints twice, and says so twice.
            let taints = taints(json.spec["taints"]?.array ?? [])
            mistakes += taints + taints
        case "leases":
            if let seconds = json.spec["leaseDurationSeconds"]?.integer, seconds <= 0 {
                mistakes.append(
                    .invalid(
                        "spec.leaseDurationSeconds", String(seconds), "must be greater than 0"))
            }
        case "poddisruptionbudgets":
            if json.spec["minAvailable"] != nil, json.spec["maxUnavailable"] != nil {
                mistakes.append(
                    .invalid(
                        "spec", json.spec.text,
                        "minAvailable and maxUnavailable cannot be both set"))
            }
        default: break
        }
        guard mistakes.isEmpty else { throw .invalid(resource, json.objectName, mistakes) }
    }

    private static func metadata(_ json: JSON, _ resource: Resource) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        let name = json.objectName
        if let prefix = json.metadata["generateName"]?.string, !prefix.isEmpty {
            let stem = prefix.hasSuffix("-") ? String(prefix.dropLast()) + "a" : prefix
            if !Names.isSubdomain(stem) {
                mistakes.append(
                    .invalid("metadata.generateName", "\"\(prefix)\"", Names.subdomainRule))
                return mistakes
            }
        }
        let label = ["namespaces", "services"].contains(resource.plural)
        let free = resource.group == "rbac.authorization.k8s.io"
        if name.isEmpty {
            mistakes.append(.required("metadata.name", "name or generateName is required"))
        } else if label ? !Names.isLabel(name) : !Names.isSubdomain(name) && !free {
            mistakes.append(
                .invalid(
                    "metadata.name", "\"\(name)\"", label ? Names.labelRule : Names.subdomainRule))
        }
        mistakes += labels(json.metadata["labels"], "metadata.labels")
        return mistakes
    }

    private static func labels(_ json: JSON?, _ field: String) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        for (key, value) in json?.object?.members ?? [] {
            if let mistake = Names.keyMistake(field, key) { mistakes.append(mistake) }
            if let text = value.string, !text.isEmpty, !Names.isQualifiedPart(text) {
                mistakes.append(.invalid(field, "\"\(text)\"", Names.valueRule))
            }
        }
        return mistakes
    }

    static func podSpec(_ spec: JSON, _ field: String) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        let containers = spec["containers"]?.array ?? []
        if containers.isEmpty { mistakes.append(.required("\(field).containers")) }
        var names: Set<String> = []
        for (index, container) in containers.enumerated() {
            let at = "\(field).containers[\(index)]"
            let name = container["name"]?.string ?? ""
            if name.isEmpty {
                mistakes.append(.required("\(at).name"))
            } else if !Names.isLabel(name) {
                mistakes.append(.invalid("\(at).name", "\"\(name)\"", Names.labelRule))
            } else if !names.insert(name).inserted {
                mistakes.append(
                    FieldMistake(
                        field: "\(at).name", reason: "FieldValueDuplicate",
                        message: "Duplicate value: \"\(name)\""))
            }
            if container["image"]?.string ?? "" == "" { mistakes.append(.required("\(at).image")) }
            for (number, port) in (container["ports"]?.array ?? []).enumerated() {
                let value = port["containerPort"]?.integer ?? 0
                if !(1...65535).contains(value) {
                    mistakes.append(
                        .invalid(
                            "\(at).ports[\(number)].containerPort", String(value),
                            "must be between 1 and 65535, inclusive"))
                }
            }
        }
        if let policy = spec["restartPolicy"]?.string,
            !["Always", "OnFailure", "Never"].contains(policy)
        {
            mistakes.append(
                .unsupported("\(field).restartPolicy", policy, ["Always", "OnFailure", "Never"]))
        }
        return mistakes
    }

    private static func workload(_ spec: JSON, _ resource: Resource) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        if let replicas = spec["replicas"]?.integer, replicas < 0 {
            mistakes.append(
                .invalid(
                    "spec.replicas", String(replicas), "must be greater than or equal to 0"))
        }
        let labels = spec["template"] ?? [:]
        if let selector = LabelSelector(object: spec["selector"]) {
            if selector.requirements.isEmpty {
                mistakes.append(
                    .invalid(
                        "spec.selector", spec["selector"]?.text ?? "{}",
                        "empty selector is invalid for \(resource.singular)"))
            } else if !selector.matches(labels) {
                mistakes.append(
                    .invalid(
                        "spec.template.metadata.labels", labels.metadata["labels"]?.text ?? "null",
                        "`selector` does not match template `labels`"))
            }
        } else {
            mistakes.append(.required("spec.selector"))
            mistakes.append(
                .invalid(
                    "spec.template.metadata.labels", labels.metadata["labels"]?.text ?? "null",
                    "`selector` does not match template `labels`"))
        }
        return mistakes + podSpec(labels.spec, "spec.template.spec")
    }

    private static func service(_ spec: JSON) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        let ports = spec["ports"]?.array ?? []
        let headless = spec["clusterIP"]?.string == "None"
        if ports.isEmpty, !headless, spec["type"]?.string != "ExternalName" {
            mistakes.append(.required("spec.ports"))
        }
        for (index, port) in ports.enumerated() {
            let value = port["port"]?.integer ?? 0
            if !(1...65535).contains(value) {
                mistakes.append(
                    .invalid(
                        "spec.ports[\(index)].port", String(value),
                        "must be between 1 and 65535, inclusive"))
            }
            if ports.count > 1, port["name"]?.string ?? "" == "" {
                mistakes.append(.required("spec.ports[\(index)].name"))
            }
        }
        return mistakes
    }

    private static func taints(_ taints: [JSON]) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
        for (index, taint) in taints.enumerated() {
            let at = "metadata.taints[\(index)]"
            if let mistake = Names.keyMistake("\(at).key", taint["key"]?.string ?? "") {
                mistakes.append(mistake)
            }
            let effect = taint["effect"]?.string ?? ""
            if !effects.contains(effect) {
                mistakes.append(.unsupported("\(at).effect", effect, effects))
            }
        }
        return mistakes
    }

    // MARK: updates

    static func checkUpdate(
        _ new: JSON, from old: JSON, _ resource: Resource, subresource: String?
    ) throws(APIError) {
        var mistakes: [FieldMistake] = []
        switch resource.plural {
        case "pods":
            mistakes = podUpdate(
                new.spec, old.spec, ephemeral: subresource == "ephemeralcontainers")
        case "deployments", "replicasets", "statefulsets", "daemonsets":
            if new.spec["selector"] != old.spec["selector"] {
                mistakes.append(
                    .invalid(
                        "spec.selector", new.spec["selector"]?.text ?? "null", "field is immutable")
                )
            }
        case "services":
            let address = old.spec["clusterIP"]?.string ?? ""
            if !address.isEmpty, new.spec["clusterIP"]?.string != address {
                mistakes.append(
                    .invalid(
                        "spec.clusterIPs[0]", "[\"\(new.spec["clusterIP"]?.string ?? "")\"]",
                        "may not change once set"))
            }
        default: break
        }
        guard mistakes.isEmpty else { throw .invalid(resource, new.objectName, mistakes) }
    }

    private static let podRule =
        "pod updates may not change fields other than `spec.containers[*].image`,"
        + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
        + "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
        + "set to 1 if it was previously negative)"

    private static func podUpdate(_ new: JSON, _ old: JSON, ephemeral: Bool) -> [FieldMistake] {
        func fixed(_ spec: JSON) -> JSON {
            var spec = spec
            spec["tolerations"] = nil
            spec["activeDeadlineSeconds"] = nil
            if ephemeral { spec["ephemeralContainers"] = nil }
            for list in ["containers", "initContainers"] {
                guard let containers = spec[list]?.array else { continue }
                spec[list] = .array(
                    containers.map { container in
                        var container = container
                        container["image"] = nil
                        return container
                    })
            }
            return spec
        }
        if fixed(new) != fixed(old) { return [.forbidden("spec", podRule)] }
        guard ephemeral else { return [] }
        return ephemeralUpdate(new, old)
    }

    private static func ephemeralUpdate(_ new: JSON, _ old: JSON) -> [FieldMistake] {
        let after = new["ephemeralContainers"]?.array ?? []
        for container in old["ephemeralContainers"]?.array ?? [] {
            let name = container["name"]?.string ?? ""
            guard let kept = after.first(where: { $0["name"]?.string == name }) else {
                return [
                    .forbidden(
                        "spec.ephemeralContainers",
                        "existing ephemeral containers \"\(name)\" may not be removed")
                ]
            }
            if kept != container {
                return [
                    .forbidden(
                        "spec.ephemeralContainers",
                        "existing ephemeral containers \"\(name)\" may not be changed")
                ]
            }
        }
        return after.enumerated().flatMap { index, container in
            ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"]
                .filter { container[$0] != nil }.map {
                    FieldMistake.forbidden(
                        "spec.ephemeralContainers[\(index)].\($0)",
                        "cannot be set for an Ephemeral Container")
                }
        }
    }
}
