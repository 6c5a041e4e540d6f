// The estimates that rest on randomisation, checked on simulated experiments whose effect is
// known: do intervals cover, are p-values uniform, does p* show? A function of its seed.

import RealModule

/// How often the 95 % interval of an effect holds the true one.
package struct CoverageRow: Sendable, Hashable {
    /// Rounds of each experiment, and experiments.
    package var rounds: Int
    package var experiments: Int
    /// Share of the experiments with an interval, and share of those whose interval holds.
    package var usable: Double
    package var coverage: Double
    /// The same with Student's t for the smaller arm in place of the normal law.
    package var student: Double
}

/// How uniform the permutation p-values are when there is no effect.
package struct NullRow: Sendable, Hashable {
    package var rounds: Int
    package var experiments: Int
    /// Largest distance of their distribution function from the uniform one (Kolmogorov and
    /// Smirnov), and 1.36 / sqrt(experiments), which it exceeds once in twenty.
    package var distance: Double
    package var critical: Double { 1.36 / Double.sqrt(Double(max(experiments, 1))) }
    /// Shares below 0.01, 0.05 and 0.1.
    package var below: [Double]
}

/// How often a ratio of p*, which must show with 99 % probability, shows, and how often a verdict
/// claims too much.
package struct PowerRow: Sendable, Hashable {
    package var before: Double
    package var rate: Double
    /// Services that share the error rate.
    package var family: Int
    /// p* by `Power.detectable`; nil when the round could show nothing.
    package var detectable: Double?
    /// Share of rounds at p* that are called harmful, and share whose verdict is "no harm above"
    /// something smaller than p*.
    package var shown = 0.0
    package var wrong = 0.0
    package var rounds: Int
}

/// Draws the rounds of one experiment: cells "a" and "b" and shams with probabilities that differ
/// from round to round. Outcomes are skewed, as excess ratios are, and the harm of "a" varies.
private func experiment(
    rounds: Int, effect: Double, _ random: inout RandomStream
) -> [ExperimentRound] {
    (0..<rounds).map { _ in
        let sham = 0.15 + 0.1 * random.unit()
        let a = (1 - sham) * (0.3 + 0.4 * random.unit())
        let point = random.unit()
        let assignment = point < sham ? ExperimentRound.sham : point < sham + a ? "a" : "b"
        var outcome = 0.002 * random.gamma(2)
        if assignment == "a" { outcome += effect * random.gamma(4) / 4 }
        if assignment == "b" { outcome += 0.01 }
        return ExperimentRound(
            assignment: assignment,
            probabilities: [ExperimentRound.sham: sham, "a": a, "b": 1 - sham - a],
            outcome: outcome)
    }
}

/// Hajek intervals (estimate ± 1.96 standard errors) of experiments of 30, 100 and 300 rounds.
package func coverageBench(experiments: Int = 2000, seed: UInt64 = 7) -> [CoverageRow] {
    [30, 100, 300].map { rounds in
        var random = RandomStream(seed: RandomStream.fork(seed, "coverage", UInt64(rounds)))
        let truth = 0.02
        var usable = 0.0
        var holds = 0.0
        var student = 0.0
        for _ in 0..<experiments {
            let drawn = experiment(rounds: rounds, effect: truth, &random)
            guard let effect = Effects.hajek(drawn, cell: "a"), let error = effect.error else {
                continue
            }
            usable += 1
            let distance = abs(effect.estimate - truth) / error
            if distance <= 1.96 { holds += 1 }
            let freedom = Double(min(effect.treated, effect.shams) - 1)
            if distance <= studentQuantile(freedom) { student += 1 }
        }
        return CoverageRow(
            rounds: rounds, experiments: experiments, usable: usable / Double(experiments),
            coverage: holds / max(usable, 1), student: student / max(usable, 1))
    }
}

