// The bench itself: random draws have the right moments, and the comparisons say what the design
// says.

import Core
import RealModule
import Testing

@Suite struct JudgeBenchTests {
    @Test(arguments: [0.3, 4.0, 29.0, 31.0, 150.0, 1500.0])
    func poissonMoments(mean: Double) {
        var random = RandomStream(seed: 3)
        var sum = 0.0
        var squares = 0.0
        let count = 20_000.0
        for _ in 0..<Int(count) {
            let value = random.poisson(mean)
            sum += value
            squares += value * value
        }
        let found = sum / count
        let variance = squares / count - found * found
        #expect(abs(found - mean) < 5 * .sqrt(mean / count))
        #expect(abs(variance / mean - 1) < 0.08)
    }

    @Test(arguments: [(150.0, 0.001, 0.0), (150, 0.3, 0), (40, 0.8, 0), (150, 0.01, 0.02)])
    func binomialMoments(n: Double, p: Double, rho: Double) {
        var random = RandomStream(seed: 4)
        var sum = 0.0
        var squares = 0.0
        let count = 40_000.0
        for _ in 0..<Int(count) {
            let value = random.betaBinomial(n, p, rho)
            sum += value
            squares += value * value
        }
        let mean = sum / count
        let variance = squares / count - mean * mean
        let expected = n * p * (1 - p) * (1 + (n - 1) * rho)
        #expect(abs(mean - n * p) < 5 * .sqrt(expected / count))
        #expect(abs(variance / expected - 1) < 0.12)
    }

    @Test func othersAreSlowerOrCryWolf() throws {
        let rows = judgeComparison(before: 0.001, after: 0.05, rate: 10, replications: 40)
        func row(_ rule: AlarmRule) throws -> RuleRow {
            try #require(rows.first { $0.rule == rule })
        }
        let ours = try row(.hazard)
        #expect(ours.missed == 0 && ours.mean < 30)
        let burn = try row(.burnRate)
        #expect(burn.mean > 10 * ours.mean, "\(burn)")
        let sigma = try row(.threeSigma)
        #expect(sigma.falseAlarmHours < 2, "\(sigma)")
        #expect(ours.falseAlarmHours >= 240, "no false alarm in 240 h, \(ours)")
        let kayenta = try row(.mannWhitney)
        #expect(kayenta.mean > 5 * ours.mean)
    }

    /// Every row of the table of design 5.5. The bounds are about what the design's own simulation
    /// found, which counted only the first alarm of each life: kinder to slow bursts of small size.
    @Test(arguments: [
        (0.5, 0.99, 1.0), (1, 0.9, 0.97), (1, 0.99, 0.97), (1.5, 0.95, 0.61),
    ])
    func calibrationKeepsThePromiseOnBursts(
        deviation: Double, persistence: Double, bound: Double
    ) {
        let row = burstRow(deviation: deviation, persistence: persistence, windows: 100_000)
        #expect(row.calibrated >= bound, "\(row)")
        #expect(row.calibrated >= row.plain, "\(row)")
        #expect(row.theta < 0.95, "\(row)")
    }

    @Test func calmServicesPayNothingForTheCalibration() {
        let row = burstRow(deviation: 0, persistence: 0, windows: 40_000)
        #expect(row.theta > 0.97 && row.plain > 5, "\(row)")
    }
}
