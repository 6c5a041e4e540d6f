// False alarms on traffic whose errors come in bursts, with and without tail calibration: what the
// calibration is for, measured.

import RealModule

/// One row of the table of detection design 5.5.
package struct BurstRow: Sendable, Hashable {
    /// Standard deviation and persistence of the log intensity of errors.
    package var deviation: Double
    package var persistence: Double
    /// Mean over the lives.
    package var theta: Double
    /// Windows between false alarms over the A that was asked for, without and with calibration.
    package var plain: Double
    package var calibrated: Double
}

/// Errors at 10 requests per second whose intensity is a log-normal AR(1) with mean 0.001: one day
/// of history is learned, then windows are watched at `limit` = A, `windows` of them over lives of
/// 20,000, each with its own history.
///
/// One burst is one false alarm: as in `SignalJudge`, an alarm lasts until its recovery test
/// passes. A detector that is merely reset would alarm several times in a burst of an hour.
package func burstRow(
    deviation: Double, persistence: Double, limit: Double = 2000, windows: Int = 60_000,
    seed: UInt64 = 7
) -> BurstRow {
    let lives = max(1, windows / 20_000)
    var theta = 0.0
    var alarms = [0, 0]
    for life in 0..<lives {
        var traffic = BurstTraffic(
            deviation: deviation, persistence: persistence, seed: seed &+ UInt64(life) &* 1_000_003)
        let found = traffic.live(windows / lives, limit: limit)
        theta += found.theta / Double(lives)
        for side in 0..<2 { alarms[side] += found.alarms[side] }
    }
    let spacing = alarms.map { Double(windows) / Double(max($0, 1)) / limit }
    return BurstRow(
        deviation: deviation, persistence: persistence, theta: theta, plain: spacing[0],
        calibrated: spacing[1])
}

/// Traffic of one service whose errors come in bursts.
private struct BurstTraffic {
    private let deviation: Double
    private let persistence: Double
    private var random: RandomStream
    private var level: Double

    init(deviation: Double, persistence: Double, seed: UInt64) {
        self.deviation = deviation
        self.persistence = persistence
        random = RandomStream(seed: seed)
        level = random.normal()
    }

    /// Responses and bad ones of the next window.
    private mutating func next() -> (total: Double, bad: Double) {
        let noise = Double.sqrt(1 - persistence * persistence) * random.normal()
        level = persistence * level + noise
        let ratio = 0.001 * Double.exp(deviation * level - deviation * deviation / 2)
        let n = random.poisson(150)
        return (n, random.binomial(n, min(ratio, 0.5)))
    }

    /// Learns a day, then counts false alarms of `windows` windows without and with calibration.
    mutating func live(_ windows: Int, limit: Double) -> (theta: Double, alarms: [Int]) {
        var baseline = Baseline()
        var past: [(total: Double, bad: Double)] = []
        for _ in 0..<5760 {
            let window = next()
            past.append(window)
            baseline.learn(total: window.total, bad: window.bad, seconds: 15, decay: 1)
        }
        let grid = AlternativeGrid(p0: baseline.upper(), rho: baseline.rho)
        var calibration = TailCalibration()
        var rehearsal = RatioDetector(grid: grid)
        for window in past {
            rehearsal.observe(total: window.total, bad: window.bad, mean: baseline.mean, window: 0)
            calibration.observe(rehearsal.statistic, clean: true)
        }
        var watches = [1, calibration.theta].map { Watch(grid: grid, theta: $0, limit: limit) }
        for _ in 0..<windows {
            let window = next()
            for side in 0..<2 { watches[side].observe(window.total, window.bad) }
        }
        return (calibration.theta, watches.map(\.alarms))
    }
}

/// A detector whose alarms last until recovery.
private struct Watch {
    private(set) var alarms = 0
    private var detector: RatioDetector
    private let threshold: Double
    private let fresh: RecoveryTest
    private var recovery: RecoveryTest?

    init(grid: AlternativeGrid, theta: Double, limit: Double) {
        detector = RatioDetector(grid: grid)
        threshold = .log(limit) / theta
        fresh = RecoveryTest(
            p0: grid.p0, rho: grid.rho, theta: theta, alpha: 0.01, level: 1, tolerance: nil)
    }

    mutating func observe(_ total: Double, _ bad: Double) {
        if recovery != nil {
            recovery?.observe(total: total, bad: bad, window: 0)
            if recovery?.isRecovered == true {
                recovery = nil
                detector.reset()
            }
            return
        }
        detector.observe(total: total, bad: bad, mean: detector.grid.p0, window: 0)
        guard detector.statistic >= threshold else { return }
        alarms += 1
        recovery = fresh
    }

}
