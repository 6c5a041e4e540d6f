import Core
import Engine
import Platform
import Simulation
import Testing

/// What is read and judged is what the policies watch: nothing before they are known, and nothing
/// of what they do not watch any more.
@Suite struct WatchedNamespacesTests {
    /// A cluster that cannot be read while it is away.
    private actor AwayCluster: Cluster {
        private let cluster = StruckCluster(["cart"])
        private var isAway = true
        func setAway(_ isAway: Bool) { self.isAway = isAway }

        func snapshot() async throws(Failure) -> Snapshot {
            if isAway { throw Failure(.transient, "no route to the API server") }
            return try await cluster.snapshot()
        }
        func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
            try await snapshot()
        }
        func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? { nil }
        func deletePod(
            _ target: Target, gracePeriod: Duration?
        ) async throws(Failure) -> Removal { .accepted }
        func evictPod(
            _ target: Target, gracePeriod: Duration?
        ) async throws(Failure) -> Removal { .accepted }
        func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool { true }
        func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure) {}
    }

    /// Recovery takes half an hour here, and what the policies watch is watched meanwhile.
    @Test func aDaemonReadsWhatItsPoliciesWatchFromTheStart() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time)
            let cluster = AwayCluster()
            let ending = Interruption()
            let book = PolicyBook(
                [NamespaceWorld.policy("shop")], journal: world.journal, clock: time)
            let daemon = Daemon(
                cluster: cluster, catalog: FaultCatalog([]), journal: world.journal,
                watch: world.watch,
                courier: Courier(
                    [], journal: world.journal, clock: time, interruption: world.closing,
                    log: .silent), leadership: SoleLeadership(), book: book, clock: time, seed: 1,
                instance: "i", version: "0", interruption: ending, closing: world.closing,
                log: .silent)
            world.mesh.set("shop", .init())
            world.mesh.set("bank", .init())
            try await withBackground([{ await daemon.run() }]) {
                try await time.sleep(for: .seconds(1200))
                #expect(await world.watch.isWarm("shop"), "also while recovery is stuck")
                world.mesh.set("bank", .init(bad: 60))
                try await time.sleep(for: .seconds(600))
                await cluster.setAway(false)
                try await time.sleep(for: .seconds(600))
                ending.raise("the test is over")
                try await reaches(time, "the end") { await world.state.stoppedInOrder }
            }
            #expect(await world.state.lastAnomaly == 0)
            #expect(Set(world.mesh.questions.map(\.namespaces)) == [["shop"]])
        }
    }

    @Test func aNamespaceThatIsDroppedIsNotJudgedAsSilent() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time, watching: ["bank", "shop"])
            world.mesh.set("shop", .init())
            world.mesh.set("bank", .init())
            try await world.pass(100)
            #expect(await world.watch.isWarm("bank"))
            await world.configure(["shop"])
            try await world.pass(60)
            #expect(await world.state.lastAnomaly == 0)
            #expect(await Set(world.watch.services.map(\.service.namespace)) == ["shop"])
            #expect(world.mesh.questions.last?.namespaces == ["shop"])
            // What was learned of it is in force when it is watched again, also after a restart.
            #expect(
                await world.state.learned?.sketch.services.map(\.service.namespace)
                    == ["bank", "shop"])
            world.mesh.set("bank", .init(bad: 60))
            await world.configure(["bank", "shop"])
            try await world.pass(10)
            #expect(await world.state.anomalies.map(\.service.namespace) == ["bank"])
        }
    }

    @Test func anAnomalyThatNobodyWatchesAnyMoreEnds() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time, watching: ["bank", "shop"])
            world.mesh.set("shop", .init())
            world.mesh.set("bank", .init())
            try await world.pass(100)
            world.mesh.set("bank", .init(bad: 60))
            try await world.pass(10)
            #expect(await world.state.anomalies.map(\.service.namespace) == ["bank"])
            await world.configure(["shop"])
            try await world.pass(1)
            #expect(await world.state.anomalies.isEmpty)
            let past = try #require(await world.state.pastAnomalies.last)
            #expect(past.accepted?.by == "hazard")
            #expect(past.accepted?.reason == "no policy watches it any more")
            #expect(past.recovery == nil)
            #expect(await world.state.firingAlerts.isEmpty)
            // The last policy goes, too: nothing is read any more.
            await world.configure([])
            let asked = world.mesh.questions.count
            try await world.pass(3)
            #expect(world.mesh.questions.count == asked)
            #expect(await world.watch.blindReason == nil)
            await world.configure(["shop"])
            #expect(await world.watch.blindReason(for: "shop") == "no reading yet")
            try await world.pass(20)
            #expect(await world.watch.blindReason(for: "shop") == nil)
            #expect(await world.watch.isWarm("shop"))
            #expect(await world.state.lastAnomaly == 1)
        }
    }

    /// The harm of a strike is counted to its end, whatever happens to its policy.
    @Test func aNamespaceIsWatchedUntilItsLastRoundIsClosed() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time, watching: ["bank", "shop"])
            let target = Target(kind: .pod, namespace: "bank", name: "cart-0", uid: "u")
            let planned = Planned(
                round: 1, policy: "bank/p", digest: "", tick: time.now, seed: 1,
                assignment: .strike, target: target, fault: "f", parameters: [:],
                targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
                eligibleWorkloads: 1, excluded: [:])
            try await world.journal.record(.planned(planned))
            world.mesh.set("shop", .init())
            world.mesh.set("bank", .init())
            try await world.pass(3)
            await world.configure(["shop"])
            try await world.pass(3)
            #expect(world.mesh.questions.last?.namespaces == ["bank", "shop"])
            try await world.journal.record(.closed(Closed(round: 1, outcome: .harm)))
            try await world.pass(1)
            #expect(world.mesh.questions.last?.namespaces == ["shop"])
        }
    }

    @Test func aSignalInPromQLThatIsDroppedEndsToo() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time)
            let query = SignalQuery(
                namespace: "shop", name: "orders", kind: .ratio(bad: "a", total: "b"))
            let policy = NamespaceWorld.policy("shop", queries: [query])
            await world.watch.configure([policy]) { nil }
            let evidence = Evidence(
                service: query.service, signal: .badRatio, before: 0, baselineUpper: 0.01,
                now: 0.5, requests: 100, bad: 50, excess: 49, nats: 30, threshold: 13)
            let anomaly = Anomaly(evidence: evidence, onset: time.now, detectedAt: time.now)
            let opened = AnomalyOpened(id: 1, anomaly: anomaly, round: nil, cause: "")
            try await world.journal.record(.anomaly(opened))
            try await world.pass(3)
            #expect(await world.state.anomalies.count == 1)
            await world.configure(["shop"])
            try await world.pass(1)
            #expect(await world.state.anomalies.isEmpty)
        }
    }

    /// The reading that is under way at the change was made for the question before it.
    @Test func aNamespaceThatComesDuringAReadingBringsNoLifetimeCounters() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time, watching: ["shop"])
            world.mesh.set("shop", .init())
            world.mesh.set("bank", .init(), counted: 1_000_000)
            try await world.pass(10)
            world.mesh.whileRead { await world.configure(["bank", "shop"]) }
            for _ in 0..<10 {
                try await world.pass(1)
                for status in await world.watch.services {
                    #expect((status.lastWindow?.total ?? 0) <= 200, "\(status.service)")
                }
            }
            let bank = await world.watch.services.first { $0.service.namespace == "bank" }
            #expect(bank?.lastWindow?.total == 100)
        }
    }
}
