// Histories of rounds for questions about chaos: a list of events folded as the daemon folds them.

import Core

/// A journal in memory.
struct ChaosHistory {
    static let start = Timestamp(seconds: 1_800_000_000)
    static let policy = "shop/a"
    static let service = ServiceRef(namespace: "shop", name: "cart")

    private(set) var state = State()

    init(policy: String = policy, mode: Policy.Mode = .enforce, at seconds: Double = 0) {
        add(seconds, .started(Started(version: "1", seed: 1, instance: "a")))
        add(
            seconds,
            .policies(
                PoliciesLoaded(
                    policies: [.init(id: policy, mode: mode, digest: "d", source: "a.yaml")],
                    errors: [])))
    }

    static func at(_ seconds: Double) -> Timestamp { start + .inSeconds(seconds) }

    mutating func add(_ seconds: Double, _ event: Event) {
        state.apply(event, sequence: state.sequence + 1, at: Self.at(seconds))
    }

    /// One whole round, injected at once.
    mutating func round(
        _ seconds: Double, sham: Bool = false, chance: Double = 0, policy: String = policy,
        harmed: Bool = false, delivered: Bool = true
    ) {
        let number = state.lastRound + 1
        let namespace = String(policy.prefix { $0 != "/" })
        let target = Target(
            kind: .pod, namespace: namespace, name: "pod-\(number)", uid: "\(number)")
        add(
            seconds,
            .planned(
                Planned(
                    round: number, policy: policy, digest: "d", tick: Self.at(seconds), seed: 1,
                    assignment: sham ? .sham : .strike, target: target, fault: "pod-delete",
                    parameters: [:], targetProbability: 1, faultProbability: 1,
                    shamProbability: chance, eligiblePods: 1, eligibleWorkloads: 1, excluded: [:])))
        if !sham {
            add(
                seconds,
                .injecting(
                    Injecting(
                        round: number, policy: policy, target: target, fault: "pod-delete",
                        parameters: [:], undo: [:], deadline: Self.at(seconds + 1),
                        fencingToken: 1)))
            add(seconds, .injected(RoundMark(round: number)))
            if !delivered {
                add(seconds, .notDelivered(RoundNote(round: number, reason: "still there")))
            }
            add(seconds, .reverted(RoundMark(round: number)))
        }
        let verdict = Verdict(
            kind: harmed ? .harm : .noHarm, harmed: harmed ? [Self.evidence] : [],
            confidence: 0.99, text: "as it is")
        add(seconds, .judged(Judged(round: number, verdict: verdict)))
        add(seconds, .closed(Closed(round: number, outcome: harmed ? .harm : .noHarm)))
    }

    mutating func hold(_ seconds: Double, _ reason: HoldReason, policy: String = policy) {
        add(
            seconds,
            .held(Held(policy: policy, tick: Self.at(seconds), reasons: [reason], text: "")))
    }

    mutating func anomaly(_ onset: Double, service: ServiceRef = service) {
        var evidence = Self.evidence
        evidence.service = service
        add(
            onset + 30,
            .anomaly(
                AnomalyOpened(
                    id: state.lastAnomaly + 1,
                    anomaly: Anomaly(
                        evidence: evidence, onset: Self.at(onset), detectedAt: Self.at(onset + 30)),
                    round: nil, cause: "")))
    }

    static let evidence = Evidence(
        service: service, signal: .badRatio, before: 0.001, baselineUpper: 0.002, now: 1,
        requests: 40, bad: 40, excess: 39.9, nats: 30, threshold: 18.5)

    /// Asks with a second of precision.
    func ask(
        _ from: Double, _ to: Double, until end: Double = 36_000,
        services: [ServiceRef] = [], reach: Duration = .seconds(300),
        precision: Duration = .seconds(1)
    ) -> ChaosAnswer {
        ChaosInquiry(
            ChaosQuestion(
                from: Self.at(from), to: Self.at(to), services: services, reach: reach,
                precision: precision), ChaosRecord(state, until: Self.at(end))
        ).answer
    }
}
