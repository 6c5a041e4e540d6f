// One round now.

import App
import ArgumentParser

struct Once: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one round of a policy now, with every gate.",
        discussion: """
            The schedule is ignored, except for its windows. Like the daemon it waits until the \
            signals can be read and the baseline is known, injects nothing while blind, and reverts \
            what it injected, also on Ctrl-C. With --dry-run it only prints which pods may be \
            struck, with what chance, and why not the others.

            Exit codes: 0 users felt nothing (or, with --dry-run, a round may start); 1 it failed, \
            and standard error says why; 2 wrong arguments, configuration or policy; 3 users were \
            harmed; 4 held, or nothing could be said; 5 something could not be reverted; 6 a \
            daemon has the journal.

            Example: hazard once --config hazard.yaml --policy config/minimal.yaml --dry-run
            """)

    @Option(help: "The daemon's configuration: cluster, signals, notifiers, journal.")
    var config: String

    @Option(help: "A policy file.")
    var policy: String

    @Option(help: "NAMESPACE/NAME of the policy, when the file holds several.")
    var name: String?

    @Flag(help: "Print the plan; draw, record and inject nothing.")
    var dryRun = false

    @Option(help: "Wait at most this long for the signals and the baseline.")
    var wait = "15m"

    func run() async throws {
        try end(
            await OnceCommand.run(
                .init(
                    configuration: config, policy: policy, name: name, dryRun: dryRun, wait: wait)))
    }
}
