// A configuration document as values that remember where they stood in the file. Produced from YAML
// or JSON by adapters; decoded by the Policy decoder and by plugins.

/// One value with its position (1-based line and column; 0 when it has none, e.g. from a journal).
package struct ConfigNode: Sendable, Hashable {
    package indirect enum Content: Sendable, Hashable {
        case null
        /// `quoted` tells `"5"` (a string) from `5` (a number).
        case scalar(String, quoted: Bool)
        case sequence([ConfigNode])
        case mapping([Member])
    }

    package struct Member: Sendable, Hashable {
        package var key: String
        package var keyLine: Int
        package var keyColumn: Int
        package var value: ConfigNode
        package init(key: String, keyLine: Int, keyColumn: Int, value: ConfigNode) {
            self.key = key
            self.keyLine = keyLine
            self.keyColumn = keyColumn
            self.value = value
        }
    }

    package var content: Content
    package var line: Int
    package var column: Int

    package init(_ content: Content, line: Int = 0, column: Int = 0) {
        self.content = content
        self.line = line
        self.column = column
    }

    /// The value of `key` when this is a mapping that has it.
    package subscript(key: String) -> ConfigNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The same value as JSON: unquoted scalars become null, booleans or numbers where they read
    /// so.
    package var json: JSON {
        switch content {
        case .null: return .null
        case .sequence(let elements): return .array(elements.map(\.json))
        case .mapping(let members): return .object(.init(members.map { ($0.key, $0.value.json) }))
        case .scalar(let text, quoted: true): return .string(text)
        case .scalar(let text, quoted: false):
            switch text {
            case "true": return .bool(true)
            case "false": return .bool(false)
            case "null", "~", "": return .null
            default: break
            }
            if let whole = Int64(text) { return .integer(whole) }
            if text.first.map({ $0.isNumber || $0 == "-" || $0 == "." }) == true,
                let number = Double(text), number.isFinite
            {
                return .number(number)
            }
            return .string(text)
        }
    }

    /// A node without positions, e.g. for a fault's parameters read back from the journal.
    package init(json: JSON) {
        switch json {
        case .null: self.init(.null)
        case .bool(let value): self.init(.scalar(value ? "true" : "false", quoted: false))
        case .integer(let value): self.init(.scalar(String(value), quoted: false))
        case .number(let value): self.init(.scalar(value.description, quoted: false))
        case .string(let value): self.init(.scalar(value, quoted: true))
        case .array(let elements): self.init(.sequence(elements.map { ConfigNode(json: $0) }))
        case .object(let object):
            self.init(
                .mapping(
                    object.members.map {
                        Member(
                            key: $0.key, keyLine: 0, keyColumn: 0, value: ConfigNode(json: $0.value)
                        )
                    }))
        }
    }
}
