// What is particular to the own scrape: rhythm, bounds, content, and who is asked.

import Core
import Engine
import Platform
import Signals
import Testing

private struct FixedTargets: TargetProvider {
    var list: [ScrapeTarget]
    var failure: Failure?
    let calls = Lock(0)
    func targets() async throws(Failure) -> [ScrapeTarget] {
        calls.withLock { $0 += 1 }
        if let failure { throw failure }
        return list
    }
}

struct ScrapeSourceTests {
    private let target = ScrapeTarget(name: "shop/a", url: "http://10.0.0.1:15020/stats/prometheus")

    private func question(_ clock: ManualClock, _ metrics: [String] = ["m"]) -> Question {
        Question(
            namespaces: [], metrics: metrics, since: clock.now - .seconds(1000), until: clock.now)
    }

    private func source(
        _ clock: ManualClock, limits: ExpositionLimits = ExpositionLimits(),
        history: Duration = .seconds(120), series: Int = 100, _ answer: @escaping StubNetwork.Answer
    ) -> ScrapeSource {
        ScrapeSource(
            .init(
                interval: .seconds(15), metrics: ["m"], history: history, limits: limits,
                seriesLimit: series),
            targets: FixedTargets(list: [target]), clock: clock, network: StubNetwork(answer))
    }

    private func text(_ body: String, type: String = "text/plain; version=0.0.4") -> Response {
        Response(status: 200, contentType: type, text: body)
    }

