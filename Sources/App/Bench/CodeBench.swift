// Figures of pure code: the parser, the metrics page, and whole simulated histories.

import Core
import Host
import Signals
import Web

enum CodeBench {
    /// A 10 MB exposition of istio_requests_total.
    static func parse() -> [BenchFigure] {
        parseBench().map { figure in
            let isMain = figure.name == "exposition, labels included"
            return BenchFigure(
                name: figure.name, value: figure.value, unit: figure.unit,
                target: isMain ? .atLeast(1000) : .none)
        }
    }

    /// The /metrics page of a daemon with 600 services.
    static func metrics() -> [BenchFigure] {
        let result = metricsBench(clock: SystemClock())
        return [
            BenchFigure(
                name: "/metrics, \(result.series) series, \(result.bytes / 1000) kB",
                value: result.fastest.inSeconds * 1000, unit: "ms")
        ]
    }

    /// Histories of the simulator: the whole daemon, cluster included, on one thread.
    static func simulate() throws -> [BenchFigure] {
        var rounds = 0
        var violations = 0
        var problem: (any Error)?
        let watch = Stopwatch(runs: 1) {
            for seed in UInt64(1)...5 {
                do {
                    let history = try Universe(seed: seed).run()
                    rounds += history.rounds
                    violations += history.violations.count
                } catch { problem = error }
            }
        }
        if let problem { throw problem }
        return [
            BenchFigure(
                name: "simulated rounds", value: Double(rounds) / watch.least, unit: "rounds/s"),
            BenchFigure(name: "one simulated history", value: watch.least / 5, unit: "s"),
            BenchFigure(
                name: "violations in them", value: Double(violations), unit: "",
                target: .atMost(0)),
        ]
    }
}
