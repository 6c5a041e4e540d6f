import Core
import Engine
import Platform
import Simulation
import Testing

/// What a new life reverts, and what it leaves alone.
@Suite struct SweepTests {
    private static let policy = "go-app/demo"

    private static func planned(_ round: Int, _ pod: String) -> Event {
        .planned(
            Planned(
                round: round, policy: policy, digest: "", tick: Timestamp(seconds: 0), seed: 1,
                assignment: .strike, target: target(pod), fault: "test", parameters: [:],
                targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
                eligibleWorkloads: 1, excluded: [:]))
    }

    private static func injecting(_ round: Int, _ pod: String) -> Injecting {
        Injecting(
            round: round, policy: policy, target: target(pod), fault: "test", parameters: [:],
            undo: [:], deadline: Timestamp(seconds: 1_800_000_060), fencingToken: 1)
    }

    private static func target(_ pod: String) -> Target {
        Target(kind: .pod, namespace: "go-app", name: pod, uid: pod + "-uid")
    }

    private static func foreign(_ round: Int) -> String {
        var mark = InjectionMark(injecting(round, "x"))
        mark.policy = "other/policy"
        return mark.text
    }

    private struct World {
        let time: VirtualTime
        let journal: Journal
        let cluster: SweptCluster
        let sweep: Sweep
        var state: State { get async { await journal.state } }
    }

    private static func with(
        _ pods: [String: String?], _ events: [Event],
        _ body: @escaping @Sendable (World) async throws -> Void
    ) {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            for event in events { try await journal.record(event) }
            let cluster = SweptCluster(pods)
            let sweep = Sweep(
                cluster: cluster, catalog: FaultCatalog([MarkFault.self]), journal: journal,
                clock: time, interruption: Interruption(), log: .silent)
            try await body(World(time: time, journal: journal, cluster: cluster, sweep: sweep))
        }
    }

    @Test func recoveryRevertsAndClosesWhatAnEarlierLifeLeft() {
        let open = Self.injecting(1, "a")
        Self.with(
            ["a": InjectionMark(open).text, "b": nil],
            [
                started, Self.planned(1, "a"), .injecting(open), Self.planned(2, "b"),
            ]
        ) { world in
            let result = await world.sweep.recover()
            #expect(result.failures == [])
            #expect(result.reverted == [1])
            #expect(await world.cluster.marks.isEmpty)
            let rounds = await world.state.rounds
            #expect(rounds.map(\.outcome) == [.interrupted, .void])
            #expect(rounds[0].revertedAt != nil)
            // Once more finds nothing to do.
            let sequence = await world.state.sequence
            #expect(await world.sweep.recover() == Sweep.Result())
            #expect(await world.state.sequence == sequence)
        }
    }

    /// The crash came between the announcement and the mark, or the pod is gone with its mark.
    @Test func anInjectionWithoutAMarkIsRevertedToo() {
        Self.with(
            [:], [started, Self.planned(1, "a"), .injecting(Self.injecting(1, "a"))]
        ) { world in
            #expect(await world.sweep.recover().reverted == [1])
            #expect(await world.state.openInjections.isEmpty)
        }
    }

    @Test func aRunningRoundIsLeftAlone() {
        let open = Self.injecting(1, "a")
        Self.with(
            ["a": InjectionMark(open).text],
            [started, Self.planned(1, "a"), .injecting(open)]
        ) { world in
            #expect(await world.sweep.run(leads: true) == Sweep.Result())
            // Also when its deadline has passed: the round itself reverts.
            try await world.time.sleep(for: .seconds(120))
            #expect(await world.sweep.run(leads: true) == Sweep.Result())
            #expect(await world.cluster.marks.count == 1)
            try await world.journal.record(.closed(Closed(round: 1, outcome: .harm)))
            #expect(await world.sweep.run(leads: true).reverted.contains(1))
            #expect(await world.cluster.marks.isEmpty)
        }
    }

    /// The verdict was journaled, and the life ended before it closed the round.
    @Test func aVerdictThatWasReachedStands() {
        func judged(_ round: Int, _ kind: Verdict.Kind) -> Event {
            .judged(Judged(round: round, verdict: Verdict(kind: kind, confidence: 0.99, text: "")))
        }
        Self.with(
            [:],
            [
                started, Self.planned(1, "a"), .injecting(Self.injecting(1, "a")),
                judged(1, .harm), Self.planned(2, "b"), .injecting(Self.injecting(2, "b")),
            ]
        ) { world in
            _ = await world.sweep.recover()
            #expect(await world.state.rounds.map(\.outcome) == [.harm, .interrupted])
        }
    }

    /// A round that began while the sweep was busy with another one is tended by somebody.
    @Test func aRoundThatBeginsDuringASweepIsLeftAlone() {
        let stuck = Self.injecting(1, "a")
        let live = Self.injecting(2, "b")
        Self.with(
            ["a": InjectionMark(stuck).text, "b": nil],
            [
                started, Self.planned(1, "a"), .injecting(stuck),
                .closed(Closed(round: 1, outcome: .harm)),
            ]
        ) { world in
            await world.cluster.meanwhile {
                try? await world.journal.record(Self.planned(2, "b"))
                try? await world.journal.record(.injecting(live))
                return ("b", InjectionMark(live).text)
            }
            _ = await world.sweep.run(leads: true)
            #expect(await world.cluster.marks == ["b": InjectionMark(live).text])
            #expect(await world.state.rounds.last?.holdsInjection == true)
        }
    }

    @Test func anotherJournalsMarkIsLeftUntilItsDeadline() {
        Self.with(["a": Self.foreign(9)], [started]) { world in
            #expect(await world.sweep.run(leads: true) == Sweep.Result())
            #expect(await world.cluster.marks.count == 1)
            try await world.time.sleep(for: .seconds(61))
            #expect(await world.sweep.run(leads: false) == Sweep.Result())
            #expect(await world.sweep.run(leads: true).reverted == [9])
            #expect(await world.cluster.marks.isEmpty)
        }
    }

    @Test func anUnreadableMarkIsLeftForAPerson() {
        Self.with(["a": "not a mark"], [started]) { world in
            try await world.time.sleep(for: .seconds(3600))
            #expect(await world.sweep.recover() == Sweep.Result())
            #expect(await world.cluster.marks.count == 1)
        }
    }

    @Test func whatFailsStaysOpenAndIsTriedAgain() {
        let open = Self.injecting(1, "a")
        Self.with(
            ["a": InjectionMark(open).text],
            [started, Self.planned(1, "a"), .injecting(open)]
        ) { world in
            await world.cluster.refuse(true)
            let failed = await world.sweep.recover()
            #expect(!failed.failures.isEmpty)
            #expect(await world.state.openInjections.count == 1)
            #expect(await world.state.rounds.first?.revertFailures == 1)
            await world.cluster.refuse(false)
            #expect(await world.sweep.run(leads: true).failures == [])
            #expect(await world.state.openInjections.isEmpty)
            #expect(await world.cluster.marks.isEmpty)
        }
    }

    @Test func anUnreadableClusterIsAFailure() {
        Self.with(["a": Self.foreign(1)], [started]) { world in
            await world.cluster.goAway()
            #expect(await world.sweep.recover().failures.count == 1)
        }
    }
}

