// Signals in PromQL: what becomes a count, what is blind, and that they are judged like services.

import Core
import Testing

@Suite struct QueryTrackTests {
    /// One reporter, and the answers to a policy's signals.
    struct Line {
        var judge: Judge
        var now = Timestamp(seconds: 1_800_000_003)
        var outputs: [JudgeOutput] = []
        let query: SignalQuery
        private var counters: [String: Double] = ["total": 0]

        init(_ kind: SignalQuery.Kind, interval: Duration = .seconds(15)) {
            judge = Judge(settings: JudgeSettings(interval: interval))
            query = SignalQuery(namespace: "shop", name: "checkout", kind: kind)
            judge.ask([query])
        }

        static let counted = SignalQuery.Kind.ratio(bad: "sum(bad)", total: "sum(total)")

        mutating func read(_ contents: [String: QueryAnswer.Content], warnings: [String] = []) {
            var reading = Reading(
                series: [], reporters: [.init(name: "p", lastScrape: now)], completeUntil: now,
                warnings: warnings)
            reading.answers = contents.keys.sorted().compactMap { key in
                contents[key].map { QueryAnswer(service: query.service, key: key, content: $0) }
            }
            outputs += judge.observe(reading, now: now)
            now += judge.settings.interval
        }

        /// A window of raw counters; `restart` begins them anew.
        mutating func count(total: Double, bad: Double, restart: Bool = false) {
            if restart { counters = ["total": 0] }
            counters["total", default: 0] += total
            if bad > 0 { counters["bad", default: 0] += bad }
            var contents: [String: QueryAnswer.Content] = [:]
            for key in ["bad", "total"] {
                contents[key] = .counters(
                    counters[key].map {
                        [
                            SampleSeries(
                                metric: key, labels: Labels([:]), reporter: "p",
                                samples: [Sample(time: now, value: $0)])
                        ]
                    } ?? [])
            }
            read(contents)
        }

        /// The value of a gauge at the end of the window before now.
        mutating func measure(_ value: Double?) {
            let length = judge.settings.interval.nanoseconds
            let end = Timestamp(nanoseconds: now.nanoseconds / length * length)
            read(["gauge": .values(value.map { [Sample(time: end, value: $0)] } ?? [])])
        }

        var anomalies: [Anomaly] {
            outputs.compactMap { if case .anomaly(let anomaly) = $0 { anomaly } else { nil } }
        }
        var recoveries: [Recovery] {
            outputs.compactMap { if case .recovery(let recovery) = $0 { recovery } else { nil } }
        }
        var last: RequestWindow? { judge.learned.first?.lastWindow }
    }

