// Counter ingestion, case by case (detection design 5.1).

import Core
import Testing

@Suite struct CounterLedgerTests {
    typealias Ledger = CounterLedger<String>

    static let start = 1_000_000.0

    /// A reading of one reporter `pod` at `seconds` after the start, scraped then.
    static func reading(
        _ seconds: Double, _ values: [String: [(Double, Double)]], pods: [String] = ["pod"],
        startedAt: Double? = nil, scraped: Bool = true, warnings: [String] = []
    ) -> Reading {
        let now = Timestamp(seconds: start + seconds)
        return Reading(
            series: values.keys.sorted().map { name in
                SampleSeries(
                    metric: "requests", labels: Labels(["code": name]), reporter: "pod",
                    samples: (values[name] ?? []).map {
                        Sample(time: Timestamp(seconds: start + $0.0), value: $0.1)
                    })
            },
            reporters: pods.map {
                .init(
                    name: $0, lastScrape: scraped ? now : nil,
                    startedAt: startedAt.map { Timestamp(seconds: start + $0) })
            }, completeUntil: now, warnings: warnings)
    }

    static func ledger(limit: Int = 100) -> Ledger {
        Ledger(limit: limit, eviction: .seconds(3600), tolerance: .seconds(15))
    }

    static func amounts(_ ledger: inout Ledger, _ reading: Reading) -> [String: Double] {
        var sums: [String: Double] = [:]
        let result = ledger.ingest(reading) { $0.labels["code"] }
        for increment in result.increments { sums[increment.tag, default: 0] += increment.amount }
        return sums
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var readings: [Reading]
        /// Increments by series after each reading.
        var expected: [[String: Double]]

        init(_ description: String, _ steps: [(Reading, [String: Double])]) {
            testDescription = description
            readings = steps.map(\.0)
            expected = steps.map(\.1)
        }
    }

