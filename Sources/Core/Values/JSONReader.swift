// Text to JSON values: strict RFC 8259, with the byte offset of the first mistake. Depth is bounded
// so that hostile input cannot exhaust the stack.

/// Why a text is not JSON, and where.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Byte offset from the start of the text.
    package var offset: Int
    package var message: String

    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    package var description: String { "\(message) at byte \(offset)" }
}

extension JSON {
    /// Parses one JSON document. A repeated key keeps the last value, as Kubernetes does.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }

    package init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var at = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value()
        skipSpace()
        if at < bytes.count { throw error("text after the end of the document") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(offset: at, message: message) }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            at += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard let byte = current else { throw error("unexpected end of text") }
        switch byte {
        case 0x7b: return try object()
        case 0x5b: return try array()
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6e: return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = text.utf8CodeUnitCount
        let expected = Array(text.description.utf8)
        guard at + count <= bytes.count, bytes[at..<at + count].elementsEqual(expected) else {
            throw error("expected a value")
        }
        at += count
        return value
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var object = JSON.Object()
        var seen: Set<String> = []
        skipSpace()
        if current == 0x7d {
            at += 1
        } else {
            while true {
                skipSpace()
                guard current == 0x22 else { throw error("expected a string as object key") }
                let key = try string()
                skipSpace()
                guard current == 0x3a else { throw error("expected ':'") }
                at += 1
                let member = try value()
                if seen.insert(key).inserted {
                    object.append(key, member)
                } else {
                    object[key] = member
                }
                skipSpace()
                if current == 0x2c {
                    at += 1
                    continue
                }
                guard current == 0x7d else { throw error("expected ',' or '}'") }
                at += 1
                break
            }
        }
        depth -= 1
        return .object(object)
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        var elements: [JSON] = []
        skipSpace()
        if current == 0x5d {
            at += 1
        } else {
            while true {
                elements.append(try value())
                skipSpace()
                if current == 0x2c {
                    at += 1
                    continue
                }
                guard current == 0x5d else { throw error("expected ',' or ']'") }
                at += 1
                break
            }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws(JSONError) {
        at += 1
        depth += 1
        if depth > 256 { throw error("nested deeper than 256 levels") }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while let byte = current, byte != 0x22, byte != 0x5c, byte >= 0x20 { at += 1 }
        if current == 0x22 {
            defer { at += 1 }
            return try decoded(Array(bytes[start..<at]))
        }
        var out = Array(bytes[start..<at])
        while let byte = current {
            at += 1
            switch byte {
            case 0x22: return try decoded(out)
            case 0x5c: try escape(into: &out)
            case 0..<0x20:
                at -= 1
                throw error("control character in a string")
            default: out.append(byte)
            }
        }
        throw error("unterminated string")
    }

    private func decoded(_ bytes: [UInt8]) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("string is not valid UTF-8")
        }
        return text
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard let byte = current else { throw error("unterminated string") }
        at += 1
        switch byte {
        case 0x22, 0x5c, 0x2f: out.append(byte)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0c)
        case 0x6e: out.append(0x0a)
        case 0x72: out.append(0x0d)
        case 0x74: out.append(0x09)
        case 0x75:
            var code = try hexadecimal()
            if (0xd800..<0xdc00).contains(code) {
                guard at + 1 < bytes.count, bytes[at] == 0x5c, bytes[at + 1] == 0x75 else {
                    throw error("lone surrogate in a string")
                }
                at += 2
                let low = try hexadecimal()
                guard (0xdc00..<0xe000).contains(low) else {
                    throw error("lone surrogate in a string")
                }
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw error("lone surrogate in a string")
            }
            out += UTF8.encode(scalar).map(Array.init) ?? []
        default:
            at -= 1
            throw error("unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("unterminated string") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            switch bytes[at] {
            case 0x30...0x39: code = code << 4 | UInt32(bytes[at] - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(bytes[at] - 0x37)
            case 0x61...0x66: code = code << 4 | UInt32(bytes[at] - 0x57)
            default: throw error("expected a hexadecimal digit")
            }
            at += 1
        }
        return code
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        var whole = true
        if current == 0x2d { at += 1 }
        let first = at
        try digits()
        if bytes[first] == 0x30, at > first + 1 {
            at = first
            throw error("number with a leading zero")
        }
        if current == 0x2e {
            whole = false
            at += 1
            try digits()
        }
        if current == 0x65 || current == 0x45 {
            whole = false
            at += 1
            if current == 0x2b || current == 0x2d { at += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if whole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text) else { throw error("not a number") }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while let byte = current, byte >= 0x30, byte <= 0x39 { at += 1 }
        if at == start {
            throw error(at < bytes.count ? "expected a value" : "unexpected end of text")
        }
    }
}
