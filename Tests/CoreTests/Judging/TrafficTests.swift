// Traffic that falls, surges, follows the hours of the day, or does so for the first time.

import Core
import FoundationEssentials
import RealModule
import Testing

@Suite struct TrafficTests {
    /// One service, windows of a minute.
    struct Day {
        var mesh = MeshTraffic(
            pods: ["client"], interval: .seconds(60), start: SeasonTests.start + 2)
        var judge = Judge(
            settings: JudgeSettings(signals: [.traffic], interval: .seconds(60)))
        var random = RandomStream(seed: 23)
        var outputs: [JudgeOutput] = []

        /// Requests a minute at `hours` since the first midnight.
        static func wave(_ hours: Double) -> Double {
            120 * (1 + 0.8 * .sin(2 * .pi * hours / 24))
        }

        mutating func pass(minutes: Int, _ rate: (Double) -> Double = Self.wave) {
            for _ in 0..<minutes {
                let hours = (mesh.now.seconds - SeasonTests.start) / 3600
                let n = random.poisson(rate(hours))
                mesh.send(n, from: "client", workload: "client", to: "shop")
                outputs += judge.observe(mesh.scrape(), now: mesh.now)
            }
        }

        var anomalies: [Anomaly] {
            outputs.compactMap { if case .anomaly(let anomaly) = $0 { anomaly } else { nil } }
        }
        var recoveries: [Recovery] {
            outputs.compactMap { if case .recovery(let recovery) = $0 { recovery } else { nil } }
        }
    }

    @Test func aSlowDailyCycleIsNoAnomaly() {
        var day = Day()
        day.pass(minutes: 6 * 1440)
        #expect(day.anomalies.isEmpty, "\(day.anomalies.map(\.text))")
    }

    @Test func aSurgeIsFoundAndNamed() throws {
        var day = Day()
        day.pass(minutes: 120) { _ in 50 }
        day.pass(minutes: 3) { _ in 200 }
        let anomaly = try #require(day.anomalies.first)
        #expect(day.anomalies.count == 1)
        #expect(anomaly.direction == .surge)
        #expect(anomaly.evidence.now > 2.5 && anomaly.evidence.bad > 100)
        #expect(anomaly.text.contains("traffic of go-app/shop surged to"), "\(anomaly.text)")
        #expect(anomaly.detectedAt - anomaly.onset <= .seconds(120))
        day.pass(minutes: 20) { _ in 50 }
        #expect(day.recoveries.count == 1 && day.judge.current.isEmpty)
        day.pass(minutes: 4) { _ in 2 }
        #expect(day.anomalies.count == 2)
        #expect(day.anomalies.last?.direction == .drop)
        #expect(day.anomalies.last?.text.contains("fell to") == true)
    }

    @Test func aSurgeThatStaysIsNormalAfterADay() throws {
        var day = Day()
        day.pass(minutes: 200) { _ in 50 }
        day.pass(minutes: 1300) { _ in 150 }
        #expect(day.judge.current.count == 1)
        day.pass(minutes: 400) { _ in 150 }
        #expect(day.anomalies.count == 1 && day.judge.current.isEmpty)
        let status = try #require(day.judge.statuses.first)
        #expect(abs((status.ratio ?? 0) - 1) < 0.3)
    }

    /// Six hours without sight, over which the traffic of the day falls to a fifth: what is
    /// expected afterwards is known from the days before, and only from those.
    @Test(arguments: [(1, true), (4, false)])
    func afterAGapTheHourIsExpected(days: Int, isSurprised: Bool) {
        var day = Day()
        day.pass(minutes: days * 1440 + 10 * 60)
        #expect(day.anomalies.isEmpty)
        day.mesh.unreachable = ["client"]
        day.pass(minutes: 360)
        day.mesh.unreachable = []
        day.pass(minutes: 240)
        // The gap's requests arrive in its first window after it: a surge of that window is true.
        let dropped = day.anomalies.contains { $0.direction == .drop }
        #expect(dropped == isSurprised, "\(day.anomalies.map(\.text))")
    }

    @Test func theSeasonIsJournaled() throws {
        var day = Day()
        day.pass(minutes: 3 * 1440)
        let sketch = day.judge.sketch
        let kept = try #require(sketch.services.first?.signals.last)
        #expect(kept.signal == .traffic && kept.season?.isUsed == true)
        let json = try JSONEncoder().encode(kept)
        #expect(json.count < 1024, "\(json.count)")
        let read = try JSONDecoder().decode(
            JudgeSketch.self, from: JSONEncoder().encode(sketch))
        #expect(read == sketch)
        var judge = Judge(settings: day.judge.settings)
        judge.restore(read)
        #expect(judge.sketch == sketch)
    }

    /// Against the probabilities of the negative binomial themselves.
    @Test(arguments: [
        (0.0, 5.0, 3.0, 0.1), (12, 5, 3, 2), (150, 150, 80, 0.5), (900, 150, 2500, 5),
    ])
    func likelihoodRatios(n: Double, mean: Double, size: Double, factor: Double) {
        func log(_ m: Double) -> Double {
            .logGamma(n + size) - .logGamma(size) - .logGamma(n + 1)
                + size * .log(size / (size + m)) + n * .log(m / (size + m))
        }
        let ratio = TrafficJudge.logRatio(n, mean: mean, size: size, factor: factor)
        #expect(abs(ratio - (log(factor * mean) - log(mean))) < 1e-8)
    }
}
