// What is normal for one service: its bad ratio, how sure that is, and how bursty. It learns from
// the windows that it is given and never asks which windows those should be.

import RealModule

/// Learned ratio of bad responses (detection design 5.2). A sketch of a dozen numbers that the
/// journal can keep.
package struct Baseline: Codable, Sendable, Hashable {
    /// Windows learned, unweighted.
    package private(set) var windows = 0
    /// Responses learned, unweighted.
    package private(set) var seen = 0.0
    /// Time learned, seconds, unweighted.
    package private(set) var seconds = 0.0
    /// Weighted sums of responses and bad responses.
    private var n = 0.0
    private var x = 0.0
    /// Weighted moments of the windows that were not winsorised: n, n², x, x², x n.
    private var rn = 0.0
    private var rnn = 0.0
    private var rx = 0.0
    private var rxx = 0.0
    private var rxn = 0.0
    /// The shape of the day and the week, one element; nil before the ratio has failures enough to
    /// have one. An array keeps it out of the copies that are made of baselines.
    private var seasonal: [Seasonal]?

    /// The season, and the moments of the overdispersion about it.
    private struct Seasonal: Codable, Sendable, Hashable {
        var season = Season(.ratio)
        /// The ratio that counts are compared with, whatever the level: only a change of level
        /// moves it. Nil until the new level is known.
        var reference: Double?
        /// Windows learned while the shape was used.
        var windows = 0
        /// Sums of (x - n s)² - n s (1-s) and of n (n-1) s (1-s), s the seasonal ratio.
        var squares = 0.0
        var pairs = 0.0
        /// Variance of the former if windows were independent.
        var noise = 0.0

        mutating func learn(error: Double, variance: Double, total: Double, decay: Double) {
            windows += 1
            squares = squares * decay + error * error - variance
            pairs = pairs * decay + variance * max(total - 1, 0)
            noise = noise * decay + variance + 2 * variance * variance
        }
    }

    /// Bad responses before a season is looked for: fewer have no shape.
    package static let seasonAfter = 20.0
    /// Windows about the season before its overdispersion counts.
    static let seasonalWindows = 1000

    /// Overdispersion is never taken smaller: no service is exactly binomial for ever.
    package static let minimumRho = 1e-4
    /// Windows whose Pearson residual is larger do not count towards the overdispersion.
    package static let winsorAt = 8.0

    /// Fewer responses than this are never a baseline, however long they took.
    package static let fewest = 50.0

    package init() {}

    /// Learns one window of `total` responses, `bad` of them bad. `weight` is the decay of all that
    /// was learned before, 2^(-elapsed / half-life). `hour` places the window in a season.
    package mutating func learn(
        total: Double, bad: Double, seconds length: Double, decay: Double, hour: Hour? = nil
    ) {
        learnSeason(total: total, bad: bad, decay: decay, hour: hour)
        windows += 1
        seconds += length
        seen += total
        n *= decay
        x *= decay
        rn *= decay
        rnn *= decay
        rx *= decay
        rxx *= decay
        rxn *= decay
        if total <= 0 { return }
        let factor = hour?.factor ?? 1
        let outlier =
            bad > 4 && abs(residual(total: total, bad: bad, factor: factor)) > Self.winsorAt
        n += total
        x += bad
        if outlier, windows > 20 { return }
        rn += total
        rnn += total * total
        rx += bad
        rxx += bad * bad
        rxn += bad * total
    }

    /// Where a window lies in a season.
    package struct Hour: Sendable, Hashable {
        /// Its beginning, seconds since the epoch.
        package var time: Double
        /// What the season multiplies the mean by there.
        package var factor: Double
        /// Half-life of what is learned, seconds.
        package var halfLife: Double

        package init(time: Double, factor: Double = 1, halfLife: Double = 7 * 86_400) {
            self.time = time
            self.factor = factor
            self.halfLife = halfLife
        }
    }

    private mutating func learnSeason(
        total: Double, bad: Double, decay: Double, hour: Hour?
    ) {
        guard let hour, n > 0 else { return }
        let level = mean
        if seasonal == nil, x >= Self.seasonAfter { seasonal = [Seasonal(reference: level)] }
        if seasonal != nil, seasonal?[0].reference == nil, seconds >= 3600, level > 0 {
            seasonal?[0].reference = level / max(hour.factor, 1e-3)
        }
        guard let reference = seasonal?[0].reference, mean > 0, total > 0 else { return }
        let ratio = min(mean * hour.factor, 1)
        let isOutlier =
            bad > 4
            && abs(residual(total: total, bad: bad, factor: hour.factor)) > Self.winsorAt
        seasonal?[0].season.add(
            weight: total * reference, sum: bad, at: hour.time, halfLife: hour.halfLife)
        guard seasonal?[0].season.isUsed == true, !isOutlier else { return }
        let variance = total * ratio * (1 - ratio)
        let error = bad - total * ratio
        seasonal?[0].learn(error: error, variance: variance, total: total, decay: decay)
    }

    /// The season at `time`, seconds since the epoch: what the mean is multiplied by there and the
    /// relative variance of that; nil while there is none.
    package func season(at time: Double) -> Season.Shape? { seasonal?[0].season.shape(at: time) }

    /// Responses that the overdispersion is worth once the level is forgotten: what it was stays
    /// until as much is known of the new level.
    static let carriedMoments = 1000.0

    /// Forgets the level but keeps the overdispersion and the season: a new normal is learned
    /// (5.6). Of `carried` responses the old ratio is kept as a prior.
    package mutating func forgetLevel(carried: Double = 0) {
        let kept = min(carried, n)
        let ratio = mean
        windows = 0
        seen = 0
        seconds = 0
        n = kept
        x = kept * ratio
        let share = rn > 0 ? min(1, max(kept, Self.carriedMoments) / rn) : 1
        rn *= share
        rnn *= share
        rx *= share
        rxx *= share
        rxn *= share
        seasonal?[0].reference = nil
    }

    /// Weighted share of bad responses; zero when nothing was learned.
    package var mean: Double { n > 0 ? min(x / n, 1) : 0 }

    /// Weighted responses.
    package var weight: Double { n }

    /// Mean size of a window, weighted by size.
    package var windowSize: Double { rn > 0 ? rnn / rn : 0 }

    /// Intra-window correlation by moments:
    /// sum[(x - n mu)² - n mu (1-mu)] / sum[n (n-1) mu (1-mu)].
    package var rho: Double {
        min(max(rhoEstimate?.value ?? 0, Self.minimumRho), 0.9)
    }

    /// The same without bounds, and its variance over windows of this size if they are independent:
    /// sum[s² + 2 s⁴] / (sum of pairs)², s² the variance of a window; nil when nothing is known.
    package var rhoEstimate: (value: Double, variance: Double)? {
        if let seasonal = seasonal?.first, seasonal.windows >= Self.seasonalWindows,
            seasonal.pairs > 0
        {
            return Self.estimate(
                seasonal.squares, seasonal.pairs, seasonal.noise, size: windowSize)
        }
        guard rn > 0, rx > 0 else { return nil }
        let mu = rx / rn
        let variance = mu * (1 - mu)
        let pairs = (rnn - rn) * variance
        guard pairs > 0 else { return nil }
        let squares = rxx - 2 * mu * rxn + mu * mu * rnn - rn * variance
        return Self.estimate(
            squares, pairs, rn * variance + 2 * rnn * variance * variance, size: windowSize)
    }

    private static func estimate(
        _ squares: Double, _ pairs: Double, _ noise: Double, size: Double
    ) -> (value: Double, variance: Double) {
        let value = squares / pairs
        // Bursts make the estimate itself as uncertain as they make the counts.
        let effect = 1 + max(size - 1, 0) * max(value, 0)
        return (value, noise * effect * effect / (pairs * pairs))
    }

    /// Independent responses that the weighted ones are worth: N / (1 + (nbar - 1) rho).
    package var effectiveSize: Double { effectiveSize(rho: rho) }

    private func effectiveSize(rho: Double) -> Double {
        n / (1 + max(windowSize - 1, 0) * rho)
    }

    /// Posterior upper bound of the ratio at `level`: BetaInv(level; X + 1, N - X) on the effective
    /// size, or BetaInv(level; X + a, N - X + b) with a `prior`. 1 when nothing is known.
    ///
    /// A `season` moves the mean to m = f mu and widens it: the relative variances of mu and f add,
    /// so that 1 / N_m = f (1 - mu) / ((1 - m) N) + m var(f) / (1 - m). A season never takes the
    /// bound above 0.45, unless mu's own is, so that an outage is seen at every hour.
    package func upper(
        level: Double = 0.99, rho: Double? = nil, prior: BaselinePrior? = nil,
        season: Season.Shape? = nil
    ) -> Double {
        let all = effectiveSize(rho: rho ?? self.rho)
        if all <= 0 {
            return prior.map { BetaFunctions.inverse(level, $0.a, $0.b) } ?? 1
        }
        func bound(_ ratio: Double, _ size: Double) -> Double {
            let bad = ratio * size
            guard let prior else { return BetaFunctions.inverse(level, bad + 1, size - bad) }
            return BetaFunctions.inverse(level, bad + prior.a, size - bad + prior.b)
        }
        guard let season, mean > 0, mean < 1 else { return bound(mean, all) }
        let ratio = min(mean * season.value, 0.99)
        let inverse =
            (season.value * (1 - mean) / all + ratio * season.variance) / (1 - ratio)
        guard inverse > 0 else { return bound(mean, all) }
        return min(bound(ratio, 1 / inverse), max(0.45, bound(mean, all)))
    }

    /// Posterior lower bound of the ratio at `level`: 1 - BetaInv(level; N - X + 1, X) on the
    /// effective size; zero when nothing was learned.
    package func lower(level: Double = 0.99, rho: Double? = nil) -> Double {
        let size = effectiveSize(rho: rho ?? self.rho)
        if size <= 0 || mean <= 0 { return 0 }
        let bad = mean * size
        return 1 - BetaFunctions.inverse(level, size - bad + 1, bad)
    }

    /// True once small changes may be tested. With a usable `prior` a quarter of the windows and
    /// as many requests as the prior is worth suffice.
    package func isReady(_ warmUp: JudgeSettings.WarmUp, prior: BaselinePrior? = nil) -> Bool {
        if let prior, prior.isUsable,
            windows >= max(warmUp.windows / 4, 5),
            seen >= min(BaselinePrior.heaviest, warmUp.requests)
        {
            return true
        }
        let enough = seen >= min(Self.fewest, warmUp.requests)
        return windows >= warmUp.windows && enough
            && (seen >= warmUp.requests || seconds >= warmUp.time.inSeconds)
    }

    /// Distance of a window from the baseline in standard deviations of the beta-binomial.
    /// `factor`: of the season.
    package func residual(total: Double, bad: Double, factor: Double = 1) -> Double {
        let mu = min((x + 0.5) / (n + 1) * factor, 1)
        let variance = total * mu * (1 - mu) * (1 + max(total - 1, 0) * rho)
        return variance > 0 ? (bad - total * mu) / .sqrt(variance) : 0
    }
}
