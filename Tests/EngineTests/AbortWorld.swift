// A namespace of services with traffic, a fault that lasts, and a runner: for tests of what ends a
// round early.

import Core
import Engine
import Platform
import Simulation
import Testing

/// Everything that a round needs, in virtual time.
struct AbortWorld: Sendable {
    static let namespace = "shop"
    let time: VirtualTime
    let storage: SimulatedStorage
    let journal: Journal
    let cluster: StruckCluster
    let watch: SignalWatch
    let policy: Policy
    let runner: RoundRunner

    init(
        _ time: VirtualTime, services: Int = 1, storage: SimulatedStorage? = nil,
        leadership: any Leadership = SoleLeadership(), mode: Policy.Mode = .enforce,
        wrap: (SimulatedStorage) -> any Storage = { $0 }, radius: (inout BlastRadius) -> Void
    ) async throws {
        self.time = time
        self.storage = storage ?? SimulatedStorage(clock: time, seed: 1)
        journal = try await Journal(storage: wrap(self.storage), clock: time)
        let names = (0..<services).map { "s\($0)" }
        cluster = StruckCluster(names)
        let interruption = Interruption()
        watch = SignalWatch(
            judge: Judge(
                settings: JudgeSettings(
                    interval: .seconds(5),
                    warmUp: .init(windows: 10, requests: 200, time: .seconds(60)))),
            source: MeshSource(cluster: cluster, services: names, start: time.now),
            journal: journal, clock: time, interruption: interruption, log: .silent)
        var limits = BlastRadius(
            namespaceMaxUnavailable: .share(1), workloadMaxUnavailable: .share(1), minReady: 0,
            cooldown: .zero, nodeMaxUnavailable: .share(1), budgetPeriod: .seconds(3600))
        radius(&limits)
        let none = try Parameters(ConfigNode(.null), specs: [], path: "")
        policy = Policy(
            name: "p", namespace: Self.namespace, mode: mode,
            schedule: Schedule(cadence: .every(.seconds(60))),
            targets: PodTargets(
                selector: LabelSelector([.init(key: "app", operation: .isIn, values: ["s0"])])),
            faults: [WeightedFault(kind: "lasting", weight: 1, parameters: none)], sham: 0,
            blastRadius: limits, judge: JudgeTimes(observe: .seconds(300)),
            gate: GateRules(holdWhile: [.blind], stopAfterUnrecovered: 0), source: "", digest: "")
        runner = RoundRunner(
            policy: policy, cluster: cluster, catalog: FaultCatalog([LastingFault.self]),
            journal: journal, watch: watch, leadership: leadership, clock: time, seed: 1,
            interruption: interruption, log: .silent)
    }

    /// Runs `body` with the signals being read, once the baseline is known.
    func whileWatching(_ body: () async throws -> Void) async throws {
        await watch.configure([policy]) { [cluster] in try? await cluster.snapshot() }
        try await withBackground([{ await watch.run() }]) {
            try await reaches(time, "a baseline") { await watch.isWarm(Self.namespace) }
            try await body()
        }
    }

    var state: State { get async { await journal.state } }
}

