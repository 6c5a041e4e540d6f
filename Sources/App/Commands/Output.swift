// Where a command's lines go: the terminal, or a test that reads them.

import Core
import Platform

/// Standard output and standard error of one command.
package struct Output: Sendable {
    private let out: @Sendable (String) -> Void
    private let problems: @Sendable (String) -> Void

    package init(
        _ out: @escaping @Sendable (String) -> Void,
        problems: @escaping @Sendable (String) -> Void
    ) {
        self.out = out
        self.problems = problems
    }

    /// The real ones.
    package static let terminal = Output(
        { Terminal.print($0) }, problems: { Terminal.error($0) })

    func line(_ text: String) { out(text) }

    func document(_ json: JSON) { out(json.pretty) }

    /// `error: …`: names the thing, the place and the next step.
    func error(_ message: String) { problems(message) }
}
