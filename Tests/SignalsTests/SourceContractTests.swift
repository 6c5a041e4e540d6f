// What every metrics source must do, whatever it reads from. A new source joins by a case in
// SourceHarness.

import Core
import Engine
import Platform
import Signals
import Testing

struct SourceContractTests {
    static let labels = Labels([
        "reporter": "source", "source_workload": "repeater", "app": "own",
        "destination_service": "go-app.shop.svc.cluster.local", "response_code": "200",
    ])
    static let failed = Labels([
        "reporter": "source", "source_workload": "repeater",
        "destination_service": "go-app.shop.svc.cluster.local", "response_code": "503",
        "destination_service_namespace": "unknown",
    ])
    static let foreign = Labels(["destination_service": "bank.money.svc.cluster.local"])
    static let short = Labels([
        "destination_service": "go-app", "destination_service_namespace": "shop",
    ])

    private func harness(_ kind: SourceHarness.Kind) -> SourceHarness {
        let harness = SourceHarness(kind)
        let started = harness.clock.now - .seconds(60)
        harness.mesh.withLock { mesh in
            for name in ["shop/repeater-1", "shop/repeater-2"] {
                mesh.pods[name] = .init(
                    name: name, startedAt: started, counters: [Self.labels: 10])
            }
        }
        return harness
    }

    private func ask(_ harness: SourceHarness, _ source: any SignalSource) async throws -> Reading {
        try await source.read(question(harness))
    }

    private func question(_ harness: SourceHarness) -> Question {
        Question(
            namespaces: ["shop"], metrics: ["istio_requests_total"],
            since: harness.clock.now - .seconds(100), until: harness.clock.now)
    }

