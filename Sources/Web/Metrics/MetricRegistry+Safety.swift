// Metrics that answer "is it safe?": what is broken now, by us or otherwise, and what holds us
// back.

import Core

extension MetricRegistry {
    static let safety: [MetricFamily] = [
        MetricFamily(
            .gauge, "hazard_faults_active", labels: ["namespace", "fault"],
            "Injections announced and not yet reverted."
        ) { input, out in
            var counts: [String: Int] = [:]
            for open in input.state.openInjections {
                counts[Counters.key(splitPolicy(open.policy).namespace, open.fault), default: 0] +=
                    1
            }
            out.add(counts, known: input.namespaceFaults)
        },
        MetricFamily(
            .gauge, "hazard_blast_radius_ratio", unit: "ratio", labels: ["namespace", "scope"],
            "Share of a blast-radius limit's population that is unavailable now."
        ) { input, out in
            for use in input.sortedLimits { out.add(use.used, use.namespace, use.scope) }
        },
        MetricFamily(
            .gauge, "hazard_blast_radius_limit_ratio", unit: "ratio",
            labels: ["namespace", "scope"],
            "Largest share of the population that the policy allows to be unavailable."
        ) { input, out in
            for use in input.sortedLimits { out.add(use.allowed, use.namespace, use.scope) }
        },
        MetricFamily(
            .gauge, "hazard_anomalies_active", labels: ["namespace", "service", "signal"],
            "Anomalies that have not recovered."
        ) { input, out in
            var counts: [String: Int] = [:]
            for anomaly in input.state.anomalies {
                let service = anomaly.service
                counts[
                    Counters.key(service.namespace, service.name, anomaly.signal.rawValue),
                    default: 0] += 1
            }
            out.add(counts, known: input.serviceKeys)
        },
        MetricFamily(
            .gauge, "hazard_unrecovered_services", labels: ["namespace"],
            "Services with an anomaly that outlived the recovery time."
        ) { input, out in
            var services: [String: Set<String>] = [:]
            for anomaly in input.state.anomalies where anomaly.unrecovered != nil {
                services[anomaly.service.namespace, default: []].insert(anomaly.service.name)
            }
            out.add(services.mapValues(\.count), known: input.namespaces)
        },
        MetricFamily(
            .gauge, "hazard_blind",
            "1 while the signals are unreadable and no round may start."
        ) { input, out in out.add(input.state.blind != nil) },
        MetricFamily(
            .gauge, "hazard_blind_namespaces", labels: ["namespace"],
            "1 while the services of a namespace are not seen, so that no round may start there."
        ) { input, out in
            out.add(input.state.blindNamespaces.mapValues { _ in 1 }, known: input.namespaces)
        },
        MetricFamily(
            .gauge, "hazard_halted", "1 while the kill switch is pulled."
        ) { input, out in out.add(input.state.halted != nil) },
        MetricFamily(
            .gauge, "hazard_paused", labels: ["namespace", "policy"],
            "1 while the policy's mode is paused."
        ) { input, out in
            for policy in input.policies {
                out.add(policy.mode == .paused ? 1 : 0, policy.namespace, policy.name)
            }
        },
        MetricFamily(
            .gauge, "hazard_enforcing", labels: ["namespace", "policy"],
            "1 when the policy injects faults, 0 when it only observes or is paused."
        ) { input, out in
            for policy in input.policies {
                out.add(policy.mode == .enforce ? 1 : 0, policy.namespace, policy.name)
            }
        },
        MetricFamily(
            .gauge, "hazard_leading", "1 while this instance holds the leadership."
        ) { input, out in out.add(input.isLeader) },
        MetricFamily(
            .counter, "hazard_revert_failures", "Attempts to revert an injection that failed."
        ) { input, out in out.add(Double(input.state.counters.revertFailures)) },
    ]
}

extension MetricInput {
    /// Each namespace and scope once.
    fileprivate var sortedLimits: [BlastRadiusUse] {
        var seen: Set<String> = []
        return limits.sorted { ($0.namespace, $0.scope) < ($1.namespace, $1.scope) }.filter {
            seen.insert(Counters.key($0.namespace, $0.scope)).inserted
        }
    }
}
