import Core
import Engine
import Platform
import Simulation
import Testing

/// A namespace whose proxies go dark is left alone, with a reason that names it; others go on.
@Suite struct SightTests {
    private struct World: Sendable {
        let journal: Journal
        let source: TwoMeshes
        let cluster: TwoNamespaces
        let watch: SignalWatch
        let policies: [Policy]
        let runners: [String: RoundRunner]

        init(_ time: VirtualTime, storage: SimulatedStorage) async throws {
            journal = try await Journal(storage: storage, clock: time)
            source = TwoMeshes(start: time.now)
            cluster = TwoNamespaces()
            watch = SignalWatch(
                judge: Judge(
                    settings: JudgeSettings(
                        interval: .seconds(5),
                        warmUp: .init(windows: 10, requests: 200, time: .seconds(60)))),
                source: source, journal: journal, clock: time, interruption: Interruption(),
                log: .silent)
            let none = try Parameters(ConfigNode(.null), specs: [], path: "")
            policies = TwoNamespaces.names.map { namespace in
                Policy(
                    name: "p", namespace: namespace, mode: .observe,
                    schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(),
                    faults: [WeightedFault(kind: "nothing", weight: 1, parameters: none)], sham: 0,
                    blastRadius: BlastRadius(
                        namespaceMaxUnavailable: .share(1), workloadMaxUnavailable: .share(1),
                        minReady: 0, cooldown: .zero),
                    judge: JudgeTimes(observe: .seconds(10)),
                    gate: GateRules(holdWhile: [.blind], stopAfterUnrecovered: 0), source: "",
                    digest: "")
            }
            var runners: [String: RoundRunner] = [:]
            for policy in policies {
                runners[policy.namespace] = RoundRunner(
                    policy: policy, cluster: cluster, catalog: FaultCatalog([Nothing.self]),
                    journal: journal, watch: watch, leadership: SoleLeadership(), clock: time,
                    seed: 1, interruption: Interruption(), log: .silent)
            }
            self.runners = runners
        }

        func whileWatching(
            _ time: VirtualTime, _ body: () async throws -> Void
        ) async throws {
            await watch.configure(policies) { [cluster] in try? await cluster.snapshot() }
            try await withBackground([{ await watch.run() }]) {
                try await reaches(time, "baselines") {
                    for name in TwoNamespaces.names {
                        if await !watch.isWarm(name) { return false }
                    }
                    return await watch.blindReason == nil
                }
                try await body()
            }
        }

        func run(_ namespace: String, _ time: VirtualTime) async -> RoundRunner.Result? {
            await runners[namespace]?.run(tick: time.now)
        }

        /// The namespaces that HazardBlind names.
        var alerts: [String] {
            get async {
                await journal.state.firingAlerts.filter { $0.name == .blind }
                    .map { $0.labels["namespace"] ?? "all" }.sorted()
            }
        }
    }

    @Test(arguments: [TwoMeshes.Trouble.unreachable, .vanished])
    func aDarkNamespaceIsHeldAndNamed(_ trouble: TwoMeshes.Trouble) {
        inVirtualTime { time in
            let storage = SimulatedStorage(clock: time, seed: 1)
            let world = try await World(time, storage: storage)
            try await world.whileWatching(time) {
                await world.source.trouble(trouble, "shop")
                try await reaches(time, "shop is held") {
                    await world.watch.blindReason(for: "shop") != nil
                }
                #expect(await world.run("shop", time) == .held([.blind]))
                let held = await world.journal.state.holds["shop/p"]
                let reason = "the signals cannot be read: 2 of 2 services of shop with traffic are"
                #expect(held?.text.hasPrefix(reason) == true, "\(held?.text ?? "")")
                try await reaches(time, "HazardBlind") { await world.alerts == ["shop"] }
                guard case .ran = await world.run("bank", time) else {
                    Issue.record("bank is seen, and its round was not run")
                    return
                }
                #expect(await world.watch.blindReason == nil)
                #expect(await world.journal.state.anomalies.isEmpty)
            }
            // Another life knows what the one before said, and takes it back.
            let again = try await World(time, storage: storage)
            #expect(await again.journal.state.blindNamespaces.keys.sorted() == ["shop"])
            try await again.whileWatching(time) {
                try await reaches(time, "sight") { await again.alerts == [] }
                #expect(await again.journal.state.blindNamespaces.isEmpty)
                guard case .ran = await again.run("shop", time) else {
                    Issue.record("shop is seen again, and its round was not run")
                    return
                }
            }
        }
    }

