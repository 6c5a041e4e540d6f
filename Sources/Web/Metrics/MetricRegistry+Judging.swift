// Metrics that answer "how good are we?": anomalies, and what the judge knows of each service.

import Core

extension MetricRegistry {
    static let judging: [MetricFamily] = [
        MetricFamily(
            .counter, "hazard_anomalies",
            labels: ["namespace", "service", "signal", "attributed"],
            "Anomalies detected; attributed tells whether a round caused them: true or false, "
                + "unknown where another instance led at their onset."
        ) { input, out in
            out.add(
                input.state.counters.anomalies, known: input.serviceKeys(["false", "true"]))
        },
        MetricFamily(
            .gauge, "hazard_findings", labels: ["namespace", "kind", "severity"],
            "Open findings: weaknesses that rounds have shown and that are not fixed."
        ) { input, out in
            var counts: [String: Int] = [:]
            for finding in input.state.findings.values {
                let key = Counters.key(
                    finding.namespace, finding.kind.rawValue, finding.severity.rawValue)
                // Of a fixed one a zero is left: its series must not end at one.
                counts[key, default: 0] += finding.status == .open ? 1 : 0
            }
            out.add(counts, known: counts.keys.sorted())
        },
        MetricFamily(
            .gauge, "hazard_findings_standing", labels: ["namespace", "kind"],
            "Findings whose condition holds now, e.g. replicas that did not come back."
        ) { input, out in
            var counts: [String: Int] = [:]
            for finding in input.state.findings.values where finding.standing != nil {
                let key = Counters.key(finding.namespace, finding.kind.rawValue)
                counts[key, default: 0] += finding.standing == true ? 1 : 0
            }
            out.add(counts, known: counts.keys.sorted())
        },
        MetricFamily(
            .counter, "hazard_recoveries", labels: ["namespace", "service", "signal"],
            "Anomalies that ended."
        ) { input, out in
            out.add(input.state.counters.recoveries, known: input.serviceKeys)
        },
        MetricFamily(
            .counter, "hazard_root_cause_strikes",
            "Harmful strikes whose failures could be traced over the graph."
        ) { input, out in out.add(Double(input.state.tally.causes.strikes)) },
        MetricFamily(
            .counter, "hazard_root_cause_hits", labels: ["k"],
            "Those of them whose target was among the first k root causes found."
        ) { input, out in
            out.add(Double(input.state.tally.causes.hits), "1")
            out.add(Double(input.state.tally.causes.hitsInThree), "3")
        },
        service(
            "hazard_bad_ratio", unit: "ratio",
            "Bad (failed, slow or refused) out of all in the newest window."
        ) { $0.signal == .traffic ? nil : $0.ratio },
        service(
            "hazard_baseline_bad_ratio", unit: "ratio", "Bad ratio that is normal for the service."
        ) { $0.signal == .traffic ? nil : $0.baseline },
        service(
            "hazard_baseline_overdispersion_ratio", unit: "ratio",
            "Correlation of failures within a window; 0 when they are independent."
        ) { $0.rho },
        service(
            "hazard_baseline_ready", "1 when the baseline holds enough to judge the service by."
        ) { $0.ready ? 1 : 0 },
        service(
            "hazard_service_blind",
            "1 while the newest window says nothing about the signal; the status says why."
        ) { $0.blind == nil ? 0 : 1 },
        service(
            "hazard_detector_calibration_ratio", unit: "ratio",
            "Tail calibration of the detector; 1 when the noise is as modelled, lower when heavier."
        ) { $0.theta },
        service(
            "hazard_evidence_log10", "Evidence for an anomaly now, as a power of ten."
        ) { $0.nats / decade },
        service(
            "hazard_evidence_threshold_log10",
            "Evidence at which an anomaly is declared, as a power of ten."
        ) { $0.threshold / decade },
        service(
            "hazard_min_detectable_bad_ratio", unit: "ratio",
            "Smallest bad ratio that a round of five minutes shows with probability 1 - alpha."
        ) { $0.signal == .traffic ? nil : $0.minimumDetectable },
        MetricFamily(
            .gauge, "hazard_traffic_ratio", unit: "ratio", labels: ["namespace", "service"],
            "Requests in the newest window out of those expected; 1 is normal."
        ) { input, out in
            for status in input.services where status.signal == .traffic {
                out.add(status.ratio, status.service.namespace, status.service.name)
            }
        },
    ]

    /// Nats in one decade.
    private static let decade = 2.302_585_092_994_045_7

    /// A gauge for each judged service and signal; nil values are left out.
    private static func service(
        _ name: String, unit: String = "", _ help: String,
        _ value: @escaping @Sendable (ServiceStatus) -> Double?
    ) -> MetricFamily {
        MetricFamily(
            .gauge, name, unit: unit, labels: ["namespace", "service", "signal"], help
        ) { input, out in
            for status in input.services {
                out.add(
                    value(status), status.service.namespace, status.service.name,
                    status.signal.rawValue)
            }
        }
    }
}
