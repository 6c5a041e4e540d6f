// The whole judge on raw counters: resets, missed scrapes, late ones, and rounds that inject
// nothing. What the detector promises must survive the ledger and the windows. A function of its
// seed.

import RealModule

/// Ten services that one caller each calls, and the judge that watches them.
private struct RawStory {
    var mesh = RawMesh()
    var judge: Judge
    var random: RandomStream
    /// Correlation of failures inside a window.
    let rho: Double
    var anomalies = 0

    static let services = 10
    static let callers = 3
    /// Requests per caller and service in a window, and the share that fails.
    static let size = 25.0
    static let ratio = 0.002

    init(settings: JudgeSettings, rho: Double, seed: UInt64) {
        judge = Judge(settings: settings)
        random = RandomStream(seed: seed)
        self.rho = rho
        for caller in 0..<Self.callers { mesh.add(reporter: "caller-\(caller)") }
    }

    /// Passes one window. Chances per reporter: that its process restarts, that its scrape is
    /// missed; and how late scrapes are, in windows.
    mutating func pass(restarts: Double = 0, missed: Double = 0, jitter: Double = 0) {
        var gone: Set<String> = []
        for caller in 0..<Self.callers {
            let name = "caller-\(caller)"
            if restarts > 0, random.unit() < restarts { mesh.restart(name) }
            if missed > 0, random.unit() < missed { gone.insert(name) }
        }
        for service in 0..<Self.services {
            // One burst hits all callers of a service alike.
            let n = random.poisson(Self.size * Double(Self.callers))
            let bad = random.betaBinomial(n, Self.ratio, rho)
            split(n, bad, "s\(service)")
        }
        let reading = mesh.scrape(missing: gone, jitter: jitter, random: &random)
        for output in judge.observe(reading, now: mesh.now) {
            if case .anomaly = output { anomalies += 1 }
        }
    }

    /// Spreads requests over the callers at random.
    private mutating func split(_ n: Double, _ bad: Double, _ service: String) {
        var good = n - bad
        var rest = bad
        for caller in 0..<Self.callers {
            let name = "caller-\(caller)"
            let share = 1 / Double(Self.callers - caller)
            let mine = random.binomial(good, share)
            let failed = random.binomial(rest, share)
            good -= mine
            rest -= failed
            mesh.count(mine, .good, by: name, from: name, to: service)
            mesh.count(failed, .error, by: name, from: name, to: service)
        }
    }
}

/// False alarms of ten services together, with A = 2,000 windows for all of them, after a learned
/// hour.
package func rawBench(windows: Int = 20_000, seed: UInt64 = 7) -> [FalseAlarmRow] {
    let cases: [(name: String, restarts: Double, missed: Double, jitter: Double)] = [
        ("every scrape comes in time", 0, 0, 0),
        ("each proxy restarts once in 200 windows", 0.005, 0, 0),
        ("one scrape in twenty is missed", 0, 0.05, 0),
        ("scrapes come up to a third of a window late", 0, 0, 0.33),
        ("all of these", 0.005, 0.05, 0.33),
    ]
    return cases.map { name, restarts, missed, jitter in
        let limit = 2000.0
        let settings = JudgeSettings(falseAlarmPeriod: .inSeconds(15 * limit))
        var story = RawStory(
            settings: settings, rho: 0, seed: RandomStream.fork(seed, "raw \(name)"))
        for _ in 0..<240 { story.pass(restarts: restarts, missed: missed, jitter: jitter) }
        story.anomalies = 0
        for _ in 0..<windows { story.pass(restarts: restarts, missed: missed, jitter: jitter) }
        return FalseAlarmRow(
            name: name, windows: windows, alarms: story.anomalies, limit: limit)
    }
}

/// Sham rounds through the whole judge.
package struct ShamRow: Sendable, Hashable {
    package var name: String
    package var rounds: Int
    /// Rounds with a verdict, and those blamed.
    package var calibration: ShamCalibration
    package var alpha: Double
}

/// Rounds of twenty windows that inject nothing, with five windows between them, after a learned
/// day.
package func shamBench(
    rounds: Int = 1000, warmUp: Int = TrainedSignal.day, seed: UInt64 = 7
) -> [ShamRow] {
    [("independent", 0.0), ("correlation 0.001", 0.001), ("correlation 0.01", 0.01)].map {
        name, rho in
        var story = RawStory(
            settings: JudgeSettings(), rho: rho, seed: RandomStream.fork(seed, "sham \(name)"))
        for _ in 0..<warmUp { story.pass() }
        for id in 0..<rounds {
            story.judge.beginRound(
                id: id, policy: "bench", at: story.mesh.now, namespaces: [RawMesh.namespace],
                sham: true)
            for _ in 0..<20 { story.pass() }
            _ = story.judge.endRound(id: id, at: story.mesh.now)
            for _ in 0..<5 { story.pass() }
        }
        return ShamRow(
            name: name, rounds: rounds, calibration: story.judge.shams,
            alpha: JudgeSettings().roundAlpha)
    }
}
