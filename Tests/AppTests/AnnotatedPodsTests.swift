import App
import Core
import Engine
import Kubernetes
import LocalCluster
import Platform
import Simulation
import Testing

/// The pods of a large cluster are listed in pages, of which only the targets are kept.
@Suite struct AnnotatedPodsTests {
    /// A cluster without sockets that refuses bodies above 2 MB.
    private struct Narrow: Network {
        let cluster: LocalCluster
        let asked = Lock<[String]>([])

        func exchange(_ request: Request) async throws(Failure) -> Response {
            asked.withLock { $0.append(request.url) }
            guard case .response(let response) = await cluster.handle(request) else {
                throw Failure(.transient, "no answer")
            }
            if response.body.count > 2_000_000 {
                throw Failure(.rejected, "a body of \(response.body.count) bytes")
            }
            return response
        }
        func stream(_ request: Request) async throws(Failure) -> ResponseStream {
            throw Failure(.rejected, "nothing is streamed here")
        }
    }

    @Test func aLargeClusterIsListedInPages() {
        let time = VirtualTime(seed: 1, start: Timestamp(seconds: 1_795_000_000))
        time.run {
            let cluster = LocalCluster(
                clock: time, seed: 1, kubelet: ModelledKubelet(clock: time),
                settings: ClusterSettings(heartbeat: .zero))
            let network = Narrow(cluster: cluster)
            let client = APIClient(
                access: ClusterAccess(server: "http://api:6443"), network: network, clock: time,
                version: "0")
            do {
                try await cluster.apply([
                    "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "go-app"],
                ])
                for number in 0..<1200 {
                    try await Self.pod(number, isRunning: number >= 10, cluster, client)
                }
                network.asked.withLock { $0 = [] }
                let pods = AnnotatedPods(client: client, clock: time, refresh: .seconds(10))
                let targets = try await pods.targets()
                #expect(targets.count == 1190)
                #expect(Set(targets.map(\.name)).count == 1190)
                #expect(targets.first?.url == "http://10.0.0.1:15020/stats/prometheus")
                #expect(network.asked.withLock { $0.count } == 3)
                // Remembered for a while.
                _ = try await pods.targets()
                #expect(network.asked.withLock { $0.count } == 3)
            } catch {
                Issue.record(error)
            }
        }
    }

    private static func pod(
        _ number: Int, isRunning: Bool, _ cluster: LocalCluster, _ client: APIClient
    ) async throws {
        let name = "pod-\(number)"
        try await cluster.apply([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": "go-app",
                "annotations": [
                    "prometheus.io/scrape": "true", "prometheus.io/port": "15020",
                    "prometheus.io/path": "/stats/prometheus",
                    "long": .string(String(repeating: "x", count: 2000)),
                ],
            ],
            "spec": ["containers": [["name": "main", "image": "web:1"]]],
        ])
        guard isRunning else { return }
        _ = try await client.json(
            APICall(
                .patch, .pods, namespace: "go-app", name: name, subresource: "status",
                body: ["status": ["phase": "Running", "podIP": "10.0.0.1"]]))
    }
}
