// The aggregate model against the real handlers and against arithmetic.

import Core
import DemoApplication
import Platform
import Testing

private let namespace = "go-app"
private let start = Timestamp(seconds: 1_790_000_000)

private func pods(_ names: [(String, String)]) -> [ModelPod] {
    names.map { ModelPod(uid: $0.0, service: ServiceName($0.1, namespace)) }
}

private let everyone = [
    ("repeater-1", "repeater"), ("repeater-2", "repeater"), ("app-1", "go-app"),
    ("app-2", "go-app"), ("db-1", "go-app-db"),
]

@Suite struct TrafficModelTests {
    private func model(seed: UInt64, rate: Double = 10) -> TrafficModel {
        var model = TrafficModel(
            topology: .tutorial(namespace: namespace, rate: rate), seed: seed, start: start)
        model.update(pods(everyone), at: start)
        return model
    }

    private func failures(_ model: TrafficModel) -> Int {
        model.answers.filter { $0.key >= 500 }.values.reduce(0, +)
    }

    private func total(_ model: TrafficModel) -> Int { model.answers.values.reduce(0, +) }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theSameSeedGivesTheSamePages(seed: UInt64) {
        var left = model(seed: seed)
        var right = model(seed: seed)
        for second in stride(from: 15, through: 300, by: 15) {
            left.advance(to: start + .seconds(second))
            right.advance(to: start + .seconds(second))
        }
        for (uid, _) in everyone { #expect(left.exposition(of: uid) == right.exposition(of: uid)) }
        #expect(left.exposition(ofEntry: 0) == right.exposition(ofEntry: 0))
        // 3000 requests are expected; 400 are more than seven standard deviations.
        #expect((2600...3400).contains(total(left)))
        #expect(failures(left) == 0)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aKilledDatabaseMeansEveryRequestFailsUntilTheApplicationRestarts(seed: UInt64) {
        var model = model(seed: seed)
        model.advance(to: start + .seconds(60))
        #expect(failures(model) == 0)
        let without = pods(everyone.filter { $0.0 != "db-1" })
        model.update(without, at: start + .seconds(60))
        model.advance(to: start + .seconds(70))
        model.update(without + pods([("db-2", "go-app-db")]), at: start + .seconds(70))
        model.advance(to: start + .seconds(72))
        let before = model
        model.advance(to: start + .seconds(370))
        #expect(failures(model) - failures(before) == total(model) - total(before))
        #expect(total(model) > total(before) + 2500)
        // Every pod is there, and booted.
        for uid in ["app-1", "app-2", "db-2"] { #expect(model.isBooted(uid)) }
        let restarted = pods([
            ("repeater-1", "repeater"), ("repeater-2", "repeater"), ("app-3", "go-app"),
            ("app-4", "go-app"), ("db-2", "go-app-db"),
        ])
        model.update(restarted, at: start + .seconds(370))
        model.advance(to: start + .seconds(375))
        let healed = model
        model.advance(to: start + .seconds(475))
        #expect(failures(model) == failures(healed))
        #expect(total(model) > total(healed) + 800)
    }

    @Test func whileTheDatabaseIsGoneFlagsGoFromUFToUH() throws {
        var model = model(seed: 7)
        model.update(pods(everyone.filter { $0.0 != "db-1" }), at: start + .seconds(60))
        model.advance(to: start + .seconds(80))
        #expect(model.exposition(of: "db-1") == nil)
        let sets = try #require(model.registry(of: "app-1")).labelSets.filter {
            $0[.responseCode] == "503" && $0[.reporter] == "source"
        }
        let flags = Set(sets.map { $0[.responseFlags] })
        #expect(flags.isSuperset(of: ["UF,URX", "UH"]))
        #expect(flags.isSubset(of: ["UF,URX", "UH", "UC"]))
        for set in sets {
            #expect(set[.destinationWorkload] == "unknown")
            #expect(set[.destinationServiceNamespace] == "unknown")
            #expect(set[.destinationService] == "go-app-db.go-app.svc.cluster.local")
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func aKilledRepeaterCostsAtMostWhatWasUnderWay(seed: UInt64) {
        var model = model(seed: seed, rate: 100)
        model.advance(to: start + .seconds(60))
        model.update(pods(Array(everyone.dropFirst())), at: start + .seconds(60))
        model.advance(to: start + .seconds(120))
        // 50 requests a second and pod, 9 ms each: about half a request is cut off.
        #expect(failures(model) <= 6)
        let users = model.registry(ofEntry: 0)?.labelSets ?? []
        #expect(users.allSatisfy { ["-", "UC"].contains($0[.responseFlags]) })
    }

    @Test func theModelAndTheHandlersAgreeOnLabels() async throws {
        let mesh = TutorialMesh()
        try mesh.start("go-app-db", 1)
        for number in 1...2 {
            try mesh.start("go-app", number)
            try mesh.start("repeater", number)
        }
        try mesh.start("gateway", 1)
        try await mesh.run {
            #expect(
                await eventually {
                    do {
                        mesh.clock.advance(.seconds(1))
                        for _ in 0..<6 where try await mesh.visit() != 200 { return false }
                        return true
                    } catch { return false }
                })
            mesh.kill("go-app-db", 1, noticed: false)
            for _ in 0..<10 { _ = try await mesh.visit() }
            mesh.publish("go-app-db")
            for _ in 0..<100 {
                mesh.clock.advance(.seconds(1))
                _ = try await mesh.visit()
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        var model = model(seed: 3)
        model.advance(to: start + .seconds(60))
        model.update(pods(everyone.filter { $0.0 != "db-1" }), at: start + .seconds(60))
        model.advance(to: start + .seconds(80))
        for (service, uid) in [("go-app", "app-1"), ("repeater", "repeater-1")] {
            let real = Set(
                [1, 2].flatMap { number in
                    (try? mesh.pod(service, number))?.proxy.stats?.snapshot.labelSets ?? []
                })
            // What was cut off at the instant of death is up to chance in both.
            let modelled = Set(model.registry(of: uid)?.labelSets ?? [])
                .filter { $0[.responseFlags] != "UC" }
            compare(modelled, real.filter { !isBoot($0) })
        }
        let gateway = try #require(try mesh.pod("gateway", 1).proxy.stats?.snapshot)
        let users = Set(model.registry(ofEntry: 0)?.labelSets ?? [])
        compare(users, Set(gateway.labelSets).filter { !isBoot($0) })
    }

    private func compare(_ modelled: Set<IstioLabels>, _ real: Set<IstioLabels>) {
        let extra = modelled.subtracting(real).map { $0.exposition() }.sorted()
        let missing = real.subtracting(modelled).map { $0.exposition() }.sorted()
        #expect(extra.isEmpty, "only modelled")
        #expect(missing.isEmpty, "only real")
    }

    /// Requests that came before everything was up.
    private func isBoot(_ labels: IstioLabels) -> Bool {
        labels[.responseFlags] == "NR"
            || labels[.responseCode] == "503" && labels[.destinationServiceName] != "go-app-db"
    }

    @Test func callsAndErrorsFollowTheTopology() {
        let front = ServiceName("front", "shop")
        let cart = ServiceName("cart", "shop")
        let ads = ServiceName("ads", "shop")
        let topology = MeshTopology(
            services: [
                .init(
                    front, latency: .milliseconds(20),
                    calls: [
                        .init(cart, perRequest: 2), .init(ads, perRequest: 0.5, optional: true),
                    ]
                ), .init(cart, latency: .milliseconds(5), errorRatio: 0.01),
                .init(ads, latency: .milliseconds(5), errorRatio: 0.5),
            ], entries: [.init(gateway: MeshTopology.ingress, service: front, rate: 100)])
        var model = TrafficModel(topology: topology, seed: 5, start: start)
        model.update(
            [front, cart, ads].map { ModelPod(uid: $0.name, service: $0) }, at: start)
        model.advance(to: start + .seconds(600))
        let total = Double(total(model))
        // Two calls, each with 1 %: 2 % of requests fail; the optional call does not matter.
        #expect(abs(Double(failures(model)) / total - 0.02) < 0.004)
        func received(_ uid: String) -> Double {
            let registry = model.registry(of: uid)
            return Double(
                (registry?.labelSets ?? []).filter { $0[.reporter] == "destination" }
                    .reduce(0) { $0 + (registry?.total($1) ?? 0) })
        }
        #expect(received("cart") == 2 * total)
        #expect(abs(received("ads") / total - 0.49) < 0.02)
    }

    @Test(arguments: [(10, 0.3), (1000, 0.01), (1000, 0.7), (100_000, 0.0005)])
    func binomialsHaveTheirMeanAndVariance(trials: Int, probability: Double) {
        var random = RandomStream(seed: 11)
        let draws = (0..<4000).map { _ in Double(random.binomial(trials, probability)) }
        let mean = draws.reduce(0, +) / 4000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        let expected = Double(trials) * probability
        let spread = expected * (1 - probability)
        #expect(abs(mean - expected) < 6 * (spread / 4000).squareRoot())
        #expect(abs(variance / spread - 1) < 0.2)
    }

    @Test(arguments: [0.1, 5, 45, 400])
    func poissonsHaveTheirMeanAndVariance(expected: Double) {
        var random = RandomStream(seed: 12)
        let draws = (0..<4000).map { _ in Double(random.poisson(mean: expected)) }
        let mean = draws.reduce(0, +) / 4000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean - expected) < 6 * (expected / 4000).squareRoot())
        #expect(abs(variance / expected - 1) < 0.25)
    }
}
