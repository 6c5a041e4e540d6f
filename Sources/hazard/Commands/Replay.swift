// A round drawn again.

import App
import ArgumentParser

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a round again from its seed, and compare.",
        discussion: """
            The journal keeps the seed of every round and what it drew from. This draws again: the \
            sham, the fault, the workload, the pod. Every step must agree with the record, on any \
            machine. Names of more than 1,000 eligible pods are not kept; such a round can only be \
            redrawn in part.

            Exit codes: 0 it redraws bit for bit; 1 a step differs, or the journal is damaged; \
            2 there is no such round; 4 it agrees as far as it can be redrawn.

            Example: hazard replay 7 --journal hazard.db
            """)

    @Argument(help: "The number of the round, see `hazard rounds`.")
    var round: Int

    @Option(help: "The daemon's journal.")
    var journal = "hazard.db"

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(await ReplayCommand.run(round: round, journal: journal, format: output))
    }
}
