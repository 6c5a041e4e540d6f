// A short history with a bit of everything, folded into a state: what the tests of this target
// show.

import Core
import Web

enum SampleHistory {
    static let start = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
    static let policy = "go-app/staging"
    static let database = ServiceRef(namespace: "go-app", name: "go-app-db")

    static func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

    static func target(_ name: String) -> Target {
        Target(
            kind: .pod, namespace: "go-app", name: name, uid: "uid-\(name)",
            workload: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db"),
            node: "node-1")
    }

    static func planned(
        _ round: Int, _ assignment: Planned.Assignment = .strike, target name: String = "db-0"
    ) -> Planned {
        Planned(
            round: round, policy: policy, digest: "abc", tick: at(round * 100),
            seed: 18_000_000_000_000_000_001, assignment: assignment, target: target(name),
            fault: "pod-delete", parameters: ["gracePeriod": "0s"], targetProbability: 0.25,
            faultProbability: 0.5, shamProbability: 0.2, eligiblePods: 4, eligibleWorkloads: 3,
            excluded: ["min-ready": 1],
            power: round == 1
                ? [
                    ForeseenPower(service: database, detectable: 0.04),
                    ForeseenPower(
                        service: ServiceRef(namespace: "go-app", name: "quiet"), detectable: nil),
                ] : nil)
    }

    static let evidence = Evidence(
        service: database, signal: .badRatio, before: 0.001, baselineUpper: 0.002, now: 1,
        requests: 40, bad: 40, excess: 39.9, nats: 30, threshold: 18.5)

    static let attribution = RoundAttribution(
        round: 1, probability: 0.97, harmPrior: 0.5, incidentsPerRound: 0.015, nats: 9,
        inReach: true)

    static let alert = Alert(
        name: .anomaly, severity: .warning,
        labels: ["namespace": "go-app", "service": "go-app-db", "signal": "bad-ratio"],
        annotations: ["summary": "Users feel it.", "description": "99 % <b>bad</b>"],
        startsAt: at(112))

    static var finding: Finding {
        var finding = Finding(
            kind: .singlePointOfFailure,
            subject: .workload(
                WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db")),
            title: "Deployment go-app-db is a <single> point of failure", severity: .warning,
            at: at(102))
        finding.evidence = ["1 was Ready."]
        finding.remedy = "Run 2."
        finding.revision = "5d4f"
        (finding.seen, finding.comparable, finding.rounds) = (1, 2, [1])
        finding.standing = true
        return finding
    }

    static let events: [(Int, Event)] = [
        (0, .started(Started(version: "1.2.3", seed: 7, instance: "host/1"))),
        (
            1,
            .policies(
                PoliciesLoaded(
                    policies: [
                        .init(
                            id: policy, mode: .enforce, digest: "abc", source: "a.yaml",
                            limits: EarnedLimits(
                                failedRequests: 500, injections: 20, period: 3600,
                                growth: Growth(levels: [.count(1), .share(0.3)]))),
                        .init(id: "shop/night", mode: .paused, digest: "def", source: "b.yaml"),
                    ], errors: []))
        ),
        (2, .held(Held(policy: policy, tick: at(2), reasons: [.warmingUp], text: "learning"))),
        (100, .planned(planned(1))),
        (
            101,
            .injecting(
                Injecting(
                    round: 1, policy: policy, target: target("db-0"), fault: "pod-delete",
                    parameters: [:], undo: [:], deadline: at(400), fencingToken: 1))
        ),
        (102, .injected(RoundMark(round: 1))),
        (103, .delivered(RoundMark(round: 1))),
        (
            112,
            .anomaly(
                AnomalyOpened(
                    id: 1,
                    anomaly: Anomaly(
                        evidence: evidence, onset: at(103), detectedAt: at(112),
                        brokenEdge: ServiceEdge(
                            sourceNamespace: "go-app", source: "go-app", destination: database),
                        flags: ["UH"]),
                    round: 1, cause: "round 1", attribution: attribution))
        ),
        (112, .alert(alert)),
        (120, .reverted(RoundMark(round: 1))),
        (
            300,
            .judged(
                Judged(
                    round: 1,
                    verdict: Verdict(
                        kind: .harm, harmed: [evidence], minimumDetectable: 0.05, confidence: 0.99,
                        excess: 39.9, text: "go-app-db: 0.1 % to 100 % bad"),
                    discovery: true, cause: CauseRank(rank: 2)))
        ),
        (301, .closed(Closed(round: 1, outcome: .harm))),
        (302, .unrecovered(AnomalyUnrecovered(id: 1, finding: "Ready pods, failing traffic"))),
        (303, .finding(finding)),
        (
            304,
            .alertCoverage(
                AlertCoverage(
                    round: 1, namespace: "go-app", isSham: false, isHarmful: true, from: at(102),
                    until: at(300), alerts: [], services: []))
        ),
        (400, .planned(planned(2, .sham, target: "<script>alert(1)</script>"))),
        (500, .closed(Closed(round: 2, outcome: .noHarm))),
        (600, .planned(planned(3))),
    ]

    /// The state after the events up to `second`.
    static func state(until second: Int = .max) -> State {
        var state = State()
        for (index, (time, event)) in events.enumerated() where time <= second {
            state.apply(event, sequence: index + 1, at: at(time))
        }
        return state
    }

    /// Nobody who calls it could be scraped.
    private static var dark: ServiceStatus {
        var status = ServiceStatus(
            service: ServiceRef(namespace: "go-app", name: "dark"), signal: .badRatio, ratio: 0,
            baseline: 0.01, nats: 0, threshold: 18.5, ready: true)
        status.blind = "1 of 4 of its callers' proxies were scraped"
        status.silentWindows = 3
        return status
    }

    static func input(until second: Int = .max) -> MetricInput {
        var input = MetricInput(
            now: at(700), state: state(until: second),
            build: BuildInfo(version: "1.2.3", commit: "0a1b2c3"),
            services: [
                ServiceStatus(
                    service: database, signal: .badRatio, ratio: 1, baseline: 0.001, nats: 30,
                    threshold: 18.5, theta: 0.9, rho: 1e-4, minimumDetectable: 0.05, ready: true),
                ServiceStatus(
                    service: database, signal: .traffic, ratio: 1.1, baseline: 1, nats: 0,
                    threshold: 18.5, ready: true),
                ServiceStatus(
                    service: ServiceRef(namespace: "", name: "api.\"odd\"\\host\n"),
                    signal: .badRatio, ratio: nil, baseline: 0.5, nats: 0, threshold: 18.5,
                    theta: 1, rho: 0, minimumDetectable: nil, ready: false),
                dark,
            ], faultKinds: ["pod-delete", "pod-evict"])
        input.nextRounds = [policy: at(720)]
        input.sources = [
            SourceHealth(
                name: "scrape", isUp: true, lag: 1.25, requests: [200: 12, 503: 1],
                problems: ["pod <a> reports samples from the future"])
        ]
        input.endpoints = [EndpointCounters(endpoint: "alertmanager http://am:9093", sent: 3)]
        input.limits = [
            BlastRadiusUse(namespace: "go-app", scope: "namespace", used: 0.2, allowed: 0.3)
        ]
        input.configuration = ConfigurationHealth(lastGoodAt: at(1))
        input.process = ProcessUsage(
            residentBytes: 31_457_280, cpuSeconds: 1.5, startedAt: start, openFiles: 20,
            maxFiles: 1024)
        return input
    }
}
