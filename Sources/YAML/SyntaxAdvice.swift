// Turns the parser's complaints into an error that says what to change.

internal import Core

enum SyntaxAdvice {
    /// The error for `problem` at a position; `contextLine` is where the enclosing construct began.
    static func error(
        problem: String, context: String?, line: Int, column: Int, contextLine: Int, bytes: [UInt8]
    ) -> ConfigError {
        if character(of: bytes, line: line, column: column) == 0x09 {
            return ConfigError(
                line: line, column: column, message: "YAML: a tab is used for indentation",
                fix: "indent with spaces")
        }
        var message = "YAML: " + problem
        if let context {
            message += " " + context
            if contextLine != line { message += " that began on line \(contextLine)" }
        }
        return ConfigError(line: line, column: column, message: message, fix: advice(problem))
    }

    private static func advice(_ problem: String) -> String {
        for (part, fix) in known where problem.contains(part) { return fix }
        return "check the indentation and the punctuation here and on the line above"
    }

    private static let known: [(String, String)] = [
        (
            "mapping values are not allowed",
            "put quotes around a value that holds \": \", or check the indentation"
        ),
        (
            "did not find expected key",
            "check that the keys of one mapping start in the same column"
        ),
        ("did not find expected '-' indicator", "start every element with \"- \" in one column"),
        ("could not find expected ':'", "write \"key: value\" with a space after the colon"),
        ("cannot start any token", "put quotes around the value"),
        ("unexpected end of stream", "close the quote"),
        ("Maximum nesting level reached", "nest less deeply"),
        ("did not find expected <document start>", "put --- between two documents"),
        ("incompatible YAML document", "remove the line %YAML"),
        ("did not find expected ',' or ']'", "close the list with ]"),
        ("did not find expected ',' or '}'", "close the mapping with }"),
        ("unknown escape character", "use single quotes when the value holds a backslash"),
    ]

    /// The byte at a 1-based position, tabs and other characters counting one column each.
    private static func character(of bytes: [UInt8], line: Int, column: Int) -> UInt8? {
        let lines = bytes.split(
            separator: 0x0a, maxSplits: line, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return nil }
        let starts = lines[line - 1].filter { $0 & 0xc0 != 0x80 }
        return starts.indices.contains(column - 1) ? starts[column - 1] : nil
    }
}
