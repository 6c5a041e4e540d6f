// One simulated history as a function of its seed: the policy, the cluster's size, the weather,
// when the program crashes, what people do. Each is drawn here and nowhere else.

import Core
import Engine
import Faults
import Platform
import Simulation

/// What a seed means.
struct Scenario: Sendable {
    static let namespace = "go-app"
    static let start = Timestamp(seconds: 1_795_240_800)

    /// One, or two that strike the same namespace.
    var policies: [Policy]
    var replicas: [(name: String, count: Int)]
    var hasBudget: Bool
    var weather: Weather
    var storageFailures: Double
    var rate: Double
    /// Door calls of each life before it dies; the last life is not killed.
    var crashes: [(calls: Int, afterwards: Bool)]
    /// When things happen, in seconds from the start.
    var events: [(at: Int, what: Happening)]
    var length: Duration

    enum Happening: Sendable, Hashable {
        case diskFull(Bool)
        case apiDown(Bool)
        /// Seconds; less than none sets it back.
        case clockJump(Int)
        /// No scrape is answered.
        case meshDown(Bool)
        case restart(String)
        /// Another image: a new version.
        case rollOut(String)
        /// A pod of this app is deleted by somebody else than Hazard.
        case podDies(String)
        case halt
        case resume
    }

    init(seed: UInt64) throws(ConfigError) {
        var random = RandomStream(seed: RandomStream.fork(seed, "scenario"))
        func chance(_ share: Double) -> Bool { random.unit() < share }
        let faults = try ["pod-delete", "pod-evict"].map { kind throws(ConfigError) in
            WeightedFault(
                kind: kind, weight: 1,
                parameters: try Parameters(
                    ConfigNode(json: ["gracePeriod": "0s"]),
                    specs: FaultCatalog.all.kinds[kind]?.manifest.parameters ?? [], path: kind))
        }
        let minReady = random.below(2)
        let radius = BlastRadius(
            concurrentInjections: 1 + random.below(2),
            namespaceMaxUnavailable: [.share(0.4), .share(0.5), .count(2)][random.below(3)],
            workloadMaxUnavailable: [.share(0.5), .share(1), .count(1)][random.below(3)],
            minReady: minReady, cooldown: .seconds(random.below(60)),
            nodeMaxUnavailable: .count(1 + random.below(2)),
            budgetInjections: chance(0.5) ? 3 + random.below(5) : nil,
            budgetPeriod: .seconds(300))
        var windows: [TimeWindow] = []
        if chance(0.3) {
            let local = CivilTime(Self.start)
            let from = (local.hour * 60 + local.minute + 2) % 1440
            windows = [TimeWindow(weekdays: Set(1...7), from: from, to: (from + 8) % 1440)]
        }
        var policy = Policy(
            name: "simulated", namespace: Self.namespace,
            mode: chance(0.05) ? .observe : .enforce,
            schedule: Schedule(
                cadence: .every(.seconds(20 + random.below(40))), jitter: random.unit() * 0.5,
                windows: windows),
            targets: PodTargets(choose: chance(0.5) ? .workload : .pod), faults: faults,
            sham: 0.2, blastRadius: radius,
            judge: JudgeTimes(observe: .seconds(40), recovery: .seconds(60)), gate: GateRules(),
            source: "seed \(seed)", digest: String(seed))
        replicas = [
            ("repeater", 2 + random.below(2)), ("go-app", 2 + random.below(2)),
            ("go-app-db", 1),
        ]
        hasBudget = chance(0.5)
        rate = 5 + random.unit() * 15
        length = .seconds(600)
        let bad = chance(0.6)
        weather = Weather(
            lost: bad ? random.unit() * 0.05 : 0, answerLost: bad ? random.unit() * 0.05 : 0,
            silent: bad ? random.unit() * 0.01 : 0, errors: bad ? random.unit() * 0.05 : 0,
            brokenStreams: bad ? random.unit() * 0.05 : 0, latency: .milliseconds(20))
        storageFailures = chance(0.3) ? random.unit() * 0.05 : 0
        crashes = (0..<random.below(4)).map { _ in
            (50 + random.below(3000), random.unit() < 0.5)
        }
        events = []
        var deaths = RandomStream(seed: RandomStream.fork(seed, "deaths"))
        var later = RandomStream(seed: RandomStream.fork(seed, "silence"))
        var rollouts = RandomStream(seed: RandomStream.fork(seed, "rollouts"))
        let all =
            Self.events(&random) + Self.deaths(&deaths) + Self.silences(&later)
            + Self.rollouts(&rollouts)
        events = all.sorted { $0.at < $1.at }
        Self.earn(&policy, seed, "earned")
        policies = [policy]
        if let other = Self.rival(of: policy, seed) { policies.append(other) }
    }

