// Whether an anomaly is over: evidence for the baseline against "still bad", gathered while traffic
// flows. Silence proves nothing.

import RealModule

/// CUSUM of the reversed likelihood ratio (detection design 5.11).
///
/// V <- max(0, V + ln f(x; n, p0+, rho) / f(x; n, p_bad, rho)); recovered at
/// V >= ln(1/alpha) / theta, and the recovery time is when V last was zero.
package struct RecoveryTest: Sendable, Hashable {
    package let p0: Double
    package let pBad: Double
    package let threshold: Double
    private let strength: Double
    /// V, nats.
    package private(set) var evidence = 0.0
    /// First window of the run of good windows; nil while V is zero.
    package private(set) var since: Int64?

    /// `level`: the ratio during the anomaly, used only when a `tolerance` is set.
    package init(
        p0: Double, rho: Double, theta: Double, alpha: Double, level: Double, tolerance: Double?
    ) {
        self.p0 = min(max(p0, 1e-12), 0.98)
        var bad = max(3 * self.p0, self.p0 + 0.005)
        if let tolerance { bad = max(bad, tolerance * level) }
        pBad = min(bad, (1 + self.p0) / 2)
        let bounded = min(max(rho, 1e-9), 0.999)
        strength = (1 - bounded) / bounded
        threshold = -.log(alpha) / max(theta, 0.05)
    }

    /// Whether the evidence suffices.
    package var isRecovered: Bool { evidence >= threshold }

    /// Adds one window; one without responses changes nothing.
    package mutating func observe(total: Double, bad: Double, window: Int64) {
        if total <= 0 { return }
        let x = min(max(bad, 0), total)
        let ratio =
            AlternativeGrid.logKernel(x: x, n: total, mean: p0, strength: strength)
            - AlternativeGrid.logKernel(x: x, n: total, mean: pBad, strength: strength)
        if evidence + ratio <= 0 {
            evidence = 0
            since = nil
            return
        }
        if since == nil { since = window }
        evidence += ratio
    }
}
