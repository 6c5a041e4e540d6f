// Random variates from a RandomStream, the same on every machine for the same seed up to the
// rounding of the C library's log, exp and cos.

package import Core
import Glibc

extension RandomStream {
    /// Exponential with `rate` (inverse transform); the mean is 1 / rate.
    package mutating func exponential(rate: Double) -> Double { -log(1 - unit()) / rate }

    /// Standard normal (Box and Muller 1958); half of each pair is thrown away.
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - unit())).squareRoot()
        return radius * cos(2 * Double.pi * unit())
    }

    /// Poisson: by counting exponential gaps up to a mean of 30, in parts above it (the sum of
    /// independent Poisson variates is Poisson).
    package mutating func poisson(mean: Double) -> Int {
        guard mean > 0 else { return 0 }
        var left = mean
        var total = 0
        while left > 0 {
            let part = min(left, 30)
            left -= part
            let limit = exp(-part)
            var product = unit()
            while product > limit {
                total += 1
                product *= unit()
            }
        }
        return total
    }

    /// Binomial: trial by trial up to 64, otherwise by waiting times between successes
    /// (Devroye 1986, X.4), whose cost is the number of successes.
    package mutating func binomial(_ trials: Int, _ probability: Double) -> Int {
        guard trials > 0, probability > 0 else { return 0 }
        if probability >= 1 { return trials }
        if probability > 0.5 { return trials - binomial(trials, 1 - probability) }
        if trials <= 64 {
            return (0..<trials).reduce(0) { count, _ in unit() < probability ? count + 1 : count }
        }
        let base = log(1 - probability)
        var successes = 0
        var position = 0.0
        while true {
            position += (log(1 - unit()) / base).rounded(.down) + 1
            if position > Double(trials) { return successes }
            successes += 1
        }
    }
}
