// The options of commands that look at policies and the live cluster.

import App
import ArgumentParser

struct SightOptions: ParsableArguments {
    @Option(
        name: .customLong("policy"),
        help: "A policy file, or a directory of them; may be repeated.")
    var policies: [String] = []

    @Option(help: "A daemon's configuration: its policies, cluster and journal are the defaults.")
    var config: String?

    @Option(help: "A kubeconfig; without it, what kubectl would use.")
    var kubeconfig: String?

    @Option(help: "A context of the kubeconfig.")
    var context: String?

    @Option(help: "The daemon's journal: cooldowns, budgets, open rounds, and learned traffic.")
    var journal: String?

    var value: PolicySightOptions {
        PolicySightOptions(
            policies: policies, config: config, kubeconfig: kubeconfig, context: context,
            journal: journal)
    }
}
