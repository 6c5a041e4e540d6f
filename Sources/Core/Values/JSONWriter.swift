// JSON values to text: compact, members in their own order, exact numbers.

extension JSON {
    /// Compact UTF-8 text. Non-finite numbers, which JSON cannot hold, become null.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    /// Compact text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Text with line breaks and two spaces a level, for people.
    package var pretty: String {
        var out: [UInt8] = []
        writePretty(to: &out, depth: 0)
        return String(decoding: out, as: UTF8.self)
    }

    package func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .number(let value): Self.write(value, to: &out)
        case .string(let value): Self.write(value, to: &out)
        case .array(let elements):
            out.append(0x5b)
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(0x2c) }
                element.write(to: &out)
            }
            out.append(0x5d)
        case .object(let object):
            out.append(0x7b)
            for (index, member) in object.members.enumerated() {
                if index > 0 { out.append(0x2c) }
                Self.write(member.key, to: &out)
                out.append(0x3a)
                member.value.write(to: &out)
            }
            out.append(0x7d)
        }
    }

    private func writePretty(to out: inout [UInt8], depth: Int) {
        func line(_ depth: Int) {
            out.append(0x0a)
            out += String(repeating: "  ", count: depth).utf8
        }
        switch self {
        case .array(let elements) where !elements.isEmpty:
            out.append(0x5b)
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(0x2c) }
                line(depth + 1)
                element.writePretty(to: &out, depth: depth + 1)
            }
            line(depth)
            out.append(0x5d)
        case .object(let object) where !object.isEmpty:
            out.append(0x7b)
            for (index, member) in object.members.enumerated() {
                if index > 0 { out.append(0x2c) }
                line(depth + 1)
                Self.write(member.key, to: &out)
                out += ": ".utf8
                member.value.writePretty(to: &out, depth: depth + 1)
            }
            line(depth)
            out.append(0x7d)
        default: write(to: &out)
        }
    }

    private static func write(_ value: Double, to out: inout [UInt8]) {
        guard value.isFinite else {
            out += "null".utf8
            return
        }
        out += value.description.utf8
    }

    private static func write(_ value: String, to out: inout [UInt8]) {
        out.append(0x22)
        for byte in value.utf8 {
            switch byte {
            case 0x22: out += [0x5c, 0x22]
            case 0x5c: out += [0x5c, 0x5c]
            case 0x0a: out += [0x5c, 0x6e]
            case 0x0d: out += [0x5c, 0x72]
            case 0x09: out += [0x5c, 0x74]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                out += [0x5c, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }
}
