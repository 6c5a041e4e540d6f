// A pod as the client reads it: one pass over the text, no tree.

package import Core

/// The parts of a Pod that planning needs.
package struct PodObject: WatchedObject {
    package static var resource: Resource { .pods }

    package var meta = ObjectMeta()
    /// Empty when it is not scheduled.
    package var node = ""
    private var phase = Snapshot.Flags()

    package init() {}

    package var flags: Snapshot.Flags {
        var flags = phase
        if meta.deleting { flags.insert(.terminating) }
        if meta.mirror { flags.insert(.mirror) }
        return flags
    }

    package mutating func readSpec(
        _ cursor: inout JSONCursor, in text: Span<UInt8>
    ) throws(JSONError) {
        guard try cursor.enterObject(in: text) else { return }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "nodeName") {
                node = try cursor.string(in: text) ?? ""
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
            if text.matches(key, "phase") {
                let range = try cursor.skip(in: text)
                if text.matches(range, "\"Running\"") { phase.insert(.running) }
                if text.matches(range, "\"Succeeded\"") || text.matches(range, "\"Failed\"") {
                    phase.insert(.finished)
                }
            } else if text.matches(key, "conditions") {
                if try cursor.readyCondition(in: text) { phase.insert(.ready) }
            } else {
                try cursor.skip(in: text)
            }
        }
    }
}

extension JSONCursor {
    /// Whether a list of conditions has `Ready` with status `True`.
    mutating func readyCondition(in text: Span<UInt8>) throws(JSONError) -> Bool {
        var ready = false
        guard try enterArray(in: text) else { return false }
        while try element(in: text) {
            guard try enterObject(in: text) else { continue }
            var isReady = false
            var isTrue = false
            while let key = try key(in: text) {
                let value = try skip(in: text)
                if text.matches(key, "type") {
                    isReady = text.matches(value, "\"Ready\"")
                } else if text.matches(key, "status") {
                    isTrue = text.matches(value, "\"True\"")
                }
            }
            if isReady && isTrue { ready = true }
        }
        return ready
    }
}
