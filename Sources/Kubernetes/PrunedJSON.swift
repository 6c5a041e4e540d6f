// Reads only the wanted members of a JSON value into a tree: objects of any size become as small as
// the shape that is asked for.

package import Core

/// Which parts of a JSON value to keep.
package indirect enum JSONShape: Sendable {
    case all
    /// Of an object, these members. A value that is no object is left out.
    case members([(name: StaticString, shape: JSONShape)])
    /// Of an array, these parts of each element.
    case elements(JSONShape)
}

extension JSONCursor {
    /// The next value, without what `shape` does not name.
    package mutating func json(_ shape: JSONShape, in text: Span<UInt8>) throws(JSONError) -> JSON {
        switch shape {
        case .all: return try json(in: text)
        case .members(let wanted):
            guard try peek(in: text) == 0x7b else {
                try skip(in: text)
                return .null
            }
            var object = JSON.Object()
            _ = try enterObject(in: text)
            while let key = try key(in: text) {
                if let member = wanted.first(where: { text.matches(key, $0.name) }) {
                    object[member.name.description] = try json(member.shape, in: text)
                } else {
                    try skip(in: text)
                }
            }
            return .object(object)
        case .elements(let shape):
            guard try peek(in: text) == 0x5b else {
                try skip(in: text)
                return .null
            }
            var elements: [JSON] = []
            _ = try enterArray(in: text)
            while try element(in: text) { elements.append(try json(shape, in: text)) }
            return .array(elements)
        }
    }
}
