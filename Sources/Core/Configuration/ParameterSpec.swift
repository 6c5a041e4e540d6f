// What a plugin's parameter is: enough to decode it with positions, list it, and document it.

/// One declared parameter of a fault, notifier or metrics source.
package struct ParameterSpec: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case string
        case boolean
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// Written as `90s`, `5m`, `1h30m`.
        case duration(ClosedRange<Duration>)
        case url
        case choice([String])
    }

    package var name: String
    package var kind: Kind
    /// As it would be written; nil means the parameter is required.
    package var defaultValue: String?
    package var summary: String

    package init(_ name: String, _ kind: Kind, default defaultValue: String?, _ summary: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
    }
}

/// Parameter values that were checked against their specs. Names without a value hold the default.
package struct Parameters: Sendable, Hashable {
    package private(set) var values: [String: ConfigNode]
    /// Where the parameters stood, for errors.
    package var path: String

    /// Checks `node` (a mapping, or null for none) against `specs`: unknown names, missing required
    /// values, wrong kinds and ranges are errors with positions. Names in `ignoring` belong to
    /// others.
    package init(
        _ node: ConfigNode, specs: [ParameterSpec], path: String, ignoring: Set<String> = []
    ) throws(ConfigError) {
        self.path = path
        values = [:]
        var members: [ConfigNode.Member] = []
        switch node.content {
        case .null: break
        case .mapping(let found): members = found
        default:
            throw ConfigError(
                at: node, path: path, "expected a mapping of parameters",
                fix: "known: " + specs.map(\.name).joined(separator: ", "))
        }
        for member in members where !ignoring.contains(member.key) {
            guard let spec = specs.first(where: { $0.name == member.key }) else {
                throw ConfigError(
                    line: member.keyLine, column: member.keyColumn, path: path,
                    message: "unknown parameter \"\(member.key)\"",
                    fix: specs.isEmpty
                        ? "this kind takes none"
                        : "known: " + specs.map(\.name).joined(separator: ", "))
            }
            try spec.check(member.value, path: path + "." + spec.name)
            values[spec.name] = member.value
        }
        for spec in specs where values[spec.name] == nil {
            guard let text = spec.defaultValue else {
                throw ConfigError(
                    at: node, path: path, "parameter \"\(spec.name)\" is missing",
                    fix: spec.summary)
            }
            values[spec.name] = ConfigNode(.scalar(text, quoted: false))
        }
    }

    package func string(_ name: String) -> String {
        if case .scalar(let text, _)? = values[name]?.content { return text }
        return ""
    }

    package func boolean(_ name: String) -> Bool { string(name) == "true" }
    package func integer(_ name: String) -> Int { Int(string(name)) ?? 0 }
    package func number(_ name: String) -> Double { Double(string(name)) ?? 0 }
    package func duration(_ name: String) -> Duration { Duration(human: string(name)) ?? .zero }

    /// All values as JSON, sorted by name: what the journal keeps so that the plugin can be
    /// rebuilt.
    package var json: JSON {
        .object(.init(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
    }
}

extension ParameterSpec {
    /// Checks one value; the error names the value and what would be right.
    package func check(_ node: ConfigNode, path: String) throws(ConfigError) {
        guard case .scalar(let text, let quoted) = node.content else {
            throw ConfigError(at: node, path: path, "expected \(wanted)")
        }
        func fail() -> ConfigError {
            ConfigError(at: node, path: path, "\"\(text)\" is not \(wanted)", fix: summary)
        }
        switch kind {
        case .string: break
        case .boolean: if quoted || (text != "true" && text != "false") { throw fail() }
        case .integer(let range):
            guard !quoted, let value = Int(text), range.contains(value) else { throw fail() }
        case .number(let range):
            guard !quoted, let value = Double(text), range.contains(value) else { throw fail() }
        case .duration(let range):
            guard let value = Duration(human: text), range.contains(value) else { throw fail() }
        case .url:
            guard text.hasPrefix("http://") || text.hasPrefix("https://") else { throw fail() }
            let authority = text.drop { $0 != "/" }.drop { $0 == "/" }.prefix {
                !"/?#".contains($0)
            }
            // Addresses are shown in logs, pages and alerts; this message shows none of it either.
            if authority.contains("@") {
                throw ConfigError(
                    at: node, path: path, "a URL may not carry credentials",
                    fix: "write them in a parameter of their own, such as bearerTokenFile or header"
                )
            }
        case .choice(let choices): if !choices.contains(text) { throw fail() }
        }
    }

    /// The kind in words, e.g. `a duration from 0s to 1h`.
    package var wanted: String {
        switch kind {
        case .string: return "a string"
        case .boolean: return "true or false"
        case .integer(let range):
            return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): return "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            return "a duration from \(range.lowerBound.human) to \(range.upperBound.human)"
        case .url: return "a URL with http:// or https://"
        case .choice(let choices): return "one of " + choices.joined(separator: ", ")
        }
    }
}
