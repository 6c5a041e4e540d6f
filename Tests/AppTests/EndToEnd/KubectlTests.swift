// The real kubectl against the local cluster behind a real socket: what people type, and what they
// see.

import App
import Core
import Host
import LocalCluster
import Platform
import TestServers
import Testing

@Suite(.serialized) struct KubectlTests {
    private struct Cluster: Sendable {
        let kubeconfig: String

        func callAsFunction(_ line: String) async throws -> Lines {
            let words = line.split(separator: " ").map(String.init)
            let result = try await run(
                try Project.tool("kubectl"), ["--kubeconfig", kubeconfig] + words,
                directory: Project.root)
            #expect(
                result.status == .exited(0), "kubectl \(line): \(result.output.text)")
            return result.output
        }
    }

    /// Runs `body` against a cluster with three nodes and a modelled kubelet.
    private func withCluster(
        _ body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        let clock = SystemClock()
        let cluster = LocalCluster(
            clock: clock, seed: 11, kubelet: ModelledKubelet(clock: clock))
        await cluster.seedDemoNodes()
        let file = try Scratch.make("hazard-test") + "/kubeconfig"
        let listening = Listening()
        try await withThrowingTaskGroup { group in
            group.addTask { await listening.serve(cluster, port: 0) }
            group.addTask { await cluster.run() }
            let port = try await listening.port()
            let text = """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port)"}}]
                contexts: [{name: c, context: {cluster: c, user: u, namespace: go-app}}]
                current-context: c
                users: [{name: u, user: {}}]

                """
            try FileSystem.writeAtomically(Array(text.utf8), to: file)
            try await body(Cluster(kubeconfig: file))
            group.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func peopleCanWorkWithIt() async throws {
        try await withCluster { kubectl in
            _ = try await kubectl("apply -k k8s/demo")
            _ = try await kubectl("rollout status deployment/go-app --timeout=60s")
            _ = try await kubectl("wait --for=condition=Ready pod --all --timeout=60s")
            let pods = try await kubectl("get pods").list
            #expect(pods.first?.contains("READY") == true)
            #expect(pods.filter { $0.contains("Running") }.count == 5)
            let wide = try await kubectl("get pods -o wide").text
            #expect(wide.contains("node-a1") || wide.contains("node-a2"))
            #expect(try await kubectl("get nodes").list.filter { $0.contains("Ready") }.count == 3)
            let described = try await kubectl("describe deployment repeater").text
            #expect(described.contains("StrategyType") && described.contains("ScalingReplicaSet"))
            _ = try await kubectl("get events")
            try await change(kubectl)
            try await nodes(kubectl)
        }
    }

    /// `hazard check --cluster` finds what no file shows, at its place.
    @Test(.timeLimit(.minutes(10)))
    func aPolicyThatReachesNothingIsAMistake() async throws {
        try await withCluster { kubectl in
            _ = try await kubectl("apply -k k8s/demo")
            let policy = try Scratch.make("hazard-test") + "/policy.yaml"
            let text = """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: a, namespace: go-app}
                spec:
                  schedule: {every: 2m}
                  targets:
                    pods:
                      selector: {matchLabels: {app: no-such-app}}
                  faults: [{kind: pod-evict}]

                """
            try FileSystem.writeAtomically(Array(text.utf8), to: policy)
            let check = ["check", policy]
            let alone = try await run(try Project.hazard(), check)
            #expect(alone.status == .exited(0), "\(alone.output.text)")
            let live = check + ["--cluster", "--kubeconfig", kubectl.kubeconfig]
            let found = try await run(try Project.hazard(), live)
            #expect(found.status == .exited(2), "\(found.output.text)")
            let place =
                "\(policy):8:17: spec.targets.pods.selector: the selector matches none of the 5"
            #expect(found.output.text.contains(place), "\(found.output.text)")
            let good = [
                "check", "config/demo.yaml", "--cluster", "--kubeconfig", kubectl.kubeconfig,
            ]
            let fine = try await run(try Project.hazard(), good, directory: Project.root)
            #expect(fine.status == .exited(0), "\(fine.output.text)")
        }
    }

    private func change(_ kubectl: Cluster) async throws {
        _ = try await kubectl("scale deployment repeater --replicas=3")
        _ = try await kubectl("rollout status deployment/repeater --timeout=60s")
        #expect(try await kubectl("get deployment repeater").text.contains("3/3"))
        let before = try await kubectl("get pods -l app=go-app -o name").list.sorted()
        _ = try await kubectl("rollout restart deployment go-app")
        _ = try await kubectl("rollout status deployment/go-app --timeout=90s")
        let after = try await kubectl("get pods -l app=go-app -o name").list.sorted()
        // A rollout is complete while old pods are still on their way out.
        let new = after.filter { !before.contains($0) }
        #expect(new.count == 2)
        let name = try #require(new.first)
        _ = try await kubectl("delete \(name) --grace-period=0 --force")
        // Not `wait` on all pods: one that is on its way out may vanish under it.
        _ = try await kubectl("rollout status deployment/go-app --timeout=60s")
        _ = try await kubectl("logs deployment/go-app-db -c app")
        try await update(kubectl)
    }

    /// Another image reaches the ReplicaSet and its pods, and a restart keeps it.
    private func update(_ kubectl: Cluster) async throws {
        _ = try await kubectl("set image deployment/repeater app=other:2")
        _ = try await kubectl("rollout status deployment/repeater --timeout=60s")
        _ = try await kubectl("rollout restart deployment/repeater")
        _ = try await kubectl("rollout status deployment/repeater --timeout=60s")
        let columns = "-o custom-columns=REPLICAS:.spec.replicas,IMAGE:..image --no-headers"
        let sets = try await kubectl("get replicasets -l app=repeater \(columns)").list
        #expect(sets.count == 3)
        #expect(sets.filter { $0.contains("other:2") }.count == 2, "\(sets)")
        #expect(sets.contains { $0.hasPrefix("3") && $0.contains("other:2") }, "\(sets)")
    }

    private func nodes(_ kubectl: Cluster) async throws {
        _ = try await kubectl("cordon node-a1")
        #expect(try await kubectl("get node node-a1").text.contains("SchedulingDisabled"))
        _ = try await kubectl(
            "drain node-a1 --ignore-daemonsets --delete-emptydir-data --force --timeout=90s")
        let left = try await kubectl("get pods --field-selector spec.nodeName=node-a1 -o name")
        #expect(left.list.allSatisfy { !$0.hasPrefix("pod/") })
        _ = try await kubectl("uncordon node-a1")
        let watched = try await kubectl("get pods --watch --request-timeout=10s")
        #expect(watched.list.count >= 6)
    }

    @Test(.timeLimit(.minutes(10)))
    func theInstallationApplies() async throws {
        try await withCluster { kubectl in
            let first = try await kubectl("apply -k k8s").list
            #expect(first.contains { $0.contains("deployment.apps/hazard created") })
            let second = try await kubectl("apply -k k8s").list
            #expect(second.allSatisfy { $0.contains("unchanged") || $0.contains("configured") })
            _ = try await kubectl("apply -f k8s/demo/namespace.yaml")
            _ = try await kubectl("apply -k k8s/target")
        }
    }
}
