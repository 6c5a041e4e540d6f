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

    /// Overdispersion is never taken smaller: no service is exactly binomial for ever.
    package static let minimumRho = 1e-4
    /// Windows whose Pearson residual is larger do not count towards the overdispersion.
    package static let winsorAt = 8.0

    /// Fewer responses than this are never a baseline, however long they took.
    package static let fewest = 50.0

    package init() {}

    /// Learns one window of `total` responses, `bad` of them bad. `weight` is the decay of all that
    /// was learned before, 2^(-elapsed / half-life).
    package mutating func learn(
        total: Double, bad: Double, seconds length: Double, decay: Double
    ) {
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
        let outlier = bad > 4 && abs(residual(total: total, bad: bad)) > Self.winsorAt
        n += total
        x += bad
        if outlier, windows > 20 { return }
        rn += total
        rnn += total * total
        rx += bad
        rxx += bad * bad
        rxn += bad * total
    }

    /// Forgets the level but keeps the overdispersion: a new normal is learned (5.6).
    package mutating func forgetLevel() {
        windows = 0
        seen = 0
        seconds = 0
        n = 0
        x = 0
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
        guard rn > 0, rx > 0 else { return Self.minimumRho }
        let mu = rx / rn
        let variance = mu * (1 - mu)
        let pairs = (rnn - rn) * variance
        guard pairs > 0 else { return Self.minimumRho }
        let squares = rxx - 2 * mu * rxn + mu * mu * rnn
        return min(max((squares - rn * variance) / pairs, Self.minimumRho), 0.9)
    }

    /// Independent responses that the weighted ones are worth: N / (1 + (nbar - 1) rho).
    package var effectiveSize: Double {
        n / (1 + max(windowSize - 1, 0) * rho)
    }

    /// Posterior upper bound of the ratio at `level`: BetaInv(level; X + 1, N - X) on the effective
    /// size. 1 when nothing was learned.
    package func upper(level: Double = 0.99) -> Double {
        let size = effectiveSize
        if size <= 0 { return 1 }
        let bad = mean * size
        return BetaFunctions.inverse(level, bad + 1, size - bad)
    }

    /// True once small changes may be tested.
    package func isReady(_ warmUp: JudgeSettings.WarmUp) -> Bool {
        let enough = seen >= min(Self.fewest, warmUp.requests)
        return windows >= warmUp.windows && enough
            && (seen >= warmUp.requests || seconds >= warmUp.time.inSeconds)
    }

    /// Distance of a window from the baseline in standard deviations of the beta-binomial.
    package func residual(total: Double, bad: Double) -> Double {
        let mu = (x + 0.5) / (n + 1)
        let variance = total * mu * (1 - mu) * (1 + max(total - 1, 0) * rho)
        return variance > 0 ? (bad - total * mu) / .sqrt(variance) : 0
    }
}
