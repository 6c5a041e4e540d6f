// The servers that Hazard talks to, as the tests start them.

import Core
import Glibc
import Host
import Platform

extension RealServer.Plan {
    /// Alertmanager without a cluster and without receivers.
    package static func alertmanager() -> RealServer.Plan {
        RealServer.Plan(
            "/usr/bin/prometheus-alertmanager", readiness: "/-/ready",
            files: [
                "alertmanager.yml": "route: {receiver: none}\nreceivers: [{name: none}]\n"
            ]
        ) { directory, port in
            [
                "--config.file=\(directory)/alertmanager.yml", "--storage.path=\(directory)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
                "--log.level=warn",
            ]
        }
    }

    /// Prometheus with a configuration; `rules` become `rules.yml` beside it. `history`: samples in
    /// OpenMetrics with their times, which it remembers from before.
    package static func prometheus(
        configuration: String, rules: String = "", history: String = "", flags: [String] = []
    ) -> RealServer.Plan {
        RealServer.Plan(
            "/usr/bin/prometheus", readiness: "/-/ready",
            files: [
                "prometheus.yml": configuration, "rules.yml": rules, "history.om": history,
            ],
            prepare: { directory in
                if history.isEmpty { return }
                let end = try await ChildProcess.run(
                    ChildProcess.Plan(
                        "/usr/bin/promtool",
                        [
                            "tsdb", "create-blocks-from", "openmetrics",
                            directory + "/history.om", directory + "/data",
                        ], output: .discard))
                guard end == .exited(0) else {
                    throw Failure(.rejected, "promtool took no history: \(end)")
                }
            }
        ) { directory, port in
            [
                "--config.file=\(directory)/prometheus.yml",
                "--storage.tsdb.path=\(directory)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
            ] + flags
        }
    }

    /// Whether the server is there.
    package static var hasPrometheus: Bool { unsafe access("/usr/bin/prometheus", X_OK) == 0 }
}