    private func values(
        _ reading: Reading, _ reporter: String, _ labels: Labels = Self.labels
    ) -> [Double] {
        reading.series.first { $0.reporter == reporter && $0.labels == labels }?
            .samples.map(\.value) ?? []
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func readsRawSamplesUnderTheirOwnLabels(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        let start = harness.clock.now
        for value in [10.0, 12, 15] {
            harness.mesh.withLock { $0.pods["shop/repeater-1"]?.counters[Self.labels] = value }
            await harness.tick()
        }
        let reading = try await ask(harness, source)
        #expect(reading.series.map(\.reporter) == ["shop/repeater-1", "shop/repeater-2"])
        #expect(reading.series.allSatisfy { $0.labels == Self.labels })
        #expect(reading.series.allSatisfy { $0.metric == "istio_requests_total" })
        #expect(values(reading, "shop/repeater-1") == [10, 12, 15])
        let times = reading.series[0].samples.map(\.time)
        #expect(times == [start, start + .seconds(15), start + .seconds(30)])
        #expect(reading.reporters.map(\.name) == ["shop/repeater-1", "shop/repeater-2"])
        #expect(reading.reporters.allSatisfy { $0.lastScrape == start + .seconds(30) })
        #expect(reading.reporters.allSatisfy { $0.startedAt == start - .seconds(60) })
        #expect(reading.completeUntil >= start + .seconds(30))
        #expect(reading.completeUntil <= harness.clock.now)
        #expect(reading.warnings.isEmpty)
        #expect(source.interval == SourceHarness.interval)
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func passesGapsThrough(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        let start = harness.clock.now
        for tick in 0..<5 {
            harness.mesh.withLock {
                $0.pods["shop/repeater-1"]?.isUp = tick == 0 || tick == 4
                $0.pods["shop/repeater-1"]?.counters[Self.labels] = Double(tick)
            }
            await harness.tick()
            let reading = try await ask(harness, source)
            let reporter = reading.reporters.first { $0.name == "shop/repeater-1" }
            #expect(reporter?.lastScrape == (tick < 4 ? start : start + .seconds(60)))
        }
        let reading = try await ask(harness, source)
        #expect(values(reading, "shop/repeater-1") == [0, 4])
        #expect(values(reading, "shop/repeater-2").count == 5)
        #expect(reading.warnings.isEmpty, "one target that is down does not make the rest doubtful")
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func passesResetsNaNAndInfinityThrough(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        let story: [Double] = [100, 3, .nan, .infinity, 7]
        for value in story {
            harness.mesh.withLock { $0.pods["shop/repeater-1"]?.counters[Self.labels] = value }
            await harness.tick()
        }
        let found = values(try await ask(harness, source), "shop/repeater-1")
        #expect(found.map(\.description) == story.map(\.description))
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func showsSeriesThatBeginAndProcessesThatRestart(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        await harness.tick()
        let restart = harness.clock.now
        harness.mesh.withLock {
            $0.pods["shop/repeater-1"]?.counters = [Self.labels: 1, Self.failed: 4]
            $0.pods["shop/repeater-1"]?.startedAt = restart
        }
        await harness.tick()
        let reading = try await ask(harness, source)
        #expect(values(reading, "shop/repeater-1") == [10, 1])
        #expect(values(reading, "shop/repeater-1", Self.failed) == [4])
        #expect(reading.reporters.map(\.startedAt) == [restart, restart - .seconds(75)])
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func keepsTheLastSamplesOfATargetThatVanished(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        await harness.tick()
        await harness.tick()
        harness.mesh.withLock { $0.pods["shop/repeater-2"] = nil }
        for _ in 0..<3 { await harness.tick() }
        let reading = try await ask(harness, source)
        #expect(reading.reporters.map(\.name) == ["shop/repeater-1"])
        #expect(values(reading, "shop/repeater-2") == [10, 10])
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func readsOnlyDestinationsInTheNamespace(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        harness.mesh.withLock {
            $0.pods["shop/repeater-1"]?.counters = [
                Self.labels: 1, Self.failed: 2, Self.foreign: 3, Self.short: 4,
            ]
            $0.pods["shop/repeater-2"]?.counters = [:]
        }
        await harness.tick()
        let reading = try await ask(harness, source)
        #expect(Set(reading.series.map(\.labels)) == [Self.labels, Self.failed, Self.short])
        #expect(reading.series.count == 3)
    }

    /// No series is an answer; no answer is none.
    @Test(arguments: SourceHarness.Kind.allCases)
    func tellsEmptyFromUnreachable(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        harness.mesh.withLock { mesh in
            for name in mesh.pods.keys { mesh.pods[name]?.counters = [:] }
        }
        await harness.tick()
        let reading = try await ask(harness, source)
        #expect(reading.series.isEmpty)
        #expect(reading.reporters.count == 2)
        harness.mesh.withLock { $0.trouble = .refused }
        await harness.tick()
        let failure = await failure { () async throws(Failure) in
            try await source.read(self.question(harness))
        }
        #expect(failure?.kind == .transient)
        #expect(failure?.message.contains("connection refused") == true)
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func failsWhenNothingAnswers(kind: SourceHarness.Kind) async throws {
        for (trouble, wanted) in [
            (Trouble.status(500), "500"), (.status(503), "503"), (.page(502), "Bad Gateway"),
            (.page(200), "Bad Gateway"), (.silence, "no answer"),
        ] {
            let harness = harness(kind)
            let source = harness.makeSource()
            await harness.tick()
            _ = try await ask(harness, source)
            harness.mesh.withLock { $0.trouble = trouble }
            await harness.tick()
            let failure = await failure { () async throws(Failure) in
                try await source.read(self.question(harness))
            }
            #expect(failure?.message.contains(wanted) == true, "\(failure?.message ?? "none")")
            // It heals by itself.
            harness.mesh.withLock { $0.trouble = nil }
            await harness.tick()
            #expect(values(try await ask(harness, source), "shop/repeater-1").last == 10)
        }
    }

    @Test(arguments: SourceHarness.Kind.allCases)
    func everyRequestHasADeadlineWithinTheInterval(kind: SourceHarness.Kind) async throws {
        let harness = harness(kind)
        let source = harness.makeSource()
        await harness.tick()
        _ = try await ask(harness, source)
        #expect(!harness.requests.isEmpty)
        #expect(harness.requests.allSatisfy { $0.deadline <= .seconds(10) && $0.deadline > .zero })
    }
}
