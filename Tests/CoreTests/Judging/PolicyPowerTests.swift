// What a policy's rounds can show: against the formulas, and by running the rounds.

import RealModule
import Testing

@testable import Core

@Suite struct PolicyPowerTests {
    private static func sketch(_ services: [(String, Double)]) -> JudgeSketch {
        JudgeSketch(
            services: services.map { name, perWindow in
                var random = RandomStream(seed: 5)
                var baseline = Baseline()
                for _ in 0..<2000 {
                    let total = random.poisson(perWindow)
                    baseline.learn(
                        total: total, bad: random.binomial(total, 0.001), seconds: 15, decay: 1)
                }
                return .init(
                    service: ServiceRef(namespace: "shop", name: name),
                    signals: [
                        .init(
                            signal: .badRatio, bounds: [], baselines: [baseline],
                            calibration: TailCalibration())
                    ])
            }, shams: ShamCalibration(), causes: CauseScore(), online: OnlineTests(alpha: 0.01))
    }

    @Test func powerFollowsTheTraffic() throws {
        let policy = try SmallCluster.policy(sham: 0.2)
        let found = ServicePower.services(
            Self.sketch([("busy", 150), ("quiet", 0.02)]), policy: policy, effect: 0.01,
            rarest: 0.25)
        #expect(found.map(\.service.name) == ["busy", "quiet"])
        let busy = found[0]
        #expect(abs(busy.rate - 10) < 0.2)
        #expect(busy.isObservable && !found[1].isObservable)
        // 3,000 requests in five minutes, two services at alpha 0.01.
        let shown = try #require(
            Power.detectable(
                Power.Requests(3000, window: 150, rho: 1e-4), p0: busy.upper, nats: .log(200),
                confidence: 0.99))
        #expect(abs((busy.detectable ?? 0) / shown - 1) < 0.05)
        // One noisy round has a standard deviation of about 0.2 %, so 1 % shows at once, and the
        // fewest rounds that a permutation test can use are what is needed.
        #expect(busy.rounds == 13)
        #expect(ServicePower.fewest(sham: 0.2) == 13)
        #expect((found[1].rounds ?? 0) > 1000)
        #expect((found[1].roundsOfRarest ?? 0) > (found[1].rounds ?? 0))
        let others = ServicePower.services(
            Self.sketch([("busy", 150)]), policy: try SmallCluster.policy(namespace: "bank"),
            effect: 0.01, rarest: nil)
        #expect(others.isEmpty)
    }

    @Test func withoutShamsManyRoundsShowNothing() throws {
        let found = ServicePower.services(
            Self.sketch([("busy", 150)]), policy: try SmallCluster.policy(), effect: 0.01,
            rarest: 1)
        #expect(found[0].rounds == nil && found[0].detectable != nil)
    }

    @Test func theNeededRateIsTheInverse() throws {
        let policy = try SmallCluster.policy()
        let rate = try #require(ServicePower.rateNeeded(policy: policy, effect: 0.01))
        func shown(_ requests: Double) -> Double? {
            Power.detectable(
                Power.Requests(requests), p0: 0.001, nats: .log(100), confidence: 0.99)
        }
        #expect(try #require(shown(rate * 300)) <= 0.011)
        #expect(try #require(shown(rate * 300 - 1)) > 0.011)
    }

    /// So many rounds, at the effect, are told from shams in about four of five experiments.
    @Test func thePromisedPowerIsKept() throws {
        let policy = try SmallCluster.policy(sham: 0.2)
        let service = ServicePower.services(
            Self.sketch([("some", 3)]), policy: policy, effect: 0.01, rarest: 1)[0]
        let rounds = Int(try #require(service.rounds))
        #expect(rounds > 30 && rounds < 2000, "\(rounds)")
        var random = RandomStream(seed: 8)
        var shown = 0
        let experiments = 400
        for _ in 0..<experiments {
            var strikes: [Double] = []
            var shams: [Double] = []
            for _ in 0..<rounds {
                let isSham = random.unit() < 0.2
                let level = service.baseline + (isSham ? 0 : 0.01)
                let value = random.binomial(60, level) / 60
                if isSham { shams.append(value) } else { strikes.append(value) }
            }
            guard shams.count > 1, strikes.count > 1 else { continue }
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            func error(_ values: [Double]) -> Double {
                let middle = mean(values)
                let sum = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
                return sum / Double(values.count - 1) / Double(values.count)
            }
            // With few failures among the shams their own spread is too small to be believed.
            let noise = max(
                error(shams), error(strikes) * Double(strikes.count) / Double(shams.count))
            let z = (mean(strikes) - mean(shams)) / .sqrt(error(strikes) + noise)
            if z >= 2.326 { shown += 1 }
        }
        // The formula takes the upper bound of the baseline and so promises a little less.
        #expect(Double(shown) / Double(experiments) > 0.75, "\(shown)")
    }
}
