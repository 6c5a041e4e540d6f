// Detection delay on simulated traffic, against the oracle CUSUM on the same windows. A function of
// its seed.

import RealModule

/// One row of the delay table (detection design 5.7).
package struct DelayRow: Sendable, Hashable {
    /// Bad ratio before and after the fault, and requests per second.
    package var before: Double
    package var after: Double
    package var rate: Double
    /// Series over which one false alarm per 30 days is counted.
    package var series: Int
    /// Seconds from the fault to the end of the alarming window.
    package var mean: Double
    package var p95: Double
    package var oracleMean: Double
    /// Replications without an alarm within the horizon of 20,000 windows.
    package var missed: Int
    /// Mean of the tail calibrations learned; it is below one even for independent requests.
    package var theta: Double

    /// How much slower than the detector that knows both ratios.
    package var ratio: Double { mean / oracleMean }

    /// The largest ratio allowed: 1.15 in the headline case, 1.2 for p1 >= 5 % and 1.4 below, at
    /// one request a second or more; nil below that.
    package var target: Double? {
        if rate < 1 { return nil }
        if before == 0.001, after == 0.05, rate == 10 { return 1.15 }
        return after >= 0.05 ? 1.2 : 1.4
    }
}

/// The cases of the delay table, all rows of detection design 5.7: ratios before and after, and
/// requests per second.
package let delayCases: [(before: Double, after: Double, rate: Double)] = [
    (0.001, 0.05, 0.1), (0.001, 0.05, 1), (0.001, 0.05, 10), (0.001, 0.05, 100),
    (0.001, 0.01, 0.1), (0.001, 0.01, 1), (0.001, 0.01, 10), (0.001, 0.01, 100),
    (0.001, 0.5, 0.1), (0.001, 0.5, 1), (0.001, 0.5, 10), (0.01, 0.05, 1), (0.01, 0.05, 10),
]

/// The delay table: every case for one series and for 600. `learned`: windows of the past that each
/// judge has seen.
package func delayBench(
    replications: Int = 2000, learned: Int = TrainedSignal.day, seed: UInt64 = 7
) -> [DelayRow] {
    delayCases.flatMap { before, after, rate in
        // The slowest cases take thousands of windows each; fewer of them suffice.
        let slow = rate * after < 0.002
        var bench = DelayCase(
            before: before, after: after, rate: rate,
            replications: slow ? max(1, replications / 4) : replications, learned: learned,
            seed: seed)
        return [bench.row(series: 1), bench.row(series: 600)]
    }
}

/// One case with judges that learned from a day of the same traffic.
package func delayRow(
    before: Double, after: Double, rate: Double, series: Int, replications: Int, seed: UInt64
) -> DelayRow {
    var bench = DelayCase(
        before: before, after: after, rate: rate, replications: replications,
        learned: TrainedSignal.day, seed: seed)
    return bench.row(series: series)
}

/// One case: windows of 15 s, the fault at a uniform phase of its window, up to ten judges in turn,
/// each with a past of its own.
private struct DelayCase {
    private let before: Double
    private let after: Double
    private let rate: Double
    private let replications: Int
    private let judges: [TrainedSignal]
    private var random: RandomStream

    /// Windows after the fault in which the alarm must come.
    private static let horizon: Int64 = 20_000

    init(
        before: Double, after: Double, rate: Double, replications: Int, learned: Int, seed: UInt64
    ) {
        self.before = before
        self.after = after
        self.rate = rate
        self.replications = replications
        var random = RandomStream(seed: seed)
        var traffic = SteadyTraffic(size: rate * 15, ratio: before)
        judges = (0..<max(1, min(10, replications / 20))).map { _ in
            TrainedSignal(&traffic, windows: learned, random: &random)
        }
        self.random = random
    }

    mutating func row(series: Int) -> DelayRow {
        let alarmNats = JudgeSettings().alarmNats(series: series)
        var delays: [Double] = []
        var oracles: [Double] = []
        for replication in 0..<replications {
            let found = fault(judges[replication % judges.count], alarmNats: alarmNats)
            if let delay = found.judge { delays.append(delay) }
            if let delay = found.oracle { oracles.append(delay) }
        }
        delays.sort()
        let tail = delays.isEmpty ? .nan : delays[min(delays.count - 1, delays.count * 95 / 100)]
        return DelayRow(
            before: before, after: after, rate: rate, series: series,
            mean: delays.isEmpty ? .nan : delays.reduce(0, +) / Double(delays.count), p95: tail,
            oracleMean: oracles.isEmpty ? .nan : oracles.reduce(0, +) / Double(oracles.count),
            missed: replications - delays.count,
            theta: judges.reduce(0) { $0 + $1.theta } / Double(judges.count))
    }

    /// One fault after twenty quiet windows: seconds to the alarm of the judge and of the oracle.
    private mutating func fault(
        _ trained: TrainedSignal, alarmNats: Double
    ) -> (judge: Double?, oracle: Double?) {
        let phase = random.unit()
        var judge = trained
        var oracle = RatioDetector(grid: AlternativeGrid(p0: before, rho: 1e-9, only: after))
        var found: (judge: Double?, oracle: Double?) = (nil, nil)
        var window: Int64 = -20
        while window < Self.horizon, found.judge == nil || found.oracle == nil {
            let n = random.poisson(rate * 15)
            let share = window < 0 ? 0 : window == 0 ? 1 - phase : 1
            let affected = random.binomial(n, share)
            let x = random.binomial(n - affected, before) + random.binomial(affected, after)
            let delay = (Double(window + 1) - phase) * 15
            if found.judge == nil, judge.observe(.init(total: n, bad: x), alarmNats: alarmNats) {
                if window < 0 { judge = trained } else { found.judge = delay }
            }
            if found.oracle == nil {
                oracle.observe(total: n, bad: x, mean: before, window: window)
                if oracle.statistic >= alarmNats {
                    if window < 0 { oracle.reset() } else { found.oracle = delay }
                }
            }
            window += 1
        }
        return found
    }
}
