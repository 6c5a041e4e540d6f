// Measures the detector on simulated traffic: detection delay against the oracle CUSUM on the same
// windows, and the time between false alarms. A function of its seed.

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
    /// Replications without an alarm within the horizon.
    package var missed: Int

    /// How much slower than the detector that knows both ratios.
    package var ratio: Double { mean / oracleMean }
}

/// The cases of the delay table: every row of detection design 5.7 that ends in reasonable time.
package func judgeBench(replications: Int = 2000, seed: UInt64 = 7) -> [DelayRow] {
    let cases: [(Double, Double, Double)] = [
        (0.001, 0.05, 1), (0.001, 0.05, 10), (0.001, 0.05, 100), (0.001, 0.01, 10),
        (0.001, 0.01, 100), (0.001, 0.5, 0.1), (0.001, 0.5, 1), (0.001, 0.5, 10),
        (0.01, 0.05, 1), (0.01, 0.05, 10),
    ]
    var rows: [DelayRow] = []
    for series in [1, 600] {
        for (before, after, rate) in cases {
            rows.append(
                delayRow(
                    before: before, after: after, rate: rate, series: series,
                    replications: replications, seed: seed))
        }
    }
    return rows
}

/// One case: 15 s windows, the fault at a uniform phase of its window, the baseline known from 24
/// h.
package func delayRow(
    before: Double, after: Double, rate: Double, series: Int, replications: Int, seed: UInt64,
    interval: Double = 15
) -> DelayRow {
    let history = rate * 86_400
    let upper = BetaFunctions.inverse(0.99, before * history + 1, history * (1 - before))
    let threshold = JudgeSettings(interval: .inSeconds(interval)).alarmNats(series: series)
    let ours = AlternativeGrid(p0: upper, rho: Baseline.minimumRho)
    let oracle = AlternativeGrid(p0: before, rho: 1e-9, only: after)
    var random = RandomStream(seed: seed)
    var delays: [Double] = []
    var oracleDelays: [Double] = []
    var missed = 0
    for _ in 0..<replications {
        let phase = random.unit()
        var detectors = [RatioDetector(grid: ours), RatioDetector(grid: oracle)]
        var found: [Double?] = [nil, nil]
        var window: Int64 = -20
        while window < 3000, found[0] == nil || found[1] == nil {
            let n = random.poisson(rate * interval)
            let share = window < 0 ? 0 : window == 0 ? 1 - phase : 1
            let affected = random.binomial(n, share)
            let x = random.binomial(n - affected, before) + random.binomial(affected, after)
            for index in 0..<2 where found[index] == nil {
                detectors[index].observe(total: n, bad: x, mean: before, window: window)
                guard detectors[index].statistic >= threshold else { continue }
                if window < 0 {
                    detectors[index].reset()
                } else {
                    found[index] = (Double(window + 1) - phase) * interval
                }
            }
            window += 1
        }
        if let delay = found[0] { delays.append(delay) } else { missed += 1 }
        if let delay = found[1] { oracleDelays.append(delay) }
    }
    delays.sort()
    let tail = delays.isEmpty ? .nan : delays[min(delays.count - 1, delays.count * 95 / 100)]
    return DelayRow(
        before: before, after: after, rate: rate, series: series,
        mean: delays.reduce(0, +) / Double(max(delays.count, 1)), p95: tail,
        oracleMean: oracleDelays.reduce(0, +) / Double(max(oracleDelays.count, 1)), missed: missed)
}

/// Mean windows between false alarms on fault-free traffic, estimated from `windows` windows in all
/// with alarms at `limit` windows (ln `limit` nats over theta); at least `windows` when there was
/// none.
package func falseAlarmSpacing(
    ratio: Double, rho: Double, rate: Double, limit: Double, theta: Double = 1, windows: Int,
    modelRho: Double? = nil, seed: UInt64, interval: Double = 15
) -> Double {
    var detector = RatioDetector(grid: AlternativeGrid(p0: ratio, rho: modelRho ?? max(rho, 1e-4)))
    var random = RandomStream(seed: seed)
    var alarms = 0
    for window in 0..<windows {
        let n = random.poisson(rate * interval)
        let x = random.betaBinomial(n, ratio, rho)
        detector.observe(total: n, bad: x, mean: ratio, window: Int64(window))
        if detector.statistic >= .log(limit) / theta {
            alarms += 1
            detector.reset()
        }
    }
    return Double(windows) / Double(max(alarms, 1))
}
