// Figures of the program itself.

import App
import ArgumentParser

extension BenchCommand.Part: ExpressibleByArgument {}

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what the program's parts cost, beside what they should.",
        discussion: """
            Times are CPU times of this process. Only figures of a release build on a quiet machine \
            mean much: `./dev bench` makes one. Nothing fails when a target is missed; read the table.

            The resident memory of `idle` is this process's: measure it alone.

            Example: hazard bench plan parse
            Example: hazard bench idle
            """)

    @Argument(help: "plan, parse, metrics, judge, simulate, decode, idle; all without any.")
    var parts: [BenchCommand.Part] = []

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(await BenchCommand.run(parts, format: output))
    }
}