/// Three pods for each service. A struck pod's service fails, and so do those that are told to.
actor StruckCluster: Cluster {
    private let names: [String]
    private var marks: [String: String] = [:]
    private(set) var struck: Set<String> = []
    /// Services that fail whatever happens to them.
    private var failing: Set<String> = []
    private var template = "v1"
    private var fingerprint: UInt64 = 1
    /// The signals cannot be read.
    private(set) var isSilent = false
    private var whileRead: @Sendable () async -> Void = {}
    private var whileStruck: @Sendable () async -> Void = {}

    init(_ names: [String]) { self.names = names }

    func fail(_ services: Set<String>) { failing = services }
    func setSilent(_ isSilent: Bool) { self.isSilent = isSilent }
    /// Happens while the last look before the act is taken.
    func whileRead(_ work: @escaping @Sendable () async -> Void) { whileRead = work }
    /// Happens before the answer to an eviction is there.
    func whileStruck(_ work: @escaping @Sendable () async -> Void) { whileStruck = work }
    /// Another template of every service; a restart runs what ran before.
    func deploy(_ template: String, restart: Bool = false) {
        self.template = template
        if !restart { fingerprint += 1 }
    }
    func isFailing(_ service: String) -> Bool {
        failing.contains(service) || struck.contains { $0.hasPrefix(service + "-") }
    }

    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        await whileRead()
        return try await snapshot()
    }

    func snapshot() async throws(Failure) -> Snapshot {
        var snapshot = Snapshot(takenAt: Timestamp(seconds: 0), namespaces: [AbortWorld.namespace])
        snapshot.templates = [fingerprint]
        for (index, name) in names.enumerated() {
            snapshot.workloads.append(
                Snapshot.Workload(
                    ref: WorkloadRef(
                        kind: "Deployment", namespace: AbortWorld.namespace, name: name),
                    namespace: 0, desired: 3, rollingOut: false))
            snapshot.labelSets.append(["app": name, "pod-template-hash": template])
            for pod in 0..<3 {
                snapshot.pods.append(
                    Snapshot.Pod(
                        name: "\(name)-\(pod)", uid: "\(name)-\(pod)", namespace: 0,
                        workload: Int32(index), node: -1, labels: Int32(index),
                        flags: [.ready, .running], template: 0, created: Timestamp(seconds: 0),
                        mark: marks["\(name)-\(pod)"]))
            }
        }
        return snapshot
    }

    func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? {
        PodStatus(uid: name, ready: true, terminating: false, node: nil, mark: marks[name])
    }
    func deletePod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .accepted }
    func evictPod(_ target: Target, gracePeriod: Duration?) async throws(Failure) -> Removal {
        struck.insert(target.name)
        await whileStruck()
        return .accepted
    }
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool {
        marks[target.name] = mark
        if mark == nil { struck.remove(target.name) }
        return true
    }
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
}

/// In place for ten minutes, unless it is reverted.
private struct LastingFault: Fault {
    static let manifest = FaultManifest(
        name: "lasting", summary: "", target: .pod, parameters: [], reversible: true,
        honoursDisruptionBudgets: true, permissions: [])
    init(_ parameters: Parameters) throws(ConfigError) {}
    var duration: Duration { .seconds(600) }
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON { [:] }
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal {
        try await cluster.evictPod(target, gracePeriod: nil)
    }
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery {
        .delivered
    }
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure) {
        _ = try await cluster.setMark(nil, on: target)
    }
}

/// Twenty requests a second to each service; a third of them fail where it is failing.
private actor MeshSource: SignalSource {
    nonisolated let interval = Duration.seconds(5)
    private let cluster: StruckCluster
    private let services: [String]
    private var last: Timestamp
    private var good: [String: Double] = [:]
    private var bad: [String: Double] = [:]

    init(cluster: StruckCluster, services: [String], start: Timestamp) {
        self.cluster = cluster
        self.services = services
        last = start
    }

    func read(_ question: Question) async throws(Failure) -> Reading {
        if await cluster.isSilent { throw Failure(.transient, "no signals here") }
        let requests = max(0, (20 * (question.until - last).inSeconds).rounded())
        last = question.until
        var series: [SampleSeries] = []
        for service in services {
            let failed = await cluster.isFailing(service) ? (requests / 3).rounded() : 0
            good[service, default: 0] += requests - failed
            bad[service, default: 0] += failed
            for (code, count) in [("200", good[service] ?? 0), ("500", bad[service] ?? 0)] {
                let labels = Labels([
                    "reporter": "source", "source_workload": "client",
                    "source_workload_namespace": AbortWorld.namespace,
                    "destination_service": "\(service).\(AbortWorld.namespace).svc.cluster.local",
                    "destination_workload": service, "response_code": code, "response_flags": "-",
                ])
                series.append(
                    SampleSeries(
                        metric: "istio_requests_total", labels: labels, reporter: "client",
                        samples: [Sample(time: question.until, value: count)]))
            }
        }
        return Reading(
            series: series,
            reporters: [.init(name: "client", lastScrape: question.until)],
            completeUntil: question.until)
    }
}
