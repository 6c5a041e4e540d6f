// Both sources over the same run: pods served on a real socket, scraped by a real Prometheus and by
// the own scrape. Raw values and the increments of each window must agree.

import Core
import Engine
import Platform
import Signals
import Testing

/// Two pods whose counters move in steps.
private struct StepModel: Sendable {
    static let pods = ["/repeater-1": "go-app/repeater-1", "/repeater-2": "go-app/repeater-2"]
    var random = RandomStream(seed: 11)
    var step = 0
    var counters: [String: [Labels: Double]] = [:]
    /// When Prometheus asked last, by path.
    var asked: [String: Timestamp] = [:]

    mutating func advance() {
        step += 1
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

    func exposition(_ path: String) -> String {
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

@Suite(.enabled(if: PrometheusProcess.isInstalled, "needs /usr/bin/prometheus"))
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

    @Test(.timeLimit(.minutes(3)))
    func bothSourcesGiveTheSameIncrements() async throws {
        let server = try LoopbackServer { [model, clock] path, head in
            model.withLock { model in
                if head.contains("user-agent: prometheus") { model.asked[path] = clock.now }
                return Response(
                    status: 200, contentType: "text/plain; version=0.0.4",
                    text: model.exposition(path))
            }
        }
        defer { server.stop() }
        let process = try PrometheusProcess(configuration: configuration(port: server.port))
        defer { process.stop() }
        let own = ScrapeSource(
            .init(interval: .seconds(1)), targets: Targets(port: server.port), clock: clock,
            network: SocketNetwork())
        let prometheus = PrometheusSource(
            .init(url: process.url, interval: .seconds(1)), clock: clock,
            network: SocketNetwork(), seed: 1)

        var boundaries: [Timestamp] = []
        let began = clock.now
        for _ in 0..<6 {
            try await waitForAQuietMoment()
            boundaries.append(clock.now)
            model.withLock { $0.advance() }
            await own.scrapeOnce()
            try await waitUntilStored(prometheus, since: began)
        }
        let question = question(since: began)
        let left = try await own.read(question)
        let right = try await prometheus.read(question)
        try compare(left, right, boundaries)
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

    /// Waits until Prometheus has just asked every pod, so that no scrape straddles the step: its
    /// samples carry the time at which the scrape began.
    private func waitForAQuietMoment() async throws {
        try await poll("Prometheus asks the pods once a second") {
            let now = clock.now
            let asked = model.withLock { $0.asked }
            return asked.count == StepModel.pods.count
                && asked.values.allSatisfy {
                    now - $0 > .milliseconds(150) && now - $0 < .milliseconds(750)
                }
        }
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
        let giveUp = clock.uptime + .seconds(60)
        while !(await isTrue()) {
            guard clock.uptime < giveUp else { throw Failure(.transient, "timed out: \(what)") }
            try await clock.sleep(for: .milliseconds(20))
        }
    }

    /// A server that is not there, and one that goes away.
    @Test(.timeLimit(.minutes(1)))
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
