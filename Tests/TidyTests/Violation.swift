// What a rule found, where, and what to do about it. One test may report many.

import Testing

/// One place that breaks a rule.
struct Violation: Sendable, Hashable, CustomStringConvertible {
    let path: String
    /// From 1; nil when it is about the whole file.
    let line: Int?
    /// What is wrong and the fix, in one sentence or two.
    let text: String

    init(_ path: String, _ line: Int, _ text: String) {
        self.path = path
        self.line = line
        self.text = text
    }

    init(_ path: String, _ text: String) {
        self.path = path
        line = nil
        self.text = text
    }

    var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + text }
}

/// Records violations, at most fifty by name, as one issue of the test that runs.
func expectNone(_ violations: [Violation]) {
    if violations.isEmpty { return }
    let shown = violations.prefix(50).map(\.description)
    let rest = violations.count - shown.count
    let more = rest > 0 ? "\nand \(rest) more" : ""
    Issue.record("\(violations.count) found:\n\(shown.joined(separator: "\n"))\(more)")
}

/// A count that may fall but never grow. When it falls by more than the slack, the committed number
/// has to follow, so that what was gained is kept.
func expectRatchet(
    _ found: [Violation], _ what: String, limit: Int, slack: Int = 10, in path: String = #filePath
) {
    if found.count > limit {
        let list = found.map(\.description).joined(separator: "\n")
        Issue.record("\(found.count) \(what), and \(limit) are allowed; all of them:\n\(list)")
    } else if found.count + slack < limit {
        Issue.record("only \(found.count) \(what): lower the limit \(limit) in \(path)")
    }
}
