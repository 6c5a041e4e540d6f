// Randomisation, calibration and questions of cause, on designs small enough to check by hand.

import Core
import RealModule
import Testing

@Suite struct CausalityTests {
    // MARK: e-LOND

    @Test func weightsOfOnlineTestsAddUpToOne() {
        var sum = 0.0
        for test in 1...50_000 { sum += OnlineTests.weight(test) }
        #expect(sum < 1)
        // The rest is the integral of 1 / (t ln² t), that is 1 / ln of the last t.
        #expect(abs(sum + 1 / Double.log(50_001) / 3.3877 - 1) < 1e-3)
    }

    @Test func discoveriesEarnEasierTests() {
        var quiet = OnlineTests(alpha: 0.01)
        var lucky = OnlineTests(alpha: 0.01)
        for _ in 0..<10 {
            let found = (quiet.add(nats: 0), lucky.add(nats: 30))
            #expect(found == (false, true))
        }
        #expect(lucky.discoveries == 10)
        #expect(lucky.nextThreshold < quiet.nextThreshold - 2)
    }

    @Test func falseDiscoveriesOverManyRoundsAreRare() {
        // Fair e-values: 1/p - like heavy tails, E = 0.5 p^-1/2 has mean one.
        var random = RandomStream(seed: 8)
        var wrong = 0
        for _ in 0..<400 {
            var tests = OnlineTests(alpha: 0.05)
            for _ in 0..<50 {
                let p = random.unit() + 1e-12
                _ = tests.add(nats: .log(0.5) - 0.5 * .log(p))
            }
            if tests.discoveries > 0 { wrong += 1 }
        }
        #expect(wrong < 36)
    }

    // MARK: Shams

    @Test(arguments: [
        (0, 20, false), (1, 20, false), (2, 20, true), (1, 50, false), (3, 50, true), (0, 0, false),
        (10, 1000, false), (40, 1000, true),
    ])
    func miscalibration(blamed: Int, shams: Int, expected: Bool) {
        var calibration = ShamCalibration()
        for index in 0..<shams { calibration.add(blamed: index < blamed) }
        #expect(calibration.isMiscalibrated(alpha: 0.01) == expected)
        #expect((calibration.thresholdFactor(alpha: 0.01) > 1) == expected)
        #expect(calibration.interval.contains(calibration.rate))
    }

    // MARK: Effects

    static func round(_ cell: String, _ outcome: Double) -> ExperimentRound {
        ExperimentRound(
            assignment: cell, probabilities: ["db": 0.25, "app": 0.5, "sham": 0.25],
            outcome: outcome)
    }

    @Test func hajekByHand() throws {
        var rounds = [Self.round("db", 10), Self.round("db", 20), Self.round("sham", 1)]
        rounds.append(Self.round("app", 99))
        rounds[1].probabilities["db"] = 0.5
        // (10/.25 + 20/.5) / (1/.25 + 1/.5) - 1 = 80/6 - 1
        let effect = try #require(Effects.hajek(rounds, cell: "db"))
        #expect(abs(effect.estimate - (80.0 / 6 - 1)) < 1e-12)
        #expect(effect.treated == 2 && effect.shams == 1 && effect.error == nil)
        #expect(Effects.hajek(rounds, cell: "node") == nil)
    }

    @Test func permutationIsExactOnAToyDesign() throws {
        // Two rounds, each db or sham with a half. T = difference; observed: db 10, sham 0.
        // Of the four assignments one gives 10, one -10 and two lack a side, which count as
        // extreme.
        let rounds = ["db", "sham"].map {
            ExperimentRound(
                assignment: $0, probabilities: ["db": 0.5, "sham": 0.5],
                outcome: $0 == "db" ? 10 : 0)
        }
        let p = try #require(Effects.permutation(rounds, cell: "db", draws: 40_000, seed: 1))
        #expect(abs(p - 0.75) < 0.01)
    }

    @Test func permutationPValuesAreUniformUnderTheNull() throws {
        var random = RandomStream(seed: 12)
        var below = 0
        let trials = 200
        for trial in 0..<trials {
            let rounds = (0..<24).map { _ in
                ExperimentRound(
                    assignment: random.unit() < 0.5 ? "db" : "sham",
                    probabilities: ["db": 0.5, "sham": 0.5], outcome: random.unit())
            }
            guard
                let p = Effects.permutation(
                    rounds, cell: "db", draws: 199, seed: UInt64(trial))
            else { continue }
            if p <= 0.1 { below += 1 }
        }
        // Binomial(200, 0.1): between 8 and 36 with probability 0.9999.
        #expect(below >= 8 && below <= 36, "\(below)")
    }

    @Test func aRealEffectIsFoundWithItsError() throws {
        var random = RandomStream(seed: 13)
        let rounds = (0..<60).map { index in
            let cell = ["db", "app", "app", "sham"][index % 4]
            return Self.round(cell, random.unit() + (cell == "db" ? 5 : 0))
        }
        let effect = try #require(Effects.hajek(rounds, cell: "db"))
        let error = try #require(effect.error)
        #expect(abs(effect.estimate - 5) < 4 * error && error < 0.3)
        let p = try #require(Effects.permutation(rounds, cell: "db", draws: 999, seed: 3))
        #expect(p <= 0.01)
        let none = try #require(Effects.permutation(rounds, cell: "app", draws: 999, seed: 3))
        #expect(none > 0.01)
    }

