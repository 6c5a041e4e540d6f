// How much heavier the tail of the detector's excursions is than its model says, learned from
// fault-free windows. It only counts; thresholds are divided by what it says.

import RealModule

/// Exponent of the tail of CUSUM cycle maxima (detection design 5.5).
///
/// Were the model right, a cycle's maximum M would exceed h with probability at most e^-h. Errors
/// that come in bursts make it e^(-theta h). Theta is fitted to what the maxima exceed 2 nats by,
/// with a prior of thirty cycles at theta = 1. Lower maxima are left out: below 2 nats the first
/// error of a window is most of the statistic, whose jump makes calm services look bursty, and the
/// tail of bursts, which is what counts, is heavier than their middle.
package struct TailCalibration: Codable, Sendable, Hashable {
    private var cycles = 0.0
    /// Sum of what maxima exceed `level` by. Exponential excesses do not depend on the level, so
    /// that sums that an older version took over 1 nat are continued.
    private var excess = 0.0
    private var top = 0.0
    private var tainted = false
    /// Cycles that the prior is worth.
    package static let priorWeight = 30.0
    /// Nats that a maximum must exceed to count.
    package static let level = 2.0

    package init() {}

    /// Adds the statistic after one window. `clean` is false during rounds, anomalies and blind
    /// windows: the whole cycle is then left out.
    package mutating func observe(_ statistic: Double, clean: Bool) {
        if statistic > 0 {
            top = max(top, statistic)
            if !clean { tainted = true }
            return
        }
        if top > Self.level, !tainted {
            cycles += 1
            excess += top - Self.level
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
