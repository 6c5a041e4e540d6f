// Special functions against values computed elsewhere (SciPy 1.17: betainc, betaincinv, betabinom).

import Core
import RealModule
import Testing

@Suite struct BetaFunctionsTests {
    @Test(arguments: [
        (0.5, 2.0, 3.0, 0.6875),
        (0.01, 1, 100, 0.6339676587267705),
        (0.001, 3, 2997, 0.5766978450347559),
        (0.2, 0.5, 0.5, 0.2951672353008665),
        (0.9, 20, 1.5, 0.2341271102949332),
        (0.00105, 101, 99900, 0.6650193413120599),
        (0.05, 1000, 20000, 0.9457513120524631),
        (1e-05, 1, 100_000, 0.6321223982334279),
        (0.7, 150, 60, 0.3173547771445806),
    ])
    func incompleteBeta(x: Double, a: Double, b: Double, expected: Double) {
        #expect(abs(BetaFunctions.regularised(x, a, b) - expected) < 1e-10)
    }

    @Test(arguments: [
        (0.99, 1.0, 1000.0, 0.004594582648473037),
        (0.99, 1, 4, 0.683772233983162),
        (0.99, 101, 99900, 0.0012582239281658035),
        (0.99, 865, 863135, 0.0010820019143311039),
        (0.5, 2, 3, 0.3857275681323895),
        (0.01, 30, 70, 0.2004461702770203),
        (0.99, 1, 1e6, 4.605159582208148e-06),
        (0.99, 13, 12, 0.7400563114131531),
        (0.999983, 4, 2988, 0.00601576960863134),
        (0.99, 1e5, 9e5, 0.10069907987735005),
    ])
    func inverse(p: Double, a: Double, b: Double, expected: Double) {
        let found = BetaFunctions.inverse(p, a, b)
        #expect(abs(found / expected - 1) < 1e-8, "\(found) instead of \(expected)")
    }

    @Test func inverseUndoesTheFunctionAtRandomPoints() {
        var random = RandomStream(seed: 11)
        for _ in 0..<300 {
            let a = Double.exp(random.unit() * 12 - 2)
            let b = Double.exp(random.unit() * 12)
            let p = 0.001 + 0.998 * random.unit()
            let x = BetaFunctions.inverse(p, a, b)
            #expect(abs(BetaFunctions.regularised(x, a, b) - p) < 1e-8, "a \(a), b \(b), p \(p)")
        }
    }

    @Test func edgesOfTheRange() {
        #expect(BetaFunctions.regularised(0, 2, 3) == 0)
        #expect(BetaFunctions.regularised(1, 2, 3) == 1)
        #expect(BetaFunctions.inverse(0, 2, 3) == 0)
        #expect(BetaFunctions.inverse(1, 2, 3) == 1)
        #expect(BetaFunctions.inverse(0.99, 5, 0) == 1)
    }

    @Test func risingFactorialAgreesWithTheGammaFunction() {
        for z in [0.001, 0.3, 4, 9.9, 10, 57.5, 1e4] {
            for k in [0.0, 1, 5, 6, 7, 40, 1500, 3.5] {
                let direct = Double.logGamma(z + k) - Double.logGamma(z)
                let found = BetaFunctions.logRising(z, k)
                #expect(abs(found - direct) <= 1e-9 * max(1, abs(direct)), "z \(z), k \(k)")
            }
        }
    }

    @Test(arguments: [
        (0.0, 150.0, 0.001, 0.05, 1e-4, -7.486800035156193),
        (8, 150, 0.001, 0.05, 1e-4, 21.978777424301427),
        (150, 150, 0.004, 0.95, 0.01, 162.6238023000318),
        (3, 1200, 0.001, 0.01, 0.05, 1.8224233690424634),
    ])
    func betaBinomialRatio(
        x: Double, n: Double, p0: Double, q: Double, rho: Double, expected: Double
    ) {
        let grid = AlternativeGrid(p0: p0, rho: rho, only: q)
        #expect(abs(grid.logRatios(total: n, bad: x)[0] - expected) < 1e-8)
    }

    @Test func betaBinomialRatioAgreesWithDirectSummation() {
        // f(x) = C(n, x) * prod (a + i) prod (b + j) / prod (a + b + k), term by term.
        let rho = 0.02
        let strength = (1 - rho) / rho
        func logProbability(_ x: Int, _ n: Int, _ mean: Double) -> Double {
            let a = mean * strength
            let b = (1 - mean) * strength
            var sum = 0.0
            for i in 0..<x { sum += .log(a + Double(i)) }
            for j in 0..<(n - x) { sum += .log(b + Double(j)) }
            for k in 0..<n { sum -= .log(strength + Double(k)) }
            return sum
        }
        for n in [1, 7, 150] {
            for x in stride(from: 0, through: n, by: max(1, n / 7)) {
                let grid = AlternativeGrid(p0: 0.01, rho: rho)
                let ratios = grid.logRatios(total: Double(n), bad: Double(x))
                for slot in 0..<8 where grid.means[slot] > 0 {
                    let direct =
                        logProbability(x, n, grid.means[slot]) - logProbability(x, n, 0.01)
                    #expect(abs(ratios[slot] - direct) < 1e-9)
                }
            }
        }
    }
}
