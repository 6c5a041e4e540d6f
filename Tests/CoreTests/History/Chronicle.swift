// Short histories for tests, one line a strike: what the journal would hold of them, folded.

import Core

/// A state and the instant that it has reached.
struct Chronicle {
    static let policy = "shop/p"
    static let start = Timestamp(seconds: 1_800_000_000)

    private(set) var state = State()
    private(set) var now = Chronicle.start
    private var rounds = 0
    private(set) var events: [Event] = []

    static func workload(_ name: String) -> WorkloadRef {
        WorkloadRef(kind: "Deployment", namespace: "shop", name: name)
    }

    static func service(_ name: String) -> ServiceRef { ServiceRef(namespace: "shop", name: name) }

    mutating func pass(_ time: Duration) { now += time }

    mutating func add(_ event: Event) {
        events.append(event)
        state.apply(event, sequence: events.count, at: now)
    }

    /// Plans and announces a strike; returns its number.
    mutating func begin(
        _ workload: String = "app", fault: String = "pod-delete",
        _ assignment: Planned.Assignment = .strike
    ) -> Int {
        rounds += 1
        let target = Target(
            kind: .pod, namespace: "shop", name: "\(workload)-0", uid: "u\(rounds)",
            workload: Self.workload(workload))
        add(
            .planned(
                Planned(
                    round: rounds, policy: Self.policy, digest: "", tick: now, seed: 1,
                    assignment: assignment, target: target, fault: fault, parameters: [:],
                    targetProbability: 1, faultProbability: 1, shamProbability: 0,
                    eligiblePods: 1, eligibleWorkloads: 1, excluded: [:])))
        guard assignment == .strike else { return rounds }
        add(
            .injecting(
                Injecting(
                    round: rounds, policy: Self.policy, target: target, fault: fault,
                    parameters: [:], undo: [:], deadline: now + .seconds(60), fencingToken: 1)))
        add(.injected(RoundMark(round: rounds)))
        add(.delivered(RoundMark(round: rounds)))
        return rounds
    }

    /// Judges and closes a round.
    mutating func end(
        _ round: Int, _ kind: Verdict.Kind = .noHarm, failed: Double = 0,
        outcome: Closed.Outcome? = nil
    ) {
        pass(.seconds(300))
        add(.reverted(RoundMark(round: round)))
        let verdict = Verdict(kind: kind, confidence: 0.99, excess: failed, text: "")
        add(.judged(Judged(round: round, verdict: verdict)))
        let outcomes: [Verdict.Kind: Closed.Outcome] = [
            .harm: .harm, .noHarm: .noHarm, .inconclusive: .inconclusive,
            .notDelivered: .notDelivered, .void: .void,
        ]
        add(.closed(Closed(round: round, outcome: outcome ?? outcomes[kind] ?? .void)))
    }

    mutating func strike(
        _ workload: String = "app", _ kind: Verdict.Kind = .noHarm, failed: Double = 0
    ) {
        let round = begin(workload)
        end(round, kind, failed: failed)
    }

    /// Opens an anomaly of a service.
    mutating func open(
        _ id: Int, _ service: String = "app", round: Int?, signal: Signal = .badRatio
    ) {
        let evidence = Evidence(
            service: Self.service(service), signal: signal, before: 0, baselineUpper: 0.01,
            now: 1, requests: 100, bad: 100, excess: 100, nats: 30, threshold: 18)
        add(
            .anomaly(
                AnomalyOpened(
                    id: id,
                    anomaly: Anomaly(evidence: evidence, onset: now, detectedAt: now),
                    round: round, cause: "")))
    }

    mutating func recover(_ id: Int, _ service: String = "app", after: Duration = .zero) {
        add(
            .recovered(
                AnomalyRecovered(
                    id: id,
                    recovery: Recovery(
                        service: Self.service(service), signal: .badRatio, onset: now - after,
                        recoveredAt: now, detectedAt: now, excess: 100))))
    }

    mutating func deploy(_ workload: String, _ template: String) {
        let ref = Self.workload(workload)
        add(
            .deployed(
                Deployed(
                    namespace: "shop", revisions: [.init(workload: ref, template: template)],
                    changed: [ref])))
    }
}
