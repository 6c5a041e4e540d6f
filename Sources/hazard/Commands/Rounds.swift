// The rounds of a journal.

import App
import ArgumentParser

struct Rounds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the rounds in a journal, newest first.",
        discussion: """
            A round is one draw: a strike, a sham (everything but the injection), or an observation \
            (the policy only observes). The journal keeps all of them.

            Example: hazard rounds --limit 5
            Example: hazard rounds --policy go-app/demo --output json
            """)

    @Option(help: "The daemon's journal.")
    var journal = "hazard.db"

    @Option(help: "At most this many rounds.")
    var limit = 20

    @Option(help: "Only rounds of this policy, as NAMESPACE/NAME.")
    var policy: String?

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await RoundsCommand.run(
                journal: journal, limit: limit, policy: policy, format: output))
    }
}
