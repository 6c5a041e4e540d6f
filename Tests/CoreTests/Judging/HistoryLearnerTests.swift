// Baselines from a server's memory: the same numbers as counted by hand, without what was broken.

import Core
import Testing

@Suite struct HistoryLearnerTests {
    static let start = 1_800_000_000.0

    static func series(
        _ labels: [String: String], metric: String = "istio_requests_total",
        _ values: [Double]
    ) -> SampleSeries {
        var all = ["reporter": "source", "destination_service": "s.shop.svc.cluster.local"]
        all.merge(labels) { $1 }
        return SampleSeries(
            metric: metric, labels: Labels(all), reporter: "",
            samples: values.enumerated().map {
                Sample(time: Timestamp(seconds: start + 60 * Double($0.offset)), value: $0.element)
            })
    }

    static func errors(_ learner: HistoryLearner) -> Baseline? {
        learner.entries.first?.signals.first { $0.signal == .badRatio }?.baselines.first
    }

    @Test func theRatioIsThatOfTheCounts() throws {
        var learner = HistoryLearner(settings: JudgeSettings(), disturbances: [])
        let bad = (0..<600).map { $0 % 10 == 0 ? 2.0 : 0 }
        let page = HistoryPage(
            step: .seconds(60),
            series: [
                Self.series(["response_code": "200"], bad.map { 100 - $0 }),
                Self.series(["response_code": "503"], bad),
                // The called side counts the same requests once more.
                Self.series(["response_code": "200", "reporter": "destination"], bad),
                Self.series(["response_code": "0", "response_flags": "DC"], bad),
            ])
        let isTaken = learner.add(page)
        #expect(isTaken)
        let found = try #require(Self.errors(learner))
        #expect(abs(found.mean - 0.002) < 1e-5)
        #expect(found.seen == 60_000 && found.windows == 600 && found.seconds == 36_000)
        #expect(found.isReady(JudgeSettings.WarmUp()))
    }

    @Test func strikesAndOutagesAreLeftOut() throws {
        var bad = (0..<600).map { $0 % 10 == 0 ? 2.0 : 0 }
        for step in 100..<120 { bad[step] = 4 }  // A strike too small to look anomalous.
        for step in 300..<330 { bad[step] = 90 }  // An outage nobody wrote down.
        let page = HistoryPage(
            step: .seconds(60),
            series: [
                Self.series(["response_code": "200"], bad.map { 100 - $0 }),
                Self.series(["response_code": "503"], bad),
            ])
        let strike = HistoryLearner.Disturbance(
            namespace: "shop", from: Timestamp(seconds: Self.start + 60 * 99.5),
            to: Timestamp(seconds: Self.start + 60 * 119.5))
        var elsewhere = strike
        elsewhere.namespace = "bank"
        var with = HistoryLearner(settings: JudgeSettings(), disturbances: [strike])
        var without = HistoryLearner(settings: JudgeSettings(), disturbances: [elsewhere])
        _ = with.add(page)
        _ = without.add(page)
        let clean = try #require(Self.errors(with))
        #expect(abs(clean.mean - 0.002) < 2e-4)
        #expect(clean.windows == 600 - 21 - 32)
        #expect(try #require(Self.errors(without)).mean > 0.003)
    }

    @Test func latencyBoundsAreThoseOfTheHistogram() throws {
        var learner = HistoryLearner(settings: JudgeSettings(), disturbances: [])
        let metric = "istio_request_duration_milliseconds_bucket"
        let ones = [Double](repeating: 1, count: 100)
        func bucket(_ le: String, _ count: Double, code: String = "200") -> SampleSeries {
            Self.series(["response_code": code, "le": le], metric: metric, ones.map { $0 * count })
        }
        _ = learner.add(
            HistoryPage(
                step: .seconds(60),
                series: [
                    Self.series(["response_code": "200"], ones.map { $0 * 100 }),
                    bucket("5.0", 60), bucket("10.0", 95), bucket("100.0", 99.5),
                    bucket("+Inf", 100), bucket("5.0", 50, code: "503"),
                ]))
        let latency = try #require(
            learner.entries.first?.signals.first { $0.signal == .latency })
        #expect(latency.bounds == [5, 10, 100])
        let means = latency.baselines.map(\.mean)
        for (found, expected) in zip(means, [0.4, 0.05, 0.005]) {
            #expect(abs(found - expected) < 1e-9)
        }
    }

    @Test func aFreshJournalWinsForWhatItKnows() {
        func entry(_ name: String, _ bad: Double) -> JudgeSketch.Entry {
            var learner = HistoryLearner(settings: JudgeSettings(), disturbances: [])
            let host = ["destination_service": "\(name).shop.svc.cluster.local"]
            _ = learner.add(
                HistoryPage(
                    step: .seconds(60),
                    series: [
                        Self.series(host.merging(["response_code": "200"]) { $1 }, [100]),
                        Self.series(host.merging(["response_code": "503"]) { $1 }, [bad]),
                    ]))
            return learner.entries[0]
        }
        let journaled = JudgeSketch(
            history: [entry("a", 1), entry("b", 1)], settings: JudgeSettings())
        let history = [entry("b", 3), entry("c", 3)]
        let fresh = journaled.completed(by: history, stale: false)
        #expect(fresh.services == [entry("a", 1), entry("b", 1), entry("c", 3)])
        let stale = journaled.completed(by: history, stale: true)
        #expect(stale.services == [entry("a", 1), entry("b", 3), entry("c", 3)])
    }
}
