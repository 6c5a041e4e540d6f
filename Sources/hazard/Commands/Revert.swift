// Every fault taken off a cluster.

import App
import ArgumentParser

struct Revert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take every fault off the cluster; needs no daemon.",
        discussion: """
            Every object that a fault touches carries the annotation hazard.dev/injection, which \
            says how to undo it. This lists the pods and nodes, and undoes each one. Running it \
            twice does no harm. With --journal it also closes the rounds that the journal holds open.

            Exit codes: 0 nothing of Hazard's is in place; 1 the cluster cannot be read, or a \
            --namespace has no pods; 2 wrong arguments or configuration; 5 something could not be \
            reverted, and is named; 6 a daemon has the journal: use its kill switch, or stop it.

            Example: hazard revert --all --context minikube
            Example: hazard revert --all --config hazard.yaml --journal hazard.db
            """)

    @Flag(help: "Revert everything. Nothing less is offered, so it must be said.")
    var all = false

    @Option(help: "The daemon's configuration: its cluster is used.")
    var config: String?

    @Option(help: "A kubeconfig; without it, what kubectl would use.")
    var kubeconfig: String?

    @Option(help: "A context of the kubeconfig.")
    var context: String?

    @Option(help: "Only this namespace; may be given several times.")
    var namespace: [String] = []

    @Option(help: "Also close the open rounds of this journal.")
    var journal: String?

    func validate() throws {
        if !all { throw ValidationError("say --all: every fault is reverted, whoever injected it") }
        if config != nil, kubeconfig != nil || context != nil {
            throw ValidationError("say either --config, or --kubeconfig and --context")
        }
    }

    func run() async throws {
        try end(
            await RevertCommand.run(
                .init(
                    configuration: config, kubeconfig: kubeconfig, context: context,
                    namespaces: namespace, journal: journal)))
    }
}
