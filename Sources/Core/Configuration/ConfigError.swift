// What is wrong with a configuration, where, and how to mend it.

/// One mistake. `file` is filled in by whoever knows the file's name.
package struct ConfigError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Empty when unknown.
    package var file: String
    /// 1-based; 0 when unknown.
    package var line: Int
    package var column: Int
    /// Where in the document, e.g. `spec.blastRadius.workload.minReady`; empty at the top.
    package var path: String
    /// What is wrong: names the value.
    package var message: String
    /// What to write instead; empty when there is nothing to add.
    package var fix: String

    package init(
        file: String = "", line: Int = 0, column: Int = 0, path: String = "", message: String,
        fix: String = ""
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.fix = fix
    }

    /// An error at `node`.
    package init(at node: ConfigNode, path: String, _ message: String, fix: String = "") {
        self.init(line: node.line, column: node.column, path: path, message: message, fix: fix)
    }

    /// `file:line:column: path: message; fix`, with the parts that are known.
    package var description: String {
        var text = ""
        if !file.isEmpty { text += file + ":" }
        if line > 0 { text += "\(line):\(column):" }
        if !text.isEmpty { text += " " }
        if !path.isEmpty { text += path + ": " }
        text += message
        if !fix.isEmpty { text += "; " + fix }
        return text
    }

    package func inFile(_ file: String) -> ConfigError {
        var error = self
        error.file = file
        return error
    }
}
