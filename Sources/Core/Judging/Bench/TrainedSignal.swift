// One signal's judge as it is after a day of traffic: what the statistical benches start from. It
// is the judge that the daemon runs, with what it learned, not a detector set up by hand.

import RealModule

/// Simulated responses of one service, window by window.
protocol Traffic {
    /// Responses and bad ones of the next window.
    mutating func next(_ random: inout RandomStream) -> SignalJudge.Count
}

/// Independent requests at a steady rate, or beta-binomial ones.
struct SteadyTraffic: Traffic, Sendable {
    /// Responses per window, share of bad ones, and their correlation inside a window.
    var size: Double
    var ratio: Double
    var rho = 0.0

    mutating func next(_ random: inout RandomStream) -> SignalJudge.Count {
        let n = random.poisson(size)
        return SignalJudge.Count(total: n, bad: random.betaBinomial(n, ratio, rho))
    }
}

/// The bad ratio of one service, watched always.
package struct TrainedSignal: Sendable {
    private var judge: SignalJudge
    private var window: Int64 = 0
    private let settings: JudgeSettings
    private let instants: SignalJudge.Instants

    /// Windows of a day.
    package static let day = 5760

    /// Learns `windows` windows of `traffic`.
    init(
        _ traffic: inout some Traffic, windows: Int = day,
        settings: JudgeSettings = JudgeSettings(),
        random: inout RandomStream
    ) {
        self.settings = settings
        instants = SignalJudge.Instants(
            interval: settings.interval, detected: Timestamp(nanoseconds: 0))
        judge = SignalJudge(
            service: RawMesh.service("s"), signal: .badRatio, tracks: [RatioTrack(.failures)])
        for _ in 0..<windows { _ = observe(traffic.next(&random), alarmNats: .infinity) }
    }

    var theta: Double { judge.calibration.theta }

    /// Adds a window; true when an anomaly begins at ln A = `alarmNats`. It lasts until the judge
    /// finds it recovered, so that one burst is one alarm.
    mutating func observe(_ count: SignalJudge.Count, alarmNats: Double) -> Bool {
        window += 1
        let change = judge.observe(
            [count], window: window, clean: true, alarmNats: alarmNats, settings: settings,
            instants: instants)
        if case .alarmed = change { return true }
        return false
    }
}
