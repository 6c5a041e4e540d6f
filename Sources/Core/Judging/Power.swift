// What a test could have shown: the smallest bad ratio that a number of requests can tell from the
// baseline. It turns silence into a number.

import RealModule

/// Detectable effects (detection design 5.9).
package enum Power {
    /// KL(p || q) of two Bernoulli laws, nats per request.
    package static func divergence(_ p: Double, _ q: Double) -> Double {
        var sum = 0.0
        if p > 0 { sum += p * .log(p / q) }
        if p < 1 { sum += (1 - p) * .log((1 - p) / (1 - q)) }
        return sum
    }

    /// p* with n KL(p* || p0) = nats + ln 8 + 1, where ln 8 is the price of the mixture and 1 nat the
    /// mean overshoot; nil when not even p* = 1 is enough. `requests` are independent ones, that is
    /// divided by 1 + (nbar - 1) rho.
    package static func minimumDetectable(
        requests: Double, p0: Double, nats: Double
    ) -> Double? {
        guard requests > 0, p0 < 1 else { return nil }
        let null = max(p0, 1e-12)
        let needed = (nats + .log(8) + 1) / requests
        if divergence(1, null) < needed { return nil }
        var low = null
        var high = 1.0
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if divergence(middle, null) < needed { low = middle } else { high = middle }
        }
        return high
    }
}
