// A label selector from its Kubernetes form, with the API server's own rules.

enum SelectorDecoder {
    /// Reads `matchLabels` and `matchExpressions` under `node`.
    static func selector(
        _ node: ConfigNode, path: String, errors: ConfigErrors
    ) -> LabelSelector {
        let fields = ConfigFields(
            node, path: path, known: ["matchLabels", "matchExpressions"], errors: errors)
        var expressions: [LabelSelector.Expression] = []
        if let labels = fields["matchLabels"] {
            expressions += matchLabels(labels, path: path + ".matchLabels", errors)
        }
        for (element, path) in fields.list("matchExpressions", ofMappings: true) ?? [] {
            if let expression = expression(element, path: path, errors) {
                expressions.append(expression)
            }
        }
        return LabelSelector(expressions)
    }

    private static func matchLabels(
        _ node: ConfigNode, path: String, _ errors: ConfigErrors
    ) -> [LabelSelector.Expression] {
        guard case .mapping(let members) = node.content else {
            errors.add(
                at: node, path, "expected a mapping of labels, found \(node.kindText)",
                fix: "write e.g. {app: go-app}")
            return []
        }
        var expressions: [LabelSelector.Expression] = []
        for member in members {
            if let wrong = keyProblem(member.key) {
                errors.add(
                    ConfigError(
                        line: member.keyLine, column: member.keyColumn, path: path,
                        message: wrong.message, fix: wrong.fix))
            } else if let value = value(member.value, path: path + "." + member.key, errors) {
                expressions.append(.init(key: member.key, operation: .isIn, values: [value]))
            }
        }
        return expressions
    }

    private static func expression(
        _ node: ConfigNode, path: String, _ errors: ConfigErrors
    ) -> LabelSelector.Expression? {
        let fields = ConfigFields(
            node, path: path, known: ["key", "operator", "values"], errors: errors)
        let keyReader = ConfigScalar<String>("a label key") { (text, _) throws(ConfigError) in
            if let wrong = keyProblem(text) { throw wrong }
            return text
        }
        let key = fields.require("key", keyReader, fix: "name the label")
        let operators = LabelSelector.Operator.allCases.map(\.rawValue).joined(separator: ", ")
        let operation: LabelSelector.Operator? = fields.require(
            "operator", .choice, fix: "write one of " + operators)
        var values: [String] = []
        for (element, path) in fields.list("values") ?? [] {
            if let value = value(element, path: path, errors) { values.append(value) }
        }
        guard let key, let operation else { return nil }
        let needsValues = operation == .isIn || operation == .notIn
        let listed = fields["values"].map { $0.content != .sequence([]) } ?? false
        if needsValues, !listed, fields["values"] != nil || !fields.has("values") {
            errors.add(
                at: fields["values"] ?? node, path,
                "\(operation.rawValue) needs values", fix: "write values: [a, b]")
        } else if !needsValues, listed, let at = fields.member("values") {
            errors.add(
                ConfigError(
                    line: at.keyLine, column: at.keyColumn, path: path + ".values",
                    message: "\(operation.rawValue) takes no values",
                    fix: "remove values, or use In or NotIn"))
        }
        return .init(key: key, operation: operation, values: values)
    }

    private static func keyProblem(_ key: String) -> ConfigError? {
        if ObjectName.isLabelKey(key) { return nil }
        let message = key.isEmpty ? "the label key is empty" : "\"\(key)\" is not a label key"
        return ConfigError(
            message: message,
            fix: "write name or prefix/name: at most 63 letters, digits, -, _ and . "
                + "with a letter or digit at both ends")
    }

    private static func value(
        _ node: ConfigNode, path: String, _ errors: ConfigErrors
    ) -> String? {
        guard case .scalar(let text, _) = node.content else {
            errors.add(at: node, path, "expected a label value, found \(node.kindText)")
            return nil
        }
        // The API server refuses values that are not strings, too.
        guard case .string = node.json else {
            errors.add(
                at: node, path, "\(text) is not a string, as label values are",
                fix: "write \"\(text)\" in quotes")
            return nil
        }
        if ObjectName.isLabelValue(text) { return text }
        errors.add(
            at: node, path, "\"\(text)\" is not a label value",
            fix: "use at most 63 letters, digits, -, _ and . with a letter or digit at both ends")
        return nil
    }
}
