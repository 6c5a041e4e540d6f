// Short names for the fields that every Kubernetes object has. Nothing is decided here.

import Core

extension JSON {
    var metadata: JSON { self["metadata"] ?? .object(Object()) }
    var spec: JSON { self["spec"] ?? .object(Object()) }
    var status: JSON { self["status"] ?? .object(Object()) }
    var objectName: String { metadata["name"]?.string ?? "" }
    var namespace: String { metadata["namespace"]?.string ?? "" }
    var uid: String { metadata["uid"]?.string ?? "" }
    var generation: Int { metadata["generation"]?.integer ?? 0 }
    var deletionTimestamp: String? { metadata["deletionTimestamp"]?.string }
    var finalizers: [String] { metadata["finalizers"]?.array?.compactMap(\.string) ?? [] }
    var labels: [String: String] { metadata["labels"]?.stringMap ?? [:] }
    var annotations: [String: String] { metadata["annotations"]?.stringMap ?? [:] }
    var created: Timestamp? { metadata["creationTimestamp"]?.instant }

    /// A label or annotation by name, without building a dictionary.
    func label(_ name: String) -> String? { metadata["labels"]?[name]?.string }
    func annotation(_ name: String) -> String? { metadata["annotations"]?[name]?.string }

    var stringMap: [String: String] {
        var map: [String: String] = [:]
        for (key, value) in object?.members ?? [] { map[key] = value.string ?? value.text }
        return map
    }

    var instant: Timestamp? {
        string.flatMap { Timestamp(rfc3339: $0) }
    }

    var ownerUIDs: [String] {
        metadata["ownerReferences"]?.array?.compactMap { $0["uid"]?.string } ?? []
    }

    /// The owner reference with `controller: true`.
    var controller: JSON? {
        metadata["ownerReferences"]?.array?.first { $0["controller"]?.bool == true }
    }

    /// An element of `status.conditions`.
    func condition(_ type: String) -> JSON? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    func isConditionTrue(_ type: String) -> Bool { condition(type)?["status"]?.string == "True" }

    /// Changes an object in place, creating it when it is missing.
    mutating func edit(_ key: String, _ change: (inout JSON) -> Void) {
        var member = self[key] ?? .object(Object())
        change(&member)
        self[key] = member
    }

    /// Sets a member only when it is missing.
    mutating func fill(_ key: String, _ value: @autoclosure () -> JSON) {
        if self[key] == nil { self[key] = value() }
    }

    static func strings(_ map: [String: String]) -> JSON {
        .object(Object(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}