    @Test func asksLikePrometheus() async {
        let network = StubNetwork { _ in Response(status: 200) }
        let source = ScrapeSource(
            .init(interval: .seconds(2)), targets: FixedTargets(list: [target]),
            clock: ManualClock(), network: network)
        await source.scrapeOnce()
        let request = network.requests[0]
        #expect(request.method == "GET" && request.url == target.url)
        #expect(
            request.headers["Accept"]?.hasPrefix("application/openmetrics-text;version=1") == true)
        #expect(request.headers["X-Prometheus-Scrape-Timeout-Seconds"] == "2.0")
        #expect(request.deadline == .seconds(2))
        #expect(request.bodyLimit == 10 << 20)
    }

    @Test func usesExposedTimestampsAndKeepsTheFirstOfTwo() async throws {
        let clock = ManualClock()
        let answer = text("m 1\nm 2\nm{x=\"y\"} 3 1699999990000\n")
        let source = source(clock) { _ in answer }
        await source.scrapeOnce()
        clock.advance(.seconds(15))
        await source.scrapeOnce()
        let reading = try await source.read(question(clock))
        #expect(reading.series[0].samples.map(\.value) == [1, 1])
        #expect(reading.series[1].samples.map(\.time) == [Timestamp(seconds: 1_699_999_990)])
        #expect(reading.warnings.isEmpty)
    }

    @Test func readsAMergedEndpoint() async throws {
        let clock = ManualClock()
        let merged = """
            # TYPE m counter
            m{le="1"} 1
            # TYPE m counter
            process_start_time_seconds 5
            istio_agent_process_start_time_seconds 7
            # EOF
            # HELP m again
            m{le="1.0",a=""} 2
            """
        let answer = text(merged, type: "application/openmetrics-text; version=1.0.0")
        let source = source(clock) { _ in answer }
        await source.scrapeOnce()
        let reading = try await source.read(question(clock))
        #expect(reading.series.map(\.labels) == [Labels(["le": "1.0"]), Labels(["le": "1.0"])])
        #expect(reading.reporters[0].startedAt == Timestamp(seconds: 7))
        #expect(reading.warnings.isEmpty)
    }

    @Test func tellsMalformedLines() async throws {
        let clock = ManualClock()
        let answer = text("m 1\nm{ 2\n9other 3\nother{ 4\n")
        let source = source(clock) { _ in answer }
        await source.scrapeOnce()
        let warnings = try await source.read(question(clock)).warnings
        #expect(warnings == ["shop/a: 1 malformed lines, first line 2: expected a label name"])
    }

    /// One pod that is gone is told by its reporter and in `failures`; the others stay readable.
    @Test func aTargetThatFailsIsNoWarning() async throws {
        let clock = ManualClock()
        let other = ScrapeTarget(name: "shop/b", url: "http://10.0.0.2/m")
        let answer = text("m 1\n")
        let cut = text("m 1\n", type: "application/openmetrics-text; version=1.0.0")
        let source = ScrapeSource(
            .init(interval: .seconds(15), metrics: ["m"]),
            targets: FixedTargets(list: [target, other]), clock: clock,
            network: StubNetwork { $0.url == other.url ? cut : answer })
        await source.scrapeOnce()
        let reading = try await source.read(question(clock))
        #expect(reading.warnings.isEmpty)
        #expect(reading.series.map(\.reporter) == ["shop/a"])
        #expect(reading.reporters.map(\.lastScrape) == [clock.now, nil])
        #expect(
            await source.failures == [
                "scrape of shop/b at http://10.0.0.2/m failed: the answer was cut: it has no # EOF"
            ])
    }

    /// A part of an answer is never taken for the whole.
    @Test(arguments: [
        (ExpositionLimits(samples: 1), 100, "more than the limit of 1 samples"),
        (ExpositionLimits(bodyBytes: 5), 100, "the body has 14 bytes"),
        (ExpositionLimits(), 1, "more than the limit of 1 series"),
    ])
    func refusesWhatExceedsALimit(limits: ExpositionLimits, series: Int, reason: String) async {
        let clock = ManualClock()
        let answer = text("m 1\nm{a=\"b\"} 2")
        let source = source(clock, limits: limits, series: series) { _ in answer }
        await source.scrapeOnce()
        let question = question(clock)
        let failure = await failure { () async throws(Failure) in try await source.read(question) }
        #expect(failure?.kind == .transient)
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "none")")
    }

    @Test func dropsOldSamples() async throws {
        let clock = ManualClock()
        let answer = text("m 1\n")
        let source = source(clock, history: .seconds(60)) { _ in answer }
        for _ in 0..<20 {
            await source.scrapeOnce()
            clock.advance(.seconds(15))
        }
        let samples = try await source.read(question(clock)).series[0].samples
        #expect(samples.count == 5)
        #expect(samples.last?.time == clock.now - .seconds(15))
    }

    @Test func refusesMetricsItDoesNotKeepAndUnknownTargets() async throws {
        let clock = ManualClock()
        let answer = text("m 1\n")
        let source = source(clock) { _ in answer }
        let early = question(clock)
        let before = await failure { () async throws(Failure) in try await source.read(early) }
        #expect(before?.kind == .transient)
        await source.scrapeOnce()
        let other = question(clock, ["other", "m"])
        let refused = await failure { () async throws(Failure) in try await source.read(other) }
        #expect(refused?.kind == .rejected)
        let partly = try await source.read(question(clock, ["m", "other"]))
        #expect(partly.series.map(\.metric) == ["m"] && partly.warnings == [])
        #expect(
            partly.unread == [
                "other": "the scrape does not keep metric other; add it to the source's metrics"
            ])
        let blind = ScrapeSource(
            .init(interval: .seconds(15), metrics: ["m"]),
            targets: FixedTargets(list: [], failure: Failure(.transient, "API server gone")),
            clock: clock, network: StubNetwork { _ in answer })
        await blind.scrapeOnce()
        let lost = await failure { () async throws(Failure) in try await blind.read(early) }
        #expect(lost?.message.contains("API server gone") == true)
    }

    /// Each target in its own rhythm, once an interval, at its own place.
    @Test func scrapesEachTargetOnceAnInterval() async {
        let clock = ManualClock()
        let targets = (0..<20).map { ScrapeTarget(name: "shop/p\($0)", url: "http://p\($0)/m") }
        let times = Lock<[String: [Duration]]>([:])
        let answer = text("m 1\n")
        let network = StubNetwork { request in
            times.withLock { $0[request.url, default: []].append(clock.uptime) }
            return answer
        }
        let provider = FixedTargets(list: targets)
        let source = ScrapeSource(
            .init(interval: .seconds(10), metrics: ["m"], concurrency: 3), targets: provider,
            clock: clock, network: network)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await source.run() }
            while times.withLock({ $0.values.map(\.count).min() ?? 0 }) < 5
                || times.withLock({ $0.count }) < 20
            {
                await Task.yield()
            }
            group.cancelAll()
        }
        let found = times.withLock { $0 }
        #expect(found.count == 20)
        // The clock runs ahead while scrapes wait for a thread: slots may be missed, never doubled.
        let intervals = Int(clock.uptime.inSeconds / 10) + 1
        #expect(found.values.allSatisfy { $0.count <= intervals })
        #expect(provider.calls.withLock { $0 } <= intervals, "once an interval")
    }

    /// Each target keeps its own place in the interval, wherever the clock stands.
    @Test(arguments: [Duration.zero, .seconds(3), .seconds(12_345.678)])
    func spreadsTargetsOverTheInterval(uptime: Duration) {
        let schedule = ScrapeSchedule(interval: .seconds(15))
        var places: Set<Duration> = []
        for number in 0..<200 {
            let name = "shop/p\(number)"
            let next = schedule.next(of: name, from: uptime)
            #expect(next >= uptime && next < uptime + .seconds(15))
            #expect(schedule.next(of: name, from: next) == next)
            #expect(
                schedule.next(of: name, from: next + .nanoseconds(1)) == next + .seconds(15))
            #expect((next - schedule.offset(of: name)).nanoseconds % 15_000_000_000 == 0)
            places.insert(.seconds(Int(schedule.offset(of: name).inSeconds)))
        }
        #expect(places.count == 15, "200 names reach every second of the interval")
    }

    @Test func neverScrapesMoreAtOnceThanAllowed() async {
        let clock = ManualClock()
        let targets = (0..<12).map { ScrapeTarget(name: "shop/p\($0)", url: "http://p\($0)/m") }
        let running = Lock<(now: Int, most: Int)>((0, 0))
        let answer = text("m 1\n")
        let network = StubNetwork { _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<50 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return answer
        }
        let source = ScrapeSource(
            .init(interval: .seconds(10), metrics: ["m"], concurrency: 3),
            targets: FixedTargets(list: targets), clock: clock, network: network)
        await source.scrapeOnce()
        #expect(network.requests.count == 12)
        #expect((1...3).contains(running.withLock { $0.most }))
    }

    @Test func readsTheAnnotationsOfPods() {
        let scrape = ["prometheus.io/scrape": "true"]
        func url(_ more: [String: String], address: String = "10.1.2.3") -> String? {
            ScrapeTarget(
                namespace: "shop", pod: "a", address: address,
                annotations: scrape.merging(more) { $1 })?.url
        }
        #expect(url([:]) == "http://10.1.2.3:80/metrics")
        #expect(
            url(["prometheus.io/port": "15020", "prometheus.io/path": "stats/prometheus"])
                == "http://10.1.2.3:15020/stats/prometheus")
        #expect(
            url(["prometheus.io/scheme": "https"], address: "fd00::1")
                == "https://[fd00::1]:80/metrics")
        #expect(url(["prometheus.io/scrape": "false"]) == nil)
        #expect(url(["prometheus.io/port": "99999"]) == nil)
        #expect(url(["prometheus.io/scheme": "ftp"]) == nil)
        #expect(url([:], address: "") == nil)
    }
}
