// The last row: whether the daemon gets what it needs and delivers what it says.

extension Dashboard {
    static let itself: [DashboardPanel] = [
        DashboardPanel(
            .timeseries, "Metrics sources", "Age of the newest sample, and whether reading works.",
            unit: "s", width: 8,
            [
                .init("max by (source) (hazard_source_lag_seconds)", "{{source}} lag"),
                .init("min by (source) (hazard_source_up)", "{{source}} up"),
            ]),
        DashboardPanel(
            .timeseries, "Requests to sources", "By status code; 0 means no answer.",
            unit: "reqps", width: 8,
            [
                .init(
                    "sum by (source, code) (rate(hazard_source_requests_total[$__rate_interval]))",
                    "{{source}} {{code}}")
            ]),
        DashboardPanel(
            .timeseries, "Alerts delivered", "Alerts sent, failed, dropped and waiting.",
            unit: "short", width: 8,
            [
                increase("hazard_alerts_sent_total", by: "endpoint", "sent"),
                increase("hazard_alerts_errors_total", by: "endpoint", "failed"),
                increase("hazard_alerts_dropped_total", by: "endpoint", "dropped"),
                .init(
                    "max by (endpoint) (hazard_alerts_queue_length)", "{{endpoint}} waiting"),
            ]),
        DashboardPanel(
            .stat, "Configuration", "Whether the newest configuration is in force, and since when.",
            unit: "dateTimeFromNow", width: 8,
            [
                .init("min(hazard_config_last_reload_successful)", "accepted"),
                .init(
                    "max(hazard_config_last_reload_success_timestamp_seconds) * 1000",
                    "last accepted"),
            ], words: [(0, "no", "red"), (1, "yes", "green")]),
        DashboardPanel(
            .stat, "Policies", "Policies in force by mode, and how many inject.", unit: "short",
            width: 8,
            [
                .init("max by (mode) (hazard_policies)", "{{mode}}"),
                .init("sum(max by (namespace, policy) (hazard_enforcing))", "injecting"),
            ]),
        DashboardPanel(
            .stat, "Leaders", "Instances that lead: exactly one.", unit: "short", width: 4,
            [.init("sum(hazard_leading)")], thresholds: [(1, "green"), (2, "red")]),
        DashboardPanel(
            .stat, "Build", "Versions that run.", unit: "short", width: 4,
            [.init("count by (version, commit) (hazard_build_info)", "{{version}} {{commit}}")]),
        DashboardPanel(
            .timeseries, "Journal", "Events written, and what failed.", unit: "short", width: 8,
            [
                increase("hazard_journal_events_total", by: "instance", "events"),
                increase("hazard_journal_append_failures_total", by: "instance", "failed writes"),
                increase("hazard_revert_failures_total", by: "instance", "failed reverts"),
                increase(
                    "hazard_config_reload_failures_total", by: "instance",
                    "refused configurations"),
            ]),
        DashboardPanel(
            .timeseries, "Processor", "Share of one core.", unit: "percentunit", width: 8,
            [
                .init(
                    "sum by (instance) (rate(process_cpu_seconds_total[$__rate_interval]) "
                        + "and on (instance) hazard_build_info)", "{{instance}}")
            ]),
        DashboardPanel(
            .timeseries, "Memory", "Resident memory.", unit: "bytes", width: 8,
            [
                .init(
                    "max by (instance) (process_resident_memory_bytes "
                        + "and on (instance) hazard_build_info)", "{{instance}}")
            ]),
        DashboardPanel(
            .timeseries, "File descriptors", "Open ones out of those allowed.",
            unit: "percentunit", width: 12,
            [
                .init(
                    "max by (instance) (process_open_fds / process_max_fds "
                        + "and on (instance) hazard_build_info)", "{{instance}}")
            ]),
        DashboardPanel(
            .stat, "Started and struck",
            "When the process started and the newest round was planned.",
            unit: "dateTimeFromNow", width: 12,
            [
                .init(
                    "max(process_start_time_seconds and on (instance) hazard_build_info) * 1000",
                    "started"),
                .init("max(hazard_last_round_timestamp_seconds) * 1000", "newest round"),
            ], noValue: "never"),
    ]

    private static func increase(
        _ name: String, by label: String, _ title: String
    ) -> DashboardPanel.Query {
        .init(
            "sum by (\(label)) (increase(\(name)[$__rate_interval]))", "{{\(label)}} \(title)")
    }
}