    @Test func poolingShrinksNoisyCells() {
        let pooled = Effects.pooled([(0, 0.1), (0.1, 0.1), (5, 3), (0.05, 0.1)])
        #expect(pooled[2].estimate < 1)
        #expect(abs(pooled[0].estimate - 0.05) < 0.06)
        let apart = Effects.pooled([(0, 0.1), (10, 0.1), (20, 0.1)])
        #expect(abs(apart[2].estimate - 20) < 0.1)
    }

    // MARK: Durations

    @Test func survivalByHand() {
        // 1, 2+, 3, 3, 5+: S(1) = 4/5, S(3) = 4/5 * 1/3.
        let curve = SurvivalCurve(
            [(1, true), (2, false), (3, true), (3, true), (5, false)].map {
                .init(seconds: $0.0, isOver: $0.1)
            })
        #expect(curve.steps.map(\.seconds) == [1, 3])
        #expect(abs(curve.steps[0].share - 0.8) < 1e-12)
        #expect(abs(curve.steps[1].share - 0.8 / 3) < 1e-12)
        #expect(curve.steps.map(\.atRisk) == [5, 3])
        #expect(curve.median == 3)
        #expect(curve.censored == 2)
        #expect(abs(curve.restrictedMean() - (1 + 0.8 * 2 + 0.8 / 3 * 2)) < 1e-12)
        #expect(SurvivalCurve([]).median == nil)
        #expect(SurvivalCurve([.init(seconds: 9, isOver: false)]).median == nil)
    }

    // MARK: Was it chaos?

    @Test func attributionIsAProbability() {
        let likely = ChaosQuestion.probability(
            harmPrior: 0.3, incidentsPerRound: 0.001, nats: 10, insideCone: true)
        let unlikely = ChaosQuestion.probability(
            harmPrior: 0.01, incidentsPerRound: 0.01, nats: 0, insideCone: false)
        #expect(likely > 0.999)
        #expect(abs(unlikely - 0.1 / 1.1) < 1e-9)
    }

    // MARK: The graph

    @Test func theConeHoldsCallersAndCallees() {
        func ref(_ name: String) -> ServiceRef { ServiceRef(namespace: "n", name: name) }
        let pairs = [("front", "cart"), ("cart", "db"), ("front", "shop"), ("admin", "audit")]
        let graph = CallGraph(
            edges: pairs.map {
                ServiceEdge(sourceNamespace: "n", source: $0.0, destination: ref($0.1))
            }, services: ["front", "cart", "db", "shop", "audit"].map(ref), workloads: [:])
        let cone = graph.cone(of: WorkloadRef(kind: "Deployment", namespace: "n", name: "cart"))
        #expect(cone == Set(["front", "cart", "db"].map(ref)))
        let leaf = graph.cone(of: WorkloadRef(kind: "Deployment", namespace: "n", name: "db"))
        #expect(leaf == Set(["front", "cart", "db"].map(ref)))
    }

    @Test func anIncidentOutsideVoidsTheRound() {
        var mesh = MeshTraffic(pods: ["client"])
        var judge = Judge()
        var random = RandomStream(seed: 31)
        let services = (0..<12).map { "s\($0)" }
        func pass(_ windows: Int, broken: Int) {
            for _ in 0..<windows {
                for (index, service) in services.enumerated() {
                    let n = random.poisson(100)
                    let bad = index >= 12 - broken ? n : 0
                    mesh.send(n - bad, from: "client", workload: "client", to: service)
                    mesh.send(bad, from: "client", workload: "client", to: service, code: "500")
                }
                _ = judge.observe(mesh.scrape(), now: mesh.now)
            }
        }
        pass(60, broken: 0)
        let target = WorkloadRef(kind: "Deployment", namespace: "go-app", name: "s0")
        for (id, broken) in [(1, 3), (2, 6)] {
            pass(60, broken: 0)
            judge.beginRound(
                id: id, policy: "p", at: mesh.now, namespaces: ["go-app"], target: target)
            pass(3, broken: broken)
            let verdict = judge.endRound(id: id, at: mesh.now)
            #expect((verdict.kind == .void) == (broken == 6), "\(verdict.text)")
            #expect(judge.unexpectedVictims(round: id).count == broken)
            #expect((judge.externalIncident(round: id) != nil) == (broken == 6))
        }
    }

    @Test func blamedShamsRaiseTheThresholds() {
        var story = Story()
        story.pass(60)
        let before = story.judge.errorStatuses.first?.threshold ?? 0
        for id in 1...3 {
            story.judge.beginRound(
                id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
            story.databaseWorks = false
            story.pass(2)
            #expect(story.judge.endRound(id: id, at: story.mesh.now).kind == .harm)
            story.databaseWorks = true
            story.pass(40)
        }
        #expect(story.judge.shams.blamed == 3)
        #expect(story.judge.shams.isMiscalibrated(alpha: 0.01))
        #expect((story.judge.errorStatuses.first?.threshold ?? 0) > before)
    }
}
