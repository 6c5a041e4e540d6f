import App
import ArgumentParser

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon in a simulated cluster, in virtual time, from a seed.",
        discussion: """
            The daemon's code is the real one; the cluster, the network, the disk and the clock are \
            seeded. The same seed gives the same history, on any machine. A violated invariant is \
            printed with its instant, and the exit code is 1.

            Example: hazard simulate --seed 42 --transcript
            """)

    @Option(help: "Run one history.")
    var seed: UInt64?

    @Option(help: "Run many histories, e.g. 1-200.")
    var seeds: String?

    @Flag(help: "Print what happened, line by line (with --seed).")
    var transcript = false

    @Option(help: "Write each transcript into this directory, one file a seed.")
    var transcripts: String?

    func run() async throws {
        try end(
            SimulateCommand.run(
                seed: seed, seeds: seeds, printTranscript: transcript, directory: transcripts))
    }
}
