// Walks over JSON text and picks out what is wanted without building a tree: lists of pods are
// hundreds of megabytes of which one part in a hundred matters. What is skipped is only measured
// (brackets and strings), what is read is checked.

package import Core

/// A position in JSON text. Every step is checked against the end of the text.
package struct JSONCursor {
    package private(set) var at: Int
    /// Just after an opening bracket: no comma is due yet.
    private var fresh = false

    /// Starts at byte `at`.
    package init(at: Int = 0) { self.at = at }

    /// A mistake at this position.
    package func error(_ message: String) -> JSONError { JSONError(offset: at, message: message) }

    /// Skips white space.
    package mutating func skipSpace(in text: Span<UInt8>) {
        while at < text.count, text[at] <= 0x20 { at += 1 }
    }

    /// The first byte of the next value, which stays unread.
    package mutating func peek(in text: Span<UInt8>) throws(JSONError) -> UInt8 {
        skipSpace(in: text)
        guard at < text.count else { throw error("unexpected end of text") }
        return text[at]
    }

    // MARK: Objects and arrays

    /// Enters an object; false (and nothing is read) when the value is null.
    package mutating func enterObject(in text: Span<UInt8>) throws(JSONError) -> Bool {
        try enter(0x7b, "expected an object", in: text)
    }

    /// Enters an array; false (and nothing is read) when the value is null.
    package mutating func enterArray(in text: Span<UInt8>) throws(JSONError) -> Bool {
        try enter(0x5b, "expected an array", in: text)
    }

    private mutating func enter(
        _ bracket: UInt8, _ message: String, in text: Span<UInt8>
    ) throws(JSONError) -> Bool {
        switch try peek(in: text) {
        case bracket:
            at += 1
            fresh = true
            return true
        case 0x6e:
            try word("null", in: text)
            return false
        default: throw error(message)
        }
    }

    /// The next member's key, as the range of its bytes between the quotes; nil, and the object is
    /// left, when there is none. The value must be read or skipped before the next call.
    package mutating func key(in text: Span<UInt8>) throws(JSONError) -> Range<Int>? {
        guard try more(0x7d, in: text) else { return nil }
        guard try peek(in: text) == 0x22 else { throw error("expected a string as object key") }
        let range = try stringRange(in: text).range
        guard try peek(in: text) == 0x3a else { throw error("expected ':'") }
        at += 1
        return range
    }

    /// Whether another element follows; false, and the array is left, when there is none.
    package mutating func element(in text: Span<UInt8>) throws(JSONError) -> Bool {
        try more(0x5d, in: text)
    }

    private mutating func more(_ close: UInt8, in text: Span<UInt8>) throws(JSONError) -> Bool {
        let byte = try peek(in: text)
        let first = fresh
        fresh = false
        if byte == close {
            at += 1
            return false
        }
        if first { return true }
        guard byte == 0x2c else { throw error("expected ',' or the end of an object or array") }
        at += 1
        return true
    }

    // MARK: Scalars

    /// A string; nil when the value is null.
    package mutating func string(in text: Span<UInt8>) throws(JSONError) -> String? {
        switch try peek(in: text) {
        case 0x22: break
        case 0x6e:
            try word("null", in: text)
            return nil
        default: throw error("expected a string")
        }
        let start = at
        let (range, escaped) = try stringRange(in: text)
        if escaped {
            // Rare: names and labels have no escapes.
            do {
                return try JSON(parsing: text.bytes(start..<at)).string
            } catch {
                throw JSONError(offset: start + error.offset, message: error.message)
            }
        }
        guard let utf8 = try? UTF8Span(validating: text.extracting(range)) else {
            throw JSONError(offset: start, message: "string is not valid UTF-8")
        }
        return String(copying: utf8)
    }

    /// True or false; nil when the value is null.
    package mutating func bool(in text: Span<UInt8>) throws(JSONError) -> Bool? {
        switch try peek(in: text) {
        case 0x74:
            try word("true", in: text)
            return true
        case 0x66:
            try word("false", in: text)
            return false
        case 0x6e:
            try word("null", in: text)
            return nil
        default: throw error("expected true or false")
        }
    }

    private mutating func word(_ word: StaticString, in text: Span<UInt8>) throws(JSONError) {
        let end = at + word.utf8CodeUnitCount
        guard end <= text.count, text.matches(at..<end, word) else {
            throw error("expected a value")
        }
        at = end
    }

    /// Reads a string's extent; `escaped` tells whether the bytes are not the text itself.
    private mutating func stringRange(
        in text: Span<UInt8>
    ) throws(JSONError) -> (range: Range<Int>, escaped: Bool) {
        at += 1
        let start = at
        var escaped = false
        while at < text.count {
            switch text[at] {
            case 0x22:
                at += 1
                return (start..<at - 1, escaped)
            case 0x5c:
                escaped = true
                at += 2
            case 0..<0x20: throw error("control character in a string")
            default: at += 1
            }
        }
        at = text.count
        throw error("unterminated string")
    }

    // MARK: Whole values

    /// Skips the next value and returns its extent.
    @discardableResult
    package mutating func skip(in text: Span<UInt8>) throws(JSONError) -> Range<Int> {
        let first = try peek(in: text)
        let start = at
        switch first {
        case 0x22: _ = try stringRange(in: text)
        case 0x7b, 0x5b: try skipNested(in: text)
        default:
            while at < text.count, !Self.endsScalar(text[at]) { at += 1 }
            if at == start { throw error("expected a value") }
        }
        return start..<at
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == 0x2c || byte == 0x7d || byte == 0x5d || byte <= 0x20
    }

    private mutating func skipNested(in text: Span<UInt8>) throws(JSONError) {
        var depth = 0
        var index = at
        let end = text.count
        while index < end {
            switch text[index] {
            case 0x22:
                index = Self.endOfString(text, from: index + 1) + 1
            case 0x7b, 0x5b:
                depth += 1
                index += 1
            case 0x7d, 0x5d:
                depth -= 1
                index += 1
                if depth == 0 {
                    at = index
                    return
                }
            default: index += 1
            }
        }
        at = end
        throw error("unexpected end of text")
    }

    /// Where the closing quote of a string is whose text begins at `start`; the end when there is
    /// none. Looks at eight bytes at a time: most of an object is inside of strings.
    private static func endOfString(_ text: Span<UInt8>, from start: Int) -> Int {
        let raw = unsafe text.bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        while index + 8 <= text.count {
            // Safe: eight bytes are there, and every pattern of bits is a UInt64.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = UInt64(littleEndian: word) ^ (ones &* 0x22)
            let escapes = UInt64(littleEndian: word) ^ (ones &* 0x5c)
            // A byte that is zero leaves its high bit; the lowest such bit is exact.
            let zeros = (quotes &- ones) & ~quotes | (escapes &- ones) & ~escapes
            let hits = zeros & (ones &* 0x80)
            if hits == 0 {
                index += 8
                continue
            }
            index += hits.trailingZeroBitCount >> 3
            if text[index] == 0x22 { return index }
            index += 2
        }
        while index < text.count, text[index] != 0x22 {
            index += text[index] == 0x5c ? 2 : 1
        }
        return index
    }

    /// The next value as a JSON tree: for small ones.
    package mutating func json(in text: Span<UInt8>) throws(JSONError) -> JSON {
        let range = try skip(in: text)
        do {
            return try JSON(parsing: text.bytes(range))
        } catch {
            throw JSONError(offset: range.lowerBound + error.offset, message: error.message)
        }
    }

    /// Nothing but white space may follow.
    package mutating func end(in text: Span<UInt8>) throws(JSONError) {
        skipSpace(in: text)
        if at < text.count { throw error("text after the end of the document") }
    }
}

extension Span<UInt8> {
    /// A copy of a part.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        for index in range { out.append(self[index]) }
        return out
    }

    /// Whether the bytes at `range` are those of `word`.
    @inline(__always)
    func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { buffer in
            for offset in 0..<range.count
            where unsafe buffer[offset] != self[range.lowerBound + offset] {
                return false
            }
            return true
        }
    }
}
