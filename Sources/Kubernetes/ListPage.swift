// One page of a list, read from the body of a response.

package import Core

/// A page of objects of one kind.
package struct ListPage<Object: WatchedObject>: Sendable {
    package var items: [Object] = []
    package var resourceVersion = ""
    /// The token that asks for the next page; empty on the last one.
    package var next = ""
    /// The list begins here: for the first time, or anew.
    package var isFirst = false
}

extension ListPage {
    /// Reads the body of a list response; all of it, or an error.
    package init(parsing body: [UInt8]) throws(JSONError) {
        let text = body.span
        var cursor = JSONCursor()
        var listed = false
        guard try cursor.enterObject(in: text) else { throw cursor.error("expected a list") }
        while let key = try cursor.key(in: text) {
            if text.matches(key, "metadata") {
                let meta = try cursor.json(
                    .members([("resourceVersion", .all), ("continue", .all)]), in: text)
                resourceVersion = meta["resourceVersion"]?.string ?? ""
                next = meta["continue"]?.string ?? ""
            } else if text.matches(key, "items") {
                listed = true
                guard try cursor.enterArray(in: text) else { continue }
                while try cursor.element(in: text) {
                    items.append(try Object(&cursor, in: text))
                }
            } else {
                try cursor.skip(in: text)
            }
        }
        try cursor.end(in: text)
        guard listed, !resourceVersion.isEmpty else {
            throw cursor.error("a list without items or without a resourceVersion")
        }
    }
}
