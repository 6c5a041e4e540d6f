// Plain lines for people, from anywhere in the engine. Where they go is decided by whoever starts
// it.

/// A sink for log lines.
package struct Log: Sendable {
    package enum Level: String, Sendable { case info, warning, error }

    private let write: @Sendable (Level, String) -> Void

    package init(_ write: @escaping @Sendable (Level, String) -> Void) { self.write = write }

    package static let silent = Log { _, _ in }

    package func info(_ line: String) { write(.info, line) }
    package func warning(_ line: String) { write(.warning, line) }
    package func error(_ line: String) { write(.error, line) }
}
