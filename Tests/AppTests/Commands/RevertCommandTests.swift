import Core
import Engine
import Host
import Platform
import Testing

@testable import App

/// `revert --all` over a cluster in memory.
@Suite(.timeLimit(.minutes(10)))
struct RevertCommandTests {
    private func revert(
        _ cluster: MarkedCluster, namespaces: [String] = [], journal: String? = nil
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        let exit = await RevertCommand.run(
            cluster: cluster, catalog: FaultCatalog([RemovalFault.self]), namespaces: namespaces,
            journal: journal, clock: SystemClock(), output: recorded.output)
        return (exit, recorded)
    }

    private func mark(_ round: Int, fault: String = "pod-delete") -> String {
        InjectionMark(
            round: round, policy: SampleJournal.policy, fault: fault, parameters: [:], undo: [:],
            deadline: Timestamp(seconds: 4_000_000_000), fencingToken: 1
        ).text
    }

    @Test func everyMarkIsRevertedWhateverItsDeadline() async throws {
        let cluster = MarkedCluster(["a": mark(1), "b": mark(2), "c": nil])
        let (exit, recorded) = await revert(cluster)
        #expect(exit == .success)
        #expect(await cluster.marks.isEmpty)
        #expect(recorded.lines.filter { $0.contains("reverted pod-delete of round") }.count == 2)
        let (again, nothing) = await revert(cluster)
        #expect(again == .success)
        #expect(nothing.lines == ["nothing of Hazard's is in place in any namespace"])
    }

    @Test func whatWasLookedAtIsSaid() async throws {
        let cluster = MarkedCluster(["a": mark(1)])
        let (exit, recorded) = await revert(cluster, namespaces: ["go-app"])
        #expect(exit == .success)
        #expect(recorded.lines.last == "1 reverted, nothing is left in namespace go-app")
        let (_, nothing) = await revert(cluster, namespaces: ["go-app"])
        #expect(nothing.lines == ["nothing of Hazard's is in place in namespace go-app"])
    }

    /// What is there is reverted all the same.
    @Test func aNamespaceWithoutPodsIsAFailure() async throws {
        let cluster = MarkedCluster(["a": mark(1)])
        let (exit, recorded) = await revert(cluster, namespaces: ["go-ap", "go-app"])
        #expect(exit == .failure)
        #expect(await cluster.marks.isEmpty)
        #expect(
            recorded.errors == [
                "namespace \"go-ap\" has no pods in this cluster; check the name and --context"
            ])
        #expect(!recorded.text.contains("nothing is left"))
    }

    @Test func whatCannotBeRevertedIsNamedAndLeft() async throws {
        let cluster = MarkedCluster([
            "a": mark(1), "b": "not a mark", "c": mark(3, fault: "from-the-future"),
        ])
        await cluster.refuse("a")
        let (exit, recorded) = await revert(cluster)
        #expect(exit == .leftBehind)
        #expect(await cluster.marks.count == 3)
        for name in ["go-app/a", "go-app/b", "go-app/c"] {
            #expect(recorded.errors.contains { $0.contains(name) }, "\(name)")
        }
        #expect(recorded.errors.contains { $0.contains("from-the-future") })
        #expect(recorded.errors.last?.hasPrefix("3 could not be reverted") == true)
    }

    @Test func anUnreadableClusterIsAFailure() async throws {
        let cluster = MarkedCluster(["a": mark(1)])
        await cluster.goAway()
        let (exit, recorded) = await revert(cluster)
        #expect(exit == .failure)
        #expect(recorded.errors.first?.contains("the server is gone") == true)
    }

    @Test func withAJournalItsOpenRoundsAreClosed() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([
                SampleJournal.start, .planned(SampleJournal.planned(1)),
                SampleJournal.injecting(1), .planned(SampleJournal.planned(2)),
            ])
            let cluster = MarkedCluster(["go-app-1": mark(1)])
            let (exit, recorded) = await revert(cluster, journal: journal.path)
            #expect(exit == .success, "\(recorded.errors)")
            let file = try await JournalFile(path: journal.path)
            #expect(file.state.openInjections.isEmpty)
            #expect(file.rounds.map(\.outcome) == [.interrupted, .void])
            #expect(recorded.text.contains("round 2: closed in the journal"))
        }
    }

    @Test func aHeldJournalIsLeftAlone() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([SampleJournal.start])
            let holder = try SQLiteStorage(path: journal.path)
            let cluster = MarkedCluster(["a": mark(1)])
            let (exit, recorded) = await revert(cluster, journal: journal.path)
            #expect(exit == .busy)
            #expect(recorded.errors.first?.contains("/api/v1/halt") == true)
            #expect(await cluster.marks.count == 1)
            try holder.close()
        }
    }

    @Test func aJournalThatIsNotThereIsNotCreated() async throws {
        try await SampleJournal.with { journal in
            let (exit, recorded) = await revert(MarkedCluster([:]), journal: journal.path)
            #expect(exit == .failure)
            #expect(recorded.errors.first?.contains("there is no journal") == true)
            let files = try FileSystem.list(journal.directory)
            #expect(files.isEmpty)
        }
    }
}

/// A fault whose revert takes the mark off, under the name of a real one.
private struct RemovalFault: Fault {
    static let manifest = FaultManifest(
        name: "pod-delete", summary: "", target: .pod,
        parameters: [ParameterSpec("gracePeriod", .string, default: "0s", "")],
        reversible: false, honoursDisruptionBudgets: false, permissions: [])
    init(_ parameters: Parameters) throws(ConfigError) {}
    var duration: Duration { .zero }
    func undo(for target: Target, in cluster: any Cluster) async throws(Failure) -> JSON { [:] }
    func inject(_ target: Target, in cluster: any Cluster) async throws(Failure) -> Removal {
        .refused("not in this test")
    }
    func delivery(of target: Target, in cluster: any Cluster) async throws(Failure) -> Delivery {
        .delivered
    }
    func revert(_ target: Target, undo: JSON, in cluster: any Cluster) async throws(Failure) {
        _ = try await cluster.setMark(nil, on: target)
    }
}

/// Pods of one namespace with marks.
private actor MarkedCluster: Cluster {
    private var pods: [String: String?]
    private var refused: Set<String> = []
    private var isGone = false

    init(_ pods: [String: String?]) { self.pods = pods }

    var marks: [String: String] { pods.compactMapValues { $0 } }
    func refuse(_ name: String) { refused.insert(name) }
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
    ) async throws(Failure) -> Removal { .refused("") }
    func evictPod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal { .refused("") }
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool {
        if refused.contains(target.name) { throw Failure(.rejected, "forbidden") }
        guard pods[target.name] != nil else { return false }
        pods[target.name] = .some(mark)
        return true
    }
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
}
