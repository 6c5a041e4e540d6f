// Where a command's lines go: the terminal, or a test that reads them.

import Core
import Platform

/// Standard output and standard error of one command.
package struct Output: Sendable {
    private let out: @Sendable (String) -> Void
    private let problems: @Sendable (String) -> Void
    private let notices: @Sendable (String) -> Void

    package init(
        _ out: @escaping @Sendable (String) -> Void,
        problems: @escaping @Sendable (String) -> Void,
        notices: @escaping @Sendable (String) -> Void = { Terminal.warn("warning: \($0)") }
    ) {
        self.out = out
        self.problems = problems
        self.notices = notices
    }

    /// The real ones.
    package static let terminal = Output(
        { Terminal.print($0) }, problems: { Terminal.error($0) })

    func line(_ text: String) { out(text) }

    func document(_ json: JSON) { out(json.pretty) }

    /// `warning: …` on standard error; what it says does not change the exit code.
    func warning(_ message: String) { notices(message) }

    /// `error: …`: names the thing, the place and the next step.
    func error(_ message: String) { problems(message) }
}
