// How a command prints its data: lines for people, or one JSON document for programs.

/// `--output`.
package enum OutputFormat: String, Sendable, CaseIterable {
    case text
    case json
}