    static let cases: [Case] = [
        Case(
            "plain increase",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, ["200": [(15, 520)]]), ["200": 20]),
                (reading(30, ["200": [(30, 520)]]), [:]),
            ]),
        Case(
            "samples seen before count once",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(30, ["200": [(0, 500), (15, 520), (30, 530)]]), ["200": 30]),
                (reading(45, ["200": [(15, 520), (30, 530), (45, 531)]]), ["200": 1]),
            ]),
        Case(
            "a reset counts from zero",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, ["200": [(15, 7)]]), ["200": 7]),
            ]),
        Case(
            "a restart counts from zero even when the value is larger",
            [
                (reading(0, ["200": [(0, 5)]]), [:]),
                (reading(15, ["200": [(15, 9)]], startedAt: 4), ["200": 9]),
                (reading(30, ["200": [(30, 11)]], startedAt: 4), ["200": 2]),
            ]),
        Case(
            "a new series on a known target is its increment (finding 5)",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, ["200": [(15, 520)], "503": [(15, 4)]]), ["200": 20, "503": 4]),
            ]),
        Case(
            "also inside one reading with history",
            [
                (
                    reading(30, ["200": [(0, 500), (15, 501), (30, 502)], "503": [(30, 3)]]),
                    ["200": 2, "503": 3]
                )
            ]),
        Case(
            "also on a target that had no series before",
            [(reading(0, [:]), [:]), (reading(15, ["503": [(15, 4)]]), ["503": 4])]),
        Case(
            "the first scrape of a target has an unknown past",
            [
                (reading(0, [:], pods: ["other"]), [:]),
                (reading(60, ["200": [(60, 800)]]), [:]),
                (reading(75, ["200": [(75, 801)]]), ["200": 1]),
            ]),
        Case(
            "unless its process is younger than the previous reading",
            [
                (reading(0, [:], pods: ["other"]), [:]),
                (reading(60, ["200": [(60, 8)]], startedAt: 50), ["200": 8]),
            ]),
        Case(
            "a partial answer never invents a new series",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (
                    reading(15, ["200": [(15, 520)], "500": [(15, 9000)]], warnings: ["partial"]),
                    ["200": 20]
                ),
                (reading(30, ["200": [(30, 521)], "500": [(30, 9001)]]), ["200": 1, "500": 1]),
            ]),
        Case(
            "what a partial first answer lacked is not new in the next one",
            [
                (reading(0, ["200": [(0, 500)]], warnings: ["partial"]), [:]),
                (reading(15, ["200": [(15, 520)], "500": [(15, 9000)]]), ["200": 20]),
                (
                    reading(30, ["200": [(30, 520)], "500": [(30, 9001)], "503": [(30, 2)]]),
                    ["500": 1, "503": 2]
                ),
            ]),
        Case(
            "nor what answers lacked for longer than series are remembered",
            [
                (reading(0, ["200": [(0, 500)], "500": [(0, 9000)]]), [:]),
                (reading(2000, ["200": [(2000, 510)]], warnings: ["partial"]), ["200": 10]),
                (reading(4000, ["200": [(4000, 520)]], warnings: ["partial"]), ["200": 10]),
                (reading(4015, ["200": [(4015, 520)], "500": [(4015, 9001)]]), [:]),
            ]),
        Case(
            "a series that pauses keeps its value",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, [:]), [:]),
                (reading(30, [:]), [:]),
                (reading(45, ["200": [(45, 503)]]), ["200": 3]),
            ]),
        Case(
            "an evicted series begins again at zero",
            [
                (reading(0, ["200": [(0, 500)], "503": [(0, 2)]]), [:]),
                (reading(15, ["200": [(15, 500)]]), [:]),
                (reading(3900, ["200": [(3900, 500)]]), [:]),
                (reading(3915, ["200": [(3915, 500)], "503": [(3915, 5)]]), ["503": 5]),
            ]),
        Case(
            "not a number, infinite and negative values are not values",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (
                    reading(45, ["200": [(15, .nan), (20, .infinity), (30, -3), (45, 510)]]),
                    ["200": 10]
                ),
            ]),
        Case(
            "what nothing could have counted is no increment",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, ["200": [(15, 2e15)]]), [:]),
                (reading(30, ["200": [(30, 500)]]), ["200": 500]),
                (reading(45, ["200": [(45, 510)]]), ["200": 10]),
            ]),
        Case(
            "samples out of order are put in order",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(30, ["200": [(30, 530), (15, 510)]]), ["200": 30]),
            ]),
        Case(
            "samples from the future are ignored",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, ["200": [(15, 501), (900, 9999)]]), ["200": 1]),
                (reading(30, ["200": [(30, 502)]]), ["200": 1]),
            ]),
        Case(
            "a target gone and back with a smaller counter",
            [
                (reading(0, ["200": [(0, 500)]]), [:]),
                (reading(15, [:], pods: []), [:]),
                (reading(60, ["200": [(60, 30)]], startedAt: 40), ["200": 30]),
            ]),
    ]

    @Test(arguments: cases)
    func ingestion(_ table: Case) {
        var ledger = Self.ledger()
        for (step, reading) in table.readings.enumerated() {
            #expect(
                Self.amounts(&ledger, reading) == table.expected[step],
                "\(table.testDescription), reading \(step)")
        }
    }

    @Test func anUnknownQuestionHasAnUnknownPast() {
        var ledger = Self.ledger()
        _ = Self.amounts(&ledger, Self.reading(0, ["200": [(0, 1)]]))
        let widened = ledger.ingest(
            Self.reading(15, ["200": [(15, 2)], "500": [(15, 4000)]]), historyKnown: false
        ) { $0.labels["code"] }
        #expect(widened.increments.map(\.amount) == [1])
    }

    @Test func aPartialAnswerLeavesTheHistoryOfANewQuestionUnknown() {
        var ledger = Self.ledger()
        _ = Self.amounts(&ledger, Self.reading(0, ["200": [(0, 1)]]))
        _ = ledger.ingest(
            Self.reading(15, ["200": [(15, 2)]], warnings: ["partial"]), historyKnown: false
        ) { $0.labels["code"] }
        let next = Self.reading(30, ["200": [(30, 2)], "500": [(30, 4000)]])
        #expect(Self.amounts(&ledger, next) == [:])
        let later = Self.reading(45, ["500": [(45, 4001)], "503": [(45, 3)]])
        #expect(Self.amounts(&ledger, later) == ["500": 1, "503": 3])
    }

    @Test func aTargetThatTheFirstCompleteAnswerDoesNotShowHasAnUnknownPast() {
        var ledger = Self.ledger()
        let partial = Self.reading(0, ["200": [(0, 1)]], warnings: ["partial"])
        _ = Self.amounts(&ledger, partial)
        _ = Self.amounts(&ledger, Self.reading(15, [:], pods: ["pod"], scraped: false))
        let back = Self.reading(30, ["200": [(30, 2)], "500": [(30, 4000)]])
        #expect(Self.amounts(&ledger, back) == ["200": 1])
    }

    @Test func whatAMetricCountedBeforeItCouldBeReadIsNoIncrement() {
        var ledger = Self.ledger()
        func amounts(_ seconds: Double, _ connections: [String: Double], unread: Bool) -> [Double] {
            var reading = Self.reading(seconds, ["200": [(seconds, 500)]])
            for (code, value) in connections.sorted(by: { $0.key < $1.key }) {
                let time = Timestamp(seconds: Self.start + seconds)
                reading.series.append(
                    SampleSeries(
                        metric: "connections", labels: Labels(["code": code]), reporter: "pod",
                        samples: [Sample(time: time, value: value)]))
            }
            if unread { reading.unread["connections"] = "HTTP 503" }
            return ledger.ingest(reading) { $0.labels["code"] }.increments.map(\.amount)
        }
        #expect(amounts(0, [:], unread: true) == [])
        #expect(amounts(15, ["opened": 70_000], unread: false) == [])
        #expect(amounts(30, ["opened": 70_001, "failed": 4], unread: false) == [4, 1])
        #expect(amounts(45, [:], unread: true) == [])
        #expect(amounts(60, ["opened": 70_002, "failed": 4, "reset": 2], unread: false) == [1])
        #expect(amounts(75, ["opened": 70_002, "late": 3], unread: false) == [3])
        // Unreadable for longer than the series are remembered.
        for step in 0..<5 {
            #expect(amounts(90 + 1000 * Double(step), [:], unread: true) == [])
        }
        #expect(amounts(4105, ["opened": 70_003], unread: false) == [])
    }

    @Test func whatARefusedSeriesCountedBeforeItFoundRoomIsNoIncrement() {
        var ledger = Self.ledger(limit: 2)
        _ = Self.amounts(&ledger, Self.reading(0, ["a": [(0, 1)], "b": [(0, 1)], "c": [(0, 700)]]))
        let full = Self.reading(3900, ["b": [(3900, 2)], "c": [(3900, 704)]])
        #expect(ledger.ingest(full) { $0.labels["code"] }.refused == ["c"])
        // a is forgotten by now, and there is room for c.
        #expect(Self.amounts(&ledger, Self.reading(3915, ["c": [(3915, 705)]])) == [:])
        #expect(Self.amounts(&ledger, Self.reading(3930, ["c": [(3930, 707)]])) == ["c": 2])
    }

    @Test func explosionsOfLabelsAreRefusedWithAReason() {
        var ledger = Self.ledger(limit: 10)
        var values: [String: [(Double, Double)]] = [:]
        for index in 0..<50 { values["\(100 + index)"] = [(0, 1)] }
        let result = ledger.ingest(Self.reading(0, values)) { $0.labels["code"] }
        #expect(ledger.count == 10)
        #expect(result.refused.count == 40)
        #expect(result.problems.count == 1)
        #expect(result.problems[0].contains("more than 10 series"))
        let ignored = ledger.ingest(Self.reading(15, ["999": [(15, 1)]])) { _ in nil }
        #expect(ignored.refused.isEmpty)
    }

    @Test func clockSkewIsNamed() {
        var ledger = Self.ledger()
        let result = ledger.ingest(Self.reading(0, ["200": [(300, 1)]])) { $0.labels["code"] }
        #expect(result.problems.contains { $0.contains("pod reports samples from the future") })
        #expect(ledger.count == 0)
    }

    /// Whatever is cut out of a stream by overlapping readings, the increments add up to the truth.
    @Test(arguments: 0..<40)
    func incrementsAddUp(seed: Int) {
        var random = RandomStream(seed: UInt64(seed))
        var ledger = Self.ledger()
        var samples: [(Double, Double)] = [(0, 0)]
        var value = 0.0
        var truth = 0.0
        var sum = 0.0
        var read = 0
        for step in 1...60 {
            let gain = Double(random.below(20)) + (value == 0 ? 1 : 0)
            if random.below(12) == 0, value > gain {
                value = gain
            } else {
                value += gain
            }
            truth += gain
            samples.append((Double(step) * 15, value))
            guard random.below(3) > 0 else { continue }
            // The lookback always reaches the previous reading, and sometimes far beyond.
            let from = max(0, min(read, samples.count - 1 - random.below(10)))
            read = samples.count - 1
            let reading = Self.reading(Double(step) * 15, ["200": Array(samples[from...])])
            for (_, amount) in Self.amounts(&ledger, reading) { sum += amount }
            #expect(abs(sum - truth) < 1e-6, "step \(step)")
        }
    }
}
