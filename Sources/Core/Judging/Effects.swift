// What a fault at a target did on average, by randomisation alone: rounds were assigned by chance
// with known probabilities, so no model of the traffic is needed.

import RealModule

/// One round as an experiment: what was drawn, with which probabilities, and what came of it.
package struct ExperimentRound: Codable, Sendable, Hashable {
    /// The cell that was drawn, e.g. `pod-delete at Deployment go-app/go-app-db`, or `sham`.
    package var assignment: String
    /// Probability of each cell that could have been drawn; they add up to one.
    package var probabilities: [String: Double]
    /// The outcome of interest: excess bad ratio, excess bad requests, seconds to recovery.
    package var outcome: Double

    /// The name of the cell that injects nothing.
    package static let sham = "sham"

    package init(assignment: String, probabilities: [String: Double], outcome: Double) {
        self.assignment = assignment
        self.probabilities = probabilities
        self.outcome = outcome
    }
}

/// Average effect of one cell against sham.
package struct Effect: Sendable, Hashable {
    package var cell: String
    package var estimate: Double
    /// Standard error by the jackknife over rounds; nil with fewer than two rounds on a side.
    package var error: Double?
    package var treated: Int
    package var shams: Int
}

/// Design-based estimates (detection design 5.8).
package enum Effects {
    /// What a round was, seen from one cell.
    private enum Arm { case treated, sham, other }

    /// A round reduced to what the comparison of one cell with sham needs.
    private struct Draw {
        var arm: Arm
        var outcome: Double
        /// Probabilities of the cell and of sham.
        var treated: Double
        var sham: Double
    }

    private static func reduced(_ rounds: [ExperimentRound], _ cell: String) -> [Draw] {
        rounds.map { round in
            let arm: Arm =
                round.assignment == cell
                ? .treated : round.assignment == ExperimentRound.sham ? .sham : .other
            return Draw(
                arm: arm, outcome: round.outcome, treated: round.probabilities[cell] ?? 0,
                sham: round.probabilities[ExperimentRound.sham] ?? 0)
        }
    }

    /// Hajek's ratio form of the Horvitz-Thompson estimator (1952):
    /// sum 1{A=c} Y/pi / sum 1{A=c}/pi, minus the same for sham. Nil without rounds on both sides.
    package static func hajek(_ rounds: [ExperimentRound], cell: String) -> Effect? {
        let draws = reduced(rounds, cell)
        guard let estimate = difference(draws) else { return nil }
        let treated = draws.count { $0.arm == .treated }
        let shams = draws.count { $0.arm == .sham }
        var error: Double?
        if treated > 1, shams > 1 {
            let left = leavingOneOut(draws)
            let n = Double(left.count)
            let mean = left.reduce(0, +) / n
            let squares = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            error = .sqrt((n - 1) / n * squares)
        }
        return Effect(
            cell: cell, estimate: estimate, error: error, treated: treated, shams: shams)
    }

    /// The estimates without each one of the treated and sham rounds, in linear time.
    private static func leavingOneOut(_ draws: [Draw]) -> [Double] {
        let treated = ratios(draws.filter { $0.arm == .treated }.map { ($0.outcome, $0.treated) })
        let sham = ratios(draws.filter { $0.arm == .sham }.map { ($0.outcome, $0.sham) })
        guard let all = treated.all, let none = sham.all else { return [] }
        return treated.without.compactMap { $0.map { $0 - none } }
            + sham.without.compactMap { $0.map { all - $0 } }
    }

    /// Weighted means of outcomes: over all, and without each one. Sums from both ends, so that
    /// nothing is lost by subtraction.
    private static func ratios(
        _ terms: [(outcome: Double, probability: Double)]
    ) -> (all: Double?, without: [Double?]) {
        typealias Sum = (outcome: Double, weight: Double)
        func ratio(_ sum: Sum) -> Double? { sum.weight > 0 ? sum.outcome / sum.weight : nil }
        func add(_ sum: Sum, _ place: Int) -> Sum {
            let (outcome, probability) = terms[place]
            guard probability > 0 else { return sum }
            return (sum.outcome + outcome / probability, sum.weight + 1 / probability)
        }
        var after: [Sum] = [(0, 0)]
        for place in terms.indices.reversed() { after.append(add(after[after.count - 1], place)) }
        var before: Sum = (0, 0)
        var without: [Double?] = []
        for place in terms.indices {
            let rest = after[terms.count - 1 - place]
            without.append(ratio((before.outcome + rest.outcome, before.weight + rest.weight)))
            before = add(before, place)
        }
        return (ratio(before), without)
    }

    private static func difference(_ draws: [Draw]) -> Double? {
        var treated = (sum: 0.0, weight: 0.0)
        var sham = (sum: 0.0, weight: 0.0)
        for draw in draws {
            switch draw.arm {
            case .treated where draw.treated > 0:
                treated.sum += draw.outcome / draw.treated
                treated.weight += 1 / draw.treated
            case .sham where draw.sham > 0:
                sham.sum += draw.outcome / draw.sham
                sham.weight += 1 / draw.sham
            default: break
            }
        }
        guard treated.weight > 0, sham.weight > 0 else { return nil }
        return treated.sum / treated.weight - sham.sum / sham.weight
    }

    /// P-value of the sharp null "the cell never did anything": assignments are redrawn `draws`
    /// times from the recorded probabilities, and p = (1 + #{T* >= T}) / (B + 1) (Phipson and Smyth
    /// 2010). Exact whatever the noise. Redraws without both sides count as extreme, which is
    /// conservative.
    package static func permutation(
        _ rounds: [ExperimentRound], cell: String, draws: Int = 9999, seed: UInt64
    ) -> Double? {
        var table = reduced(rounds, cell)
        guard let observed = difference(table) else { return nil }
        var random = RandomStream(seed: seed)
        var extreme = 1
        for _ in 0..<draws {
            for index in table.indices {
                let point = random.unit()
                let treated = table[index].treated
                table[index].arm =
                    point < treated
                    ? .treated : point < treated + table[index].sham ? .sham : .other
            }
            let value = difference(table) ?? .infinity
            if value >= observed - 1e-12 { extreme += 1 }
        }
        return Double(extreme) / Double(draws + 1)
    }

    /// Partial pooling: cells shrink towards their common mean by how much they truly differ,
    /// omega^2 by DerSimonian and Laird (1986). Returns estimates and errors in the order given.
    package static func pooled(
        _ effects: [(estimate: Double, error: Double)]
    ) -> [(estimate: Double, error: Double)] {
        let usable = effects.filter { $0.error > 0 }
        guard usable.count > 1 else { return effects }
        let weights = usable.map { 1 / ($0.error * $0.error) }
        let total = weights.reduce(0, +)
        let mean = zip(usable, weights).reduce(0) { $0 + $1.0.estimate * $1.1 } / total
        let q = zip(usable, weights).reduce(0) { sum, pair in
            sum + pair.1 * (pair.0.estimate - mean) * (pair.0.estimate - mean)
        }
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        let omega = max(0, (q - Double(usable.count - 1)) / (total - squares / total))
        let pooledWeights = usable.map { 1 / ($0.error * $0.error + omega) }
        let pooledTotal = pooledWeights.reduce(0, +)
        let prior = zip(usable, pooledWeights).reduce(0) { $0 + $1.0.estimate * $1.1 } / pooledTotal
        return effects.map { effect in
            guard effect.error > 0 else { return effect }
            guard omega > 0 else { return (prior, .sqrt(1 / pooledTotal)) }
            let own = 1 / (effect.error * effect.error)
            let common = 1 / omega
            let estimate = (effect.estimate * own + prior * common) / (own + common)
            return (estimate, .sqrt(1 / (own + common)))
        }
    }
}
