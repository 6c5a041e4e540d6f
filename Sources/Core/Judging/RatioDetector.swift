// The always-on detector of one service's bad ratio: a mixture of CUSUMs, one per alternative. It
// accumulates evidence and says since when; what counts as enough is decided by its caller.

import RealModule

/// E-detector for "x bad of n" (detection design 5.2; Shin, Ramdas and Rinaldo, arXiv:2203.03532).
///
/// Per alternative W <- max(W, 0) + ln L (Page 1954); the statistic is ln of the mean of exp(W). A
/// mean of e-detectors is an e-detector, so alarming at ln A keeps the mean time between false
/// alarms at A windows or more.
package struct RatioDetector: Sendable, Hashable {
    /// The alternatives in force. Replacing them keeps the evidence gathered.
    package var grid: AlternativeGrid
    /// W per alternative, nats.
    package private(set) var evidence = SIMD8<Double>(repeating: 0)
    /// T: ln of the mixture, nats; -inf before the first responses.
    package private(set) var statistic = -Double.infinity
    private var onsets = SIMD8<Int64>(repeating: 0)
    private var totals = SIMD8<Double>(repeating: 0)
    private var bads = SIMD8<Double>(repeating: 0)
    private var excesses = SIMD8<Double>(repeating: 0)

    /// What has been seen since the evidence of the strongest alternative last was zero.
    package struct Run: Sendable, Hashable {
        /// Index of the first window: the detector's estimate of the onset.
        package var onset: Int64
        package var requests: Double
        package var bad: Double
        package var excess: Double
    }

    package init(grid: AlternativeGrid) { self.grid = grid }

    /// Adds one window. `mean` is the baseline ratio that excess is counted against. A window
    /// without responses changes nothing.
    package mutating func observe(total: Double, bad: Double, mean: Double, window: Int64) {
        if total <= 0 { return }
        let ratios = grid.logRatios(total: total, bad: bad)
        let over = max(0, bad - total * mean)
        for slot in 0..<8 {
            if evidence[slot] <= 0 {
                evidence[slot] = 0
                onsets[slot] = window
                totals[slot] = 0
                bads[slot] = 0
                excesses[slot] = 0
            }
            evidence[slot] += ratios[slot]
            totals[slot] += total
            bads[slot] += bad
            excesses[slot] += over
        }
        statistic = grid.logMean(evidence)
    }

    /// The run of the alternative with the most evidence; nil when none is armed.
    package var run: Run? {
        var best: Int?
        for slot in 0..<8 where grid.means[slot] > 0 {
            if let current = best, evidence[current] >= evidence[slot] { continue }
            best = slot
        }
        guard let best else { return nil }
        return Run(
            onset: onsets[best], requests: totals[best], bad: bads[best], excess: excesses[best])
    }

    /// Forgets all evidence, e.g. after a recovery.
    package mutating func reset() { self = RatioDetector(grid: grid) }
}
