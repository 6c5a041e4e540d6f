// Metrics that answer "what happened?": rounds, injections, holds, and how long things took.

import Core

extension MetricRegistry {
    static let rounds: [MetricFamily] = [
        MetricFamily(
            .counter, "hazard_rounds", labels: ["namespace", "fault", "outcome"],
            "Closed rounds that struck, by outcome."
        ) { input, out in
            out.add(input.state.counters.rounds, known: input.namespaceFaults(outcomes))
        },
        MetricFamily(
            .counter, "hazard_sham_rounds", labels: ["namespace", "fault", "outcome"],
            "Closed rounds that injected nothing (sham or observed), by outcome."
        ) { input, out in
            out.add(input.state.counters.shams, known: input.namespaceFaults(outcomes))
        },
        MetricFamily(
            .counter, "hazard_injections", labels: ["namespace", "fault"],
            "Injections announced in the journal."
        ) { input, out in
            out.add(input.state.counters.injections, known: input.namespaceFaults)
        },
        MetricFamily(
            .counter, "hazard_injection_failures", labels: ["namespace", "fault", "reason"],
            "Injections that did not happen, by reason."
        ) { input, out in
            out.add(
                input.state.counters.injectionFailures,
                known: input.namespaceFaults(failures))
        },
        MetricFamily(
            .counter, "hazard_holds", labels: ["namespace", "reason"],
            "Ticks at which no round was started, by reason."
        ) { input, out in
            let known = input.namespaces.flatMap { namespace in
                HoldReason.allCases.map { Counters.key(namespace, $0.rawValue) }
            }
            out.add(input.state.counters.holds, known: known)
        },
        MetricFamily(
            .gauge, "hazard_next_round_timestamp_seconds", unit: "seconds",
            labels: ["namespace", "policy"],
            "When the policy's next round is due, in seconds since the epoch."
        ) { input, out in out.add(input.nextRounds) },
        MetricFamily(
            .gauge, "hazard_last_round_timestamp_seconds", unit: "seconds",
            labels: ["namespace", "policy"],
            "When the policy's newest round was planned, in seconds since the epoch."
        ) { input, out in
            var newest: [String: Timestamp] = [:]
            for round in input.state.rounds { newest[round.planned.policy] = round.plannedAt }
            out.add(newest)
        },
        MetricFamily(
            .histogram, "hazard_detection_delay_seconds", unit: "seconds",
            labels: ["namespace", "fault"],
            "Time from an injection to the detection of the anomaly it caused."
        ) { input, out in
            out.add(input.state.counters.detectionDelays, known: input.namespaceFaults)
        },
        MetricFamily(
            .histogram, "hazard_recovery_seconds", unit: "seconds",
            labels: ["namespace", "fault"],
            "Time from the onset of an anomaly that a round caused to its recovery: how long users "
                + "felt it."
        ) { input, out in
            out.add(input.state.counters.recoveryTimes, known: input.namespaceFaults)
        },
        MetricFamily(
            .histogram, "hazard_time_to_repair_seconds", unit: "seconds",
            labels: ["namespace", "fault"],
            "Time from the injection to the recovery of an anomaly that it caused."
        ) { input, out in
            out.add(input.state.counters.repairTimes, known: input.namespaceFaults)
        },
        MetricFamily(
            .histogram, "hazard_time_to_heal_seconds", unit: "seconds",
            labels: ["namespace", "fault"],
            "Time from the end of the fault to the recovery of an anomaly that it caused."
        ) { input, out in
            out.add(input.state.counters.healTimes, known: input.namespaceFaults)
        },
    ]

    private static let outcomes = Closed.Outcome.allCases.map(\.rawValue)
    private static let failures = [
        InjectionFailed.Kind.refused, .gone, .withdrawn, .error,
    ].map(\.rawValue)
}

extension MetricWriter {
    /// Instants of policies, sorted by policy.
    fileprivate mutating func add(_ instants: [String: Timestamp]) {
        for (policy, instant) in instants.sorted(by: { $0.key < $1.key }) {
            let (namespace, name) = splitPolicy(policy)
            add(instant.seconds, namespace, name)
        }
    }
}