    @Test func aRatioIsJudgedAlwaysAndInRounds() throws {
        var line = Line(Line.counted)
        var random = RandomStream(seed: 4)
        func pass(_ windows: Int, _ share: Double) {
            for _ in 0..<windows {
                let total = random.poisson(100)
                line.count(total: total, bad: random.binomial(total, share))
            }
        }
        pass(150, 0.002)
        #expect(line.anomalies.isEmpty)
        let status = try #require(line.judge.statuses.first)
        #expect(status.service.description == "shop/promql:checkout" && status.ready)
        #expect(line.judge.statuses.count == 1)
        line.judge.beginRound(id: 1, policy: "p", at: line.now, namespaces: ["shop"])
        pass(10, 0.002)
        #expect(line.judge.endRound(id: 1, at: line.now).kind == .noHarm)
        line.judge.beginRound(id: 2, policy: "p", at: line.now, namespaces: ["shop"])
        pass(6, 0.4)
        let verdict = line.judge.endRound(id: 2, at: line.now)
        #expect(verdict.kind == .harm)
        #expect(
            verdict.text.contains("shop/promql:checkout") && verdict.text.contains("bad events"))
        #expect(line.anomalies.map(\.evidence.service.name) == ["promql:checkout"])
        pass(40, 0.002)
        #expect(line.recoveries.count == 1)
    }

    @Test func restartsAndFirstFailuresAreCountedRight() {
        var line = Line(Line.counted)
        for _ in 0..<5 { line.count(total: 10, bad: 0) }
        #expect(line.last?.total == 10 && line.last?.bad == 0 && line.last?.blind == nil)
        // The counter of failures did not exist before.
        line.count(total: 10, bad: 4)
        line.count(total: 10, bad: 0)
        line.count(total: 7, bad: 3, restart: true)
        line.count(total: 10, bad: 0)
        #expect(line.judge.learned.first?.blind == nil)
    }

    @Test func valuesAtBothEndsMakeACount() {
        var line = Line(.ratio(bad: "a + b", total: "c + d"))
        func pass(_ bad: Double?, _ total: Double?) {
            let length = line.judge.settings.interval.nanoseconds
            let end = Timestamp(nanoseconds: line.now.nanoseconds / length * length)
            func content(_ value: Double?) -> QueryAnswer.Content {
                .values(value.map { [Sample(time: end, value: $0)] } ?? [])
            }
            line.read(["bad": content(bad), "total": content(total)])
        }
        for step in 0..<5 { pass(Double(step), Double(10 * step)) }
        #expect(line.last?.total == 10 && line.last?.bad == 1 && line.last?.blind == nil)
        pass(2, 50)
        #expect(line.last?.blind?.hasPrefix("bad fell, perhaps at a restart") == true)
        pass(nil, 60)
        #expect(line.last?.blind == "bad has no value at both ends: a + b")
        pass(.nan, 70)
        #expect(line.last?.blind == "bad has no value at both ends: a + b")
    }

    @Test func whatIsNotAnsweredIsBlind() {
        var line = Line(Line.counted)
        for _ in 0..<3 { line.count(total: 10, bad: 0) }
        line.read([:])
        line.read(["bad": .counters([]), "total": .counters([])])
        #expect(line.last?.blind == "total has no samples: sum(total)")
        line.read(["bad": .failed("HTTP 503"), "total": .counters([])])
        #expect(line.last?.blind != nil)
        line.read(["bad": .counters([]), "total": .counters([])], warnings: ["partial"])
        #expect(line.last?.blind != nil)
    }

    @Test func aGaugeThatLeavesItsPastIsFound() throws {
        var line = Line(.gauge("max(queue)"))
        var random = RandomStream(seed: 9)
        for _ in 0..<600 { line.measure(40 + 10 * random.unit()) }
        #expect(line.anomalies.isEmpty)
        #expect(line.judge.statuses.first?.ready == true)
        line.judge.beginRound(id: 1, policy: "p", at: line.now, namespaces: ["shop"])
        for _ in 0..<12 { line.measure(90 + 10 * random.unit()) }
        let verdict = line.judge.endRound(id: 1, at: line.now)
        #expect(verdict.kind == .harm)
        #expect(verdict.text.contains("unusual values"))
        #expect(line.anomalies.map(\.evidence.service.name) == ["gauge:checkout"])
        line.measure(nil)
        #expect(line.last?.blind == "gauge has no value: max(queue)")
        for _ in 0..<120 { line.measure(40 + 10 * random.unit()) }
        #expect(line.recoveries.count == 1)
    }

    @Test func anAcceptedGaugeLearnsItsValuesAnew() throws {
        var line = Line(.gauge("max(queue)"))
        var random = RandomStream(seed: 9)
        for _ in 0..<600 { line.measure(40 + 10 * random.unit()) }
        for _ in 0..<30 { line.measure(90 + 10 * random.unit()) }
        #expect(line.anomalies.count == 1)
        #expect(line.judge.accept(line.query.service, .badRatio, at: line.now) != nil)
        for _ in 0..<600 { line.measure(90 + 10 * random.unit()) }
        #expect(line.anomalies.count == 1 && line.judge.current.isEmpty)
        for _ in 0..<30 { line.measure(40 + 10 * random.unit()) }
        #expect(line.anomalies.count == 2, "the old values are the unusual ones now")
    }
}
