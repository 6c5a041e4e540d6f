// Selection by the few fields that Kubernetes lets each kind be selected by. It only matches.

import Core

/// A conjunction of `field=value` and `field!=value`.
struct FieldSelector: Sendable, Hashable {
    struct Term: Sendable, Hashable {
        var path: [String]
        var value: String
        var equal: Bool
    }

    var terms: [Term]

    init(_ terms: [Term] = []) { self.terms = terms }

    /// The text of `fieldSelector=` for `resource`.
    init(parsing text: String, for resource: Resource) throws(APIError) {
        terms = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            guard let sign = part.firstIndex(of: "=") else {
                throw .badRequest(
                    "invalid selector: '\(text)'; can't understand '\(part)'")
            }
            var field = part[..<sign]
            let equal = !field.hasSuffix("!")
            if !equal { field = field.dropLast() }
            var value = part[part.index(after: sign)...]
            if value.hasPrefix("=") { value = value.dropFirst() }
            let name = String(field)
            guard Self.allowed(name, resource) else {
                throw .badRequest("field label not supported: \(name)")
            }
            terms.append(
                Term(
                    path: name.split(separator: ".").map(String.init), value: String(value),
                    equal: equal))
        }
    }

    func matches(_ object: JSON) -> Bool {
        terms.allSatisfy { term in
            let found = object[path: term.path]
            let text: String
            switch found {
            case .bool(let value): text = value ? "true" : "false"
            case .integer(let value): text = String(value)
            case .some(let value): text = value.string ?? ""
            case nil: text = term.path == ["spec", "unschedulable"] ? "false" : ""
            }
            return (text == term.value) == term.equal
        }
    }

    private static func allowed(_ field: String, _ resource: Resource) -> Bool {
        if field == "metadata.name" { return true }
        if field == "metadata.namespace" { return resource.namespaced }
        return extra[resource.plural]?.contains(field) ?? false
    }

    private static let extra: [String: Set<String>] = [
        "pods": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
            "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
        ],
        "nodes": ["spec.unschedulable"],
        "namespaces": ["status.phase"],
        "replicasets": ["status.replicas"],
        "secrets": ["type"],
        "services": ["spec.clusterIP", "spec.type"],
        "events": [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
            "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
            "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
            "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid",
            "reportingController",
        ],
    ]
}