/// A fault whose revert takes the mark off.
private struct MarkFault: Fault {
    static let manifest = FaultManifest(
        name: "test", summary: "", target: .pod, parameters: [], reversible: true,
        honoursDisruptionBudgets: true, permissions: [])
    init(_ parameters: Parameters) throws(ConfigError) {}
    var duration: Duration { .zero }
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON { [:] }
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal {
        .accepted
    }
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery {
        .delivered
    }
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure) {
        _ = try await cluster.setMark(nil, on: target)
    }
}

/// Pods of one namespace with marks.
private actor SweptCluster: Cluster {
    private var pods: [String: String?]
    private var isRefusing = false
    private var isGone = false
    private var work: (@Sendable () async -> (pod: String, mark: String))?

    init(_ pods: [String: String?]) { self.pods = pods }

    var marks: [String: String] { pods.compactMapValues { $0 } }
    /// Runs while the next mark is being changed, and marks a pod.
    func meanwhile(_ work: @escaping @Sendable () async -> (pod: String, mark: String)) {
        self.work = work
    }
    func refuse(_ isRefusing: Bool) { self.isRefusing = isRefusing }
    func goAway() { isGone = true }

    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        try await snapshot()
    }

    func snapshot() async throws(Failure) -> Snapshot {
        if isGone { throw Failure(.transient, "the server is gone") }
        var snapshot = Snapshot(takenAt: Timestamp(seconds: 0), namespaces: ["go-app"])
        for (name, mark) in pods.sorted(by: { $0.key < $1.key }) {
            snapshot.pods.append(
                Snapshot.Pod(
                    name: name, uid: name + "-uid", namespace: 0, workload: -1, node: -1,
                    labels: -1, flags: [.ready, .running], created: Timestamp(seconds: 0),
                    mark: mark))
        }
        return snapshot
    }

    func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? { nil }
    func deletePod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .accepted }
    func evictPod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .accepted }
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool {
        if isRefusing { throw Failure(.transient, "503") }
        if let work {
            self.work = nil
            let marked = await work()
            pods[marked.pod] = marked.mark
        }
        guard pods[target.name] != nil else { return false }
        pods[target.name] = .some(mark)
        return true
    }
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
}
