// What went wrong while an exposition was read: counted in full, described up to a bound.

/// Why one line is malformed.
package enum ExpositionError: String, Error, Sendable, Hashable {
    case noName = "expected a metric name"
    case noLabelName = "expected a label name"
    case noEquals = "expected '=' after a label name"
    case noQuote = "expected '\"' before a label value"
    case openQuote = "a quoted text is not closed on its line"
    case openLabels = "the labels are not closed by '}' on their line"
    case noComma = "expected ',' or '}' after a label value"
    case secondName = "a second metric name inside the braces"
    case emptyName = "the metric name is empty"
    case noValue = "expected a value"
    case badValue = "the value is not a number"
    case badTimestamp = "the timestamp is not a number in range"
    case badExemplar = "the exemplar is malformed"
    case trailing = "unexpected text after the sample"
    case afterEnd = "a sample after # EOF"
    case notUTF8 = "a name or label value is not UTF-8"
    case repeatedLabel = "a label name appears twice"
}

/// A bound that was exceeded; the rest of the exposition was not read.
package enum ExpositionLimit: Sendable, Hashable, CustomStringConvertible {
    case bodyBytes(limit: Int, found: Int)
    case samples(limit: Int)
    case labels(limit: Int, line: Int)
    case nameBytes(limit: Int, line: Int)
    case valueBytes(limit: Int, line: Int)
    case series(limit: Int, line: Int)

    package var description: String {
        switch self {
        case .bodyBytes(let limit, let found):
            "the body has \(found) bytes, more than the limit of \(limit)"
        case .samples(let limit): "more than the limit of \(limit) samples"
        case .labels(let limit, let line): "line \(line) has more than the limit of \(limit) labels"
        case .nameBytes(let limit, let line):
            "line \(line) has a name longer than the limit of \(limit) bytes"
        case .valueBytes(let limit, let line):
            "line \(line) has a label value longer than the limit of \(limit) bytes"
        case .series(let limit, let line):
            "line \(line) would be one more than the limit of \(limit) series"
        }
    }
}

/// What was read and what was not.
package struct ExpositionReport: Sendable, Hashable {
    package struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// 1-based.
        package var line: Int
        package var error: ExpositionError

        package init(line: Int, error: ExpositionError) {
            self.line = line
            self.error = error
        }

        package var description: String { "line \(line): \(error.rawValue)" }
    }

    /// Lines begun, blank ones and comments included.
    package var lines = 0
    /// Samples handed out.
    package var samples = 0
    /// Sample lines of metrics that nobody asked for; they are not checked.
    package var skipped = 0
    package var malformed = 0
    /// The first malformed lines, up to `ExpositionLimits.reportedProblems`.
    package var problems: [Problem] = []
    /// `# EOF` lines; a complete OpenMetrics body has one.
    package var endMarkers = 0
    /// The last line has no newline: the body may have been cut.
    package var unterminated = false
    /// Set when a limit stopped the reading: what was handed out is only a part.
    package var exceeded: ExpositionLimit?

    package init() {}
}
