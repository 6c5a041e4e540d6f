// The dashboard's rows: each title is a question, and its panels are the answer.

extension Dashboard {
    static let rows = [
        DashboardRow(title: "Is it safe?", panels: safe),
        DashboardRow(title: "What happened?", panels: happened),
        DashboardRow(title: "How far may it go?", panels: earned),
        DashboardRow(title: "How good are we?", panels: good),
        DashboardRow(title: "Service $service", repeats: "service", panels: service),
        DashboardRow(title: "The daemon itself", isCollapsed: true, panels: itself),
    ]

    private static let ns = "namespace=~\"$namespace\""

    private static let safe: [DashboardPanel] = [
        DashboardPanel(
            .stat, "Faults in place", "Injections announced and not yet reverted.",
            unit: "short", width: 4,
            [.init("sum(max by (namespace, fault) (hazard_faults_active{\(ns)}))")],
            thresholds: [(1, "orange")]),
        DashboardPanel(
            .stat, "Anomalies", "Services that are worse than their own normal right now.",
            unit: "short", width: 4,
            [.init("sum(max by (namespace, service, signal) (hazard_anomalies_active{\(ns)}))")],
            thresholds: [(1, "red")]),
        DashboardPanel(
            .stat, "Not recovered", "Services still anomalous after the recovery time.",
            unit: "short", width: 4,
            [.init("sum(max by (namespace) (hazard_unrecovered_services{\(ns)}))")],
            thresholds: [(1, "red")]),
        DashboardPanel(
            .stat, "Blast radius used", "Share of the tightest limit that is used up now.",
            unit: "percentunit", width: 4,
            [
                .init(
                    "max(hazard_blast_radius_ratio{\(ns)} / "
                        + "clamp_min(hazard_blast_radius_limit_ratio{\(ns)}, 0.0001))")
            ], thresholds: [(0.8, "orange"), (1, "red")]),
        DashboardPanel(
            .stat, "Held back", "What keeps rounds from starting.", unit: "short", width: 4,
            [
                .init("max(hazard_halted)", "halted"), .init("max(hazard_blind)", "blind"),
                .init("max(hazard_paused{\(ns)})", "paused"),
            ], thresholds: [(1, "orange")],
            words: [(0, "no", "green"), (1, "yes", "orange")]),
        DashboardPanel(
            .stat, "Next round", "When the next round of any policy is due.",
            unit: "dateTimeFromNow", width: 4,
            [.init("min(hazard_next_round_timestamp_seconds{\(ns)}) * 1000")],
            noValue: "none is scheduled"),
    ]

    private static let happened: [DashboardPanel] = [
        DashboardPanel(
            .stateTimeline, "Faults", "When which fault was in place.", unit: "short", width: 12,
            [
                .init(
                    "max by (namespace, fault) (hazard_faults_active{\(ns)})",
                    "{{namespace}} {{fault}}")
            ], thresholds: [(1, "orange")]),
        DashboardPanel(
            .stateTimeline, "Alerts", "When which alert of the daemon fired.", unit: "short",
            width: 12, [.init("max by (alertname) (hazard_alerts_firing)", "{{alertname}}")],
            thresholds: [(1, "red")]),
        DashboardPanel(
            .timeseries, "Bad responses", "Bad ratio of the ten worst services.",
            unit: "percentunit", width: 12,
            [
                .init(
                    "topk(10, max by (namespace, service) "
                        + "(hazard_bad_ratio{\(ns), signal=\"bad-ratio\"}))",
                    "{{namespace}}/{{service}}")
            ]),
        DashboardPanel(
            .timeseries, "Evidence of its threshold",
            "Above 100 % an anomaly is declared; the ten highest.", unit: "percentunit", width: 12,
            [
                .init(
                    "topk(10, max by (namespace, service) (hazard_evidence_log10{\(ns)} "
                        + "/ hazard_evidence_threshold_log10{\(ns)}))", "{{namespace}}/{{service}}")
            ]),
        DashboardPanel(
            .timeseries, "Rounds", "Closed rounds by outcome.", unit: "short", width: 8,
            [
                .init(
                    "sum by (outcome) (increase(hazard_rounds_total{\(ns)}[$__rate_interval]))",
                    "{{outcome}}")
            ]),
        DashboardPanel(
            .timeseries, "Injections", "Injections by fault, and those that failed by reason.",
            unit: "short", width: 8,
            [
                .init(
                    "sum by (fault) (increase(hazard_injections_total{\(ns)}[$__rate_interval]))",
                    "{{fault}}"),
                .init(
                    "sum by (reason) "
                        + "(increase(hazard_injection_failures_total{\(ns)}[$__rate_interval]))",
                    "failed: {{reason}}"),
            ]),
        DashboardPanel(
            .timeseries, "Holds", "Ticks at which no round was started, by reason.",
            unit: "short", width: 8,
            [
                .init(
                    "sum by (reason) (increase(hazard_holds_total{\(ns)}[$__rate_interval]))",
                    "{{reason}}")
            ]),
    ]

