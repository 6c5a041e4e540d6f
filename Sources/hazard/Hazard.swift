// The executable: argument parsing only. Every command hands its arguments to App.

import App
import ArgumentParser

struct Hazard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hazard",
        abstract: "Continuous random chaos on Kubernetes, judged by what users feel.",
        discussion: """
            Start with `hazard demo`: it needs no cluster. For a cluster of yours, write a policy \
            (config/minimal.yaml), check it with `hazard check`, see with `hazard preview` what it \
            would do, watch one round with `hazard once`, then leave `hazard run` running.

            Questions: `hazard was-it-chaos` about an incident, `hazard explain` about a pod, \
            `hazard judge` about data of your own.

            Exit codes: 0 all is well; 1 it failed; 2 wrong arguments or configuration; 3 users were \
            harmed, or a service did not recover; 4 nothing could be said (blind, held, inconclusive); \
            5 something could not be reverted; 6 another instance is running.
            """,
        version: HazardVersion.text,
        subcommands: [
            Demo.self, Run.self, Check.self, Once.self, Status.self, Rounds.self, Replay.self,
            Report.self, WasItChaos.self, Preview.self, Explain.self, Judge.self, Accept.self,
            Revert.self, Simulate.self, Bench.self, DemoProcessCommand.self,
        ])
}

@main
enum Main {
    /// ArgumentParser ends with 64 on wrong arguments; here that is 2, as for wrong configuration.
    static func main() async {
        do {
            var command = try Hazard.parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            let code = Hazard.exitCode(for: error)
            guard code == .validationFailure else { Hazard.exit(withError: error) }
            Terminal.warn(Hazard.fullMessage(for: error))
            Hazard.exit(withError: ExitCode(ExitStatus.usage.rawValue))
        }
    }
}
