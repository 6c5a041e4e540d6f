// Did a service lose traffic in a round? What it should get is known when the round begins.

import RealModule

/// Evidence that a service gets fewer requests than it should (detection design 5.10), from a known
/// start: the likelihood ratios of negative binomial counts at 0.5, 0.1 and 0.01 of the expected
/// rate to those at the rate itself, as the always-on test has them, multiplied over the windows,
/// averaged over the alternatives and tempered by theta. More requests than usual are no harm.
package struct RoundTraffic: Sendable, Hashable {
    /// What is expected while the round lasts.
    package struct Expected: Sendable, Hashable {
        /// Requests in a window, and the size k of their law (variance m + m²/k).
        package var mean: Double
        package var size: Double
        package var theta: Double

        package init(mean: Double, size: Double, theta: Double) {
            self.mean = mean
            self.size = size
            self.theta = theta
        }
    }

    package let expected: Expected
    private static let factors = SIMD3<Double>(0.5, 0.1, 0.01)
    private var nats = SIMD3<Double>(repeating: 0)
    /// ln E.
    package private(set) var evidence = 0.0
    /// Requests seen and expected in the same windows.
    package private(set) var requests = 0.0
    package private(set) var usual = 0.0

    init(_ expected: Expected) { self.expected = expected }

    /// Requests that did not come.
    package var missing: Double { max(0, usual - requests) }

    /// Counts one window that was seen.
    mutating func count(_ count: Double) {
        requests += count
        usual += expected.mean
    }

    /// Adds the evidence of one window.
    mutating func weigh(_ count: Double) {
        for slot in nats.indices {
            nats[slot] += TrafficJudge.logRatio(
                count, mean: expected.mean, size: expected.size, factor: Self.factors[slot])
        }
        let top = nats.max()
        var sum = 0.0
        for slot in nats.indices { sum += .exp(nats[slot] - top) }
        evidence = expected.theta * (top + .log(sum / 3))
    }

    /// Its numbers: the share of the usual requests that came, and how many did not.
    func evidence(of service: ServiceRef, nats: Double, threshold: Double) -> Evidence {
        Evidence(
            service: service, signal: .traffic, before: 1, baselineUpper: 1,
            now: usual > 0 ? requests / usual : 1, requests: requests, bad: missing,
            excess: missing, nats: nats, threshold: threshold)
    }
}
