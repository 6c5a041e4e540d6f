// What is going on, from the journal or from a running daemon.

import App
import ArgumentParser

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is going on: daemon, policies, last round, anomalies, alerts.",
        discussion: """
            Without --url it reads the journal: this works while a daemon runs, and after it died. \
            With --url it asks a running daemon, wherever it is.

            Exit codes: 0 all is well; 1 the journal or the daemon cannot be read; 3 something is \
            anomalous or did not recover; 5 a fault may be in place and no daemon is there to \
            revert it.

            Example: hazard status --journal hazard.db
            Example: hazard status --url http://127.0.0.1:9321 --output json
            """)

    @Option(help: "The daemon's journal.")
    var journal = "hazard.db"

    @Option(help: "The web address of a running daemon, e.g. http://127.0.0.1:9321.")
    var url: String?

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(await StatusCommand.run(journal: journal, url: url, format: output))
    }
}