/// The 97.5 % quantile of Student's t: t^2 = f (1 - x) / x with x the 5 % quantile of
/// Beta(f / 2, 1 / 2).
private func studentQuantile(_ freedom: Double) -> Double {
    let x = BetaFunctions.inverse(0.05, freedom / 2, 0.5)
    return .sqrt(freedom * (1 - x) / x)
}

/// Permutation p-values of experiments without any effect of "a".
package func nullBench(
    experiments: Int = 1000, draws: Int = 999, seed: UInt64 = 7
) -> [NullRow] {
    [20, 60].map { rounds in
        var random = RandomStream(seed: RandomStream.fork(seed, "null", UInt64(rounds)))
        var values: [Double] = []
        while values.count < experiments {
            let drawn = experiment(rounds: rounds, effect: 0, &random).map { round in
                // The sharp null: nobody's outcome depends on the assignment.
                var same = round
                if same.assignment == "b" { same.outcome -= 0.01 }
                return same
            }
            guard
                let value = Effects.permutation(
                    drawn, cell: "a", draws: draws, seed: random.next())
            else { continue }
            values.append(value)
        }
        values.sort()
        let count = Double(max(values.count, 1))
        var distance = 0.0
        for (index, value) in values.enumerated() {
            distance = max(distance, abs(Double(index + 1) / count - value))
            distance = max(distance, abs(Double(index) / count - value))
        }
        return NullRow(
            rounds: rounds, experiments: experiments, distance: distance,
            below: [0.01, 0.05, 0.1].map { level in
                Double(values.count { $0 <= level }) / count
            })
    }
}

/// Rounds of five minutes (twenty windows) at a true ratio of p*.
package func powerBench(rounds: Int = 1000, seed: UInt64 = 7) -> [PowerRow] {
    var rows: [PowerRow] = []
    for (before, family) in [(0.001, 1), (0.001, 600), (0.01, 600)] {
        for rate in [0.1, 1, 10, 100] {
            rows.append(
                powerRow(
                    before: before, rate: rate, family: family, rounds: rounds,
                    seed: RandomStream.fork(seed, "power \(before) \(family)", UInt64(rate * 10))))
        }
    }
    return rows
}

private func powerRow(
    before: Double, rate: Double, family: Int, rounds: Int, seed: UInt64
) -> PowerRow {
    let size = rate * 15
    let learned = rate * 86_400
    let upper = BetaFunctions.inverse(0.99, before * learned + 1, learned * (1 - before))
    let rho = Baseline.minimumRho
    var row = PowerRow(before: before, rate: rate, family: family, rounds: rounds)
    row.detectable = Power.detectable(
        Power.Requests(20 * size, window: size, rho: rho), p0: upper,
        nats: .log(Double(family) / 0.01), confidence: 0.99)
    // The others of the family have no traffic.
    let subjects = (0..<family).map { index in
        RoundSubject(
            service: RawMesh.service("s\(index)"),
            channels: [
                .init(
                    signal: .badRatio, mean: before, upper: upper, rho: rho, theta: 1, ready: true)
            ], broken: false)
    }
    let fresh = RoundTest(alpha: 0.01, subjects: subjects)
    var random = RandomStream(seed: seed)
    func verdicts(at ratio: Double) -> [Verdict] {
        var traffic = SteadyTraffic(size: size, ratio: ratio)
        return (0..<rounds).map { _ in
            var test = fresh
            for index in 0..<20 {
                let count = traffic.next(&random)
                var window = RequestWindow(service: subjects[0].service, index: Int64(index))
                window.total = count.total
                window.bad = count.bad
                test.observe(window)
            }
            return test.verdict(delivered: true, void: nil)
        }
    }
    if let ratio = row.detectable {
        let found = verdicts(at: ratio)
        row.shown = Double(found.count { $0.kind == .harm }) / Double(max(rounds, 1))
        row.wrong =
            Double(found.count { $0.kind == .noHarm && $0.minimumDetectable ?? 1 < ratio })
            / Double(max(rounds, 1))
    }
    return row
}
