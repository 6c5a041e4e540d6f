// How much heavier the tail of the detector's excursions is than its model says, learned from
// fault- free windows. It only counts; thresholds are divided by what it says.

/// Exponent of the tail of CUSUM cycle maxima (detection design 5.5).
///
/// Were the model right, a cycle's maximum M would exceed h with probability at most e^-h. Errors
/// that come in bursts make it e^(-theta h); theta is fitted on excesses over 1 nat with a prior of
/// ten cycles at theta = 1.
package struct TailCalibration: Codable, Sendable, Hashable {
    private var cycles = 0.0
    private var excess = 0.0
    private var top = 0.0
    private var tainted = false
    /// Cycles that the prior is worth.
    package static let priorWeight = 10.0

    package init() {}

    /// Adds the statistic after one window. `clean` is false during rounds, anomalies and blind
    /// windows: the whole cycle is then left out.
    package mutating func observe(_ statistic: Double, clean: Bool) {
        if statistic > 0 {
            top = max(top, statistic)
            if !clean { tainted = true }
            return
        }
        if top > 1, !tainted {
            cycles += 1
            excess += top - 1
        }
        top = 0
        tainted = false
    }

    /// Lets old cycles fade: `factor` per window, in (0, 1].
    package mutating func decay(_ factor: Double) {
        cycles *= factor
        excess *= factor
    }

    /// (0, 1]; 1 when the model's tail holds.
    package var theta: Double {
        min(1, (cycles + Self.priorWeight) / (excess + Self.priorWeight))
    }
}
