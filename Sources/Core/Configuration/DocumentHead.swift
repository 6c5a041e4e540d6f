// The two lines every document begins with. Decides whether a document is of the kind that is
// wanted.

enum DocumentHead {
    /// Checks `apiVersion` and `kind`; false when the document is of another kind, so that the rest
    /// of it must not be read. `others` are kinds that exist but belong elsewhere, with what to do.
    static func check(
        _ document: ConfigNode, kind: String, errors: ConfigErrors, others: [String: String] = [:]
    ) -> Bool {
        let apiVersion = PolicyDecoder.apiVersion
        let isOurs = check(document, "kind", kind, errors, others: others)
        // With a wrong kind the version says nothing new.
        if isOurs { _ = check(document, "apiVersion", apiVersion, errors, others: [:]) }
        return isOurs
    }

    private static func check(
        _ document: ConfigNode, _ key: String, _ wanted: String, _ errors: ConfigErrors,
        others: [String: String]
    ) -> Bool {
        guard let node = document[key] else {
            errors.add(at: document, "", "\"\(key)\" is missing", fix: "write \(key): \(wanted)")
            return false
        }
        guard case .scalar(let text, _) = node.content, text == wanted else {
            let advice: String
            if case .scalar(let text, _) = node.content, let other = others[text] {
                advice = other
            } else {
                advice = "write \(key): \(wanted)"
            }
            errors.add(at: node, key, "\(node.kindText) is not \"\(wanted)\"", fix: advice)
            return false
        }
        return true
    }
}
