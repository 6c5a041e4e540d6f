// The tutorial's workloads in a local cluster behind a real socket, with a kubeconfig: what
// commands that look at a live cluster are run against.

import Core
import Host
import LocalCluster
import Platform
import TestServers
import Testing

@testable import App

/// A cluster for one test.
struct LiveCluster: Sendable {
    let kubeconfig: String
    let directory: String

    /// Runs `body` once repeater x2, go-app x2 and go-app-db x1 are Ready.
    static func with(
        _ body: @escaping @Sendable (LiveCluster) async throws -> Void
    ) async throws {
        let clock = SystemClock()
        let cluster = LocalCluster(
            clock: clock, seed: 11,
            kubelet: ModelledKubelet(clock: clock) { _ in
                ContainerModel(startDelay: .zero, readinessDelay: .zero)
            })
        await cluster.seedDemoNodes()
        let directory = try Scratch.make("hazard-test")
        let listening = Listening()
        try await withThrowingTaskGroup { group in
            group.addTask { await listening.serve(cluster, port: 0) }
            group.addTask { await cluster.run() }
            let port = try await listening.port()
            try await cluster.apply([
                "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "go-app"],
            ])
            for (name, replicas) in [("repeater", 2), ("go-app", 2), ("go-app-db", 1)] {
                try await cluster.apply(deployment(name, replicas))
            }
            let live = LiveCluster(kubeconfig: directory + "/kubeconfig", directory: directory)
            let text = """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port)"}}]
                contexts: [{name: c, context: {cluster: c, user: u, namespace: go-app}}]
                current-context: c
                users: [{name: u, user: {}}]

                """
            try FileSystem.writeAtomically(Array(text.utf8), to: live.kubeconfig)
            try await live.becomeReady(clock)
            try await body(live)
            group.cancelAll()
        }
    }

    private static func deployment(_ name: String, _ replicas: Int) -> JSON {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string(name), "namespace": "go-app"],
            "spec": [
                "replicas": .integer(Int64(replicas)),
                "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": ["containers": [["name": "main", "image": "web:1"]]],
                ],
            ],
        ]
    }

    func snapshot() async throws -> Snapshot {
        try await PolicyReach.snapshot(
            kubeconfig: kubeconfig, context: nil, namespaces: ["go-app"])
    }

    /// Asks until all five are Ready; a test's time limit ends it.
    private func becomeReady(_ clock: SystemClock) async throws {
        while try await snapshot().pods.count(where: { $0.flags.contains(.ready) }) < 5 {
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    /// Writes a policy of namespace `go-app` with `spec` (indented by two) and returns its path.
    func policy(_ spec: String, name: String = "a", namespace: String = "go-app") throws -> String {
        let path = "\(directory)/\(name).yaml"
        let text = """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata: {name: \(name), namespace: \(namespace)}
            spec:
            \(spec)

            """
        try FileSystem.writeAtomically(Array(text.utf8), to: path)
        return path
    }

    func sight(_ policies: [String], journal: String? = nil) -> PolicySightOptions {
        PolicySightOptions(policies: policies, kubeconfig: kubeconfig, journal: journal)
    }
}
