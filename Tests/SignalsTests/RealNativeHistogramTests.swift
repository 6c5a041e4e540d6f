// Native histograms through a real Prometheus, which takes them in the protobuf format only: what
// the pod counted must come out, at the bounds where buckets end and where they are split.

import Core
import Engine
import Platform
import Signals
import TestServers
import Testing

/// As much of protocol buffers as one metric family needs.
private struct Protobuf {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    static func zigzag(_ value: Int) -> UInt64 {
        UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))
    }

    mutating func field(_ number: UInt64, _ value: UInt64) {
        varint(number << 3)
        varint(value)
    }

    mutating func field(_ number: UInt64, _ value: Double) {
        varint(number << 3 | 1)
        for shift in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift)))
        }
    }

    mutating func field(_ number: UInt64, bytes content: [UInt8]) {
        varint(number << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func field(_ number: UInt64, _ text: String) { field(number, bytes: Array(text.utf8)) }

    mutating func field(_ number: UInt64, _ build: (inout Protobuf) -> Void) {
        var inner = Protobuf()
        build(&inner)
        field(number, bytes: inner.bytes)
    }
}

/// A pod with a native histogram of schema 0, and another one with classic buckets.
private struct HistogramModel: Sendable {
    /// Observations by bucket: index i holds (2^(i-1), 2^i] milliseconds.
    var counts: [Int: Int] = [:]
    var random = RandomStream(seed: 21)

    var count: Int { counts.values.reduce(0, +) }

    /// Responses in buckets without a bound of Istio's inside, and in (8, 16], which is split.
    mutating func advance() {
        for index in [0, 1, 2, 4, 11, 17] { counts[index, default: 0] += 1 + random.below(90) }
    }

    /// How many are at most `bound`, by hand.
    func below(_ bound: Double) -> Double {
        let whole = counts.filter { $0.key < 31 && Double(1 << $0.key) <= bound }
        let sum = Double(whole.values.reduce(0, +))
        // log2(10 / 8) of (8, 16] is at most 10.
        return bound == 10 ? sum + Double(counts[4] ?? 0) * 0.32192809488736235 : sum
    }

    private func metric(_ code: String, _ build: (inout Protobuf) -> Void) -> [UInt8] {
        var metric = Protobuf()
        for (name, value) in [
            ("destination_service", "s.go-app.svc.cluster.local"), ("reporter", "source"),
            ("response_code", code),
        ] {
            metric.field(1) {
                $0.field(1, name)
                $0.field(2, value)
            }
        }
        metric.field(7, build)
        return metric.bytes
    }

    /// A delimited `io.prometheus.client.MetricFamily` of type HISTOGRAM.
    var exposition: [UInt8] {
        let native = metric("200") { histogram in
            histogram.field(1, UInt64(count))
            histogram.field(2, 1.0)
            histogram.field(5, Protobuf.zigzag(0))
            histogram.field(6, 0x1p-128)
            histogram.field(7, UInt64(0))
            var previous = (index: 0, count: 0)
            var deltas = Protobuf()
            for (index, own) in counts.sorted(by: { $0.key < $1.key }) {
                histogram.field(12) {
                    $0.field(1, Protobuf.zigzag(index - previous.index))
                    $0.field(2, UInt64(1))
                }
                deltas.varint(Protobuf.zigzag(own - previous.count))
                previous = (index + 1, own)
            }
            histogram.field(13, bytes: deltas.bytes)
        }
        var family = Protobuf()
        family.field(1, "istio_request_duration_milliseconds")
        family.field(2, "durations")
        family.field(3, UInt64(4))
        family.field(4, bytes: native)
        var out = Protobuf()
        out.varint(UInt64(family.bytes.count))
        return out.bytes + family.bytes
    }

    /// Another series with classic buckets, as text.
    var classic: String {
        let labels =
            #"destination_service="s.go-app.svc.cluster.local",reporter="source","#
            + #"response_code="404""#
        let name = "istio_request_duration_milliseconds"
        return """
            # TYPE \(name) histogram
            \(name)_bucket{\(labels),le="25"} \(below(25))
            \(name)_bucket{\(labels),le="+Inf"} \(count)
            \(name)_sum{\(labels)} 1
            \(name)_count{\(labels)} \(count)

            """
    }
}

@Suite(.enabled(if: RealServer.Plan.hasPrometheus, "needs /usr/bin/prometheus"))
struct RealNativeHistogramTests {
    private let clock = RealClock()
    private let model = Lock(HistogramModel())
    private let metric = "istio_request_duration_milliseconds_bucket"

    private static func configuration(_ port: UInt16) -> String {
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
        - job_name: j
          static_configs:
          - targets: ["127.0.0.1:\(port)"]
            labels: {namespace: go-app, pod: p-1}
        - job_name: k
          metrics_path: /classic
          static_configs:
          - targets: ["127.0.0.1:\(port)"]
            labels: {namespace: go-app, pod: p-2}

        """
    }

    private func poll(_ what: String, _ isTrue: () async -> Bool) async throws {
        let giveUp = clock.uptime + .seconds(60)
        while !(await isTrue()) {
            guard clock.uptime < giveUp else { throw Failure(.transient, "timed out: \(what)") }
            try await clock.sleep(for: .milliseconds(50))
        }
    }

    /// The newest values of the response code's series by bound.
    private func newest(_ reading: Reading, _ code: String) -> [String: Double] {
        let mine = reading.series.filter { $0.labels["response_code"] == code }
        return Dictionary(
            mine.compactMap { series in
                series.samples.last.map { (series.labels["le"], $0.value) }
            }
        ) { $1 }
    }

    @Test(.timeLimit(.minutes(10)))
    func whatWasServedIsRead() async throws {
        let server = try LoopbackServer { [model] path, head in
            if path == "/classic" {
                return Response(
                    status: 200, contentType: "text/plain; version=0.0.4",
                    text: model.withLock { $0.classic })
            }
            guard head.contains("application/vnd.google.protobuf") else {
                return Response(status: 406)
            }
            let type =
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
                + "encoding=delimited"
            return Response(
                status: 200, headers: ["Content-Type": type],
                body: model.withLock { $0.exposition })
        }
        defer { server.stop() }
        let plan = RealServer.Plan.prometheus(
            configuration: Self.configuration(server.port),
            flags: ["--enable-feature=native-histograms"])
        try await RealServer.with(plan) { process in
            let source = PrometheusSource(
                .init(url: process.url, interval: .seconds(1)), clock: clock,
                network: SocketNetwork(), seed: 1)
            var ledger = CounterLedger<String>(
                limit: 100, eviction: .seconds(3600), tolerance: .seconds(1))
            var seen: [String: Double] = [:]
            var served: [String: Double] = [:]
            for step in 0..<5 {
                let before = model.withLock { $0 }
                let now = model.withLock { model in
                    // A process that restarts counts from zero.
                    if step == 3 { model.counts = [:] }
                    model.advance()
                    return model
                }
                let reading = try await reading(source, of: Double(now.count))
                let found = newest(reading, "200")
                #expect(found.count == 20)
                for bound in NativeHistogram.istioBounds {
                    let name = bound == .infinity ? "+Inf" : bound.description
                    let expected = (now.below(bound) * 1024).rounded(.down) / 1024
                    #expect(abs((found[name] ?? -1) - expected) <= 1.0 / 1024, "\(name)")
                    if step > 0 {
                        served[name, default: 0] +=
                            now.below(bound) - (step == 3 ? 0 : before.below(bound))
                    }
                }
                // Classic buckets of other series in the same answer are as they were.
                #expect(
                    newest(reading, "404") == ["25.0": now.below(25), "+Inf": Double(now.count)])
                let result = ledger.ingest(reading) {
                    $0.labels["response_code"] == "200" ? $0.labels["le"] : nil
                }
                for increment in result.increments where step > 0 {
                    seen[increment.tag, default: 0] += increment.amount
                }
            }
            #expect(seen["+Inf"] == served["+Inf"])
            for (name, amount) in served {
                #expect(abs((seen[name] ?? 0) - amount) < 0.01, "\(name)")
            }
            try await historyHasThem(source)
        }
    }

    /// The reading that holds the newest step.
    private func reading(_ source: PrometheusSource, of count: Double) async throws -> Reading {
        var found: Reading?
        try await poll("Prometheus has stored \(count)") {
            let question = Question(
                namespaces: ["go-app"], metrics: [metric], since: clock.now - .seconds(5),
                until: clock.now)
            found = try? await source.read(question)
            // A target that is late is no reporter for a while.
            return found?.reporters.count == 2
                && ["200", "404"].allSatisfy { code in
                    found.map { newest($0, code)["+Inf"] == count } ?? false
                }
        }
        let reading = try #require(found)
        #expect(reading.warnings == [] && reading.unread == [:])
        #expect(reading.reporters.map(\.name) == ["go-app/p-1", "go-app/p-2"])
        return reading
    }

    /// `increase` of both forms in one expression.
    private func historyHasThem(_ source: PrometheusSource) async throws {
        let question = Question(
            namespaces: ["go-app"], metrics: [metric], since: clock.now,
            until: clock.now + .seconds(60))
        let page = try #require(try await source.history(question, page: 0))
        for (code, bounds) in [("200", 20), ("404", 2)] {
            let mine = page.series.filter { $0.labels["response_code"] == code }
            #expect(mine.count == bounds, "\(code)")
            let all = try #require(mine.first { $0.labels["le"] == "+Inf" })
            #expect((all.samples.last?.value ?? 0) > 0)
        }
    }
}
