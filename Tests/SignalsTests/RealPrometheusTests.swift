// Both sources over the same run: pods served on a real socket, scraped by a real Prometheus and by
// the own scrape. Raw values and the increments of each window must agree.

import Core
import Engine
import Platform
import Signals
import TestServers
import Testing

/// Two pods whose counters move in steps.
private struct StepModel: Sendable {
    static let pods = ["/repeater-1": "go-app/repeater-1", "/repeater-2": "go-app/repeater-2"]
    var random = RandomStream(seed: 11)
    var step = 0
    var counters: [String: [Labels: Double]] = [:]
    /// The counters before the last step.
    var before: [String: [Labels: Double]] = [:]
    /// When Prometheus asked last, by path.
    var asked: [String: Timestamp] = [:]

    mutating func advance() {
        step += 1
        before = counters
        for path in Self.pods.keys.sorted() {
            var own = counters[path] ?? [:]
            // A process that restarts counts from zero; failures appear with the first failure.
            if step == 4, path == "/repeater-2" { own = [:] }
            for code in ["200", "404", "503"] where code != "503" || step >= 3 {
                for source in ["source", "destination"] {
                    let labels = Labels([
                        "reporter": source, "response_code": code, "app": "repeater",
                        "destination_service": "go-app.go-app.svc.cluster.local",
                        "source_workload": "say \"hi\"\\\n",
                    ])
                    own[labels, default: 0] += Double(1 + random.below(50))
                }
            }
            counters[path] = own
        }
    }

    func exposition(_ path: String, of counters: [String: [Labels: Double]]) -> String {
        var text = "# HELP istio_requests_total requests\n# TYPE istio_requests_total counter\n"
        for (labels, value) in (counters[path] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let pairs = labels.pairs.map { pair in
                let escaped = pair.value.flatMap { character -> String in
                    switch character {
                    case "\\": "\\\\"
                    case "\"": "\\\""
                    case "\n": "\\n"
                    default: String(character)
                    }
                }
                return "\(pair.name)=\"\(String(escaped))\""
            }
            text += "istio_requests_total{\(pairs.joined(separator: ","))} \(value)\n"
        }
        return text + "process_start_time_seconds 1600000000.5\n"
    }
}

@Suite(.enabled(if: RealServer.Plan.hasPrometheus, "needs /usr/bin/prometheus"))
struct RealPrometheusTests {
    private let clock = RealClock()
    private let model = Lock(StepModel())

    private struct Targets: TargetProvider {
        let port: UInt16
        func targets() async throws(Failure) -> [ScrapeTarget] {
            StepModel.pods.map {
                ScrapeTarget(name: $0.value, url: "http://127.0.0.1:\(port)\($0.key)")
            }
        }
    }

    private func configuration(port: UInt16) -> String {
        var text = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
        for (path, name) in StepModel.pods.sorted(by: { $0.key < $1.key }) {
            let pod = name.split(separator: "/")
            text += """
                - job_name: job\(path)
                  metrics_path: \(path)
                  static_configs:
                  - targets: ["127.0.0.1:\(port)"]
                    labels: {namespace: \(pod[0]), pod: \(pod[1]), app: from-the-pod}

                """
        }
        return text
    }

