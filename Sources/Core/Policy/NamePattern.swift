// A checked regular expression over object names. The text is kept, so that patterns are values.

/// A pattern that compiled when the policy was decoded. It matches anywhere in a name unless
/// anchored.
package struct NamePattern: Sendable, Hashable {
    package let text: String

    /// Nil when `text` is not a regular expression.
    package init?(_ text: String) {
        guard (try? Regex<AnyRegexOutput>(text)) != nil else { return nil }
        self.text = text
    }

    package func matches(_ name: String) -> Bool {
        guard let regex = try? Regex<AnyRegexOutput>(text) else { return false }
        return name.firstMatch(of: regex) != nil
    }
}
