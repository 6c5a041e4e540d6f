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
            "  blastRadius: {budget: {injections: 20, failedRequests: 0}}",
            #"6:58: spec.blastRadius.budget.failedRequests: "0" is not a whole number from 1 "#
                + #"to 1000000000"#),
        PolicyMistake(
            "  blastRadius: {budget: {injections: 20, failedRequests: 5%}}",
            #"6:58: spec.blastRadius.budget.failedRequests: "5%" is not a whole number from 1 "#
                + #"to 1000000000"#),
        PolicyMistake(
            "  blastRadius: {budget: {failedRequests: 5000}}",
            #"6:25: spec.blastRadius.budget: "injections" is missing; write e.g. "#
                + #"{injections: 20, per: 24h}"#),
        PolicyMistake(
            "  blastRadius: {disruptionBudgets: honour}",
            #"6:36: spec.blastRadius.disruptionBudgets: "honour" is not known here; "#
                + #"known: respect, ignore"#),
        PolicyMistake(
            "  blastRadius: {grow: {after: {cleanRounds: 20}}}",
            #"6:23: spec.blastRadius.grow: "levels" is missing; write e.g. "#
                + #"{levels: [1, 10%, 30%], after: {cleanRounds: 20}}"#),
        PolicyMistake(
            "  blastRadius: {grow: {levels: []}}",
            "6:32: spec.blastRadius.grow.levels: the list is empty; write e.g. [1, 10%, 30%]"),
        PolicyMistake(
            "  blastRadius: {grow: {levels: 30%}}",
            #"6:32: spec.blastRadius.grow.levels: expected a list, found "30%"; write [30%]"#),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [0, 10%]}}",
            "6:33: spec.blastRadius.grow.levels[0]: 0 allows nothing, so nothing could be "
                + "earned; list growing levels, e.g. [1, 10%, 30%]"),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [1, 30%, 10%]}}",
            "6:41: spec.blastRadius.grow.levels[2]: 10% is not more than 30% before it; list "
                + "growing levels, e.g. [1, 10%, 30%]"),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [2, 2]}}",
            "6:36: spec.blastRadius.grow.levels[1]: 2 is not more than 2 before it; list "
                + "growing levels, e.g. [1, 10%, 30%]"),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [1, ten]}}",
            #"6:36: spec.blastRadius.grow.levels[1]: "ten" is not a number of pods or a "#
                + #"percentage; write e.g. 1 or 30%"#),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [1], after: {cleanRounds: 0}}}",
            #"6:58: spec.blastRadius.grow.after.cleanRounds: "0" is not a whole number from 1 "#
                + #"to 10000"#),
        PolicyMistake(
            "  blastRadius: {grow: {levels: [1], after: 20}}",
            #"6:44: spec.blastRadius.grow.after: expected a mapping, found "20"; known: "#
                + #"cleanRounds"#),
        PolicyMistake(
            "  blastRadius: {grows: {levels: [1]}}",
            #"6:17: spec.blastRadius: unknown key "grows"; did you mean "grow"? known: "#
                + #"concurrent, namespace, workload, node, budget, disruptionBudgets, grow"#),
        PolicyMistake(
            "  signals: istio",
            #"6:12: spec.signals: expected a list, found "istio"; begin each element with "#
                + #""- ""#),
        PolicyMistake(
            "  signals: [{istio: {signals: [errors, latencies]}}]",
            #"6:40: spec.signals[0].istio.signals[1]: "latencies" is not known here; did you "#
                + #"mean "latency"? known: errors, latency, traffic, connections"#),
        PolicyMistake(
            "  signals: [{istio: {signals: []}}]",
            "6:31: spec.signals[0].istio.signals: the list is empty; name some of errors, "
                + "latency, traffic, connections, or leave it out for all"),
        PolicyMistake(
            "  signals: [{istio: {}}, {istio: {}}]",
            "6:26: spec.signals[1]: istio stands twice, first at spec.signals[0]; keep one of "
                + "the two"),
        PolicyMistake(
            "  signals: [{prometheus: {}}]",
            #"6:14: spec.signals[0]: unknown key "prometheus"; known: istio, promql"#),
        PolicyMistake(
            "  signals: [{promql: {name: a, bad: 'sum(x{code=\"5\"}', total: sum(x)}}]",
            #"6:37: spec.signals[0].promql.bad: not PromQL: "(" is not closed (character 4)"#),
        PolicyMistake(
            "  signals: [{promql: {name: a, bad: 'sum(rate(x[1m]))', total: sum(x)}}]",
            "6:37: spec.signals[0].promql.bad: rate (character 5) makes a rate, and a counter is "
                + #"needed; write the counter itself, e.g. sum(http_requests_total{code=~"5.."})"#),
        PolicyMistake(
            "  signals: [{promql: {name: a, bad: x}}]",
            #"6:22: spec.signals[0].promql: "total" is missing; write bad and total, or gauge"#),
        PolicyMistake(
            "  signals: [{promql: {name: A, gauge: x}}]",
            #"6:29: spec.signals[0].promql.name: "A" is not a name; use at most 63 lower-case "#
                + "letters, digits and -"),
        PolicyMistake(
            "  signals: [{promql: {name: a, gauge: x, bad: y}}]",
            "6:47: spec.signals[0].promql.bad: a gauge has no bad; write gauge alone, or bad and "
                + "total"),
        PolicyMistake(
            "  signals: [{promql: {name: a, gauge: x}}, {promql: {name: a, gauge: y}}]",
            "6:60: spec.signals[1].promql.name: the signal a is already defined; rename one of "
                + "the two, or remove it"),
        PolicyMistake(
            "  signals: [{istio: {port: 1}}]",
            #"6:22: spec.signals[0].istio: unknown key "port"; known: signals"#),
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
