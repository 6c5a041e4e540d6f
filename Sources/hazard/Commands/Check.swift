import App
import ArgumentParser

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check policies and configurations; every mistake with its position and fix.",
        discussion: """
            When a configuration among the files names a Prometheus, it is asked to parse the \
            PromQL of the policies. A server that cannot be asked is a warning.

            Exit codes: 0 all is well; 1 with --cluster: the cluster cannot be read; 2 something \
            is wrong, or there is nothing to check.

            Example: hazard check config/
            """)

    @Argument(help: "Files, or directories of *.yaml files.")
    var paths: [String]

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @Flag(help: "Also ask the cluster whether each policy reaches any pod.")
    var cluster = false

    @Option(help: "With --cluster: a kubeconfig; without it, what kubectl would use.")
    var kubeconfig: String?

    @Option(help: "With --cluster: a context of the kubeconfig.")
    var context: String?

    func run() async throws {
        try end(
            await CheckCommand.run(
                paths, json: output == .json, cluster: cluster, kubeconfig: kubeconfig,
                context: context))
    }
}
