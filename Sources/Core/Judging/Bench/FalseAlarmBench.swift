// How often the always-on judge alarms although nothing is wrong, on traffic that keeps and that
// breaks its assumptions. A function of its seed.

import RealModule

/// False alarms on one kind of traffic.
package struct FalseAlarmRow: Sendable, Hashable {
    package var name: String
    /// Windows watched, and alarms in them.
    package var windows: Int
    package var alarms: Int
    /// A: the windows between false alarms that were asked for.
    package var limit: Double
    /// Mean tail calibration at the beginning of the watches; nil when not known.
    package var theta: Double?

    package init(name: String, windows: Int, alarms: Int, limit: Double, theta: Double? = nil) {
        self.name = name
        self.windows = windows
        self.alarms = alarms
        self.limit = limit
        self.theta = theta
    }

    /// Windows between false alarms over A; a lower bound when there was none.
    package var ratio: Double { Double(windows) / Double(max(alarms, 1)) / limit }

    /// The same at the upper 95 % bound of the number of alarms: what is certain of it. Exact by
    /// Poisson's law, through the chi-square quantile (Wilson and Hilferty 1931).
    package var certain: Double {
        let k = Double(alarms) + 1
        let cube = 1 - 1 / (9 * k) + 1.645 / (3 * .sqrt(k))
        return Double(windows) / (k * cube * cube * cube) / limit
    }
}

/// Errors whose log intensity is an AR(1) with the mean kept (design 5.5).
struct BurstyTraffic: Traffic {
    var size: Double
    var ratio: Double
    var deviation: Double
    var persistence: Double
    private var level = 0.0

    init(size: Double, ratio: Double, deviation: Double, persistence: Double) {
        self.size = size
        self.ratio = ratio
        self.deviation = deviation
        self.persistence = persistence
    }

    mutating func next(_ random: inout RandomStream) -> SignalJudge.Count {
        let noise = Double.sqrt(1 - persistence * persistence) * random.normal()
        level = persistence * level + noise
        let intensity = Double.exp(deviation * level - deviation * deviation / 2)
        let n = random.poisson(size)
        return .init(total: n, bad: random.binomial(n, min(ratio * intensity, 0.5)))
    }
}

/// Traffic and bad ratio that rise and fall with the hour, as sines of one day.
struct DailyTraffic: Traffic {
    var size: Double
    var ratio: Double
    /// Relative amplitudes, 0..<1.
    var swing: Double
    var ratioSwing: Double
    private var window = 0

    init(size: Double, ratio: Double, swing: Double, ratioSwing: Double) {
        self.size = size
        self.ratio = ratio
        self.swing = swing
        self.ratioSwing = ratioSwing
    }

    mutating func next(_ random: inout RandomStream) -> SignalJudge.Count {
        let phase = Double.sin(2 * .pi * Double(window) / Double(TrainedSignal.day))
        window += 1
        let n = random.poisson(size * (1 + swing * phase))
        return .init(total: n, bad: random.binomial(n, ratio * (1 + ratioSwing * phase)))
    }
}

/// All kinds of traffic at A = 2,000 windows, `windows` watched of each.
/// Up to ten judges learn `learned` windows each before.
package func falseAlarmBench(
    windows: Int = 1_000_000, learned: Int = TrainedSignal.day, seed: UInt64 = 7
) -> [FalseAlarmRow] {
    var watch = FalseAlarmWatch(windows: windows, learned: learned, seed: seed)
    func steady(_ rate: Double, _ ratio: Double, _ rho: Double = 0) -> SteadyTraffic {
        SteadyTraffic(size: rate * 15, ratio: ratio, rho: rho)
    }
    func bursty(_ deviation: Double, _ persistence: Double) -> BurstyTraffic {
        BurstyTraffic(size: 150, ratio: 0.001, deviation: deviation, persistence: persistence)
    }
    func daily(_ ratioSwing: Double) -> DailyTraffic {
        DailyTraffic(size: 150, ratio: 0.001, swing: 0.8, ratioSwing: ratioSwing)
    }
    watch.row("independent, 0.1 % of 10 req/s", steady(10, 0.001))
    watch.row("independent, 1 % of 10 req/s", steady(10, 0.01))
    watch.row("beta-binomial, correlation 0.001", steady(10, 0.001, 0.001))
    watch.row("beta-binomial, correlation 0.01", steady(10, 0.001, 0.01))
    watch.row("bursts: log intensity AR(1), sd 0.5, 0.99", bursty(0.5, 0.99))
    watch.row("bursts: log intensity AR(1), sd 1, 0.9", bursty(1, 0.9))
    watch.row("traffic swings by 80 % over the day", daily(0))
    watch.row("and the bad ratio by 50 %", daily(0.5))
    watch.row("0.1 req/s, 1 % bad", steady(0.1, 0.01))
    watch.row("one request a minute, 1 % bad", steady(1.0 / 60, 0.01))
    watch.row("one request an hour, 1 % bad", steady(1.0 / 3600, 0.01))
    return watch.rows
}

