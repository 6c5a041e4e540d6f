// Times the rendering of a large exposition, for `./dev bench`.

import Core
package import Platform

/// What a run of `metricsBench` measured.
package struct MetricsBenchResult: Sendable {
    package var series: Int
    package var bytes: Int
    /// The fastest of the runs: the others waited for the machine.
    package var fastest: Duration
}

/// Renders `services` services (about eight series each) `runs` times in OpenMetrics.
package func metricsBench(
    services: Int = 600, runs: Int = 20, clock: any WallClock
) -> MetricsBenchResult {
    let list = (0..<services).map { index in
        ServiceStatus(
            service: ServiceRef(namespace: "namespace-\(index % 20)", name: "service-\(index)"),
            signal: .badRatio, ratio: Double(index) / 7919, baseline: 1e-3, nats: 0.7,
            threshold: 18.5, theta: 0.9, rho: 1e-4, minimumDetectable: 0.004, ready: true)
    }
    let input = MetricInput(
        now: Timestamp(seconds: 1.8e9), state: State(),
        build: BuildInfo(version: "bench", commit: ""), services: list)
    var result = MetricsBenchResult(series: 0, bytes: 0, fastest: .seconds(3600))
    for _ in 0..<max(1, runs) {
        let start = clock.uptime
        let bytes = exposition(input, format: .openMetrics)
        result.fastest = min(result.fastest, clock.uptime - start)
        result.bytes = bytes.count
        let lines = bytes.split(separator: 0x0a)
        result.series = lines.count { $0.first != 0x23 }
    }
    return result
}
