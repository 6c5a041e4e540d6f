// Fields of one line of separated text (RFC 4180), and the times that people write in them. It
// knows nothing of what the fields mean.

/// Readers of one line.
enum RecordedFields {
    private static let quote = UInt8(ascii: "\"")

    /// The fields without blanks around them. A field in quotes may hold the separator, and two
    /// quotes for one. Nil when a quote is not closed: a field may not go on in the next line.
    static func split(_ line: String, separator: UInt8 = UInt8(ascii: ",")) -> [String]? {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        var previous: UInt8 = 0
        func finished() -> String {
            var part = field[...]
            while let last = part.last, isBlank(last) { part.removeLast() }
            return String(decoding: part, as: UTF8.self)
        }
        for byte in line.utf8 {
            defer { previous = byte }
            if byte == quote {
                if isQuoted {
                    isQuoted = false
                } else if field.isEmpty, !wasQuoted {
                    isQuoted = true
                    wasQuoted = true
                } else {
                    // The second of two quotes, or one in the middle of a bare field.
                    field.append(byte)
                    isQuoted = wasQuoted && previous == quote
                }
            } else if isQuoted {
                field.append(byte)
            } else if byte == separator {
                fields.append(finished())
                field.removeAll(keepingCapacity: true)
                wasQuoted = false
            } else if !(field.isEmpty && isBlank(byte)) {
                field.append(byte)
            }
        }
        if isQuoted { return nil }
        fields.append(finished())
        return fields
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }

    /// RFC 3339; a date and a time without a zone, which is taken for UTC; or a number since the
    /// epoch, in seconds, or in milli-, micro- or nanoseconds when only those are as large.
    static func time(_ text: String) -> Timestamp? {
        if let number = Double(text) {
            guard number.isFinite else { return nil }
            // As seconds, 1e11 would be the year 5138; the other units repeat that a thousandfold.
            switch abs(number) {
            case ..<1e11: return Timestamp(seconds: number)
            case ..<1e14: return Timestamp(seconds: number / 1e3)
            case ..<1e17: return Timestamp(seconds: number / 1e6)
            default: return Timestamp(seconds: number / 1e9)
            }
        }
        return Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
    }
}