private struct FalseAlarmWatch {
    let windows: Int
    let learned: Int
    let seed: UInt64
    var rows: [FalseAlarmRow] = []
    private static let limit = 2000.0
    /// Judges that learn a past of their own each.
    private var lives: Int { max(1, min(10, windows / 20_000)) }

    init(windows: Int, learned: Int, seed: UInt64) {
        self.windows = windows
        self.learned = learned
        self.seed = seed
    }

    mutating func row(_ name: String, _ kind: some Traffic) {
        var random = RandomStream(seed: RandomStream.fork(seed, name))
        var row = FalseAlarmRow(name: name, windows: 0, alarms: 0, limit: Self.limit, theta: 0)
        for _ in 0..<lives {
            var traffic = kind
            var judge = TrainedSignal(&traffic, windows: learned, random: &random)
            row.theta = (row.theta ?? 0) + judge.theta / Double(lives)
            for _ in 0..<(windows / lives) {
                row.windows += 1
                if judge.observe(traffic.next(&random), alarmNats: .log(Self.limit)) {
                    row.alarms += 1
                }
            }
        }
        rows.append(row)
    }
}

/// The detector alone on beta-binomial traffic of correlation `rho`, told `modelRho` (by default
/// the truth): what a model without correlation does.
package func correlationRow(
    ratio: Double, rho: Double, rate: Double, limit: Double, windows: Int, modelRho: Double? = nil,
    seed: UInt64
) -> FalseAlarmRow {
    let told = modelRho ?? max(rho, Baseline.minimumRho)
    var detector = RatioDetector(grid: AlternativeGrid(p0: ratio, rho: told))
    var random = RandomStream(seed: seed)
    var traffic = SteadyTraffic(size: rate * 15, ratio: ratio, rho: rho)
    var alarms = 0
    for window in 0..<windows {
        let count = traffic.next(&random)
        detector.observe(
            total: count.total, bad: count.bad, mean: ratio, window: Int64(window))
        if detector.statistic >= .log(limit) {
            alarms += 1
            detector.reset()
        }
    }
    return FalseAlarmRow(
        name: "correlation \(Wording.decimal(rho, 3)), told \(Wording.decimal(told, 4))",
        windows: windows, alarms: alarms, limit: limit)
}

/// The same as mean windows between false alarms; at least `windows` when there was none.
package func falseAlarmSpacing(
    ratio: Double, rho: Double, rate: Double, limit: Double, windows: Int,
    modelRho: Double? = nil, seed: UInt64
) -> Double {
    correlationRow(
        ratio: ratio, rho: rho, rate: rate, limit: limit, windows: windows, modelRho: modelRho,
        seed: seed
    ).ratio * limit
}

/// What a new level of the bad ratio without a fault, e.g. after a deploy, leads to.
package struct StepRow: Sendable, Hashable {
    /// The new level over the old one.
    package var factor: Double
    /// Share of the steps that alarm within the time learned before (a day), and after how many
    /// seconds in the mean.
    package var share: Double
    package var mean: Double
    package var steps: Int
}

/// Steps from 0.1 % bad of 10 req/s, watched as long as learned before, at one false alarm per 30
/// days over 600 series.
package func stepBench(
    steps: Int = 100, learned: Int = TrainedSignal.day, seed: UInt64 = 7
) -> [StepRow] {
    [0.5, 1.25, 1.5, 2, 3, 5].map { factor in
        var random = RandomStream(seed: RandomStream.fork(seed, "step", UInt64(factor * 100)))
        var delays: [Double] = []
        var trained: [TrainedSignal] = []
        for _ in 0..<max(1, min(10, steps / 10)) {
            var traffic = SteadyTraffic(size: 150, ratio: 0.001)
            trained.append(TrainedSignal(&traffic, windows: learned, random: &random))
        }
        let alarmNats = JudgeSettings().alarmNats(series: 600)
        for step in 0..<steps {
            var judge = trained[step % trained.count]
            var traffic = SteadyTraffic(size: 150, ratio: 0.001 * factor)
            for window in 0..<learned
            where judge.observe(traffic.next(&random), alarmNats: alarmNats) {
                delays.append(15 * Double(window + 1))
                break
            }
        }
        return StepRow(
            factor: factor, share: Double(delays.count) / Double(max(steps, 1)),
            mean: delays.isEmpty ? .nan : delays.reduce(0, +) / Double(delays.count), steps: steps)
    }
}
