// The kinds of objects that a snapshot is made of, and how the parts that matter are read from an
// item of a list or of a watch event.

package import Core

/// One kind of object that the client keeps.
package protocol WatchedObject: Sendable {
    static var resource: Resource { get }
    init()
    var meta: ObjectMeta { get set }
    /// Reads the value of `spec`.
    mutating func readSpec(_ cursor: inout JSONCursor, in text: Span<UInt8>) throws(JSONError)
    /// Reads the value of `status`.
    mutating func readStatus(_ cursor: inout JSONCursor, in text: Span<UInt8>) throws(JSONError)
}

extension WatchedObject {
    /// Reads one object.
    package init(_ cursor: inout JSONCursor, in text: Span<UInt8>) throws(JSONError) {
        self.init()
        guard try cursor.enterObject(in: text) else {
            throw cursor.error("expected an object")
        }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "metadata") {
                meta = try ObjectMeta(&cursor, in: text)
            } else if text.matches(key, "spec") {
                try readSpec(&cursor, in: text)
            } else if text.matches(key, "status") {
                try readStatus(&cursor, in: text)
            } else {
                try cursor.skip(in: text)
            }
        }
    }
}
