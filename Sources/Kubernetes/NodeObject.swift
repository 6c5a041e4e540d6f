// A node as the client reads it.

package import Core

/// The parts of a Node that planning needs.
package struct NodeObject: WatchedObject {
    package static var resource: Resource { .nodes }

    package var meta = ObjectMeta()
    package var ready = false
    package var cordoned = false

    package init() {}

    /// The node as planning sees it.
    package var node: Snapshot.Node {
        let labels = ObjectMeta.labels(meta.labels)
        return Snapshot.Node(
            name: meta.name, uid: meta.uid,
            zone: labels["topology.kubernetes.io/zone"]
                ?? labels["failure-domain.beta.kubernetes.io/zone"] ?? "",
            ready: ready, schedulable: !cordoned,
            controlPlane: labels["node-role.kubernetes.io/control-plane"] != nil
                || labels["node-role.kubernetes.io/master"] != nil,
            mark: meta.mark)
    }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "unschedulable") {
                cordoned = try cursor.bool(in: text) ?? false
            } else {
                try cursor.skip(in: text)
            }
        }
    }

    package mutating func readStatus(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "conditions") {
                ready = try cursor.readyCondition(in: text)
            } else {
                try cursor.skip(in: text)
            }
        }
    }
}