    @Test func theBlindnessOfAnEarlierLifeEnds() {
        inVirtualTime { time in
            let world = try await World(time, storage: SimulatedStorage(clock: time, seed: 1))
            try await world.journal.record(.blind(Blind(reason: "no scrape")))
            try await world.journal.record(.blind(Blind(reason: "dark", namespace: "sold")))
            await world.watch.updateAlerts()
            #expect(await world.alerts == ["all", "sold"])
            try await world.whileWatching(time) {
                try await reaches(time, "sight") { await world.alerts == [] }
                #expect(await world.journal.state.blind == nil)
            }
        }
    }

    @Test func callersThatAreScaledDownAreNotDark() {
        inVirtualTime { time in
            let world = try await World(
                time, storage: SimulatedStorage(clock: time, seed: 1))
            try await world.whileWatching(time) {
                await world.source.trouble(.vanished, "shop")
                await world.cluster.scaleDown("shop")
                try await time.sleep(for: .seconds(60))
                #expect(await world.watch.blindReason(for: "shop") == nil)
                #expect(await world.alerts == [])
                let signals = await world.journal.state.anomalies.map(\.signal)
                #expect(Set(signals) == [.traffic], "that nobody calls is known")
            }
        }
    }
}

/// One caller's pod and one answering workload in each of two namespaces.
private actor TwoNamespaces: Cluster {
    static let names = ["bank", "shop"]
    private var down: Set<String> = []

    func scaleDown(_ namespace: String) { down.insert(namespace) }

    func snapshot() async throws(Failure) -> Snapshot {
        var snapshot = Snapshot(takenAt: Timestamp(seconds: 0), namespaces: Self.names)
        for (place, namespace) in Self.names.enumerated() {
            for name in ["client", "web"] {
                let index = Int32(snapshot.workloads.count)
                snapshot.workloads.append(
                    Snapshot.Workload(
                        ref: WorkloadRef(kind: "Deployment", namespace: namespace, name: name),
                        namespace: Int32(place), desired: 1, rollingOut: false))
                if name == "client", down.contains(namespace) { continue }
                snapshot.pods.append(
                    Snapshot.Pod(
                        name: "\(name)-0", uid: "\(namespace)-\(name)", namespace: Int32(place),
                        workload: index, node: -1, labels: -1, flags: [.ready, .running],
                        created: Timestamp(seconds: 0)))
            }
        }
        return snapshot
    }

    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        try await snapshot()
    }
    func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? { nil }
    func deletePod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .accepted }
    func evictPod(_ target: Target, gracePeriod: Duration?) async throws(Failure) -> Removal {
        .accepted
    }
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool { true }
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
}

/// Never injected: the policies only observe.
private struct Nothing: Fault {
    static let manifest = FaultManifest(
        name: "nothing", summary: "", target: .pod, parameters: [], reversible: false,
        honoursDisruptionBudgets: false, permissions: [])
    init(_ parameters: Parameters) throws(ConfigError) {}
    var duration: Duration { .zero }
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON { [:] }
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal {
        try await cluster.deletePod(target, gracePeriod: nil)
    }
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery {
        .delivered
    }
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure) {}
}

/// A hundred requests in each window to two services of each namespace, and exporters.
actor TwoMeshes: SignalSource {
    /// What becomes of the reporter of a namespace.
    enum Trouble: Sendable { case unreachable, vanished }

    nonisolated let interval = Duration.seconds(5)
    private var last: Timestamp
    private var count = 0.0
    private var troubles: [String: Trouble] = [:]
    private var lastScrape: [String: Timestamp] = [:]

    init(start: Timestamp) { last = start }

    func trouble(_ trouble: Trouble, _ namespace: String) { troubles[namespace] = trouble }

    func read(_ question: Question) async throws(Failure) -> Reading {
        count += (20 * (question.until - last).inSeconds).rounded()
        last = question.until
        var reading = Reading(
            series: [],
            reporters: (0..<8).map { .init(name: "exporter-\($0)", lastScrape: last) },
            completeUntil: last)
        for namespace in ["bank", "shop"] where troubles[namespace] != .vanished {
            let pod = "\(namespace)/client-0"
            if troubles[namespace] == nil {
                lastScrape[pod] = last
                reading.series += ["cart", "web"].map { series($0, namespace, pod) }
            }
            reading.reporters.append(.init(name: pod, lastScrape: lastScrape[pod]))
        }
        return reading
    }

    private func series(_ service: String, _ namespace: String, _ pod: String) -> SampleSeries {
        SampleSeries(
            metric: "istio_requests_total",
            labels: Labels([
                "reporter": "source", "source_workload": "client",
                "source_workload_namespace": namespace,
                "destination_service": "\(service).\(namespace).svc.cluster.local",
                "destination_workload": "web", "response_code": "200", "response_flags": "-",
            ]), reporter: pod, samples: [Sample(time: last, value: count)])
    }
}
