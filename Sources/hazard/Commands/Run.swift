import App
import ArgumentParser

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon until Ctrl-C or SIGTERM.",
        discussion: """
            Reads one HazardConfiguration file (see config/hazard.yaml): which policies, which cluster, \
            where request metrics come from, where alerts go. What an earlier life left behind is \
            reverted before the first round. Policies are read again when their files change; a set \
            with a mistake is refused and the last good one stays in force.

            Exit codes: 0 ended in order, 2 wrong configuration, 6 another Hazard uses the journal, \
            1 anything else.

            Example: hazard run --config config/hazard.yaml
            """)

    @Option(help: "The daemon's configuration file.")
    var config: String

    @Option(help: ArgumentHelp("End after this many ticks of each policy.", visibility: .hidden))
    var ticks: Int?

    func run() async throws {
        try end(await RunCommand.run(configuration: config, tickLimit: ticks))
    }
}