    /// In some seeds, a second policy of the same namespace, with other targets, limits and gate.
    private static func rival(of first: Policy, _ seed: UInt64) -> Policy? {
        var random = RandomStream(seed: RandomStream.fork(seed, "rival"))
        func chance(_ share: Double) -> Bool { random.unit() < share }
        guard chance(0.4) else { return nil }
        var policy = first
        policy.name = "rival"
        policy.mode = .enforce
        policy.digest = "\(seed) rival"
        policy.schedule = Schedule(
            cadence: .every(.seconds(15 + random.below(40))), jitter: random.unit() * 0.5)
        let app = ["repeater", "go-app"][random.below(2)]
        policy.targets = PodTargets(
            selector: chance(0.5)
                ? LabelSelector([.init(key: "app", operation: .isIn, values: [app])])
                : LabelSelector(),
            excludeNames: chance(0.5) ? [NamePattern("^go-app-db-")].compactMap { $0 } : [],
            minAge: .seconds(random.below(30)), choose: chance(0.5) ? .workload : .pod)
        policy.blastRadius = BlastRadius(
            concurrentInjections: 1 + random.below(2),
            namespaceMaxUnavailable: .count(1 + random.below(3)),
            workloadMaxUnavailable: [.share(0.5), .share(1)][random.below(2)],
            minReady: random.below(2), cooldown: .seconds(random.below(90)),
            nodeMaxUnavailable: .count(1 + random.below(2)), budgetPeriod: .seconds(300))
        var holds = Set(GateRules.Hold.allCases)
        if chance(0.5) { holds.remove(.alertFiring) }
        if chance(0.3) { holds.remove(.rolloutInProgress) }
        policy.gate = GateRules(holdWhile: holds, stopAfterUnrecovered: random.below(2))
        earn(&policy, seed, "earned by the rival")
        return policy
    }

    /// What some policies count and earn, from a stream of its own: seeds keep their other meaning.
    private static func earn(_ policy: inout Policy, _ seed: UInt64, _ stream: String) {
        var random = RandomStream(seed: RandomStream.fork(seed, stream))
        if random.unit() < 0.5 {
            // Small ones are used up without an anomaly, so that no other gate is closed.
            policy.blastRadius.budgetFailedRequests = 1 + random.below(random.below(2) * 280 + 20)
        }
        if random.unit() < 0.5 {
            policy.blastRadius.growth = Growth(
                // 10% of seven pods is none: with that nothing may ever be struck.
                levels: [
                    [.count(1), .share(0.3), .share(0.5)], [.share(0.2), .count(2)],
                    [.share(0.1), .count(1), .count(2)],
                ][random.below(3)], cleanRounds: 1 + random.below(3))
        }
    }

    /// What people and machines do meanwhile.
    private static func events(_ random: inout RandomStream) -> [(at: Int, what: Happening)] {
        var events: [(at: Int, what: Happening)] = []
        func chance(_ share: Double) -> Bool { random.unit() < share }
        if chance(0.2) {
            let at = 60 + random.below(400)
            events += [(at, .diskFull(true)), (at + 30 + random.below(60), .diskFull(false))]
        }
        if chance(0.3) {
            let at = 60 + random.below(400)
            events += [(at, .apiDown(true)), (at + 10 + random.below(90), .apiDown(false))]
        }
        if chance(0.2) {
            events.append((100 + random.below(400), .clockJump(random.below(1200) - 600)))
        }
        if chance(0.4) { events.append((100 + random.below(500), .restart("go-app"))) }
        if chance(0.2) {
            let at = 100 + random.below(300)
            events += [(at, .halt), (at + 100, .resume)]
        }
        return events
    }

    /// New versions.
    private static func rollouts(_ random: inout RandomStream) -> [(at: Int, what: Happening)] {
        guard random.unit() < 0.3 else { return [] }
        let names = ["repeater", "go-app"]
        return (0..<(1 + random.below(2))).map { _ in
            (100 + random.below(450), .rollOut(names[random.below(2)]))
        }
    }

    /// Minutes in which the signals are gone, and at times a wall clock that is days off.
    private static func silences(_ random: inout RandomStream) -> [(at: Int, what: Happening)] {
        var events: [(at: Int, what: Happening)] = []
        if random.unit() < 0.25 {
            let at = 120 + random.below(300)
            events += [(at, .meshDown(true)), (at + 30 + random.below(150), .meshDown(false))]
        }
        if random.unit() < 0.1 {
            let days = [-30, -2, 2][random.below(3)]
            events.append((120 + random.below(300), .clockJump(days * 86_400)))
        }
        return events
    }

    /// Pods that others delete: what is broken already counts against the limits.
    private static func deaths(_ random: inout RandomStream) -> [(at: Int, what: Happening)] {
        guard random.unit() < 0.5 else { return [] }
        return (0..<(1 + random.below(12))).map { _ in
            (60 + random.below(500), .podDies(["repeater", "go-app"][random.below(2)]))
        }
    }
}
