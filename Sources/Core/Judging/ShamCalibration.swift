// How often rounds that injected nothing were blamed: the judge's error rate, measured.

import RealModule

/// The false-attribution rate (detection design 5.8): with k blamed of n shams and Jeffreys' prior
/// the rate is Beta(k + 1/2, n - k + 1/2).
package struct ShamCalibration: Codable, Sendable, Hashable {
    package private(set) var shams = 0
    package private(set) var blamed = 0

    package init() {}

    /// Adds one sham round that was judged: not a void one, nor one that could not have shown
    /// anything even with thresholds that are not raised.
    package mutating func add(blamed wasBlamed: Bool) {
        shams += 1
        if wasBlamed { blamed += 1 }
    }

    private var a: Double { Double(blamed) + 0.5 }
    private var b: Double { Double(shams - blamed) + 0.5 }

    /// Posterior mean of the rate.
    package var rate: Double { a / (a + b) }

    /// Equal-tailed 95 % interval of the rate.
    package var interval: ClosedRange<Double> {
        BetaFunctions.inverse(0.025, a, b)...BetaFunctions.inverse(0.975, a, b)
    }

    /// Whether the rate is above twice `alpha` with 95 % probability: the detector promises more
    /// than it keeps (`HazardDetectorMiscalibrated`).
    package func isMiscalibrated(alpha: Double) -> Bool {
        shams > 0 && 1 - BetaFunctions.regularised(min(2 * alpha, 1), a, b) >= 0.95
    }

    /// What thresholds in nats are multiplied by while the detector is miscalibrated: as if errors
    /// fell off with the measured rate instead of the promised one, at most threefold.
    package func thresholdFactor(alpha: Double) -> Double {
        guard isMiscalibrated(alpha: alpha) else { return 1 }
        return min(3, max(1, .log(alpha) / .log(min(rate, 0.9))))
    }
}
