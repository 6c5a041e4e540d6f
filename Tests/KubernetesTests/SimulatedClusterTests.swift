import Core
import Engine
import Kubernetes
import LocalCluster
import Platform
import Simulation
import Testing

/// The client against a whole cluster, in virtual time and in bad weather.
@Suite struct SimulatedClusterTests {
    private struct Sim: Sendable {
        let time: VirtualTime
        let network: SimulatedNetwork
        let local: LocalCluster

        init(seed: Int) {
            time = VirtualTime(
                seed: UInt64(seed), start: Timestamp(seconds: 1_795_000_000))
            network = SimulatedNetwork(clock: time, seed: UInt64(seed))
            local = LocalCluster(
                clock: time, seed: UInt64(seed), kubelet: ModelledKubelet(clock: time),
                settings: ClusterSettings(historyLimit: 60, heartbeat: .zero))
            network.serve("api:6443", local)
        }

        func client() -> APIClient {
            APIClient(
                access: ClusterAccess(server: "http://api:6443"), network: network, clock: time,
                version: "0")
        }

        func apply(_ name: String, replicas: Int) async throws {
            try await local.apply([
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
            ])
        }

        /// Runs `body` beside the cluster and `others`.
        func run(
            _ others: [@Sendable () async -> Void] = [],
            _ body: @escaping @Sendable () async throws -> Void
        ) {
            time.run {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await local.run() }
                    for other in others { group.addTask { await other() } }
                    do {
                        await local.seedDemoNodes()
                        try await local.apply([
                            "apiVersion": "v1", "kind": "Namespace",
                            "metadata": ["name": "go-app"],
                        ])
                        try await body()
                    } catch {
                        Issue.record(error)
                    }
                    group.cancelAll()
                }
            }
        }
    }

    /// A snapshot in words, to compare views.
    private static func words(_ snapshot: Snapshot) -> [String] {
        var words = snapshot.pods.indices.map { index in
            let pod = snapshot.pods[index]
            let target = snapshot.target(index)
            return "\(target) \(pod.uid) \(target.workload?.description ?? "-") "
                + "\(target.node ?? "-") \(pod.flags.rawValue) \(pod.mark ?? "-") "
                + snapshot.labelSets[Int(pod.labels)].sorted { $0.key < $1.key }.description
        }
        words += snapshot.workloads.map { "\($0.ref) \($0.desired) \($0.rollingOut)" }
        words += snapshot.nodes.map { "\($0.name) \($0.zone) \($0.ready) \($0.schedulable)" }
        words += snapshot.disruptionBudgets.map { "\($0.name) \($0.disruptionsAllowed)" }
        return words
    }

    @Test(arguments: 0..<12)
    func theViewFollowsTheClusterThroughBadWeather(seed: Int) {
        let sim = Sim(seed: seed)
        var settings = WatchSettings()
        settings.pageLimit = 3
        settings.watchTimeout = .seconds(20)
        settings.silence = .seconds(25)
        let reflector = Reflector(client: sim.client(), settings: settings, seed: UInt64(seed))
        sim.run([{ await reflector.run() }]) {
            var random = RandomStream(seed: UInt64(seed))
            sim.network.setWeather(
                Weather(
                    lost: 0.1, answerLost: 0.05, silent: 0.02, errors: 0.1, brokenStreams: 0.1,
                    latency: .milliseconds(80)))
            for _ in 0..<30 {
                try await sim.apply("web-\(random.below(3))", replicas: random.below(5))
                if random.below(6) == 0 { await sim.local.compact() }
                try await sim.time.sleep(for: .milliseconds(random.below(4000)))
            }
            sim.network.setWeather(.fair)
            let lister = Lister(client: sim.client())
            var seen: [String] = []
            var expected = ["nothing"]
            for _ in 0..<120 where seen != expected {
                try await sim.time.sleep(for: .seconds(1))
                seen = (try? await reflector.snapshot()).map(Self.words) ?? []
                expected = Self.words(try await lister.snapshot())
            }
            #expect(seen == expected, "seed \(seed)")
            let status = await reflector.status()
            #expect(status.allSatisfy { $0.lists > 0 && $0.watches > 0 })
        }
    }

    @Test func aCutNetworkMakesTheViewThrowAndHealingShowsItAgain() {
        let sim = Sim(seed: 3)
        let reflector = Reflector(client: sim.client(), seed: 3)
        sim.run([{ await reflector.run() }]) {
            try await sim.apply("web", replicas: 2)
            try await sim.time.sleep(for: .seconds(10))
            #expect(try await reflector.snapshot().pods.count == 2)
            // Requests vanish; open watches stay open and silent.
            sim.network.setWeather(Weather(silent: 1))
            try await sim.time.sleep(for: .seconds(200))
            let failure = await #expect(throws: Failure.self) { try await reflector.snapshot() }
            #expect(failure?.kind == .transient)
            sim.network.setWeather(.fair)
            try await sim.time.sleep(for: .seconds(120))
            #expect(try await reflector.snapshot().pods.count == 2)
        }
    }

    @Test func namespacesMayBeIncludedLater() {
        let sim = Sim(seed: 5)
        let client = sim.client()
        let reflector = Reflector(
            client: client, scope: ClusterScope(namespaces: ["elsewhere"]), seed: 5)
        sim.run([{ await reflector.run() }]) {
            try await sim.apply("web", replicas: 2)
            try await sim.time.sleep(for: .seconds(20))
            #expect(try await reflector.snapshot().pods.isEmpty)
            let namespace = try #require(try await Lister(client: client).snapshot().pods.first)
            let name = try await Lister(client: client).snapshot().namespaces[
                Int(namespace.namespace)]
            await reflector.include([name, "elsewhere"])
            // Nothing is shown by halves.
            let failure = await #expect(throws: Failure.self) { try await reflector.snapshot() }
            #expect(failure?.message.contains("in namespace \(name): not listed yet") == true)
            try await sim.time.sleep(for: .seconds(5))
            #expect(try await reflector.snapshot().pods.count == 2)
            try await sim.apply("web", replicas: 3)
            try await sim.time.sleep(for: .seconds(20))
            #expect(try await reflector.snapshot().pods.count == 3)
            await reflector.include([name])
            #expect(try await reflector.snapshot().pods.count == 3)
        }
    }

    /// A restart and another image both change the hash, and only one of them what runs.
    @Test func aRestartIsToldFromARollout() {
        let sim = Sim(seed: 6)
        let lister = Lister(client: sim.client())
        let web = WorkloadRef(kind: "Deployment", namespace: "go-app", name: "web")
        sim.run {
            func patch(_ template: JSON) async throws -> RunningVersion {
                let request = Request(
                    "PATCH", "/apis/apps/v1/namespaces/go-app/deployments/web",
                    headers: ["Content-Type": "application/strategic-merge-patch+json"],
                    body: (["spec": ["template": template]] as JSON).bytes)
                guard case .response(let response) = await sim.local.handle(request) else {
                    throw Failure(.rejected, "no answer")
                }
                #expect(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
                try await sim.time.sleep(for: .seconds(60))
                return try #require(await lister.snapshot().versions(in: "go-app")[web])
            }
            try await sim.apply("web", replicas: 2)
            try await sim.time.sleep(for: .seconds(20))
            let seen = try await lister.snapshot()
            let first = try #require(seen.versions(in: "go-app")[web])
            #expect(first.version?.utf8.count == 16)
            let restarted = try await patch([
                "metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": "now"]]
            ])
            #expect(restarted.template != first.template)
            #expect(restarted.version == first.version)
            #expect(restarted.since > first.since)
            let updated = try await patch([
                "spec": ["containers": [["name": "main", "image": "web:2"]]]
            ])
            #expect(updated.template != restarted.template)
            #expect(updated.version != nil && updated.version != first.version)
            var state = State()
            for (number, expected) in [[], [web]].enumerated() {
                let now = number == 0 ? seen : try await lister.snapshot()
                let deployed = try #require(state.deployed(in: "go-app", now: now))
                #expect(deployed.changed == [web])
                #expect(deployed.rolledOut == expected)
                state.apply(.deployed(deployed), sequence: number + 1, at: sim.time.now)
                #expect(state.deployed(in: "go-app", now: now) == nil)
            }
        }
    }

    @Test func marksEvictionsAndEventsArriveInTheCluster() {
        let sim = Sim(seed: 4)
        let client = sim.client()
        let cluster = KubernetesCluster(
            client: client, view: Lister(client: client), instance: "hazard-0")
        sim.run {
            try await sim.apply("web", replicas: 2)
            try await sim.time.sleep(for: .seconds(20))
            let target = try await cluster.snapshot().target(0)
            #expect(try await cluster.setMark("{\"round\":1}", on: target))
            #expect(try await cluster.snapshot().pods[0].mark == "{\"round\":1}")
            #expect(try await cluster.setMark(nil, on: target))
            let pod = try await cluster.pod(namespace: "go-app", name: target.name)
            #expect(pod?.mark == nil && pod?.ready == true)
            try await cluster.recordEvent(
                ClusterEvent(type: "Normal", reason: "HazardInjected", message: "round 1"),
                about: target)
            let events = await sim.local.objects("events.k8s.io/v1", "events", namespace: "go-app")
            #expect(events.contains { $0["reason"] == "HazardInjected" })
            #expect(try await cluster.evictPod(target, gracePeriod: .seconds(1)) == .accepted)
            let node = Target(
                kind: .node, namespace: "", name: "node-a1",
                uid: try await cluster.snapshot().nodes[0].uid)
            #expect(try await cluster.setMark("{}", on: node))
            #expect(try await cluster.snapshot().nodes[0].mark == "{}")
        }
    }

    @Test(arguments: 0..<8)
    func twoContendersInBadWeatherNeverLeadTogether(seed: Int) {
        let sim = Sim(seed: seed)
        let contenders = ["a", "b"].map { name in
            LeaseLeadership(
                client: sim.client(), settings: LeaseSettings(namespace: "go-app", identity: name),
                seed: UInt64(seed))
        }
        sim.run(contenders.map { contender in { await contender.run() } }) {
            sim.network.setWeather(
                Weather(
                    lost: 0.2, answerLost: 0.2, silent: 0.1, errors: 0.1,
                    latency: .milliseconds(300)))
            var highest = 0
            var led = 0
            for _ in 0..<600 {
                try await sim.time.sleep(for: .milliseconds(500))
                var tokens: [Int] = []
                for contender in contenders {
                    if let token = await contender.token() { tokens.append(token) }
                }
                #expect(tokens.count <= 1, "seed \(seed)")
                for token in tokens {
                    #expect(token >= highest, "seed \(seed)")
                    highest = token
                    led += 1
                }
            }
            #expect(led > 60, "seed \(seed): almost never led")
        }
    }
}
