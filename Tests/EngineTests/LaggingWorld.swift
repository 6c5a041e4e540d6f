// A round in virtual time, against a cluster whose view lags behind the truth and in which things
// happen while the last look is taken.

import Core
import Engine
import Platform
import Simulation

/// Everything that one round of a namespace with one Deployment of two needs.
struct LaggingWorld: Sendable {
    let time: VirtualTime
    let cluster: LaggingCluster
    let journal: Journal
    let interruption = Interruption()
    let retired = Interruption()
    let runner: RoundRunner

    init(
        _ time: VirtualTime, _ cluster: LaggingCluster? = nil,
        schedule: Schedule = Schedule(cadence: .every(.seconds(120))),
        leadership: any Leadership = SoleLeadership(), holdWhile: Set<GateRules.Hold> = []
    ) async throws {
        let cluster =
            cluster
            ?? LaggingCluster(
                seen: LaggingCluster.pods("rr"), truth: LaggingCluster.pods("rr"), failures: 0)
        self.time = time
        self.cluster = cluster
        journal = try await Journal(storage: SimulatedStorage(clock: time, seed: 1), clock: time)
        try await journal.record(started)
        let none = try Parameters(ConfigNode(.null), specs: [], path: "")
        let policy = Policy(
            name: "p", namespace: "shop", mode: .enforce, schedule: schedule,
            targets: PodTargets(),
            faults: [WeightedFault(kind: "removing", weight: 1, parameters: none)], sham: 0,
            blastRadius: BlastRadius(
                namespaceMaxUnavailable: .share(1), workloadMaxUnavailable: .share(0.5),
                minReady: 1),
            judge: JudgeTimes(observe: .seconds(10)),
            gate: GateRules(holdWhile: holdWhile.union([.rolloutInProgress])), source: "",
            digest: "")
        runner = RoundRunner(
            policy: policy, cluster: cluster, catalog: FaultCatalog([Removing.self]),
            journal: journal,
            watch: SignalWatch(
                judge: Judge(), source: SilentSource(), journal: journal, clock: time,
                interruption: Interruption(), log: .silent),
            leadership: leadership, clock: time, seed: 1, interruption: interruption,
            retired: retired, log: .silent)
    }
}

/// A cluster whose view lags behind the truth.
actor LaggingCluster: Cluster {
    private let seen: Snapshot
    private let truth: Snapshot
    private var failures: Int
    private(set) var removed: [String] = []
    private(set) var marked: Set<String> = []
    /// Runs while the live reading is under way: the last time anything can change before the act.
    private var meanwhile: @Sendable () async -> Void = {}

    init(seen: Snapshot, truth: Snapshot, failures: Int) {
        self.seen = seen
        self.truth = truth
        self.failures = failures
    }

    func whileRead(_ work: @escaping @Sendable () async -> Void) { meanwhile = work }

    /// One Deployment of two: `r` is a Ready pod, `u` one that is not.
    static func pods(_ letters: String, rolling: Bool = false) -> Snapshot {
        var snapshot = Snapshot(takenAt: Timestamp(seconds: 0), namespaces: ["shop"])
        snapshot.workloads = [
            Snapshot.Workload(
                ref: WorkloadRef(kind: "Deployment", namespace: "shop", name: "web"),
                namespace: 0, desired: 2, rollingOut: rolling)
        ]
        for (index, letter) in letters.enumerated() {
            snapshot.pods.append(
                Snapshot.Pod(
                    name: "web-\(index)", uid: "uid-\(index)", namespace: 0, workload: 0,
                    node: -1, labels: -1, flags: letter == "r" ? [.ready, .running] : [.running],
                    created: Timestamp(seconds: 0)))
        }
        return snapshot
    }

    func snapshot() async throws(Failure) -> Snapshot { seen }

    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        if failures > 0 {
            failures -= 1
            throw Failure(.transient, "503")
        }
        await meanwhile()
        var live = truth
        for index in live.pods.indices where marked.contains(live.pods[index].name) {
            live.pods[index].mark = "{}"
        }
        return live
    }

    func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? { nil }
    func deletePod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal {
        removed.append(target.name)
        return .accepted
    }
    func evictPod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .accepted }
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool {
        if mark == nil { marked.remove(target.name) } else { marked.insert(target.name) }
        return true
    }
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
}

/// Deletes its target.
struct Removing: Fault {
    static let manifest = FaultManifest(
        name: "removing", summary: "", target: .pod, parameters: [], reversible: false,
        honoursDisruptionBudgets: true, permissions: [])
    init(_ parameters: Parameters) throws(ConfigError) {}
    var duration: Duration { .zero }
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON { [:] }
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal {
        try await cluster.deletePod(target, gracePeriod: nil)
    }
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery {
        .delivered
    }
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure) {
        _ = try await cluster.setMark(nil, on: target)
    }
}

/// A source without traffic.
struct SilentSource: SignalSource {
    var interval: Duration { .seconds(5) }
    func read(_ question: Question) async throws(Failure) -> Reading {
        throw Failure(.transient, "no traffic here")
    }
}
