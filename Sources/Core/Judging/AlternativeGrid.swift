// Likelihood ratios of "more bad responses than the baseline explains": eight simple alternatives
// against the baseline's upper bound, under beta-binomial noise. No state, no thresholds.

import RealModule

/// Up to eight alternatives q to the null ratio p0 (detection design 5.0 and 5.2).
///
/// The counts are beta-binomial, x|n ~ BetaBin(n; mu, rho), with a = mu (1-rho)/rho and
/// b = (1-mu) (1-rho)/rho. Because a + b does not depend on mu, the likelihood ratio of two means
/// needs rising factorials of a and b only.
package struct AlternativeGrid: Sendable, Hashable {
    /// The null: the 99 % upper bound of the baseline. By the monotone likelihood ratio in mu the
    /// tests then hold for every smaller ratio too.
    package let p0: Double
    /// Overdispersion: the correlation of responses inside a window, (0, 1).
    package let rho: Double
    /// The alternatives; slots that are not armed hold zero.
    package let means: SIMD8<Double>
    /// How many are armed; zero when p0 leaves no room above it.
    package let count: Int
    private let strength: Double

    /// Arms {3, 10, 30} * p0 and {0.02, 0.05, 0.2, 0.5, 0.95}, those above 2 * p0 and below 1.
    /// `gross`: only those of at least a half, for a baseline that is not known yet.
    package init(p0: Double, rho: Double, gross: Bool = false) {
        let null = min(max(p0, 1e-12), 1 - 1e-12)
        let candidates = SIMD8<Double>(
            3 * null, 10 * null, 30 * null, 0.02, 0.05, 0.2, 0.5, 0.95)
        var means = SIMD8<Double>(repeating: 0)
        var count = 0
        for slot in 0..<8 {
            let q = candidates[slot]
            if q > 2 * null, q < 1, !gross || q >= 0.5 {
                means[slot] = q
                count += 1
            }
        }
        self.init(p0: null, rho: rho, means: means, count: count)
    }

    /// Latency exceedances (5.3): odds of the null times {1.5, 2, 4, 10}, and 0.95; with `gross`
    /// only the last two.
    package init(oddsAbove p0: Double, rho: Double, gross: Bool = false) {
        let null = min(max(p0, 1e-12), 1 - 1e-12)
        let odds = null / (1 - null)
        var means = SIMD8<Double>(repeating: 0)
        var count = 0
        for factor in gross ? [10] : [1.5, 2, 4, 10] {
            let q = factor * odds / (1 + factor * odds)
            guard q < 0.999 else { continue }
            means[count] = q
            count += 1
        }
        if null < 0.9 {
            means[count] = 0.95
            count += 1
        }
        self.init(p0: null, rho: rho, means: means, count: count)
    }

    /// One alternative only: the oracle that knows the ratio after the change.
    package init(p0: Double, rho: Double, only q: Double) {
        var means = SIMD8<Double>(repeating: 0)
        means[0] = q
        self.init(p0: p0, rho: rho, means: means, count: 1)
    }

    private init(p0: Double, rho: Double, means: SIMD8<Double>, count: Int) {
        self.p0 = p0
        self.rho = min(max(rho, 1e-9), 0.999)
        self.means = means
        self.count = count
        strength = (1 - self.rho) / self.rho
    }

    /// ln of f(x; n, q, rho) / f(x; n, p0, rho) for each armed alternative; zero elsewhere.
    /// No responses carry no evidence: all zero.
    package func logRatios(total n: Double, bad: Double) -> SIMD8<Double> {
        var ratios = SIMD8<Double>(repeating: 0)
        if n <= 0 { return ratios }
        let x = min(max(bad, 0), n)
        let null = Self.logKernel(x: x, n: n, mean: p0, strength: strength)
        for slot in 0..<8 where means[slot] > 0 {
            ratios[slot] =
                Self.logKernel(x: x, n: n, mean: means[slot], strength: strength) - null
        }
        return ratios
    }

    /// ln f(x; n, mean, rho) up to terms that do not depend on the mean.
    package static func logKernel(
        x: Double, n: Double, mean: Double, strength: Double
    ) -> Double {
        BetaFunctions.logRising(mean * strength, x)
            + BetaFunctions.logRising((1 - mean) * strength, n - x)
    }

    /// ln of the mean of exp over the armed slots: the mixture of the alternatives with equal
    /// weights.
    package func logMean(_ nats: SIMD8<Double>) -> Double {
        if count == 0 { return -.infinity }
        var top = -Double.infinity
        for slot in 0..<8 where means[slot] > 0 { top = max(top, nats[slot]) }
        if !top.isFinite { return top }
        var sum = 0.0
        for slot in 0..<8 where means[slot] > 0 { sum += .exp(nats[slot] - top) }
        return top + .log(sum / Double(count))
    }
}
