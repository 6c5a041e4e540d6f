// Bytes to configuration values with line and column. It decides which YAML is accepted at all; it
// must not know what any key means.

package import Core

/// YAML documents as configuration values. Scalars follow the core schema and stay text; anchors,
/// aliases, merge keys, foreign tags and repeated keys are refused, so that a document means what
/// it shows.
package enum YAML {
    /// The largest accepted text, in bytes.
    package static let sizeLimit = 1 << 20
    /// How deep lists and mappings may nest.
    package static let depthLimit = 64

    /// What a text holds. With errors, `documents` is what could still be read: good for finding
    /// more errors, never for acting on.
    package struct Contents: Sendable, Hashable {
        /// Without the empty ones, in the order of the text.
        package var documents: [ConfigNode]
        /// Sorted by position.
        package var errors: [ConfigError]
    }

    /// Reads every document of `bytes`; `file` is only put into the errors.
    package static func read(_ bytes: [UInt8], file: String = "") -> Contents {
        if let error = TextCheck.firstError(in: bytes) {
            return Contents(documents: [], errors: [error.inFile(file)])
        }
        var reader = DocumentReader(bytes)
        let documents = reader.documents()
        let errors = reader.errors.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        return Contents(documents: documents, errors: errors.map { $0.inFile(file) })
    }

    /// Reads every document of `text`.
    package static func read(_ text: String, file: String = "") -> Contents {
        read(Array(text.utf8), file: file)
    }
}
