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

            `idle` starts the daemon as a process of its own and takes half a minute.

            `judge`, asked for by name, also prints the tables of its statistical bench, which take \
            some minutes; with --markdown it writes them into a page instead.

            Example: hazard bench plan parse
            Example: hazard bench judge --markdown Sources/App/Documentation.docc/Judge-Bench.md
            Example: hazard bench idle
            """)

    @Argument(help: "plan, parse, metrics, judge, simulate, decode, idle; all without any.")
    var parts: [BenchCommand.Part] = []

    @Option(help: "text or json.")
    var output = OutputFormat.text

    @Option(help: "With judge: the page whose marked section the tables replace.")
    var markdown: String?

    func run() async throws {
        try end(await BenchCommand.run(parts, format: output, markdown: markdown))
    }
}
