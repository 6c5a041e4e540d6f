// One mapping of a document while it is decoded: hands out its fields and reports what is not a
// field, has no value, or is missing. It knows no schema of its own.

/// The fields of one mapping. Made with the keys that may stand there; anything else is reported at
/// once.
package struct ConfigFields {
    package let node: ConfigNode
    /// Where the mapping stands, e.g. `spec.schedule`; empty at the top.
    package let path: String
    package let errors: ConfigErrors
    /// False when there was no mapping to read: nothing is required of it then.
    package let isPresent: Bool
    private var members: [ConfigNode.Member] = []
    /// Keys that stand there without a usable value, and were reported.
    private var broken: Set<String> = []

    /// - Parameters:
    ///   - known: every key that may stand here, in the order to list them.
    ///   - unsupported: keys of the schema that this version does not act on, with what to do
    ///     instead.
    ///   - ignored: keys that are others' business.
    package init(
        _ node: ConfigNode, path: String, known: [String], unsupported: [String: String] = [:],
        ignored: Set<String> = [], errors: ConfigErrors
    ) {
        self.node = node
        self.path = path
        self.errors = errors
        guard case .mapping(let found) = node.content else {
            isPresent = false
            errors.add(
                at: node, path, "expected a mapping, found \(node.kindText)",
                fix: "known: " + known.joined(separator: ", "))
            return
        }
        isPresent = true
        for member in found where !ignored.contains(member.key) {
            if let advice = unsupported[member.key] {
                report(member, "not supported in this version", fix: advice)
            } else if !known.contains(member.key) {
                // A misspelt key is not missing, too.
                if let meant = Spelling.nearest(to: member.key, in: known) { broken.insert(meant) }
                errors.add(
                    ConfigError(
                        line: member.keyLine, column: member.keyColumn, path: path,
                        message: "unknown key \"\(member.key)\"",
                        fix: Spelling.advice(member.key, known: known)))
            } else if member.value.content == .null {
                broken.insert(member.key)
                report(member, "has no value", fix: "write one, or remove the key")
            } else {
                members.append(member)
            }
        }
    }

    /// A mapping that is not there: has no fields and asks for none.
    package init(absentIn parent: ConfigNode, path: String, errors: ConfigErrors) {
        node = parent
        self.path = path
        self.errors = errors
        isPresent = false
    }

    private func report(_ member: ConfigNode.Member, _ message: String, fix: String) {
        errors.add(
            ConfigError(
                line: member.keyLine, column: member.keyColumn, path: path(of: member.key),
                message: message, fix: fix))
    }

    package func path(of key: String) -> String { path.isEmpty ? key : path + "." + key }

    package func has(_ key: String) -> Bool { self[key] != nil || broken.contains(key) }

    package subscript(key: String) -> ConfigNode? { members.first { $0.key == key }?.value }

    /// The member, for the position of its key.
    package func member(_ key: String) -> ConfigNode.Member? { members.first { $0.key == key } }

    /// The value of `key`; its absence is an error at this mapping.
    package func required(_ key: String, fix: String) -> ConfigNode? {
        if let found = self[key] { return found }
        if isPresent, !broken.contains(key) {
            errors.add(at: node, path, "\"\(key)\" is missing", fix: fix)
        }
        return nil
    }

    /// The mapping under `key`, without fields when absent.
    package func mapping(
        _ key: String, known: [String], unsupported: [String: String] = [:]
    ) -> ConfigFields {
        guard let found = self[key] else {
            return ConfigFields(absentIn: node, path: path(of: key), errors: errors)
        }
        return ConfigFields(
            found, path: path(of: key), known: known, unsupported: unsupported, errors: errors)
    }

    /// The elements of the list under `key` with their paths; nil when absent or not a list.
    /// - Parameter ofMappings: whether a lone scalar could not simply be put into brackets.
    package func list(
        _ key: String, ofMappings: Bool = false
    ) -> [(node: ConfigNode, path: String)]? {
        guard let found = self[key] else { return nil }
        let path = path(of: key)
        switch found.content {
        case .sequence(let elements):
            return elements.enumerated().map { ($0.element, "\(path)[\($0.offset)]") }
        case .scalar(let text, _) where !ofMappings:
            errors.add(
                at: found, path, "expected a list, found \"\(text)\"", fix: "write [\(text)]")
        default:
            errors.add(
                at: found, path, "expected a list, found \(found.kindText)",
                fix: "begin each element with \"- \"")
        }
        return nil
    }

    /// The scalar under `key` read by `reader`; nil when absent or wrong (and then reported).
    package func read<Value>(_ key: String, _ reader: ConfigScalar<Value>) -> Value? {
        self[key].flatMap { read($0, path: path(of: key), reader) }
    }

    /// Like `read`, and reports the absence.
    package func require<Value>(
        _ key: String, _ reader: ConfigScalar<Value>, fix: String
    ) -> Value? {
        required(key, fix: fix).flatMap { read($0, path: path(of: key), reader) }
    }

    /// Reads one scalar that stands anywhere, e.g. an element of a list.
    package func read<Value>(
        _ node: ConfigNode, path: String, _ reader: ConfigScalar<Value>
    ) -> Value? {
        guard case .scalar(let text, let quoted) = node.content else {
            errors.add(at: node, path, "expected \(reader.wanted), found \(node.kindText)")
            return nil
        }
        do throws(ConfigError) {
            return try reader.read(text, quoted)
        } catch {
            errors.add(at: node, path, error.message, fix: error.fix)
            return nil
        }
    }

    /// The list under `key` with every element read by `reader`; elements that stand twice are
    /// errors.
    package func distinct<Value: Hashable>(
        _ key: String, _ reader: ConfigScalar<Value>
    ) -> [Value]? {
        guard let elements = list(key) else { return nil }
        var values: [Value] = []
        for (node, path) in elements {
            guard let value = read(node, path: path, reader) else { continue }
            if values.contains(value) {
                errors.add(
                    at: node, path, "\(node.kindText) is listed twice", fix: "keep one of the two")
            } else {
                values.append(value)
            }
        }
        return values
    }
}

extension ConfigNode {
    /// What kind of value this is, in words.
    package var kindText: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, _): "\"\(text)\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
