// The demo's parts and their order: sockets, cluster, application, users, daemon; and back again.
// When `play` returns, no process of the demo is left.

import Core
import Engine
import Faults
import Host
import Kubernetes
import LocalCluster
import Notifiers
import Platform
import Signals
import Web

/// One run of the demo.
struct DemoStage: Sendable {
    let options: DemoOptions
    let policy: Policy
    let objects: [JSON]
    let interruption: Interruption
    let say: @Sendable (String) -> Void
    let clock = SystemClock()
    let network: CurlNetwork
    let kubelet: ProcessKubelet
    let scratch: String
    let seed: UInt64
    private let notifiers: [any Notifier]

    /// Throws a `ConfigError` when an option cannot be used.
    init(
        options: DemoOptions, policy: Policy, objects: [JSON], interruption: Interruption,
        say: @escaping @Sendable (String) -> Void
    ) async throws {
        self.options = options
        self.policy = policy
        self.objects = objects
        self.interruption = interruption
        self.say = say
        let network = try CurlNetwork()
        self.network = network
        do throws(ConfigError) {
            notifiers = try Self.notifiers(options, network)
        } catch {
            network.shutDown()
            throw error
        }
        kubelet = ProcessKubelet(network: network, clock: clock)
        scratch = try DemoFiles.scratch()
        seed = options.seed ?? Seed.draw()
    }

    private static func notifiers(
        _ options: DemoOptions, _ network: CurlNetwork
    ) throws(ConfigError) -> [any Notifier] {
        guard let url = options.alertmanager else { return [] }
        do throws(ConfigError) {
            return [try Notification.alertmanager(url, network: network)]
        } catch {
            var named = error
            named.path = "--alertmanager"
            throw named
        }
    }

    /// Plays it to its end.
    func play() async -> Result<ExitStatus, Failure> {
        defer { network.shutDown() }
        let podNetwork = Self.podNetwork()
        let storage: SQLiteStorage
        do throws(Failure) {
            try DemoPorts.check(at: "127.\(podNetwork).1.1")
            storage = try SQLiteStorage(path: scratch + "/journal.db")
        } catch {
            DemoFiles.remove(scratch)
            return .failure(error)
        }
        let cluster = LocalCluster(
            clock: clock, seed: seed, kubelet: kubelet,
            settings: ClusterSettings(podNetwork: podNetwork))
        let result = await withTaskGroup(of: Void.self) { group in
            let api = Listening()
            group.addTask { await api.serve(cluster, port: 0) }
            let result: Result<ExitStatus, Failure>
            do throws(Failure) {
                let port = try await api.port()
                result = .success(try await play(cluster, apiPort: port, storage, &group))
            } catch { result = .failure(error) }
            group.cancelAll()
            return result
        }
        try? storage.close()
        DemoFiles.remove(scratch)
        return result
    }

    private func play(
        _ cluster: LocalCluster, apiPort: Int, _ storage: SQLiteStorage,
        _ group: inout TaskGroup<Void>
    ) async throws(Failure) -> ExitStatus {
        let server = "http://127.0.0.1:\(apiPort)"
        kubelet.connect(to: server)
        let kubeconfig = scratch + "/kubeconfig"
        try FileSystem.writeAtomically(
            Array(DemoFiles.kubeconfig(server: server).utf8), to: kubeconfig)
        await cluster.seedDemoNodes()
        for object in objects { try await cluster.apply(object) }
        group.addTask { await cluster.run() }
        say("cluster: 3 nodes in 2 zones; starting repeater x2 -> go-app x2 -> go-app-db x1")
        let pods = DemoPods(cluster: cluster, clock: clock, interruption: interruption)
        try await pods.wait(policy.namespace, count: 5)
        for object in DemoGateway.objects(
            rate: options.rate, namespace: policy.namespace, seed: seed)
        {
            try await cluster.apply(object)
        }
        try await pods.wait("istio-system", count: 1)
        let parts = try await assembly(server, storage).build()
        let view = DaemonView(parts, clock: clock, leadership: SoleLeadership())
        let web = Listening()
        let application = WebApplication(view: view, killSwitch: parts.killSwitch)
        group.addTask { await web.serve(application, port: options.port ?? 9321) }
        let webPort = try await port(of: web, application, &group)
        introduce(webPort: webPort, kubeconfig: kubeconfig)
        let narration = DemoNarration(
            options: options, parts: parts, cluster: cluster, namespace: policy.namespace,
            clock: clock, interruption: interruption, say: say)
        return await withTaskGroup(of: ExitStatus?.self) { inner in
            inner.addTask { await narration.run() }
            inner.addTask {
                await parts.run()
                return nil
            }
            var status = ExitStatus.success
            for await result in inner {
                if let result { status = result }
            }
            return status
        }
    }

    /// The port asked for, or, when nobody asked and 9321 is taken, a free one.
    private func port(
        of web: Listening, _ application: WebApplication, _ group: inout TaskGroup<Void>
    ) async throws(Failure) -> Int {
        do throws(Failure) { return try await web.port() } catch {
            if options.port != nil { throw error }
            let other = Listening()
            group.addTask { await other.serve(application, port: 0) }
            return try await other.port()
        }
    }

    private func introduce(webPort: Int, kubeconfig: String) {
        let url = "http://127.0.0.1:\(webPort)"
        say("application: 5 pods Ready; users send \(rounded(options.rate, 1)) requests a second")
        say("  page        \(url)/")
        say("  metrics     \(url)/metrics")
        say("  health      \(url)/healthz  \(url)/readyz")
        say("  kubectl     export KUBECONFIG=\(kubeconfig)")
        say("  heal it     kubectl rollout restart deployment go-app")
        say("  end         Ctrl-C")
        say("the policy writes minReady: 0: with the safe default of 1 the single database would")
        say("never be drawn. Learning what normal is before the first round.")
    }

    private func assembly(_ server: String, _ storage: SQLiteStorage) -> Assembly {
        let client = APIClient(
            access: ClusterAccess(server: server, origin: "the demo"), network: network,
            clock: clock, version: Version.number)
        let reflector = Reflector(
            client: client, scope: ClusterScope(namespaces: [policy.namespace]), seed: seed)
        let counted = CountedNetwork(network)
        let scrape = ScrapeSource(
            ScrapeSource.Settings(interval: options.scrape),
            targets: AnnotatedPods(client: client, clock: clock, refresh: options.scrape),
            clock: clock, network: counted)
        let windows = max(10, Int(20 / options.scrape.inSeconds))
        var assembly = Assembly(
            world: World(clock: clock, network: network, storage: storage, seed: seed),
            instance: "demo", policies: [policy], client: client, view: reflector, source: scrape,
            judge: JudgeSettings(
                interval: options.scrape, falseAlarmPeriod: policy.judge.falseAlarmPeriod,
                roundAlpha: policy.judge.roundAlpha,
                warmUp: .init(windows: windows, requests: 100, time: .seconds(60)),
                washout: .seconds(10)),
            catalog: .all, interruption: interruption)
        assembly.sourceRequests = { counted.requests }
        assembly.background = [{ await reflector.run() }, { await scrape.run() }]
        assembly.notifiers = notifiers
        let say = say
        assembly.log = Log { level, line in if level != .info { say("\(level.rawValue): \(line)") }
        }
        return assembly
    }

    /// Two demos on one machine must not share pod addresses.
    private static func podNetwork() -> Int { 10 + Int(Seed.draw() % 100) }
}
