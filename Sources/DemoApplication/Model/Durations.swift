// Response times of many requests at once, drawn bucket by bucket.

import Core
import Glibc

extension TrafficModel {
    /// Splits `number` log-normal response times over the proxy's buckets (a multinomial draw by
    /// conditional binomials); each part has one duration that stands for its bucket.
    mutating func durations(
        _ number: Int, median: Duration, _ spread: Double
    ) -> [(duration: Duration, count: Int)] {
        guard number > 0 else { return [] }
        let center = log(max(0.001, median.inSeconds * 1000))
        let width = max(0.01, spread)
        func below(_ bound: Double) -> Double {
            0.5 * erfc((center - log(bound)) / (width * 2.0.squareRoot()))
        }
        var parts: [(Duration, Int)] = []
        var left = number
        var passed = 0.0
        var lower = 0.0
        for bound in IstioRegistry.bounds {
            let reached = below(bound)
            let remaining = 1 - passed
            let share = remaining > 1e-12 ? min(1, max(0, (reached - passed) / remaining)) : 1
            let count = random.binomial(left, share)
            if count > 0 {
                let middle = lower > 0 ? (lower * bound).squareRoot() : bound / 2
                // The median itself stands for its own bucket, so that sums stay close to truth.
                let inside = exp(center) > lower && exp(center) <= bound
                parts.append((.inSeconds((inside ? exp(center) : middle) / 1000), count))
                left -= count
            }
            passed = reached
            lower = bound
            if left == 0 { return parts }
        }
        parts.append((.seconds(3601), left))
        return parts
    }
}
