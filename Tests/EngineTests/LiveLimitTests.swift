import Core
import Engine
import Platform
import Simulation
import Testing

/// The view that a round is planned on may be old; what it strikes is counted on a live reading.
@Suite struct LiveLimitTests {
    /// One round against a cluster that looks fine, and is `truth`.
    private static func round(
        truth: String, rolling: Bool = false, failures: Int = 0,
        _ check: @escaping @Sendable (RoundRunner.Result, State, LaggingCluster) async -> Void
    ) {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            try await journal.record(started)
            let cluster = LaggingCluster(
                seen: pods("rr"), truth: pods(truth, rolling: rolling), failures: failures)
            let runner = RoundRunner(
                policy: try policy(), cluster: cluster, catalog: FaultCatalog([Removing.self]),
                journal: journal,
                watch: SignalWatch(
                    judge: Judge(), source: SilentSource(), journal: journal, clock: time,
                    interruption: Interruption(), log: .silent),
                leadership: SoleLeadership(), clock: time, seed: 1,
                interruption: Interruption(), log: .silent)
            let result = await runner.run(tick: time.now)
            await check(result, await journal.state, cluster)
        }
    }

    private static func policy() throws -> Policy {
        let none = try Parameters(ConfigNode(.null), specs: [], path: "")
        return Policy(
            name: "p", namespace: "shop", mode: .enforce,
            schedule: Schedule(cadence: .every(.seconds(120))), targets: PodTargets(),
            faults: [WeightedFault(kind: "removing", weight: 1, parameters: none)], sham: 0,
            blastRadius: BlastRadius(
                namespaceMaxUnavailable: .share(1), workloadMaxUnavailable: .share(0.5),
                minReady: 1),
            judge: JudgeTimes(observe: .seconds(10)),
            gate: GateRules(holdWhile: [.rolloutInProgress]), source: "", digest: "")
    }

    /// One Deployment of two: `r` is a Ready pod, `u` one that is not.
    private static func pods(_ letters: String, rolling: Bool = false) -> Snapshot {
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

    @Test func whatStillHoldsIsStruck() {
        Self.round(truth: "rr") { result, state, cluster in
            #expect(state.rounds.first?.injectedAt != nil)
            #expect(await cluster.removed.count == 1)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test(arguments: ["ur", "ru", "uu", ""])
    func whatBrokeMeanwhileIsLeftAlone(_ truth: String) {
        Self.round(truth: truth) { result, state, cluster in
            #expect(result == .ran(round: 1, .skipped))
            #expect(state.rounds.first?.failure?.kind == .withdrawn)
            #expect(await cluster.removed.isEmpty)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test func aRolloutThatBeganMeanwhileIsLeftAlone() {
        Self.round(truth: "rr", rolling: true) { result, state, cluster in
            #expect(state.rounds.first?.failure?.reason == "rolling out: web")
            #expect(await cluster.removed.isEmpty)
        }
    }

    @Test func oneLostAnswerIsAskedForAgainAndMoreAreNot() {
        Self.round(truth: "rr", failures: 1) { _, state, cluster in
            #expect(await cluster.removed.count == 1)
        }
        Self.round(truth: "rr", failures: 2) { result, state, cluster in
            #expect(result == .ran(round: 1, .skipped))
            #expect(state.rounds.first?.failure?.reason.contains("live reading") == true)
            #expect(await cluster.removed.isEmpty)
        }
    }
}

/// A cluster whose view lags behind the truth.
private actor LaggingCluster: Cluster {
    private let seen: Snapshot
    private let truth: Snapshot
    private var failures: Int
    private(set) var removed: [String] = []
    private(set) var marked: Set<String> = []

    init(seen: Snapshot, truth: Snapshot, failures: Int) {
        self.seen = seen
        self.truth = truth
        self.failures = failures
    }

    func snapshot() async throws(Failure) -> Snapshot { seen }

    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        if failures > 0 {
            failures -= 1
            throw Failure(.transient, "503")
        }
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
private struct Removing: Fault {
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
private struct SilentSource: SignalSource {
    var interval: Duration { .seconds(5) }
    func read(_ question: Question) async throws(Failure) -> Reading {
        throw Failure(.transient, "no traffic here")
    }
}