    @Test(.timeLimit(.minutes(10)))
    func bothSourcesGiveTheSameIncrements() async throws {
        let stepped = Lock(clock.now)
        let server = try LoopbackServer { [model, clock] path, head in
            model.withLock { model in
                var counters = model.counters
                if head.contains("user-agent: prometheus") {
                    model.asked[path] = clock.now
                    // Its samples carry the time at which the scrape began. A scrape that began
                    // before the step must not see the step, however long its request took; after
                    // its time-out of one second it is none.
                    if clock.now - stepped.withLock({ $0 }) < .milliseconds(1500) {
                        counters = model.before
                    }
                }
                return Response(
                    status: 200, contentType: "text/plain; version=0.0.4",
                    text: model.exposition(path, of: counters))
            }
        }
        defer { server.stop() }
        try await RealServer.with(.prometheus(configuration: configuration(port: server.port))) {
            process in
            let own = ScrapeSource(
                .init(interval: .seconds(1)), targets: Targets(port: server.port), clock: clock,
                network: SocketNetwork())
            let prometheus = PrometheusSource(
                .init(url: process.url, interval: .seconds(1)), clock: clock,
                network: SocketNetwork(), seed: 1)

            var boundaries: [Timestamp] = []
            let began = clock.now
            try await poll("Prometheus asks the pods") {
                model.withLock { $0.asked.count } == StepModel.pods.count
            }
            for _ in 0..<6 {
                boundaries.append(
                    model.withLock { model in
                        model.advance()
                        let now = clock.now
                        stepped.withLock { $0 = now }
                        return now
                    })
                await own.scrapeOnce()
                try await waitUntilStored(prometheus, since: began)
            }
            let question = question(since: began)
            let left = try await own.read(question)
            var right: Reading?
            try await poll("Prometheus answers") {
                right = try? await prometheus.read(question)
                return right != nil
            }
            try compare(left, try #require(right), boundaries)
        }
    }

    private func compare(
        _ left: Reading, _ right: Reading, _ boundaries: [Timestamp]
    ) throws {
        #expect(left.reporters.map(\.name) == ["go-app/repeater-1", "go-app/repeater-2"])
        #expect(right.reporters.map(\.name) == left.reporters.map(\.name))
        #expect(right.reporters.map(\.startedAt) == left.reporters.map(\.startedAt))
        #expect(right.reporters.allSatisfy { ($0.lastScrape ?? boundaries[0]) >= boundaries[5] })
        #expect(right.warnings.isEmpty && left.warnings.isEmpty)
        let windows = boundaries + [clock.now]
        let mine = story(left, windows)
        let theirs = story(right, windows)
        #expect(mine.count == 12)
        #expect(Set(mine.keys) == Set(theirs.keys))
        for (key, own) in mine {
            #expect(own.values == theirs[key]?.values, "values of \(key)")
            #expect(own.increments == theirs[key]?.increments, "increments of \(key)")
        }
        let total = mine.values.flatMap(\.increments).reduce(0, +)
        #expect(total > 0)
    }

    /// Distinct values in order, and the increment in each window after the first step.
    private func story(
        _ reading: Reading, _ windows: [Timestamp]
    ) -> [String: (values: [Double], increments: [Double])] {
        var out: [String: (values: [Double], increments: [Double])] = [:]
        for series in reading.series {
            var values: [Double] = []
            var increments = [Double](repeating: 0, count: windows.count - 1)
            for sample in series.samples where sample.time > windows[0] {
                guard let window = windows.lastIndex(where: { $0 < sample.time }),
                    window < increments.count
                else { continue }
                let previous = values.last ?? 0
                let isReset = sample.value < previous
                increments[window] += isReset ? sample.value : sample.value - previous
                if values.last != sample.value { values.append(sample.value) }
            }
            out["\(series.reporter) \(series.metric)\(series.labels)"] = (values, increments)
        }
        return out
    }

    private func question(since: Timestamp) -> Question {
        Question(
            namespaces: ["go-app"], metrics: ["istio_requests_total"], since: since,
            until: clock.now)
    }

    /// Waits until the newest stored sample of every series is what the pods expose now.
    private func waitUntilStored(_ source: PrometheusSource, since: Timestamp) async throws {
        let wanted = model.withLock { $0.counters.values.flatMap(\.values).sorted() }
        try await poll("Prometheus has stored the step") {
            guard let reading = try? await source.read(question(since: since)) else { return false }
            let newest = reading.series.compactMap(\.samples.last?.value).sorted()
            return newest == wanted
        }
    }

    private func poll(_ what: String, _ isTrue: () async -> Bool) async throws {
        let giveUp = clock.uptime + .seconds(300)
        while !(await isTrue()) {
            guard clock.uptime < giveUp else { throw Failure(.transient, "timed out: \(what)") }
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    /// Three hours of a service that fails once in 101, and half of the time during a strike.
    private func remembered(until end: Double) -> String {
        var text = ""
        for (code, rate) in [("200", 100.0), ("503", 1.0)] {
            let labels =
                #"reporter="source",response_code="\#(code)",response_flags="-","#
                + #"destination_service="s.go-app.svc.cluster.local""#
            var value = 0.0
            for step in 0..<540 {
                let isStruck = code == "503" && (270..<300).contains(step)
                value += isStruck ? 100 : rate
                let time = Int(end) - 20 * (540 - step)
                text +=
                    "istio_requests_total{instance=\"i\",job=\"j\",\(labels)} \(value) \(time)\n"
            }
        }
        return text + "# EOF\n"
    }

    @Test(.timeLimit(.minutes(10)))
    func aFirstStartIsWarm() async throws {
        let end = clock.now.seconds - 60
        try await RealServer.with(
            .prometheus(
                configuration: "global: {scrape_interval: 15s}\n", history: remembered(until: end))
        ) { process in
            let source = PrometheusSource(
                .init(url: process.url, interval: .seconds(15), history: .seconds(2 * 86_400)),
                clock: clock, network: SocketNetwork(), seed: 1)
            let question = question(since: clock.now)
            try await poll("Prometheus has loaded its history") {
                let page = try? await source.history(question, page: 0)
                return page.map { !$0.series.isEmpty } ?? false
            }
            let page = try #require(try await source.history(question, page: 0))
            #expect(page.step == .seconds(60))
            #expect(try await source.history(question, page: 1)?.series == [])
            #expect(try await source.history(question, page: 2) == nil)
            let strike = HistoryLearner.Disturbance(
                namespace: "go-app", from: Timestamp(seconds: end - 20 * 275),
                to: Timestamp(seconds: end - 20 * 235))
            var learner = HistoryLearner(settings: JudgeSettings(), disturbances: [strike])
            let isTaken = learner.add(page)
            #expect(isTaken)
            let entry = try #require(learner.entries.first)
            #expect(entry.service.description == "go-app/s")
            let baseline = try #require(entry.signals.first?.baselines.first)
            #expect(abs(baseline.mean - 1 / 101) < 2e-4)
            #expect(baseline.windows > 140 && baseline.isReady(JudgeSettings.WarmUp()))
        }
    }

    /// Signals in PromQL against the server that has the last word.
    @Test(.timeLimit(.minutes(10)))
    func promQLIsAnswered() async throws {
        let end = clock.now.seconds - 5
        try await RealServer.with(
            .prometheus(
                configuration: "global: {scrape_interval: 15s}\n", history: remembered(until: end))
        ) { process in
            let source = PrometheusSource(
                .init(url: process.url, interval: .seconds(15)), clock: clock,
                network: SocketNetwork(), seed: 1)
            let ratio = SignalQuery(
                namespace: "go-app", name: "r",
                kind: .ratio(
                    bad: #"sum(istio_requests_total{response_code="503"})"#,
                    total: "sum(istio_requests_total) + 0"))
            let wrong = SignalQuery(
                namespace: "go-app", name: "g", kind: .gauge("istio_requests_total"))
            let bad = SignalQuery(namespace: "go-app", name: "w", kind: .gauge("sum by by (x)"))
            func answers() async throws -> [QueryAnswer] {
                try await source.read(
                    Question(
                        namespaces: ["go-app"], metrics: ["istio_requests_total"],
                        since: clock.now - .seconds(60), until: clock.now,
                        queries: [ratio, wrong, bad])
                ).answers
            }
            try await poll("Prometheus answers") { (try? await answers()) != nil }
            let found = try await answers()
            #expect(found.map(\.key) == ["bad", "total", "gauge", "gauge"])
            guard case .counters(let series) = found[0].content,
                case .values(let values) = found[1].content,
                case .failed(let many) = found[2].content,
                case .failed(let parse) = found[3].content
            else {
                Issue.record("\(found)")
                return
            }
            #expect(series.count == 1 && series[0].samples.count >= 3)
            #expect(values.count >= 3)
            #expect(values.allSatisfy { $0.time.nanoseconds % 15_000_000_000 == 0 })
            #expect(many.contains("2 series; aggregate them"))
            #expect(parse.contains("parse error"))
        }
    }

    /// A server that is not there, and one that goes away.
    @Test(.timeLimit(.minutes(10)))
    func aServerThatIsGoneIsAFailure() async throws {
        let server = try LoopbackServer { _, _ in Response(status: 200) }
        server.stop()
        let source = PrometheusSource(
            .init(url: "http://127.0.0.1:\(server.port)", interval: .seconds(1)), clock: clock,
            network: SocketNetwork(), seed: 1)
        let question = question(since: clock.now - .seconds(10))
        let failure = await failure { () async throws(Failure) in try await source.read(question) }
        #expect(failure?.kind == .transient)
    }
}
