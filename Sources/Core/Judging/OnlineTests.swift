// Controls false discoveries over rounds without end: each round's evidence meets a level that
// depends on how many rounds and discoveries came before.

import RealModule

/// e-LOND (Xu and Ramdas, AISTATS 2024, arXiv:2311.06412): test t rejects when
/// E_t >= 1 / (alpha gamma_t (D_(t-1) + 1)), D the discoveries so far. The false discovery rate
/// stays below alpha at every time and under any dependence.
package struct OnlineTests: Codable, Sendable, Hashable {
    package let alpha: Double
    package private(set) var tests = 0
    package private(set) var discoveries = 0

    /// Sum over t >= 1 of 1 / (t ln²(t + 1)), computed to 2e7 terms and the integral of the rest.
    private static let total = 3.3877355

    package init(alpha: Double) { self.alpha = alpha }

    /// gamma_t, which sums to one.
    package static func weight(_ test: Int) -> Double {
        let t = Double(max(test, 1))
        let logarithm = Double.log(t + 1)
        return 1 / (t * logarithm * logarithm * total)
    }

    /// Nats that the next test must reach.
    package var nextThreshold: Double {
        -.log(alpha * Self.weight(tests + 1) * Double(discoveries + 1))
    }

    /// Goes on after `tests` tests with `discoveries`, unless more are known. The level stays.
    mutating func catchUp(tests: Int, discoveries: Int) {
        guard tests > self.tests else { return }
        self.tests = tests
        self.discoveries = discoveries
    }

    /// Adds one test with evidence ln E; true when it is a discovery.
    package mutating func add(nats: Double) -> Bool {
        let found = nats >= nextThreshold
        tests += 1
        if found { discoveries += 1 }
        return found
    }
}
