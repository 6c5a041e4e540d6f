// Why a pod may be struck, or not.

import App
import ArgumentParser

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which policies may strike a pod, or the rule that forbids it.",
        discussion: """
            For each policy: the exact chance that a round strikes this pod, and how often that \
            is; or the first rule that forbids it, the numbers behind it (such as "1 of 1 ready, \
            minReady 1"), and what to change.

            Exit codes: 0 a policy may strike it; 1 the cluster or the journal cannot be read; 2 \
            wrong arguments or policy, or there is no such pod; 4 no policy may strike it now.

            Example: hazard explain pod/go-app-db-0 --policy config/staging.yaml
            Example: hazard explain pod/go-app-db-0 --config config/hazard.yaml --output json
            """)

    @Argument(help: "pod/NAME.")
    var object: String

    @Option(name: .shortAndLong, help: "The pod's namespace; any of the policies' when left out.")
    var namespace: String?

    @OptionGroup var sight: SightOptions

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await ExplainCommand.run(
                .init(
                    sight: sight.value, object: object, namespace: namespace, format: output)))
    }
}
