// When an anomaly is said not to have recovered: by what the policy writes, or by what recoveries
// used to take.

import Core
import Engine
import Platform
import Simulation
import Testing

@Suite struct RecoveryTimeTests {
    private struct NoSignals: SignalSource {
        let interval = Duration.seconds(15)
        func read(_ question: Question) async throws(Failure) -> Reading {
            throw Failure(.transient, "no signals here")
        }
    }

    private static let service = ServiceRef(namespace: "shop", name: "db")

    private static func policy(_ times: JudgeTimes) -> Policy {
        Policy(
            name: "p", namespace: "shop", mode: .enforce,
            schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(), faults: [],
            sham: 0, blastRadius: BlastRadius(), judge: times, gate: GateRules(), source: "",
            digest: "")
    }

    /// A strike that breaks the service now.
    private static func strike(
        _ number: Int, _ journal: Journal, _ time: VirtualTime
    ) async throws {
        let target = Target(
            kind: .pod, namespace: "shop", name: "db-0", uid: "u",
            workload: WorkloadRef(kind: "Deployment", namespace: "shop", name: "db"))
        try await journal.record(
            .planned(
                Planned(
                    round: number, policy: "shop/p", digest: "", tick: time.now, seed: 1,
                    assignment: .strike, target: target, fault: "pod-delete", parameters: [:],
                    targetProbability: 1, faultProbability: 1, shamProbability: 0, eligiblePods: 1,
                    eligibleWorkloads: 1, excluded: [:])))
        try await journal.record(.injected(RoundMark(round: number)))
        try await journal.record(.delivered(RoundMark(round: number)))
        let evidence = Evidence(
            service: service, signal: .badRatio, before: 0.001, baselineUpper: 0.002, now: 1,
            requests: 100, bad: 100, excess: 100, nats: 30, threshold: 18)
        let anomaly = Anomaly(evidence: evidence, onset: time.now, detectedAt: time.now)
        try await journal.record(
            .anomaly(AnomalyOpened(id: number, anomaly: anomaly, round: number, cause: "-")))
    }

    /// Five strikes of which each took 400 s to heal, then one that does not: is it overdue?
    @Test(
        arguments: [
            (nil, 1100, false), (nil, 1250, true), (900, 880, false), (900, 910, true),
            (30, 25, false),
            (30, 32, true),
        ] as [(Int?, Int, Bool)])
    func theWrittenTimeOrTheUsualOne(written: Int?, waited: Int, isOverdue: Bool) {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            let watch = SignalWatch(
                judge: Judge(), source: NoSignals(), journal: journal, clock: time,
                interruption: Interruption(), log: .silent)
            let times = JudgeTimes(recovery: written.map { .seconds($0) })
            await watch.configure([Self.policy(times)]) { nil }
            for number in 1...5 {
                try await Self.strike(number, journal, time)
                try await time.sleep(for: .seconds(415))
                let recovery = Recovery(
                    service: Self.service, signal: .badRatio, onset: time.now - .seconds(415),
                    recoveredAt: time.now - .seconds(15), detectedAt: time.now, excess: 1)
                try await journal.record(
                    .recovered(AnomalyRecovered(id: number, recovery: recovery)))
            }
            try await Self.strike(6, journal, time)
            try await time.sleep(for: .seconds(waited))
            await watch.tick()
            let state = await journal.state
            let said = state.anomalies.first?.unrecovered?.finding
            #expect((said != nil) == isOverdue)
            let isTold = said?.contains("three times the P95 of 5 earlier recoveries") ?? false
            #expect(isTold == (isOverdue && written == nil), "\(said ?? "")")
        }
    }
}
