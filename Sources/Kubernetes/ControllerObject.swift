// Objects that own pods, as the client reads them, and when a rollout counts as not finished.

package import Core

/// The parts of a ReplicaSet, Deployment, StatefulSet or DaemonSet that planning needs.
package protocol ControllerObject: StoredObject {
    /// As in owner references, e.g. `Deployment`.
    static var kind: String { get }
    /// How many pods there should be.
    var desired: Int { get }
    /// A change of the pod template, or of the object, has not reached all pods.
    var rollingOut: Bool { get }
    /// What the pods it makes run; 0 when it has no template. See `TemplateFingerprint`.
    var template: UInt64 { get }
    /// The hash of the template that it goes to; nil where the status does not say so.
    var revision: String? { get }
}

extension ControllerObject {
    package var revision: String? { nil }
}

extension JSONCursor {
    /// Of a controller's spec the members `names`, and the fingerprint of its pod template.
    fileprivate mutating func controllerSpec(
        _ names: [StaticString], in text: Span<UInt8>
    ) throws(JSONError) -> (json: JSON, template: UInt64) {
        var object = JSON.Object()
        var template: UInt64 = 0
        guard try enterObject(in: text) else { return (.object(object), template) }
        while let key = try key(in: text) {
            if text.matches(key, "template") {
                template = try TemplateFingerprint(&self, in: text).value
            } else if let name = names.first(where: { text.matches(key, $0) }) {
                object[name.description] = try json(in: text)
            } else {
                try skip(in: text)
            }
        }
        return (.object(object), template)
    }
}

/// A ReplicaSet.
package struct ReplicaSetObject: ControllerObject {
    package static var resource: Resource { .replicaSets }
    package static let kind = "ReplicaSet"

    package var meta = ObjectMeta()
    package private(set) var desired = 1
    package private(set) var template: UInt64 = 0
    private var observed = 0

    package init() {}

    package var rollingOut: Bool { observed < meta.generation }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let (spec, template) = try cursor.controllerSpec(["replicas"], in: text)
        self.template = template
        desired = spec["replicas"]?.integer ?? 1
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let status = try cursor.json(.members([("observedGeneration", .all)]), in: text)
        observed = status["observedGeneration"]?.integer ?? 0
    }
}

/// A Deployment.
package struct DeploymentObject: ControllerObject {
    package static var resource: Resource { .deployments }
    package static let kind = "Deployment"

    package var meta = ObjectMeta()
    package private(set) var desired = 1
    package private(set) var template: UInt64 = 0
    private var observed = 0
    private var replicas = 0
    private var updated = 0

    package init() {}

    package var rollingOut: Bool {
        observed < meta.generation || updated < desired || replicas > updated
    }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let (spec, template) = try cursor.controllerSpec(["replicas"], in: text)
        self.template = template
        desired = spec["replicas"]?.integer ?? 1
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let status = try cursor.json(
            .members([
                ("observedGeneration", .all), ("replicas", .all), ("updatedReplicas", .all),
            ]), in: text)
        observed = status["observedGeneration"]?.integer ?? 0
        replicas = status["replicas"]?.integer ?? 0
        updated = status["updatedReplicas"]?.integer ?? 0
    }
}

/// A StatefulSet.
package struct StatefulSetObject: ControllerObject {
    package static var resource: Resource { .statefulSets }
    package static let kind = "StatefulSet"

    package var meta = ObjectMeta()
    package private(set) var desired = 1
    package private(set) var template: UInt64 = 0
    private var onDelete = false
    private var partition = 0
    private var observed = 0
    private var updated = 0
    private var currentRevision = ""
    private var updateRevision = ""

    package init() {}

    package var revision: String? { updateRevision.isEmpty ? nil : updateRevision }

    package var rollingOut: Bool {
        if observed < meta.generation { return true }
        // Pods of the old revision stay on purpose: below the partition, or until they are deleted.
        if onDelete { return false }
        if partition > 0 { return updated < desired - partition }
        return currentRevision != updateRevision
    }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let (spec, template) = try cursor.controllerSpec(
            ["replicas", "updateStrategy"], in: text)
        self.template = template
        desired = spec["replicas"]?.integer ?? 1
        onDelete = spec[path: ["updateStrategy", "type"]]?.string == "OnDelete"
        partition = spec[path: ["updateStrategy", "rollingUpdate", "partition"]]?.integer ?? 0
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let status = try cursor.json(
            .members([
                ("observedGeneration", .all), ("updatedReplicas", .all),
                ("currentRevision", .all), ("updateRevision", .all),
            ]), in: text)
        observed = status["observedGeneration"]?.integer ?? 0
        updated = status["updatedReplicas"]?.integer ?? 0
        currentRevision = status["currentRevision"]?.string ?? ""
        updateRevision = status["updateRevision"]?.string ?? ""
    }
}

/// A DaemonSet.
package struct DaemonSetObject: ControllerObject {
    package static var resource: Resource { .daemonSets }
    package static let kind = "DaemonSet"

    package var meta = ObjectMeta()
    package private(set) var desired = 0
    package private(set) var template: UInt64 = 0
    private var onDelete = false
    private var observed = 0
    private var updated = 0

    package init() {}

    package var rollingOut: Bool {
        observed < meta.generation || (!onDelete && updated < desired)
    }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let (spec, template) = try cursor.controllerSpec(["updateStrategy"], in: text)
        self.template = template
        onDelete = spec[path: ["updateStrategy", "type"]]?.string == "OnDelete"
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        let status = try cursor.json(
            .members([
                ("observedGeneration", .all), ("desiredNumberScheduled", .all),
                ("updatedNumberScheduled", .all),
            ]), in: text)
        observed = status["observedGeneration"]?.integer ?? 0
        desired = status["desiredNumberScheduled"]?.integer ?? 0
        updated = status["updatedNumberScheduled"]?.integer ?? 0
    }
}
