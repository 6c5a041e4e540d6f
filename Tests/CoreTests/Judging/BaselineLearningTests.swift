// What a baseline learns beyond a mean: the hour of the day, and its neighbours.

import Core
import FoundationEssentials
import RealModule
import Testing

@Suite struct BaselineLearningTests {
    /// `days` of windows of 150 requests whose ratio is `ratio(hour of the day)`.
    static func learned(
        days: Double, rho: Double = 0, seed: UInt64 = 3, load: Double = 150,
        _ ratio: (Int) -> Double
    ) -> Baseline {
        var random = RandomStream(seed: seed)
        var baseline = Baseline()
        var factor = 1.0
        for window in 0..<Int(days * 5760) {
            let time = SeasonTests.start + Double(window) * 15
            if window % 16 == 0 { factor = baseline.season(at: time)?.value ?? 1 }
            let hour = Int((time / 3600).truncatingRemainder(dividingBy: 24))
            let n = random.poisson(load)
            baseline.learn(
                total: n, bad: random.betaBinomial(n, ratio(hour), rho), seconds: 15,
                decay: Double.exp2(-15 / (7 * 86_400)),
                hour: .init(time: time, factor: factor))
        }
        return baseline
    }

    static func upper(_ baseline: Baseline, hour: Double) -> Double {
        baseline.upper(season: baseline.season(at: SeasonTests.start + hour * 3600))
    }

    @Test func theNightlyBatchIsNormalAtNightOnly() {
        let baseline = Self.learned(days: 4) { $0 == 3 ? 0.03 : 0.001 }
        let all = baseline.upper()
        let night = Self.upper(baseline, hour: 3.5)
        let day = Self.upper(baseline, hour: 15.5)
        // The bounds hold what they are bounds of, and the day is as sharp as it was without the
        // batch.
        #expect(night > 0.03 && night < 0.06, "\(night)")
        #expect(day > 0.0008 && day < 0.0014, "\(day) of \(all)")
        #expect(all > 0.002)
        // Little of what differs by hour is taken for bursts: without a season, rho would be
        // 0.029² (23/24) / 24 / 0.0022 = 0.015.
        #expect(baseline.rho < 0.004, "\(baseline.rho)")
    }

    @Test func noSeasonEverBlinds() {
        let baseline = Self.learned(days: 4) { $0 == 3 ? 0.7 : 0.001 }
        let night = Self.upper(baseline, hour: 3.5)
        #expect(night <= 0.45)
        #expect(AlternativeGrid(p0: night, rho: baseline.rho).count > 0)
    }

    @Test func aSeasonOfBurstsIsNotBelieved() {
        // Bursts of an hour, at other hours every day: bounds may not fall far below the truth.
        var random = RandomStream(seed: 12)
        let hours = (0..<96).map { _ in random.unit() < 0.1 ? 0.02 : 0.001 }
        var clock = 0
        let baseline = Self.learned(days: 4) { hour in
            if clock % 24 != hour { clock += 1 }
            return hours[min(clock, 95)]
        }
        for hour in 0..<24 {
            #expect(Self.upper(baseline, hour: Double(hour) + 0.5) > 0.0012, "hour \(hour)")
        }
    }

    @Test func fewFailuresHaveNoSeason() {
        let baseline = Self.learned(days: 3) { _ in 1e-6 }
        #expect(baseline.season(at: SeasonTests.start) == nil)
        #expect(Self.upper(baseline, hour: 0) == baseline.upper())
    }

