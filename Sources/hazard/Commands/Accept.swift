// What is now is normal.

import App
import ArgumentParser

struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the daemon that an anomalous service is as it should be now.",
        discussion: """
            An anomaly ends when the service is as it was before. When it never will be, because a \
            new version is slower or fails more, and that is accepted, say so: the anomaly ends, \
            its alerts resolve with your name, the level is learned anew, and rounds of the \
            namespace, which were held, go on once it is known. It does not count as a recovery.

            The running daemon is asked at `listen` of its configuration where that is a loopback \
            address, else at `changes`, by default 127.0.0.1:9322. In a cluster: kubectl exec or \
            kubectl port-forward into the pod that leads, with --url http://127.0.0.1:9322.

            Exit codes: 0 accepted; 1 no daemon is there, or it could not; 2 nothing that this names \
            is anomalous.

            Example: hazard accept shop/cart --signal latency --reason "encryption at rest"
            """)

    @Argument(help: "NAMESPACE/SERVICE, as `hazard status` shows it.")
    var service: String

    @Option(
        help: "bad-ratio, latency, connections or traffic; without it all that are anomalous.")
    var signal: String?

    @Option(help: "Why, for the journal and the resolved alerts.")
    var reason: String?

    @Option(help: "Who says so; without it, the user of this shell.")
    var by: String?

    @Option(help: "The web address of the running daemon.")
    var url = "http://127.0.0.1:9321"

    @Option(help: "text or json.")
    var output = OutputFormat.text

    func run() async throws {
        try end(
            await AcceptCommand.run(
                .init(
                    service: service, signal: signal, by: by, reason: reason, url: url,
                    format: output)))
    }
}
