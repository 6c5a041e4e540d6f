import Core
import Testing

/// Every failed request counts once, whether its round runs, is over, or was another life's.
@Suite struct HarmMeterTests {
    private let app = Chronicle.service("app")

    /// Feeds the judge's counts of one instant, and journals what comes of it.
    private func tick(
        _ meter: inout HarmMeter, _ chronicle: inout Chronicle, round: Double? = nil,
        anomaly: Double? = nil, connections: Double? = nil, in namespaces: Set<String> = ["shop"]
    ) {
        var anomalies: [HarmMeter.Source: Double] = [:]
        if let anomaly { anomalies[HarmMeter.Source(app, .badRatio)] = anomaly }
        if let connections { anomalies[HarmMeter.Source(app, .connections)] = connections }
        let found = meter.increments(
            chronicle.state, in: namespaces, rounds: { _ in round }, anomalies: anomalies)
        for harmed in found { chronicle.add(.harmed(harmed)) }
    }

    private func used(_ chronicle: Chronicle) -> Double {
        chronicle.state.failedRequests(of: Chronicle.policy, since: Chronicle.start)
    }

    @Test func anAnomalyCountsOnlyWhatItsRoundDidNot() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        meter.begin(round)
        tick(&meter, &chronicle, round: 10)
        chronicle.open(1, round: round)
        tick(&meter, &chronicle, round: 40, anomaly: 35)
        #expect(used(chronicle) == 40)
        meter.end(round)
        chronicle.end(round, .harm, failed: 40)
        #expect(used(chronicle) == 40)
        tick(&meter, &chronicle, anomaly: 35)
        #expect(used(chronicle) == 40)
        tick(&meter, &chronicle, anomaly: 135)
        #expect(used(chronicle) == 140)
        // Another life counts from zero, and goes on where this one ended.
        meter = HarmMeter()
        tick(&meter, &chronicle, anomaly: 20)
        #expect(used(chronicle) == 160)
        tick(&meter, &chronicle, anomaly: 60)
        #expect(used(chronicle) == 200)
        chronicle.recover(1)
        tick(&meter, &chronicle, anomaly: 900)
        #expect(used(chronicle) == 200)
    }

    @Test func failedConnectionsCountWhereNoResponseIsAnomalous() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        meter.begin(round)
        meter.end(round)
        chronicle.end(round)
        chronicle.open(1, round: round, signal: .connections)
        tick(&meter, &chronicle, connections: 25)
        #expect(used(chronicle) == 25)
        // The same failures, seen as responses: they do not count twice.
        chronicle.open(2, round: round)
        tick(&meter, &chronicle, anomaly: 10, connections: 90)
        #expect(used(chronicle) == 35)
    }

    @Test func anAnomalyThatComesAfterItsRoundCountsWhole() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        meter.begin(round)
        meter.end(round)
        chronicle.end(round)
        chronicle.open(1, round: round)
        tick(&meter, &chronicle, anomaly: 25)
        #expect(used(chronicle) == 25)
    }

    @Test func anAnomalyOfNobodyCostsNothing() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        chronicle.open(1, round: nil)
        tick(&meter, &chronicle, anomaly: 25)
        #expect(used(chronicle) == 0)
    }

    @Test func whereNothingIsLimitedNothingIsWritten() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        meter.begin(round)
        let before = chronicle.events.count
        tick(&meter, &chronicle, round: 500, in: ["other"])
        tick(&meter, &chronicle, round: .nan)
        #expect(chronicle.events.count == before)
    }

    /// A week of windows with a hundred failures each.
    @Test func aLongOutageTakesFewRows() {
        var meter = HarmMeter()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        chronicle.end(round)
        chronicle.open(1, round: round)
        let before = chronicle.events.count
        var excess = 0.0
        for _ in 0..<40_320 {
            excess += 100
            tick(&meter, &chronicle, anomaly: excess)
        }
        #expect(chronicle.events.count - before < 800)
        #expect(used(chronicle) >= 0.99 * excess && used(chronicle) <= excess)
    }
}
