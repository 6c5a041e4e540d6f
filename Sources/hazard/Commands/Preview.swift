// What policies would do.

import App
import ArgumentParser

struct Preview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a policy would do to the live cluster: chances, pace and power.",
        discussion: """
            For each policy: the exact chance that a round strikes each pod, and why not the \
            others; how often rounds come and each workload is struck, if no gate holds a round; \
            and, from what the journal has learned of the traffic, the smallest share of failing \
            requests that one round shows, and how long it takes until a regression shows against \
            the shams. Nothing is drawn, recorded or injected, and the signals are not read.

            With --diff the same is compared with another policy of the namespace, on the same \
            cluster at the same instant.

            Exit codes: 0 something may be struck; 1 the cluster or the journal cannot be read; 2 \
            wrong arguments or policy; 4 nothing may be struck now.

            Example: hazard preview --policy config/staging.yaml --journal hazard.db
            Example: hazard preview --policy config/staging.yaml --diff wider.yaml
            """)

    @OptionGroup var sight: SightOptions

    @Option(help: "A policy file to compare with.")
    var diff: String?

    @Option(help: "The share of failing requests, on top of the usual ones, to be caught.")
    var regression = "1%"

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await PreviewCommand.run(
                .init(sight: sight.value, diff: diff, regression: regression, format: output)))
    }
}
