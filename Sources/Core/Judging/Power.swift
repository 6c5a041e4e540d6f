// What a test would have shown: the smallest bad ratio that a number of requests tells from the
// baseline with a stated probability. It turns silence into a number.

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

    /// Requests of which a round is judged, and how they come.
    package struct Requests: Sendable, Hashable {
        /// All of them.
        package var count: Double
        /// Mean size of a window, weighted by size, and the correlation inside it.
        package var window = 1.0
        package var rho = 0.0

        package init(_ count: Double, window: Double = 1, rho: Double = 0) {
            self.count = count
            self.window = max(window, 1)
            self.rho = rho
        }

        /// Independent requests that they are worth.
        package var independent: Double { count / (1 + (window - 1) * rho) }
    }

    /// p*: the smallest ratio that a test of so many requests against `p0` calls harmful with
    /// probability `confidence`; nil when all bad would not do. `gross`: of a baseline that only
    /// gross harm is tested against. For independent requests it is exact: the fewest bad ones of n
    /// whose mixture of likelihood ratios (the grid of 5.0) reaches `nats` are x, and
    /// P(X >= x | p) = I_p(x, n - x + 1).
    package static func detectable(
        _ requests: Requests, p0: Double, nats: Double, confidence: Double, gross: Bool = false
    ) -> Double? {
        // A rounding error must not cost a request.
        let n = (requests.independent * (1 + 1e-12)).rounded(.down)
        guard n >= 1, n < 1e15, p0 < 1,
            let few = fewest(requests: n, p0: p0, nats: nats, gross: gross),
            let x = spread(few, of: n, requests, p0: p0, nats: nats, gross: gross)
        else { return nil }
        return BetaFunctions.inverse(confidence, x, n - x + 1)
    }

    /// `x` of `n`, or more when that share of bad ones, spread evenly over the windows, does not
    /// reach `nats`: in windows of many correlated requests the ratios of beta-binomial laws turn
    /// against the null later than binomial ones do.
    private static func spread(
        _ x: Double, of n: Double, _ requests: Requests, p0: Double, nats: Double, gross: Bool
    ) -> Double? {
        let size = requests.window
        // Smaller ones are as good as binomial.
        guard (size - 1) * requests.rho > 0.05, requests.count > 0 else { return x }
        let grid = AlternativeGrid(p0: p0, rho: requests.rho, gross: gross)
        func isEnough(_ bad: Double) -> Bool {
            let ratios = grid.logRatios(total: size, bad: size * bad / n)
            return grid.logMean(ratios * (requests.count / size)) >= nats
        }
        var low = x - 1
        var high = x
        while !isEnough(high) {
            if high >= n { return nil }
            low = high
            high = min(n, high + 2 * (high - x) + 1)
        }
        while high - low > 1, high > x {
            let middle = ((low + high) / 2).rounded(.down)
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// The fewest bad ones of `n` independent requests with ln of the mean of L_i at `nats` or
    /// more, L_i the binomial likelihood ratios of the k armed alternatives: ln L_i = a_i x + b_i
    /// rises with x. Because max - ln k <= ln mean <= max, few x are left to look at.
    private static func fewest(
        requests n: Double, p0: Double, nats: Double, gross: Bool
    ) -> Double? {
        let grid = AlternativeGrid(p0: p0, rho: 1e-9, gross: gross)
        var slope = SIMD8<Double>(repeating: 0)
        var start = SIMD8<Double>(repeating: 0)
        var low = Double.infinity
        var high = n
        for slot in 0..<8 where grid.means[slot] > 0 {
            let q = grid.means[slot]
            let calm = Double.log(onePlus: -q) - .log(onePlus: -grid.p0)
            slope[slot] = .log(q / grid.p0) - calm
            start[slot] = n * calm
            low = min(low, (nats - start[slot]) / slope[slot])
            high = min(high, (nats + .log(Double(grid.count)) - start[slot]) / slope[slot])
        }
        func isEnough(_ bad: Double) -> Bool { grid.logMean(start + slope * bad) >= nats }
        // One more on either side, for rounding.
        low = max(low.rounded(.up) - 2, 0)
        high = min(high.rounded(.up) + 1, n)
        guard grid.count > 0, low < high || isEnough(high), isEnough(high) else { return nil }
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return max(high, 1)
    }

    /// The fewest requests of which `detectable` is at most `p1`; nil when no number is enough, as
    /// for a p1 near p0. Found by bisection: because bad ones are counted whole, a few more
    /// requests may at times show a little less. Divided by the rate of requests it is the time a
    /// policy needs to catch a regression.
    package static func requests(
        toShow p1: Double, p0: Double, nats: Double, confidence: Double
    ) -> Double? {
        guard p1 > p0, p1 <= 1, p0 >= 0 else { return nil }
        func isEnough(_ n: Double) -> Bool {
            detectable(Requests(n), p0: p0, nats: nats, confidence: confidence)
                .map { $0 <= p1 } ?? false
        }
        var low = 0.0
        var high = 1.0
        while !isEnough(high) {
            low = high
            high *= 2
            if high >= 1e12 { return nil }
        }
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if isEnough(middle) { high = middle } else { low = middle }
        }
        return high
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
