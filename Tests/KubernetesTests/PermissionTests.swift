import Core
import Engine
import Kubernetes
import LocalCluster
import Platform
import Simulation
import Testing

/// The permissions that are asked for are those that are used.
@Suite struct PermissionTests {
    /// Keeps each request as `verb group/resource`.
    private final class Recorder: Network {
        let used = Lock<Set<String>>([])
        private let inner: any Network

        init(_ inner: any Network) { self.inner = inner }

        private func note(_ request: Request) {
            guard let url = URLParts(request.url) else { return }
            var path = url.segments
            let group = path[0] == "api" ? "" : path[1]
            path.removeFirst(path[0] == "api" ? 2 : 3)
            if path.first == "namespaces" { path.removeFirst(2) }
            let single = path.count > 1
            var verb =
                ["POST": "create", "PUT": "update", "PATCH": "patch"][request.method] ?? "get"
            if request.method == "GET" && !single {
                verb = url.queryValue("watch") == "true" ? "watch" : "list"
            }
            let words = "\(verb) \(group)/\(path[0])"
            used.withLock { _ = $0.insert(words) }
        }

        func exchange(_ request: Request) async throws(Failure) -> Response {
            note(request)
            return try await inner.exchange(request)
        }

        func stream(_ request: Request) async throws(Failure) -> ResponseStream {
            note(request)
            return try await inner.stream(request)
        }
    }

    private func words(_ permissions: [Permission]) -> Set<String> {
        var words: Set<String> = []
        for permission in permissions {
            for verb in permission.verbs {
                words.insert("\(verb) \(permission.group)/\(permission.resource)")
            }
        }
        return words
    }

    /// Runs `body` against a cluster with one pod and returns what was used.
    private func used(
        _ body: @escaping @Sendable (APIClient, VirtualTime) async throws -> Void
    ) -> Set<String> {
        let time = VirtualTime(seed: 1, start: Timestamp(seconds: 1_795_000_000))
        let network = SimulatedNetwork(clock: time, seed: 1)
        let local = LocalCluster(
            clock: time, seed: 1, kubelet: ModelledKubelet(clock: time),
            settings: ClusterSettings(heartbeat: .zero))
        network.serve("api:6443", local)
        let recorder = Recorder(network)
        let client = APIClient(
            access: ClusterAccess(server: "http://api:6443"), network: recorder, clock: time,
            version: "0")
        time.run {
            do {
                await local.seedDemoNodes()
                try await local.apply([
                    "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "one"],
                    "spec": ["containers": [["name": "main", "image": "web:1"]]],
                ])
                try await body(client, time)
            } catch {
                Issue.record(error)
            }
        }
        return recorder.used.withLock { Set($0) }
    }

    @Test func theView() {
        let seen = used { client, time in
            let reflector = Reflector(client: client, seed: 1)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await reflector.run() }
                try? await time.sleep(for: .seconds(5))
                group.cancelAll()
            }
        }
        #expect(seen == words(ClientPermissions.view))
    }

    @Test func marksAndEvents() {
        let seen = used { client, _ in
            let view = Lister(client: client)
            let target = try await view.snapshot().target(0)
            let cluster = KubernetesCluster(client: client, view: view, instance: "x")
            #expect(try await cluster.setMark("{}", on: target))
            #expect(try await cluster.pod(namespace: "default", name: "one")?.mark == "{}")
            try await cluster.recordEvent(
                ClusterEvent(type: "Normal", reason: "HazardInjected", message: ""), about: target)
        }
        #expect(seen.filter { !$0.hasPrefix("list ") } == words(ClientPermissions.marks))
    }

    @Test func leadership() {
        let seen = used { client, time in
            let settings = LeaseSettings(namespace: "default", identity: "a")
            let leadership = LeaseLeadership(client: client, settings: settings, seed: 1)
            await leadership.attempt()
            try await time.sleep(for: .seconds(2))
            await leadership.attempt()
            await leadership.release()
        }
        #expect(seen == words(ClientPermissions.leadership))
    }
}
