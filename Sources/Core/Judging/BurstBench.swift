// False alarms on traffic whose errors come in bursts, with and without tail calibration: what the
// calibration is for, measured.

import RealModule

/// One row of the table of detection design 5.5.
package struct BurstRow: Sendable, Hashable {
    /// Standard deviation and persistence of the log intensity of errors.
    package var deviation: Double
    package var persistence: Double
    package var theta: Double
    /// Windows between false alarms over the A that was asked for, without and with calibration.
    package var plain: Double
    package var calibrated: Double
}

/// Errors at 10 requests per second whose intensity is a log-normal AR(1) with mean 0.001: one day
/// of history is learned, then `windows` windows are watched at `limit` = A.
package func burstRow(
    deviation: Double, persistence: Double, limit: Double = 2000, windows: Int = 60_000,
    seed: UInt64 = 7
) -> BurstRow {
    var random = RandomStream(seed: seed)
    var level = 0.0
    func next(_ random: inout RandomStream) -> (Double, Double) {
        let noise = Double.sqrt(1 - persistence * persistence) * random.normal()
        level = persistence * level + noise
        let ratio = 0.001 * Double.exp(deviation * level - deviation * deviation / 2)
        let n = random.poisson(150)
        return (n, random.binomial(n, min(ratio, 0.5)))
    }
    var baseline = Baseline()
    var past: [(Double, Double)] = []
    for _ in 0..<5760 {
        let window = next(&random)
        past.append(window)
        baseline.learn(total: window.0, bad: window.1, seconds: 15, decay: 1)
    }
    let grid = AlternativeGrid(p0: baseline.upper(), rho: baseline.rho)
    var calibration = TailCalibration()
    var rehearsal = RatioDetector(grid: grid)
    for (index, window) in past.enumerated() {
        rehearsal.observe(
            total: window.0, bad: window.1, mean: baseline.mean, window: Int64(index))
        calibration.observe(rehearsal.statistic, clean: true)
    }
    let theta = calibration.theta
    var detectors = [RatioDetector(grid: grid), RatioDetector(grid: grid)]
    let thresholds = [Double.log(limit), Double.log(limit) / theta]
    var alarms = [0, 0]
    for index in 0..<windows {
        let (n, x) = next(&random)
        for side in 0..<2 {
            detectors[side].observe(total: n, bad: x, mean: baseline.mean, window: Int64(index))
            guard detectors[side].statistic >= thresholds[side] else { continue }
            alarms[side] += 1
            detectors[side].reset()
        }
    }
    let spacing = alarms.map { Double(windows) / Double(max($0, 1)) / limit }
    return BurstRow(
        deviation: deviation, persistence: persistence, theta: theta, plain: spacing[0],
        calibrated: spacing[1])
}
