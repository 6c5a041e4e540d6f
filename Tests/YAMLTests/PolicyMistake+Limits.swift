// Mistakes in spec.blastRadius, signals, judge and gate, with the whole text of each error.

extension PolicyMistake {
    /// spec.blastRadius, signals, judge and gate.
    static let limits: [PolicyMistake] = [
        PolicyMistake(
            "  blastRadius: {concurrent: {injections: 0}}",
            #"6:42: spec.blastRadius.concurrent.injections: "0" is not a whole number "#
                + #"from 1 to 1000"#),
        PolicyMistake(
            #"  blastRadius: {concurrent: {injections: "1"}}"#,
            #"6:42: spec.blastRadius.concurrent.injections: "1" is quoted, so it is not a "#
                + #"number; write 1"#),
        PolicyMistake(
            "  blastRadius: {concurrent: 1}",
            #"6:29: spec.blastRadius.concurrent: expected a mapping, found "1"; known: "#
                + #"injections"#),
        PolicyMistake(
            "  blastRadius: {namespace: {maxUnavailable: 30.5.1%}}",
            #"6:45: spec.blastRadius.namespace.maxUnavailable: "30.5.1%" is not a number "#
                + #"of pods or a percentage; write e.g. 1 or 30%"#),
        PolicyMistake(
            "  blastRadius: {namespace: {maxUnavailable: -1}}",
            #"6:45: spec.blastRadius.namespace.maxUnavailable: "-1" is not a number of "#
                + #"pods or a percentage; write e.g. 1 or 30%"#),
        PolicyMistake(
            #"  blastRadius: {namespace: {maxUnavailable: "3"}}"#,
            #"6:45: spec.blastRadius.namespace.maxUnavailable: "3" is not a number of "#
                + #"pods or a percentage; write 3, without quotes"#),
        PolicyMistake(
            "  blastRadius: {workload: {maxUnavailable: 200%}}",
            #"6:44: spec.blastRadius.workload.maxUnavailable: "200%" is more than 100%; "#
                + #"write 0% to 100%"#),
        PolicyMistake(
            "  blastRadius: {workload: {minReady: 50%}}",
            #"6:38: spec.blastRadius.workload.minReady: "50%" is not a whole number from "#
                + #"0 to 100000"#),
        PolicyMistake(
            "  blastRadius: {workload: {minReady: }}",
            "6:28: spec.blastRadius.workload.minReady: has no value; write one, or "
                + "remove the key"),
        PolicyMistake(
            "  blastRadius: {workload: {cooldown: 1y}}",
            #"6:38: spec.blastRadius.workload.cooldown: "1y" is not a duration; write "#
                + #"e.g. 90s, 5m or 1h30m"#),
        PolicyMistake(
            "  blastRadius: {node: {maxUnavailable: one}}",
            #"6:40: spec.blastRadius.node.maxUnavailable: "one" is not a number of pods "#
                + #"or a percentage; write e.g. 1 or 30%"#),
        PolicyMistake(
            "  blastRadius: {budget: {per: 24h}}",
            #"6:25: spec.blastRadius.budget: "injections" is missing; write e.g. "#
                + #"{injections: 20, per: 24h}"#),
        PolicyMistake(
            "  blastRadius: {budget: {injections: 20, per: 1s}}",
            #"6:47: spec.blastRadius.budget.per: "1s" is not a duration from 1m to 30d"#),
        PolicyMistake(
            "  blastRadius: {budget: {injections: 20, failedRequests: 5000}}",
            "6:42: spec.blastRadius.budget.failedRequests: not supported in this "
                + "version; remove it, and limit injections instead"),
        PolicyMistake(
            "  blastRadius: {disruptionBudgets: honour}",
            #"6:36: spec.blastRadius.disruptionBudgets: "honour" is not known here; "#
                + #"known: respect, ignore"#),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [1, 10%]}}",
            "6:17: spec.blastRadius.grow: not supported in this version; remove it, and "
                + "widen the limits by hand"),
        PolicyMistake(
            "  signals: istio",
            #"6:12: spec.signals: expected a list, found "istio"; begin each element with "#
                + #""- ""#),
        PolicyMistake(
            "  signals: [{promql: {name: a}}]",
            "6:14: spec.signals[0].promql: not supported in this version; remove it: the "
                + "Istio request metrics of every service of the namespace are judged"),
        PolicyMistake(
            "  signals: [{prometheus: {}}]",
            #"6:14: spec.signals[0]: unknown key "prometheus"; known: istio"#),
        PolicyMistake(
            "  signals: [{istio: {port: 1}}]",
            "6:14: spec.signals[0].istio: settings of istio are not supported in this "
                + "version; remove it: the Istio request metrics of every service of the "
                + "namespace are judged"),
        PolicyMistake(
            "  judge: {falseAlarms: 1}",
            #"6:24: spec.judge.falseAlarms: "1" is not a rate of alarms; write e.g. 1 per "#
                + #"30d, with at least a minute"#),
        PolicyMistake(
            "  judge: {falseAlarms: 0 per 30d}",
            #"6:24: spec.judge.falseAlarms: "0 per 30d" is not a rate of alarms; write "#
                + #"e.g. 1 per 30d, with at least a minute"#),
        PolicyMistake(
            "  judge: {roundAlpha: 0%}",
            #"6:23: spec.judge.roundAlpha: "0%" is not a percentage greater than 0% and "#
                + #"at most 50%; write e.g. 1%"#),
        PolicyMistake(
            "  judge: {roundAlpha: 0.01}",
            #"6:23: spec.judge.roundAlpha: "0.01" is not a percentage; write 1%"#),
        PolicyMistake(
            "  judge: {observe: 0s}",
            #"6:20: spec.judge.observe: "0s" is not a duration from 1s to 30d"#),
        PolicyMistake(
            "  judge: {recovery: long}",
            #"6:21: spec.judge.recovery: "long" is not a duration; write e.g. 90s, 5m or "#
                + #"1h30m"#),
        PolicyMistake(
            "  gate: {holdWhile: [alertsFiring]}",
            #"6:22: spec.gate.holdWhile[0]: "alertsFiring" is not known here; did you "#
                + #"mean "alertFiring"? known: alertFiring, rolloutInProgress, blind"#),
        PolicyMistake(
            "  gate: {holdWhile: [blind, blind]}",
            #"6:29: spec.gate.holdWhile[1]: "blind" is listed twice; keep one of the two"#),
        PolicyMistake(
            "  gate: {stopAfter: 1}",
            #"6:21: spec.gate.stopAfter: expected a mapping, found "1"; known: "#
                + #"unrecovered"#),
        PolicyMistake(
            "  gate: {stopAfter: {unrecovered: -1}}",
            #"6:35: spec.gate.stopAfter.unrecovered: "-1" is not a whole number from 0 to "#
                + #"1000"#),
        PolicyMistake(
            "  gates: {}",
            #"6:3: spec: unknown key "gates"; did you mean "gate"? known: mode, schedule, "#
                + #"targets, faults, sham, blastRadius, signals, judge, gate"#),
    ]
}
