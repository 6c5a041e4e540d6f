// What is believed of a fault at a workload: how likely a strike does harm, and how many requests
// it costs. Priors are weak, and come from the fault's other workloads where there are some.

import RealModule

/// The chance that a strike does harm: Beta(a, b).
package struct HarmPosterior: Sendable, Hashable {
    package var a: Double
    package var b: Double

    /// Jeffreys' prior: nothing is known.
    package static let jeffreys = HarmPosterior(a: 0.5, b: 0.5)

    package init(a: Double, b: Double) {
        self.a = a
        self.b = b
    }

    /// After `harmed` of `strikes` did harm.
    package func updated(strikes: Int, harmed: Int) -> HarmPosterior {
        HarmPosterior(a: a + Double(harmed), b: b + Double(max(0, strikes - harmed)))
    }

    package var mean: Double { a / (a + b) }

    /// The equal-tailed 95 % interval.
    package var interval: ClosedRange<Double> {
        let low = BetaFunctions.inverse(0.025, a, b)
        return low...max(low, BetaFunctions.inverse(0.975, a, b))
    }

    /// The prior of a fault from its cells, by moments (Kleinman 1973, weights n): with N strikes
    /// in k cells, p their common share and S = sum n (p_i - p)^2, the intra-class correlation is
    /// r = (S / p(1-p) - (k-1)) / (N - sum n^2 / N - (k-1)), and a + b = 1/r - 1. It is held to at
    /// most twenty and at least one strike's worth, so that many calm workloads do not silence one
    /// that breaks. Jeffreys' prior where moments say nothing.
    package static func prior(_ cells: [HarmRecord]) -> HarmPosterior {
        let cells = cells.filter { $0.strikes > 0 }
        let total = cells.reduce(0) { $0 + Double($1.strikes) }
        let share = cells.reduce(0) { $0 + Double($1.harmed) } / max(total, 1)
        let freedom = Double(cells.count) - 1
        let squares = cells.reduce(0) { $0 + Double($1.strikes) * Double($1.strikes) }
        let scale = total - squares / max(total, 1) - freedom
        guard freedom >= 1, share > 0, share < 1, scale > 0 else { return jeffreys }
        let spread = cells.reduce(0) { sum, cell in
            let n = Double(cell.strikes)
            let difference = Double(cell.harmed) / n - share
            return sum + n * difference * difference
        }
        let correlation = (spread / (share * (1 - share)) - freedom) / scale
        let weight = correlation > 0 ? min(20, max(1, 1 / correlation - 1)) : 20
        return HarmPosterior(a: share * weight, b: (1 - share) * weight)
    }
}

/// How many requests a strike costs, in the mean and with 95 % probability at most.
package struct HarmEstimate: Sendable, Hashable {
    package var mean: Double
    package var upper: Double

    /// The probability with which a strike costs no more than `upper`.
    package static let confidence = 0.95

    /// A strike does harm with probability h, the mean of `chance`. What it then costs is
    /// exponential with an unknown mean: Gamma(2, B) for its rate, and so a Lomax distribution with
    /// shape 2 + k and scale B + S after k harmful strikes that cost S. B is such that a strike of
    /// which nothing is known costs at most `share` with 95 % probability. A harmless strike costs
    /// what harmless ones cost so far in the mean.
    package init(_ record: HarmRecord, chance: HarmPosterior, share: Double) {
        let tail = 1 - HarmEstimate.confidence
        let unknown = Double.sqrt(HarmPosterior.jeffreys.mean / tail) - 1
        let shape = 2 + Double(record.harmed)
        let scale = share / unknown + max(0, record.harmfulFailures)
        let calmStrikes = Double(max(0, record.strikes - record.harmed))
        let calm = calmStrikes > 0 ? max(0, record.calmFailures) / calmStrikes : 0
        let h = chance.mean
        mean = h * scale / (shape - 1) + (1 - h) * calm
        let quantile = h > tail ? scale * (Double.pow(h / tail, 1 / shape) - 1) : 0
        upper = max(calm, quantile)
    }

    /// What must be free for a strike.
    package var needed: Double { max(mean, upper) }
}
