// The desk beside the rounds: what it journals when a round is closed, after the recovery time, and
// when the team's alerts can or cannot be read.

import Core
import Engine
import Platform
import Simulation
import Testing

@Suite struct FindingDeskTests {
    private static let db = WorkloadRef(kind: "Deployment", namespace: "shop", name: "db")

    /// A cluster with one Deployment `db` of one replica, Ready or not.
    private actor OneReplica: Cluster {
        var isReady = true
        func set(ready: Bool) { isReady = ready }

        func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
            try await snapshot()
        }

        func snapshot() async throws(Failure) -> Snapshot {
            var snapshot = Snapshot(takenAt: Timestamp(seconds: 0), namespaces: ["shop"])
            snapshot.workloads = [
                .init(ref: db, namespace: 0, desired: 1, rollingOut: false)
            ]
            snapshot.labelSets = [["pod-template-hash": "5d4f"]]
            snapshot.pods = [
                .init(
                    name: "db-0", uid: "u", namespace: 0, workload: 0, node: -1, labels: 0,
                    flags: isReady ? [.running, .ready] : [.running],
                    created: Timestamp(seconds: 0))
            ]
            return snapshot
        }
        func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? { nil }
        func deletePod(_: Target, gracePeriod: Duration?) async throws(Failure) -> Removal {
            .accepted
        }
        func evictPod(_: Target, gracePeriod: Duration?) async throws(Failure) -> Removal {
            .accepted
        }
        func setMark(_: String?, on: Target) async throws(Failure) -> Bool { true }
        func recordEvent(_: ClusterEvent, about: Target) async throws(Failure) {}
    }

    private struct NoSignals: SignalSource {
        let interval = Duration.seconds(15)
        func read(_ question: Question) async throws(Failure) -> Reading {
            throw Failure(.transient, "no signals here")
        }
    }

    private struct FixedAlerts: AlertHistory {
        static let manifest = AlertHistoryManifest(name: "fixed", summary: "", parameters: [])
        var isMomentary = false
        var alerts: [FiringAlert]?
        init(_ parameters: Parameters, _ context: SignalSourceContext) throws(ConfigError) {}
        init(_ alerts: [FiringAlert]?, momentary: Bool = false) {
            self.alerts = alerts
            isMomentary = momentary
        }
        func firing(
            since: Timestamp, until: Timestamp
        ) async throws(Failure) -> [FiringAlert] {
            guard let alerts else { throw Failure(.transient, "no answer") }
            return isMomentary ? alerts.filter { $0.startsAt <= until } : alerts
        }
    }

    private struct World {
        let time: VirtualTime
        let journal: Journal
        let cluster: OneReplica
        let desk: FindingDesk
        var state: State { get async { await journal.state } }

        /// A harmful strike from now on, closed 100 s later.
        func harmfulRound(_ number: Int, watched: Bool = true) async throws {
            let target = Target(
                kind: .pod, namespace: "shop", name: "db-0", uid: "u", workload: db)
            let planned = Planned(
                round: number, policy: "shop/p", digest: "", tick: time.now, seed: 1,
                assignment: .strike, target: target, fault: "pod-delete", parameters: [:],
                targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
                eligibleWorkloads: 1, excluded: [:], revision: "5d4f")
            try await journal.record(.planned(planned))
            if watched { await desk.opened(planned, try await cluster.snapshot()) }
            try await journal.record(.injected(RoundMark(round: number)))
            try await journal.record(.delivered(RoundMark(round: number)))
            for _ in 0..<10 {
                try await time.sleep(for: .seconds(10))
                await desk.look()
            }
            let verdict = Verdict(kind: .harm, confidence: 0.99, text: "harm: db")
            try await journal.record(.judged(Judged(round: number, verdict: verdict)))
            try await journal.record(.closed(Closed(round: number, outcome: .harm)))
        }

        func finding(_ kind: Finding.Kind) async -> Finding? {
            await state.findings.values.first { $0.kind == kind }
        }
    }

    private static func with(
        alerts: FixedAlerts? = nil, _ body: @escaping @Sendable (World) async throws -> Void
    ) {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            let cluster = OneReplica()
            let closing = Interruption()
            let watch = SignalWatch(
                judge: Judge(), source: NoSignals(), journal: journal, clock: time,
                interruption: closing, log: .silent)
            let desk = FindingDesk(
                cluster: cluster, journal: journal, watch: watch,
                book: PolicyBook([], journal: journal, clock: time), clock: time,
                interruption: closing, log: .silent, alerts: alerts)
            try await body(World(time: time, journal: journal, cluster: cluster, desk: desk))
        }
    }

    @Test func aClosedRoundIsReviewedOnce() {
        Self.with { world in
            try await world.harmfulRound(1)
            #expect(await world.finding(.singlePointOfFailure) == nil)
            await world.desk.look()
            let finding = try #require(await world.finding(.singlePointOfFailure))
            #expect(finding.rounds == [1] && finding.revision == "5d4f")
            let sequence = await world.state.sequence
            await world.desk.look()
            #expect(await world.state.sequence == sequence)
            try await world.harmfulRound(2)
            await world.desk.look()
            #expect(await world.finding(.singlePointOfFailure)?.seen == 2)
        }
    }

    @Test func residueStandsUntilThePodsAreBack() {
        Self.with { world in
            try await world.harmfulRound(1)
            await world.cluster.set(ready: false)
            try await world.time.sleep(for: .seconds(899))
            await world.desk.look()
            #expect(await world.finding(.stateResidue) == nil)
            try await world.time.sleep(for: .seconds(2))
            await world.desk.look()
            let finding = try #require(await world.finding(.stateResidue))
            #expect(finding.standing == true)
            let alerts = AlertBook.changes(await world.state, now: world.time.now)
            #expect(alerts.map(\.name) == [.finding])
            #expect(alerts.first?.labels["subject"] == "Deployment/db")
            await world.cluster.set(ready: true)
            await world.desk.look()
            #expect(await world.finding(.stateResidue)?.standing == false)
            #expect(AlertBook.changes(await world.state, now: world.time.now).isEmpty)
        }
    }

    /// What a round left behind is looked for when its anomalies had their time: three times what
    /// recoveries took before, where the policy writes none.
    @Test func residueWaitsAsLongAsAnomaliesMay() {
        Self.with { world in
            let service = ServiceRef(namespace: "shop", name: "db")
            for number in 1...5 {
                let onset = world.time.now
                try await world.harmfulRound(number)
                let evidence = Evidence(
                    service: service, signal: .badRatio, before: 0, baselineUpper: 0.01, now: 1,
                    requests: 100, bad: 100, excess: 100, nats: 30, threshold: 18)
                let anomaly = Anomaly(evidence: evidence, onset: onset, detectedAt: onset)
                try await world.journal.record(
                    .anomaly(
                        AnomalyOpened(id: number, anomaly: anomaly, round: number, cause: "-")))
                try await world.time.sleep(for: .seconds(320))
                let recovery = Recovery(
                    service: service, signal: .badRatio, onset: onset,
                    recoveredAt: world.time.now - .seconds(15), detectedAt: world.time.now,
                    excess: 1)
                try await world.journal.record(
                    .recovered(AnomalyRecovered(id: number, recovery: recovery)))
            }
            try await world.harmfulRound(6)
            await world.cluster.set(ready: false)
            try await world.time.sleep(for: .seconds(1100))
            await world.desk.look()
            #expect(await world.finding(.stateResidue) == nil)
            try await world.time.sleep(for: .seconds(200))
            await world.desk.look()
            #expect(await world.finding(.stateResidue)?.rounds == [6])
        }
    }

    private static func alert(_ name: String, _ start: Double) -> FiringAlert {
        FiringAlert(
            labels: ["alertname": name, "namespace": "shop"],
            startsAt: Timestamp(seconds: 1_800_000_000 + start))
    }

    @Test(arguments: [false, true]) func anAlertThatFiredIsNoticed(momentary: Bool) {
        let alerts = FixedAlerts([Self.alert("Burn", 40)], momentary: momentary)
        Self.with(alerts: alerts) { world in
            try await world.harmfulRound(1)
            try await world.time.sleep(for: .seconds(901))
            await world.desk.look()
            let noticed = try #require(await world.state.alertCoverage.first).noticed
            #expect(noticed.map(\.name) == ["Burn"])
            // The journal takes a moment to write that the fault is in place.
            #expect(abs((noticed.first?.after ?? 0) - 40) < 1)
            #expect(await world.finding(.silentAlerts) == nil)
        }
    }

    @Test func silenceIsAFinding() {
        Self.with(alerts: FixedAlerts([])) { world in
            try await world.harmfulRound(1)
            try await world.time.sleep(for: .seconds(901))
            await world.desk.look()
            #expect(await world.finding(.silentAlerts)?.rounds == [1])
        }
    }

    @Test func anUnreadableHistoryCostsOnlyTheAnswer() {
        Self.with(alerts: FixedAlerts(nil)) { world in
            try await world.harmfulRound(1)
            try await world.time.sleep(for: .seconds(901))
            await world.desk.look()
            #expect(await world.state.alertCoverage.isEmpty)
            #expect(await world.finding(.silentAlerts) == nil)
            #expect(await world.finding(.singlePointOfFailure) != nil)
        }
    }

    @Test func whatWasNotSeenBeforeIsNotTold() {
        Self.with { world in
            try await world.harmfulRound(1, watched: false)
            try await world.time.sleep(for: .seconds(901))
            await world.desk.look()
            #expect(await world.state.findings.isEmpty)
        }
    }
}
