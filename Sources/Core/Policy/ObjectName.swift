// The grammar of Kubernetes names, label keys and label values
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names and .../labels).

package enum ObjectName {
    /// RFC 1123 label: namespaces.
    package static var label: ConfigScalar<String> {
        ConfigScalar(
            "a namespace name", fix: "use at most 63 lower-case letters, digits and -, as in go-app"
        ) {
            text, _ in isLabel(text) ? text : nil
        }
    }

    /// RFC 1123 subdomain: names of objects.
    package static var subdomain: ConfigScalar<String> {
        ConfigScalar(
            "an object name",
            fix: "use at most 253 lower-case letters, digits, - and ., as in staging"
        ) {
            text, _ in isSubdomain(text) ? text : nil
        }
    }

    /// A label key: an optional subdomain prefix and a name.
    package static func isLabelKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.last, parts.count <= 2 else { return false }
        if parts.count == 2, !isSubdomain(parts[0]) { return false }
        return isQualified(name)
    }

    /// A label value: empty, or like a label key's name.
    package static func isLabelValue(_ text: String) -> Bool { text.isEmpty || isQualified(text) }

    private static func isQualified(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else {
            return false
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == 45 || $0 == 95 || $0 == 46 }
    }

    static func isLabel(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (1...63).contains(bytes.count) && bytes.first != 45 && bytes.last != 45
            && bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    private static func isSubdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { isLabel(String($0)) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
    }
}
