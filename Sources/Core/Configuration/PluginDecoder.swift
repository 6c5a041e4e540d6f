// One plugin's entry in a document, `{kind: NAME, …parameters}`: which kind, and its checked
// parameters. It knows plugins only by their parameter specs.

/// A chosen plugin.
package struct PluginChoice: Sendable, Hashable {
    package var kind: String
    package var parameters: Parameters

    package init(kind: String, parameters: Parameters) {
        self.kind = kind
        self.parameters = parameters
    }
}

struct PluginDecoder {
    /// What the plugins are, e.g. `fault`.
    let noun: String
    /// The parameters of each kind.
    let specs: [String: [ParameterSpec]]

    var kinds: [String] { specs.keys.sorted() }

    /// Nil when something is wrong, which was then reported. `extra` are keys that the caller reads
    /// from the fields it is handed.
    func choice(
        _ node: ConfigNode, path: String, extra: [String] = [], errors: ConfigErrors,
        reading: (ConfigFields) -> Void = { _ in }
    ) -> PluginChoice? {
        guard case .mapping = node.content else {
            errors.add(
                at: node, path, "expected a mapping, found \(node.kindText)",
                fix: "write e.g. {kind: \(kinds.first ?? noun)}")
            return nil
        }
        guard case .scalar(let kind, _)? = node["kind"]?.content else {
            errors.add(
                at: node["kind"] ?? node, path, "\"kind\" is missing",
                fix: "known: " + kinds.joined(separator: ", "))
            return nil
        }
        guard let specs = specs[kind] else {
            errors.add(
                at: node["kind"] ?? node, path + ".kind", "the \(noun) \"\(kind)\" is not known",
                fix: Spelling.advice(kind, known: kinds))
            return nil
        }
        // The same checks as Parameters makes, but all of them and not only up to the first
        // mistake.
        let before = errors.count
        let names = ["kind"] + extra + specs.map(\.name)
        let fields = ConfigFields(node, path: path, known: names, errors: errors)
        for spec in specs {
            guard let value = fields[spec.name] else { continue }
            do throws(ConfigError) { try spec.check(value, path: fields.path(of: spec.name)) } catch
            {
                errors.add(error)
            }
        }
        reading(fields)
        guard errors.count == before else { return nil }
        do throws(ConfigError) {
            let parameters = try Parameters(
                node, specs: specs, path: path, ignoring: Set(["kind"] + extra))
            return PluginChoice(kind: kind, parameters: parameters)
        } catch {
            errors.add(error)
            return nil
        }
    }
}
