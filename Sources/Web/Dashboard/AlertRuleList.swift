// The rules themselves. Alerts carry the names of the daemon's own, and only labels that are stable
// while they fire.

import Core

extension AlertRules {
    static let recordings = [
        Recording(
            name: "namespace_service:hazard_bad_ratio:max",
            expression: "max by (namespace, service) (hazard_bad_ratio{signal=\"bad-ratio\"})"),
        Recording(
            name: "namespace_service:hazard_evidence:ratio",
            expression: "max by (namespace, service) "
                + "(hazard_evidence_log10 / hazard_evidence_threshold_log10)"),
        Recording(
            name: "namespace:hazard_sham_rounds:increase30d",
            expression: "sum by (namespace) "
                + "(increase(hazard_sham_rounds_total{outcome=~\"harm|no-harm\"}[30d]))"),
        Recording(
            name: "namespace:hazard_sham_false_alarms:ratio30d",
            expression: "sum by (namespace) "
                + "(increase(hazard_sham_rounds_total{outcome=\"harm\"}[30d])) "
                + "/ (namespace:hazard_sham_rounds:increase30d > 0)"),
    ]

    static let alerts = [
        Rule(
            "HazardAnomaly", .warning,
            "max by (namespace, service, signal) (hazard_anomalies_active) > 0",
            "Requests fail more often than is normal for the service",
            "{{ $labels.namespace }}/{{ $labels.service }}: {{ $labels.signal }} is anomalous; "
                + "the daemon's page and /api/v1/anomalies say since when and why."),
        Rule(
            "HazardUnrecovered", .critical,
            "max by (namespace) (hazard_unrecovered_services) > 0",
            "A service has not recovered within the recovery time",
            "{{ $value }} service(s) in {{ $labels.namespace }} have not recovered."),
        Rule(
            "HazardRoundAborted", .warning,
            "sum by (namespace) (increase(hazard_rounds_aborted_total[15m])) > 0",
            "A round was ended early and its injection reverted",
            "{{ $value }} round(s) in {{ $labels.namespace }} were ended early in 15 minutes."),
        Rule(
            "HazardExternalIncident", .warning,
            "max by (namespace, service, signal) (hazard_anomalies_active) > 0 "
                + "and on (namespace, service, signal) sum by (namespace, service, signal) "
                + "(increase(hazard_anomalies_total{attributed=\"false\"}[1h])) > 0",
            "A service is anomalous and no round explains it",
            "{{ $labels.namespace }}/{{ $labels.service }} is anomalous without a round."),
        Rule(
            "HazardBlind", .warning, for: "1m",
            "max(hazard_blind) == 1 or max by (namespace) (hazard_blind_namespaces) == 1",
            "The daemon cannot read its signals and starts no rounds",
            "{{ with $labels.namespace }}{{ . }} is not seen: see /api/v1/status.{{ else }}"
                + "Metrics sources up: see hazard_source_up and /readyz.{{ end }}"),
        Rule(
            "HazardDetectorMiscalibrated", .warning,
            "namespace:hazard_sham_false_alarms:ratio30d > 0.05 "
                + "and on (namespace) namespace:hazard_sham_rounds:increase30d >= 20",
            "Sham rounds show harm too often: verdicts are not to be trusted",
            "{{ $value | humanizePercentage }} of the sham rounds in {{ $labels.namespace }} "
                + "showed harm in 30 days."),
        Rule(
            "HazardStuckInjection", .critical,
            "sum(increase(hazard_revert_failures_total[10m])) > 0 "
                + "and sum(hazard_faults_active) > 0",
            "A fault could not be reverted",
            "{{ $value }} attempt(s) to revert failed in 10 minutes; `hazard revert --all` needs "
                + "no daemon."),
        Rule(
            "HazardFinding", .critical,
            "max by (namespace, kind) (hazard_findings_standing{kind=\"state-residue\"}) > 0",
            "The cluster is not as it was before a round",
            "{{ $labels.namespace }}: {{ $value }} workload(s) are not as they were before; "
                + "/api/v1/findings says which, and what to do."),
        Rule(
            "HazardDown", .critical, for: "5m", "absent(hazard_build_info)",
            "No Hazard is being scraped",
            "Nothing exposes hazard_build_info: chaos is not watched, and nobody reverts."),
        Rule(
            "HazardNoLeader", .warning, for: "5m", "sum(hazard_leading) < 1",
            "No instance of Hazard leads", "Instances that lead: {{ $value }}."),
        Rule(
            "HazardConfigurationRefused", .warning, for: "1m",
            "min by (instance) (hazard_config_last_reload_successful) == 0",
            "The newest configuration was refused; the last good one is in force",
            "{{ $labels.instance }}: /readyz says why, with file, line and fix."),
        Rule(
            "HazardAlertsUndelivered", .warning,
            "sum by (endpoint) (increase(hazard_alerts_errors_total[10m]) "
                + "+ increase(hazard_alerts_dropped_total[10m])) > 0",
            "Alerts of Hazard do not arrive",
            "{{ $value }} alert(s) to {{ $labels.endpoint }} failed or were dropped in 10 minutes."),
        Rule(
            "HazardJournalFailing", .critical,
            "sum by (instance) (increase(hazard_journal_append_failures_total[10m])) > 0",
            "The journal cannot be written, so no round may start",
            "{{ $labels.instance }}: {{ $value }} write(s) failed in 10 minutes."),
    ]
}
