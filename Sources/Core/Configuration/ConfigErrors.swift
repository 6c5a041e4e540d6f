// Collects the mistakes of one file while it is decoded, so that all are reported at once.

/// The mistakes found so far. A class, because every part of a decoder adds to the same list; it
/// never leaves the decoding function.
package final class ConfigErrors {
    package let file: String
    private var found: [ConfigError] = []

    package init(file: String) { self.file = file }

    package var count: Int { found.count }

    package func add(_ error: ConfigError) { found.append(error.inFile(file)) }

    package func add(at node: ConfigNode, _ path: String, _ message: String, fix: String = "") {
        add(ConfigError(at: node, path: path, message, fix: fix))
    }

    /// By position; mistakes at one position stay in the order they were found.
    package var sorted: [ConfigError] {
        found.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset)
                < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }
}