    @Test func aBaselineOfAnOlderJournalIsRead() throws {
        let text = """
            {"windows":50,"seen":7500,"seconds":750,"n":7500,"x":8,"rn":7500,"rnn":1126000,
            "rx":8,"rxx":9,"rxn":1210}
            """
        let baseline = try JSONDecoder().decode(Baseline.self, from: Data(text.utf8))
        #expect(abs(baseline.mean - 8 / 7500.0) < 1e-12)
        #expect(baseline.season(at: 0) == nil)
        let sketch = """
            {"services":[{"service":{"namespace":"a","name":"b"},"signals":[{"signal":"bad-ratio",
            "bounds":[],"baselines":[\(text)],"calibration":{"cycles":3,"excess":4,"top":0,
            "tainted":false}}]}],"shams":{"shams":0,"blamed":0},"causes":{"strikes":0,"hits":0},
            "online":{"alpha":0.01,"tests":0,"discoveries":0}}
            """
        let old = try JSONDecoder().decode(JudgeSketch.self, from: Data(sketch.utf8))
        var judge = Judge()
        judge.restore(old)
        #expect(judge.sketch == old)
    }

    /// Beta(2, 98) over services: the moments come back, and little data keeps near the prior.
    @Test func thePriorHasTheMomentsOfTheServices() {
        var random = RandomStream(seed: 8)
        let known = (0..<300).map { _ in
            let bad = random.gamma(2)
            let good = random.gamma(98)
            var baseline = Baseline()
            for _ in 0..<60 {
                baseline.learn(
                    total: 1000, bad: random.binomial(1000, bad / (bad + good)), seconds: 15,
                    decay: 1)
            }
            return baseline
        }
        let prior = BaselinePrior(known)
        #expect(abs(prior.mean - 0.02) < 0.003)
        #expect(prior.a + prior.b > 75 && prior.a + prior.b < 125, "\(prior)")
        let nothing = Baseline().upper(prior: prior)
        #expect(abs(BetaFunctions.regularised(nothing, prior.a, prior.b) - 0.99) < 1e-6)
    }

    @Test func servicesThatNeverFailMakeAStrongPriorButNotACertainOne() {
        var quiet = Baseline()
        for _ in 0..<100 { quiet.learn(total: 1000, bad: 0, seconds: 15, decay: 1) }
        let prior = BaselinePrior(Array(repeating: quiet, count: 10))
        #expect(prior.a == 0.5 && prior.a + prior.b <= 200.001)
        let upper = Baseline().upper(prior: prior)
        #expect(upper > 0.01 && upper < 0.03, "\(upper)")
        #expect(!BaselinePrior([quiet, quiet]).isUsable)
    }

    /// With estimates of equal variance v, the method of DerSimonian and Laird is s² - v.
    @Test func overdispersionIsShrunkByPrecision() {
        let rhos = [0.002, 0.004, 0.02]
        let known = rhos.enumerated().map { index, rho in
            Self.learned(days: 1, rho: rho, seed: UInt64(index) + 20) { _ in 0.01 }
        }
        let prior = BaselinePrior(known)
        let found = known.compactMap(\.rhoEstimate)
        #expect(found.count == 3)
        // Each estimate is within four of its standard errors of the truth.
        for (estimate, rho) in zip(found, rhos) {
            #expect(abs(estimate.value - rho) < 4 * estimate.variance.squareRoot() + 0.1 * rho)
        }
        #expect(prior.rho > 0.002 && prior.rho < 0.02)
        #expect(prior.shrunk(nil) == prior.rho)
        // An estimate as uncertain as services differ moves half way.
        let half = prior.shrunk((0.03, prior.rhoVariance))
        #expect(abs(half - (0.03 + prior.rho) / 2) < 1e-9)
        #expect(prior.shrunk((-1, 1e-9)) == Baseline.minimumRho)
        // Services that know better are hardly moved.
        for estimate in found {
            #expect(abs(prior.shrunk(estimate) / estimate.value - 1) < 0.25)
        }
    }

    @Test func theVarianceOfTheOverdispersionIsThatOfManyTries() {
        var values: [Double] = []
        var stated = 0.0
        for seed in UInt64(1)...60 {
            let baseline = Self.learned(days: 0.1, seed: seed) { _ in 0.01 }
            guard let found = baseline.rhoEstimate else { continue }
            values.append(found.value)
            stated += found.variance / 60
        }
        let mean = values.reduce(0, +) / 60
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59
        #expect(variance / stated > 0.5 && variance / stated < 2, "\(variance) \(stated)")
    }
}
