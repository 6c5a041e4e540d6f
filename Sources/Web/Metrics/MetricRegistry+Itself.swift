// Metrics of the daemon itself: configuration, journal, build and process.

import Core

extension MetricRegistry {
    static let itself: [MetricFamily] = [
        MetricFamily(
            .gauge, "hazard_config_last_reload_successful",
            "1 when the newest configuration was accepted; otherwise the last good one is in force."
        ) { input, out in out.add(input.configuration.errors.isEmpty) },
        MetricFamily(
            .gauge, "hazard_config_last_reload_success_timestamp_seconds", unit: "seconds",
            "When a configuration was last accepted, in seconds since the epoch."
        ) { input, out in out.add(input.configuration.lastGoodAt?.seconds) },
        MetricFamily(
            .counter, "hazard_config_reload_failures", "Configurations that were refused."
        ) { input, out in out.add(Double(input.configuration.failures)) },
        MetricFamily(
            .gauge, "hazard_policies", labels: ["mode"], "Policies in force, by mode."
        ) { input, out in
            let policies = input.policies
            for mode in Policy.Mode.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
                out.add(Double(policies.count { $0.mode == mode }), mode.rawValue)
            }
        },
        MetricFamily(
            .counter, "hazard_journal_events", "Events in the journal since it began."
        ) { input, out in out.add(Double(input.state.sequence)) },
        MetricFamily(
            .counter, "hazard_journal_append_failures", "Events that could not be written."
        ) { input, out in out.add(Double(input.journal.appendFailures)) },
        MetricFamily(
            .info, "hazard_build", labels: ["version", "commit"], "Which build is running."
        ) { input, out in out.add(1, input.build.version, input.build.commit) },
        process(.counter, "process_cpu_seconds", unit: "seconds", "CPU time used.") {
            $0.cpuSeconds
        },
        process(.gauge, "process_resident_memory_bytes", unit: "bytes", "Resident memory.") {
            Double($0.residentBytes)
        },
        process(
            .gauge, "process_start_time_seconds", unit: "seconds",
            "When the process started, in seconds since the epoch."
        ) { $0.startedAt.seconds },
        process(.gauge, "process_open_fds", "Open file descriptors.") { Double($0.openFiles) },
        process(.gauge, "process_max_fds", "Most file descriptors the process may open.") {
            Double($0.maxFiles)
        },
    ]

    private static func process(
        _ type: MetricType, _ name: String, unit: String = "", _ help: String,
        _ value: @escaping @Sendable (ProcessUsage) -> Double
    ) -> MetricFamily {
        MetricFamily(type, name, unit: unit, help) { input, out in
            out.add(input.process.map(value))
        }
    }
}
