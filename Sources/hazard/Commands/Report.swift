// What a journal shows.

import App
import ArgumentParser

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Report what a journal shows: scorecard, effects, recovery, coverage.",
        discussion: """
            Reads the journal, also while a daemon writes it, and says: which services were harmed \
            by which fault, in how many rounds, and above which ratio harm is excluded in the \
            others; what faults did on average against shams, with permutation p-values; how long \
            recoveries take; what was never struck; and how often shams were blamed. With --html it \
            also writes one file that holds everything, pictures included, and loads nothing.

            Exit codes: 0 the report was made, whatever it says; 1 the journal is missing or \
            damaged, or the page cannot be written; 2 wrong arguments.

            Example: hazard report --html report.html
            Example: hazard report --since 7d --namespace go-app --output json
            """)

    @Option(help: "The daemon's journal.")
    var journal = "hazard.db"

    @Option(help: "Write the page to this file.")
    var html: String?

    @Option(help: "Only from then on: 7d, 2026-11-01, or 2026-11-01T09:00:00Z.")
    var since: String?

    @Option(help: "Only this namespace.")
    var namespace: String?

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await ReportCommand.run(
                journal: journal, html: html, since: since, namespace: namespace, format: output))
    }
}
