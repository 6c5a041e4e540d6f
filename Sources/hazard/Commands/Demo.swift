import App
import ArgumentParser

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play the story on this machine: a cluster, an application, users, chaos.",
        discussion: """
            Starts an embedded Kubernetes API with three nodes, the application repeater -> go-app -> \
            go-app-db as real processes, users, and Hazard with config/demo.yaml. Pods die; users feel \
            nothing, until the database is drawn: every pod is Ready again while every request fails. \
            Needs no cluster and no root. Ctrl-C ends it and leaves nothing behind.

            Exit codes: 0 users felt nothing, 1 it could not run, 2 wrong arguments, 3 users were \
            harmed.

            Example: hazard demo --seed 7 --rounds 8 --heal
            """)

    @Option(help: "Rounds, names and users' instants follow from it.")
    var seed: UInt64?

    @Option(help: "End after this many rounds.")
    var rounds: Int?

    @Option(help: "Time between rounds, e.g. 15s; replaces the policy's.")
    var every: String?

    @Flag(help: "Restart go-app when a service has not recovered.")
    var heal = false

    @Option(help: "Requests a second.")
    var rate = 10.0

    @Option(help: "Scrape interval, e.g. 1s.")
    var scrape = "1s"

    @Option(help: "Port of the page and the metrics (default 9321, or a free one).")
    var port: Int?

    @Option(help: "Send alerts to this Alertmanager as well.")
    var alertmanager: String?

    func run() async throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate is from 0 to 1000") }
        if let rounds, rounds < 1 { throw ValidationError("--rounds is at least 1") }
        try end(
            await DemoCommand.run(
                DemoOptions(
                    seed: seed, rounds: rounds,
                    every: try every.map { try duration($0, "--every") },
                    heal: heal, rate: rate, scrape: try duration(scrape, "--scrape"), port: port,
                    alertmanager: alertmanager)))
    }
}

/// A duration as policies write it.
func duration(_ text: String, _ option: String) throws -> Duration {
    guard let value = Durations.parse(text), value > .milliseconds(100) else {
        throw ValidationError("\(option) wants a duration such as 15s or 2m, not \"\(text)\"")
    }
    return value
}
