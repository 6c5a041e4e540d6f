// One event of a watch, read from its line.

package import Core

/// What a watch says.
package enum WatchEvent<Object: WatchedObject>: Sendable {
    /// Added or modified: the object as it is now.
    case updated(Object)
    case deleted(Object)
    /// Nothing changed up to this resource version.
    case bookmark(resourceVersion: String)
    /// The watch ended with an error; 410 when its resource version is too old.
    case failed(APIStatus)
    /// Of a type that is not known.
    case unknown(String)
}

extension WatchEvent {
    /// Reads one line; the type may stand before or after the object.
    package init(parsing line: [UInt8]) throws(JSONError) {
        let text = line.span
        var cursor = JSONCursor()
        var type: String?
        var object: Range<Int>?
        guard try cursor.enterObject(in: text) else { throw cursor.error("expected an event") }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "type") {
                type = try cursor.string(in: text)
            } else if text.matches(key, "object") {
                object = try cursor.skip(in: text)
            } else {
                try cursor.skip(in: text)
            }
        }
        try cursor.end(in: text)
        guard let type, let object else {
            throw cursor.error("an event without a type or an object")
        }
        var inside = JSONCursor(at: object.lowerBound)
        switch type {
        case "ADDED", "MODIFIED": self = .updated(try Object(&inside, in: text))
        case "DELETED": self = .deleted(try Object(&inside, in: text))
        case "BOOKMARK":
            let shape = JSONShape.members([
                ("metadata", .members([("resourceVersion", .all)]))
            ])
            let version = try inside.json(shape, in: text)[path: ["metadata", "resourceVersion"]]
            guard let version = version?.string, !version.isEmpty else {
                throw inside.error("a bookmark without a resourceVersion")
            }
            self = .bookmark(resourceVersion: version)
        case "ERROR": self = .failed(APIStatus(body: text.bytes(object), code: 0))
        default: self = .unknown(type)
        }
    }
}
