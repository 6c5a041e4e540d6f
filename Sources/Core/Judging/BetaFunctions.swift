// The special functions behind the tests: rising factorials, the incomplete beta function and its
// inverse. Pure numerics; it knows nothing of what is counted.

import RealModule

/// Beta-function arithmetic in doubles.
package enum BetaFunctions {
    /// ln Γ(z + k) - ln Γ(z) for z > 0, k >= 0, without the cancellation of two large logarithms:
    /// a product for small whole k, else Stirling's series (DLMF 5.11.1) of both terms.
    package static func logRising(_ z: Double, _ k: Double) -> Double {
        if k == 0 { return 0 }
        if k <= 6, k == k.rounded(), z < 1e40 {
            var product = z
            var index = 1.0
            while index < k {
                product *= z + index
                index += 1
            }
            return .log(product)
        }
        if z >= 10 {
            return (z - 0.5) * .log(onePlus: k / z) + k * (.log(z + k) - 1)
                + stirling(z + k) - stirling(z)
        }
        return .logGamma(z + k) - .logGamma(z)
    }

    /// The remainder of Stirling's formula for ln Γ(z), z >= 10 (DLMF 5.11.1), to 1e-15.
    private static func stirling(_ z: Double) -> Double {
        let inverse = 1 / z
        let square = inverse * inverse
        return inverse
            * (1 / 12 - square
                * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    }

    /// ln B(a, b).
    package static func logBeta(_ a: Double, _ b: Double) -> Double {
        let small = min(a, b)
        return .logGamma(small) - logRising(max(a, b), small)
    }

    /// The regularised incomplete beta function I_x(a, b), a, b > 0: the continued fraction
    /// DLMF 8.17.22, evaluated by the modified Lentz method (Thompson and Barnett 1986), with the
    /// symmetry I_x(a, b) = 1 - I_(1-x)(b, a) where it converges faster.
    package static func regularised(_ x: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if x >= 1 { return 1 }
        return tail(x, 1 - x, a, b)
    }

    /// I_x(a, b) with both x and y = 1 - x given, so that neither loses digits.
    private static func tail(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
        let front = Double.exp(a * .log(x) + b * .log(y) - logBeta(a, b))
        if x < (a + 1) / (a + b + 2) {
            return min(1, front * fraction(x, a, b) / a)
        }
        return max(0, 1 - front * fraction(y, b, a) / b)
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var result = d
        for step in 1...20_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / guarded(1 + even * d, tiny)
            c = guarded(1 + even / c, tiny)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / guarded(1 + odd * d, tiny)
            c = guarded(1 + odd / c, tiny)
            let change = d * c
            result *= change
            if abs(change - 1) < 1e-15 { break }
        }
        return result
    }

    private static func guarded(_ value: Double, _ tiny: Double) -> Double {
        abs(value) < tiny ? tiny : value
    }

    /// The x with I_x(a, b) = p: Newton's method on the logit of x, kept inside a bracket by
    /// bisection. Relative accuracy 1e-10 or better for p in 1e-12...1-1e-12.
    package static func inverse(_ p: Double, _ a: Double, _ b: Double) -> Double {
        if p <= 0 || a <= 0 { return 0 }
        if p >= 1 || b <= 0 { return 1 }
        let normaliser = logBeta(a, b)
        var low = -700.0
        var high = 700.0
        // The logit is about normal, with variance 1/a + 1/b.
        let guess = Double.log(a / b) + normalQuantile(p) * .sqrt(1 / a + 1 / b)
        var t = min(max(guess, -600), 600)
        for _ in 0..<200 {
            let (x, y) = logistic(t)
            let error = tail(x, y, a, b) - p
            if error == 0 { break }
            if error > 0 { high = t } else { low = t }
            // dI/dt = x^a y^b / B(a, b), because dx/dt = x y.
            let slope = Double.exp(a * .log(x) + b * .log(y) - normaliser)
            var next = slope > 0 ? t - error / slope : .nan
            if !(next > low && next < high) { next = (low + high) / 2 }
            if abs(next - t) <= 1e-13 * max(1, abs(t)) {
                t = next
                break
            }
            t = next
        }
        return logistic(t).x
    }

    /// The quantile of the normal law to 4.5e-4 (Hastings 1955; Abramowitz and Stegun 26.2.23).
    private static func normalQuantile(_ p: Double) -> Double {
        let t = Double.sqrt(-2 * .log(min(p, 1 - p)))
        let over = 2.515517 + t * (0.802853 + t * 0.010328)
        let under = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
        return p < 0.5 ? over / under - t : t - over / under
    }

    private static func logistic(_ t: Double) -> (x: Double, y: Double) {
        let small = Double.exp(-abs(t))
        let minor = small / (1 + small)
        return t < 0 ? (minor, 1 / (1 + small)) : (1 / (1 + small), minor)
    }
}
