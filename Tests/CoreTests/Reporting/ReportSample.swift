import Core

/// Histories for reports, made of the events that a daemon would journal.
struct ReportSample {
    var history = ReportHistory()
    var now = Timestamp(seconds: 1_800_000_000)
    private var anomalies = 0

    static let namespace = "go-app"
    static let workloads = ["app", "db"]
    static let faults = ["pod-delete", "pod-evict"]

    static func workload(_ name: String) -> WorkloadRef {
        WorkloadRef(kind: "Deployment", namespace: namespace, name: name)
    }

    static func service(_ name: String) -> ServiceRef {
        ServiceRef(namespace: namespace, name: name)
    }

    static func pool(
        _ pods: [String: Int] = ["app": 2, "db": 1], choose: PodTargets.Choice = .workload
    )
        -> DrawPool
    {
        DrawPool(
            choose: choose, faults: faults.map { .init(kind: $0, weight: 1) },
            candidates: pods.sorted { $0.key < $1.key }.map { name, count in
                .init(workload: workload(name), pods: (0..<count).map { "\(name)-\($0)" })
            })
    }

    static func planned(
        _ number: Int, _ assignment: Planned.Assignment = .strike, at workload: String = "db",
        fault: String = "pod-delete", pool: DrawPool? = pool()
    ) -> Planned {
        Planned(
            round: number, policy: "\(namespace)/demo", digest: "d",
            tick: Timestamp(seconds: 1_800_000_000), seed: 7, assignment: assignment,
            target: Target(
                kind: .pod, namespace: namespace, name: "\(workload)-0", uid: "u",
                workload: Self.workload(workload)),
            fault: fault, parameters: [:], targetProbability: 0.5, faultProbability: 0.5,
            shamProbability: 0.2, eligiblePods: 3, eligibleWorkloads: 2, excluded: [:], pool: pool)
    }

    mutating func add(_ event: Event, after seconds: Double = 1) {
        now += .inSeconds(seconds)
        history.add(event, at: now)
    }

    /// A whole round of a minute: `bad` of 1,000 requests fail at each service.
    mutating func round(
        _ planned: Planned, bad: Double, harmed: Bool, bound: Double? = 0.004,
        measured: Bool = true, wasBroken: Bool = false
    ) {
        add(.planned(planned))
        if planned.assignment == .strike {
            add(
                .injecting(
                    Injecting(
                        round: planned.round, policy: planned.policy, target: planned.target,
                        fault: planned.fault, parameters: [:], undo: [:],
                        deadline: now + .seconds(60), fencingToken: 1)))
            add(.injected(RoundMark(round: planned.round)))
            add(.reverted(RoundMark(round: planned.round)))
        }
        let start = now
        let verdict = Verdict(
            kind: harmed ? .harm : bound == nil ? .inconclusive : .noHarm,
            minimumDetectable: harmed ? nil : bound, confidence: 0.99,
            excess: max(0, bad - 1), text: "text of round \(planned.round)")
        var judged = Judged(round: planned.round, verdict: verdict)
        if measured {
            judged.outcomes = Self.workloads.map { name in
                ServiceOutcome(
                    service: Self.service(name), signal: .badRatio, requests: 1000, bad: bad,
                    expected: 1, nats: harmed ? 50 : 0, harmed: harmed, wasBroken: wasBroken,
                    bound: harmed ? nil : bound)
            }
            judged.series = Self.workloads.map { name in
                RoundSeries(
                    service: Self.service(name), start: start, window: 10,
                    requests: [Double](repeating: 200, count: 6),
                    bad: [0, bad / 5, bad / 5, bad / 5, bad / 5, bad / 5], mean: 0.001,
                    upper: 0.002)
            }
        }
        add(.judged(judged), after: 60)
        add(.closed(Closed(round: planned.round, outcome: harmed ? .harm : .noHarm)))
    }

    /// An anomaly of a service, `delay` seconds ago, in a round.
    @discardableResult
    mutating func anomaly(_ service: String, round: Int?, delay: Double = 50) -> Int {
        anomalies += 1
        let evidence = Evidence(
            service: Self.service(service), signal: .badRatio, before: 0.001, baselineUpper: 0.002,
            now: 0.98, requests: 100, bad: 98, excess: 97, nats: 50, threshold: 18)
        let anomaly = Anomaly(
            evidence: evidence, onset: now - .inSeconds(delay),
            detectedAt: now - .inSeconds(delay - 15))
        add(
            .anomaly(
                AnomalyOpened(id: anomalies, anomaly: anomaly, round: round, cause: "a cause")),
            after: 0)
        return anomalies
    }

    mutating func recover(_ id: Int, service: String, onset: Timestamp, at: Timestamp) {
        add(
            .recovered(
                AnomalyRecovered(
                    id: id,
                    recovery: Recovery(
                        service: Self.service(service), signal: .badRatio, onset: onset,
                        recoveredAt: at, detectedAt: at, excess: 100))), after: 0)
    }
}
