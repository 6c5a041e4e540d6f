// Random counts for the bench, the simulator and tests: Poisson, binomial and beta-binomial draws
// that are a function of the stream.

import RealModule

extension RandomStream {
    /// Uniform in ]0, 1[.
    private mutating func open() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }

    /// A Poisson count: Knuth's product for small means, else transformed rejection (Hoermann 1993,
    /// algorithm PTRS).
    package mutating func poisson(_ mean: Double) -> Double {
        if mean <= 0 { return 0 }
        if mean < 30 {
            let floor = Double.exp(-mean)
            var product = open()
            var count = 0.0
            while product > floor {
                product *= open()
                count += 1
            }
            return count
        }
        let b = 0.931 + 2.53 * .sqrt(mean)
        let a = -0.059 + 0.02483 * b
        let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
        let accept = 0.9277 - 3.6224 / (b - 2)
        while true {
            let u = unit() - 0.5
            let v = open()
            let us = 0.5 - abs(u)
            let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
            if us >= 0.07, v <= accept { return k }
            if k < 0 || (us < 0.013 && v > us) { continue }
            let left = Double.log(v * inverseAlpha / (a / (us * us) + b))
            if left <= k * .log(mean) - mean - .logGamma(k + 1) { return k }
        }
    }

    /// A binomial count by skipping failures (geometric gaps, Devroye 1986, X.4.2): time
    /// proportional to the count of the rarer outcome.
    package mutating func binomial(_ n: Double, _ p: Double) -> Double {
        if n <= 0 || p <= 0 { return 0 }
        if p >= 1 { return n }
        if p > 0.5 { return n - binomial(n, 1 - p) }
        let scale = 1 / Double.log(onePlus: -p)
        var position = 0.0
        var count = 0.0
        while true {
            position += (Double.log(open()) * scale).rounded(.down) + 1
            if position > n { return count }
            count += 1
        }
    }

    /// A standard normal variate (Box and Muller 1958).
    package mutating func normal() -> Double {
        .sqrt(-2 * .log(open())) * .cos(2 * .pi * unit())
    }

    /// A gamma variate with unit scale (Marsaglia and Tsang 2000).
    package mutating func gamma(_ shape: Double) -> Double {
        if shape < 1 { return gamma(shape + 1) * .pow(open(), 1 / shape) }
        let d = shape - 1 / 3
        let c = 1 / Double.sqrt(9 * d)
        while true {
            let x = normal()
            let root = 1 + c * x
            if root <= 0 { continue }
            let v = root * root * root
            if .log(open()) < x * x / 2 + d - d * v + d * .log(v) { return d * v }
        }
    }

    /// A beta-binomial count with mean ratio `mean` and correlation `rho`.
    package mutating func betaBinomial(_ n: Double, _ mean: Double, _ rho: Double) -> Double {
        if rho <= 0 { return binomial(n, mean) }
        let strength = (1 - rho) / rho
        let bad = gamma(mean * strength)
        let good = gamma((1 - mean) * strength)
        return bad + good > 0 ? binomial(n, bad / (bad + good)) : 0
    }
}
