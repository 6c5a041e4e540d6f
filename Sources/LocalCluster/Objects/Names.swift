// The syntax of names, labels and ports in Kubernetes, with its words for what is wrong.

/// Checks of single values.
enum Names {
    private static func lowerOrDigit(_ byte: UInt8) -> Bool {
        byte >= 97 && byte <= 122 || byte >= 48 && byte <= 57
    }

    private static func alphanumeric(_ byte: UInt8) -> Bool {
        lowerOrDigit(byte) || byte >= 65 && byte <= 90
    }

    /// RFC 1123 label: `my-name`.
    static func isLabel(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else {
            return false
        }
        return lowerOrDigit(first) && lowerOrDigit(last)
            && bytes.allSatisfy { lowerOrDigit($0) || $0 == 45 }
    }

    /// RFC 1123 subdomain: labels joined by dots.
    static func isSubdomain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { isLabel(String($0)) }
    }

    /// The part of a label's name after the slash, and a label's value.
    static func isQualifiedPart(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else {
            return false
        }
        return alphanumeric(first) && alphanumeric(last)
            && bytes.allSatisfy { alphanumeric($0) || $0 == 45 || $0 == 95 || $0 == 46 }
    }

    static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        + "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
        + "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

    static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        + "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex "
        + "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?"
        + "(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

    static let qualifiedRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and "
        + "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used "
        + "for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        + "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        + "'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    /// A label's or taint's key: an optional prefix, a slash, a name.
    static func keyMistake(_ field: String, _ key: String) -> FieldMistake? {
        let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.last ?? "")
        if parts.count == 2, !isSubdomain(String(parts[0])) {
            return .invalid(field, "\"\(key)\"", "prefix part \(subdomainRule)")
        }
        return isQualifiedPart(name) ? nil : .invalid(field, "\"\(key)\"", qualifiedRule)
    }
}
