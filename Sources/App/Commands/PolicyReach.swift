// What a policy would reach in a live cluster: a selector that matches nothing is a mistake that no
// file shows. It reads the cluster and decides nothing else.

import Core
import Host
import Kubernetes
import Platform
import YAML

/// Checks policies against the pods that there are.
enum PolicyReach {
    /// The mistakes that only `snapshot` shows, each at its place in the policy's file.
    static func errors(_ policies: [Policy], in snapshot: Snapshot) -> [ConfigError] {
        policies.compactMap { error(of: $0, in: snapshot) }
    }

    private static func error(of policy: Policy, in snapshot: Snapshot) -> ConfigError? {
        let index = snapshot.namespaces.firstIndex(of: policy.namespace)
        let mine = snapshot.pods.filter { Int($0.namespace) == index }
        guard !mine.isEmpty else {
            return place(
                policy, ["metadata", "namespace"],
                "namespace \"\(policy.namespace)\" has no pods in this cluster",
                fix: "check the name and the cluster, or start its workloads first")
        }
        let selected = mine.filter { pod in
            pod.labels >= 0
                && policy.targets.selector.matches(snapshot.labelSets[Int(pod.labels)])
        }
        if selected.isEmpty {
            return place(
                policy, ["spec", "targets", "pods", "selector"],
                "the selector matches none of the \(mine.count) pods of \(policy.namespace)",
                fix: "kubectl get pods -n \(policy.namespace) --show-labels shows what there is")
        }
        let owners = policy.targets.owners
        let owned = selected.filter { pod in
            let kind = pod.workload < 0 ? "Pod" : snapshot.workloads[Int(pod.workload)].ref.kind
            return owners.isEmpty || owners.contains(kind)
        }
        guard owned.isEmpty else { return nil }
        let kinds = Set(
            selected.map { pod in
                pod.workload < 0 ? "Pod" : snapshot.workloads[Int(pod.workload)].ref.kind
            })
        return place(
            policy, ["spec", "targets", "pods", "owners"],
            "none of the \(selected.count) selected pods has such an owner",
            fix: "their owners are of kind \(kinds.sorted().joined(separator: ", "))")
    }

    /// The error at the deepest part of `path` that the policy's file holds.
    private static func place(
        _ policy: Policy, _ path: [String], _ message: String, fix: String
    ) -> ConfigError {
        var error = ConfigError(
            file: policy.source, path: path.joined(separator: "."), message: message, fix: fix)
        guard let bytes = try? FileSystem.read(policy.source) else { return error }
        for document in YAML.read(bytes).documents
        where document["metadata"]?["name"]?.json.string == policy.name
            && document["metadata"]?["namespace"]?.json.string == policy.namespace
        {
            var node = document
            for key in path {
                guard let next = node[key] else { break }
                node = next
            }
            error.line = node.line
            error.column = node.column
        }
        return error
    }

    /// The cluster that kubectl would use, or the one of `kubeconfig`, as it is now.
    static func snapshot(
        kubeconfig: String?, context: String?, namespaces: [String]
    ) async throws -> Snapshot {
        let choice: DaemonConfiguration.KubernetesAccess =
            kubeconfig == nil && context == nil
            ? .automatic : .kubeconfig(path: kubeconfig, context: context)
        return try await snapshot(choice, namespaces: namespaces)
    }

    /// The cluster of `choice`, as it is now.
    static func snapshot(
        _ choice: DaemonConfiguration.KubernetesAccess, namespaces: [String]
    ) async throws -> Snapshot {
        let network = try CurlNetwork()
        defer { network.shutDown() }
        let client = APIClient(
            access: try ClusterConnection.access(choice), network: network, clock: SystemClock(),
            version: Version.number,
            readFile: FileReader { path throws(Failure) in try FileSystem.read(path) })
        let lister = Lister(client: client, scope: ClusterScope(namespaces: namespaces))
        return try await lister.snapshot()
    }
}