    private static let good: [DashboardPanel] = [
        DashboardPanel(
            .stat, "Time to detect", "From the injection to the detection, over the shown time.",
            unit: "s", width: 6,
            [
                quantile(0.5, "hazard_detection_delay_seconds"),
                quantile(0.95, "hazard_detection_delay_seconds"),
            ],
            noValue: "nothing detected yet"),
        DashboardPanel(
            .stat, "Time to recover",
            "95 % of the recoveries of the shown time took at most so long, from the injection "
                + "(repair), from the end of the fault (heal) and from the onset (felt by users).",
            unit: "s", width: 6,
            [
                quantile(0.95, "hazard_time_to_repair_seconds", "repair"),
                quantile(0.95, "hazard_time_to_heal_seconds", "heal"),
                quantile(0.95, "hazard_recovery_seconds", "felt"),
            ],
            noValue: "nothing recovered yet"),
        DashboardPanel(
            .stat, "False alarms in shams",
            "Share of sham rounds in which harm was seen: what chance, not chaos, causes.",
            unit: "percentunit", width: 6,
            [
                .init(
                    "sum(increase(hazard_sham_rounds_total{\(ns), outcome=\"harm\"}[$__range])) / "
                        + "sum(increase(hazard_sham_rounds_total{\(ns), "
                        + "outcome=~\"harm|no-harm\"}[$__range]))")
            ], thresholds: [(0.05, "orange"), (0.1, "red")], noValue: "no sham round yet"),
        DashboardPanel(
            .stat, "Anomalies caused by chaos",
            "Detected anomalies that a round explains, out of all, over the shown time.",
            unit: "percentunit", width: 6,
            [
                .init(
                    "sum(increase(hazard_anomalies_total{\(ns), attributed=\"true\"}[$__range])) / "
                        + "sum(increase(hazard_anomalies_total{\(ns), "
                        + "attributed=~\"true|false\"}[$__range]))")
            ], noValue: "no anomaly yet"),
        DashboardPanel(
            .stat, "Root causes found",
            "Harmful strikes whose target was the first root cause found, or among three (AC@1, "
                + "AC@3), over the journal.",
            unit: "percentunit", width: 6, [found(1), found(3)], noValue: "nothing traced yet"),
        DashboardPanel(
            .timeseries, "Open findings",
            "Weaknesses that rounds have shown and that are not fixed; /api/v1/findings says more.",
            unit: "short", width: 18,
            [.init("sum by (namespace, kind) (hazard_findings{\(ns)})", "{{namespace}} {{kind}}")],
            noValue: "no finding yet"),
        DashboardPanel(
            .table, "What a round could show",
            "Per service: the smallest bad ratio that would be seen, and how far the judge has "
                + "learned. A calibration far below 1 means noise that is heavier than modelled.",
            unit: "short", width: 24,
            [
                column("hazard_min_detectable_bad_ratio", "Smallest visible ratio"),
                column("hazard_baseline_bad_ratio", "Normal ratio"),
                column("hazard_baseline_ready", "Learned"),
                column("hazard_service_blind", "Blind"),
                column("hazard_baseline_overdispersion_ratio", "Overdispersion"),
                column("hazard_detector_calibration_ratio", "Calibration"),
            ]),
    ]

    private static func found(_ k: Int) -> DashboardPanel.Query {
        .init(
            "max(hazard_root_cause_hits_total{k=\"\(k)\"}) / max(hazard_root_cause_strikes_total)",
            k == 1 ? "first" : "first three")
    }

    private static func quantile(
        _ q: Double, _ name: String, _ legend: String? = nil
    ) -> DashboardPanel.Query {
        .init(
            "histogram_quantile(\(q), sum by (le) (increase(\(name)_bucket{\(ns)}[$__range])))",
            legend ?? (q == 0.5 ? "median" : "95 %"))
    }

    private static func column(_ name: String, _ title: String) -> DashboardPanel.Query {
        .init(
            "max by (namespace, service, signal) (\(name){\(ns), service=~\"$service\"})", title)
    }

    private static let service: [DashboardPanel] = [
        DashboardPanel(
            .timeseries, "Bad responses and what is normal",
            "Bad ratio now against the learned ratio, and requests out of those expected.",
            unit: "percentunit", width: 12,
            [
                .init(one("hazard_bad_ratio"), "{{signal}}"),
                .init(one("hazard_baseline_bad_ratio"), "{{signal}} normal"),
                .init(
                    "max by (namespace) (hazard_traffic_ratio{\(ns), service=~\"$service\"})",
                    "requests of those expected"),
            ]),
        DashboardPanel(
            .timeseries, "Evidence", "Powers of ten; at the threshold an anomaly is declared.",
            unit: "short", width: 12,
            [
                .init(one("hazard_evidence_log10"), "{{signal}}"),
                .init(one("hazard_evidence_threshold_log10"), "{{signal}} threshold"),
                .init(
                    "sum by (signal) (increase(hazard_recoveries_total{\(ns), "
                        + "service=~\"$service\"}[$__rate_interval]))", "{{signal}} recovered"),
            ]),
    ]

    private static func one(_ name: String) -> String {
        "max by (signal) (\(name){\(ns), service=~\"$service\"})"
    }
}
