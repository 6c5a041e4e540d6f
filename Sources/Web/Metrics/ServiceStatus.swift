// What the judge thinks of one service and signal at this moment, as numbers to show. It does not know
// how they were computed.

package import Core

/// The judge's view of one service and signal now.
package struct ServiceStatus: Sendable, Hashable {
    package var service: ServiceRef
    package var signal: Signal
    /// Bad ratio of the newest window, 0...1; nil without traffic.
    package var ratio: Double?
    /// Posterior mean of the baseline ratio, 0...1; nil before there is one.
    package var baseline: Double?
    /// The always-on detector's statistic and its threshold, in nats.
    package var evidence: Double
    package var threshold: Double
    /// Tail calibration (detection.md section 5.5), 0...1; 1 when the noise is as modelled.
    package var theta: Double
    /// Overdispersion of the baseline (intra-window correlation), 0...1.
    package var rho: Double
    /// The smallest bad ratio that a round could show with the present traffic; nil when none.
    package var minimumDetectable: Double?
    /// The baseline holds enough to judge by.
    package var ready: Bool

    package init(
        service: ServiceRef, signal: Signal, ratio: Double?, baseline: Double?, evidence: Double,
        threshold: Double, theta: Double, rho: Double, minimumDetectable: Double?, ready: Bool
    ) {
        self.service = service
        self.signal = signal
        self.ratio = ratio
        self.baseline = baseline
        self.evidence = evidence
        self.threshold = threshold
        self.theta = theta
        self.rho = rho
        self.minimumDetectable = minimumDetectable
        self.ready = ready
    }
}
