// A small cluster in virtual time with one Deployment, reached through the real client.

import Core
import Engine
import Kubernetes
import LocalCluster
import Platform
import Simulation
import Testing

/// Runs a body inside a simulated cluster of three nodes with Deployment `go-app/web` of two pods.
struct FaultWorld: Sendable {
    let time: VirtualTime
    let network: SimulatedNetwork
    let local: LocalCluster
    let cluster: any Cluster
    private let recorder: Recorder

    init(seed: UInt64 = 1) {
        time = VirtualTime(seed: seed, start: Timestamp(seconds: 1_795_000_000))
        network = SimulatedNetwork(clock: time, seed: seed)
        local = LocalCluster(
            clock: time, seed: seed, kubelet: ModelledKubelet(clock: time),
            settings: ClusterSettings(heartbeat: .zero))
        recorder = Recorder(network)
        let client = APIClient(
            access: ClusterAccess(server: "http://api:6443"), network: recorder, clock: time,
            version: "0")
        cluster = KubernetesCluster(
            client: client, view: Lister(client: client), instance: "test")
    }

    /// `METHOD path` of every request so far.
    var requests: [String] { recorder.seen.withLock { Array($0) } }

    /// Runs `body` once the Deployment is ready; what it throws is the test's failure.
    static func run(
        seed: UInt64 = 1, _ body: @escaping @Sendable (FaultWorld) async throws -> Void
    ) {
        let world = FaultWorld(seed: seed)
        world.time.run {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await world.local.run() }
                do {
                    try await world.prepare()
                    try await body(world)
                } catch {
                    Issue.record(error)
                }
                group.cancelAll()
            }
        }
    }

    private func prepare() async throws {
        network.serve("api:6443", local)
        await local.seedDemoNodes()
        try await local.apply([
            "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "go-app"],
        ])
        try await local.apply([
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "web", "namespace": "go-app"],
            "spec": [
                "replicas": 2, "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"]],
                    "spec": [
                        "terminationGracePeriodSeconds": 5,
                        "containers": [["name": "main", "image": "web:1"]],
                    ],
                ],
            ],
        ])
        try await until("two pods are ready") {
            try await cluster.snapshot().pods.filter { $0.flags.contains(.ready) }.count == 2
        }
    }

    /// A ready pod of the Deployment.
    func target() async throws -> Target {
        let snapshot = try await cluster.snapshot()
        let index = try #require(
            snapshot.pods.firstIndex {
                $0.flags.contains(.ready) && !$0.flags.contains(.terminating)
            })
        return snapshot.target(index)
    }

    /// Polls in virtual time until `condition` holds.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await condition() { return }
            try await time.sleep(for: .milliseconds(250))
        }
        throw Failure(.rejected, "within 150 s of virtual time it did not come true that \(what)")
    }

    /// A budget that allows no disruption.
    func forbidDisruption() async throws {
        try await local.apply([
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": ["name": "web", "namespace": "go-app"],
            "spec": ["minAvailable": 2, "selector": ["matchLabels": ["app": "web"]]],
        ])
        try await until("the budget was looked at") {
            await local.objects("policy/v1", "poddisruptionbudgets").first?[
                path: ["status", "observedGeneration"]]?.integer == 1
        }
    }
}

/// Keeps what is asked.
private final class Recorder: Network {
    let seen = Lock<[String]>([])
    private let inner: any Network

    init(_ inner: any Network) { self.inner = inner }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        let path = URLParts(request.url)?.path ?? ""
        seen.withLock { $0.append(request.method + " " + path) }
        return try await inner.exchange(request)
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        try await inner.stream(request)
    }
}
