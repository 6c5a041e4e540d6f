// What a test could have shown: the smallest bad ratio that a number of requests can tell from the
// baseline. It turns silence into a number.

import RealModule

/// Detectable effects (detection design 5.9).
package enum Power {
    /// KL(p || q) of two Bernoulli laws, nats per request.
    package static func divergence(_ p: Double, _ q: Double) -> Double {
        var sum = 0.0
        if p > 0 { sum += p * .log(p / q) }
        if p < 1 { sum += (1 - p) * .log((1 - p) / (1 - q)) }
        return sum
    }

    /// p* with n KL(p* || p0) = nats + ln 8 + 1, where ln 8 is the price of the mixture and 1 nat
    /// the mean overshoot; nil when not even p* = 1 is enough. `requests` are independent ones,
    /// that is divided by 1 + (nbar - 1) rho.
    package static func minimumDetectable(
        requests: Double, p0: Double, nats: Double
    ) -> Double? {
        guard requests > 0, p0 < 1 else { return nil }
        let null = max(p0, 1e-12)
        let needed = (nats + .log(8) + 1) / requests
        if divergence(1, null) < needed { return nil }
        var low = null
        var high = 1.0
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if divergence(middle, null) < needed { low = middle } else { high = middle }
        }
        return high
    }

    /// The smallest ratio that a test of so many independent requests against `p0` calls harmful
    /// with probability `confidence`; nil when all bad would not do. Exact: the fewest bad ones
    /// whose mixture of likelihood ratios (the grid of 5.0) reaches `nats` are x, and
    /// P(X >= x | p) = I_p(x, n - x + 1). Unlike `minimumDetectable`, at which the evidence
    /// reaches the threshold in the mean, it knows that no alternative below 2 p0 is armed.
    package static func detectable(
        requests: Double, p0: Double, nats: Double, confidence: Double
    ) -> Double? {
        let n = requests.rounded(.down)
        guard n >= 1, n < 1e15, p0 < 1 else { return nil }
        let grid = AlternativeGrid(p0: p0, rho: 1e-9)
        func isEnough(_ bad: Double) -> Bool {
            grid.logMean(grid.logRatios(total: n, bad: bad)) >= nats
        }
        guard grid.count > 0, isEnough(n) else { return nil }
        var low = 0.0
        var high = n
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return BetaFunctions.inverse(confidence, high, n - high + 1)
    }

    /// Requests after which a ratio of `p1` shows against `p0`, by the same formula; nil when p1 is
    /// not above p0. Divided by the rate of requests it is the time a policy needs to catch a
    /// regression.
    package static func requests(toShow p1: Double, p0: Double, nats: Double) -> Double? {
        guard p1 > p0, p1 <= 1, p0 >= 0 else { return nil }
        return (nats + .log(8) + 1) / divergence(p1, max(p0, 1e-12))
    }

    /// Rounds after which a mean effect shows: n = (z_(1-alpha) + z_power)^2 s^2 (1/treated +
    /// 1/sham) / d^2 with the shares of rounds that a cell and sham get; alpha 0.01 one-sided,
    /// power 0.8.
    package static func rounds(
        effect: Double, deviation: Double, treatedShare: Double, shamShare: Double
    ) -> Double? {
        guard effect > 0, treatedShare > 0, shamShare > 0 else { return nil }
        let z = 2.326_348 + 0.841_621
        let ratio = z * deviation / effect
        return ratio * ratio * (1 / treatedShare + 1 / shamShare)
    }
}
