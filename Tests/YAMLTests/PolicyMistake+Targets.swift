// Mistakes in spec itself and spec.targets, with the whole text of each error.

extension PolicyMistake {
    /// spec itself and spec.targets.
    static let targets: [PolicyMistake] = [
        PolicyMistake(
            "  target: {}",
            #"6:3: spec: unknown key "target"; did you mean "targets"? known: mode, "#
                + #"schedule, targets, faults, sham, blastRadius, signals, judge, gate"#),
        PolicyMistake(
            "  mode: enforced",
            #"6:9: spec.mode: "enforced" is not known here; did you mean "enforce"? "#
                + #"known: observe, enforce, paused"#),
        PolicyMistake(
            "  mode: []",
            "6:9: spec.mode: expected one of observe, enforce, paused, found a list"),
        PolicyMistake(
            "  targets: {nodes: {}}",
            "6:13: spec.targets.nodes: not supported in this version; remove it: only "
                + "pods are drawn so far"),
        PolicyMistake(
            "  targets: {pods: {labels: {a: b}}}",
            #"6:20: spec.targets.pods: unknown key "labels"; known: selector, owners, "#
                + #"excludeNames, minAge, choose"#),
        PolicyMistake(
            "  targets: {pods: {selector: {app: go-app}}}",
            #"6:31: spec.targets.pods.selector: unknown key "app"; known: matchLabels, "#
                + #"matchExpressions"#),
        PolicyMistake(
            #"  targets: {pods: {selector: {matchLabels: {"": x}}}}"#,
            "6:45: spec.targets.pods.selector.matchLabels: the label key is empty; write "
                + "name or prefix/name: at most 63 letters, digits, -, _ and . with a letter "
                + "or digit at both ends"),
        PolicyMistake(
            #"  targets: {pods: {selector: {matchLabels: {"a b": x}}}}"#,
            #"6:45: spec.targets.pods.selector.matchLabels: "a b" is not a label key; "#
                + #"write name or prefix/name: at most 63 letters, digits, -, _ and . with a "#
                + #"letter or digit at both ends"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchLabels: {Example.com/app: x}}}}",
            #"6:45: spec.targets.pods.selector.matchLabels: "Example.com/app" is not a "#
                + #"label key; write name or prefix/name: at most 63 letters, digits, -, _ and "#
                + #". with a letter or digit at both ends"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchLabels: {app: 5}}}}",
            #"6:50: spec.targets.pods.selector.matchLabels.app: 5 is not a string, as "#
                + #"label values are; write "5" in quotes"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchLabels: {app: -go-}}}}",
            #"6:50: spec.targets.pods.selector.matchLabels.app: "-go-" is not a label "#
                + #"value; use at most 63 letters, digits, -, _ and . with a letter or digit at "#
                + #"both ends"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchLabels: [app]}}}",
            "6:44: spec.targets.pods.selector.matchLabels: expected a mapping of labels, "
                + "found a list; write e.g. {app: go-app}"),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: [{key: app, operator: in, "
                + "values: [a]}]}}}",
            #"6:71: spec.targets.pods.selector.matchExpressions[0].operator: "in" is not "#
                + #"known here; did you mean "In"? known: In, NotIn, Exists, DoesNotExist"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: [{key: app, operator: In}]}}}",
            "6:50: spec.targets.pods.selector.matchExpressions[0]: In needs values; "
                + "write values: [a, b]"),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: [{key: app, operator: "
                + "NotIn, values: []}]}}}",
            "6:86: spec.targets.pods.selector.matchExpressions[0]: NotIn needs values; "
                + "write values: [a, b]"),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: [{key: app, operator: "
                + "Exists, values: [a]}]}}}",
            "6:79: spec.targets.pods.selector.matchExpressions[0].values: Exists takes "
                + "no values; remove values, or use In or NotIn"),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: [{operator: Exists}]}}}",
            #"6:50: spec.targets.pods.selector.matchExpressions[0]: "key" is missing; "#
                + #"name the label"#),
        PolicyMistake(
            "  targets: {pods: {selector: {matchExpressions: {key: app}}}}",
            #"6:49: spec.targets.pods.selector.matchExpressions: expected a list, found a "#
                + #"mapping; begin each element with "- ""#),
        PolicyMistake(
            "  targets: {pods: {owners: [deployment]}}",
            #"6:29: spec.targets.pods.owners[0]: "deployment" is not a kind of workload; "#
                + #"write Deployment"#),
        PolicyMistake(
            "  targets: {pods: {owners: []}}",
            #"6:28: spec.targets.pods.owners: the list is empty; name kinds such as "#
                + #"Deployment, or write ["*"] for all"#),
        PolicyMistake(
            #"  targets: {pods: {owners: ["*", Pod]}}"#,
            #"6:28: spec.targets.pods.owners: "*" means all kinds and stands alone; "#
                + #"write ["*"], or name the kinds"#),
        PolicyMistake(
            "  targets: {pods: {owners: [Deployment, Deployment]}}",
            #"6:41: spec.targets.pods.owners[1]: "Deployment" is listed twice; keep one "#
                + #"of the two"#),
        PolicyMistake(
            #"  targets: {pods: {excludeNames: ["canary("]}}"#,
            #"6:35: spec.targets.pods.excludeNames[0]: "canary(" is not a regular "#
                + #"expression; write e.g. ^canary- and put a backslash before a literal . ( [ "#
                + #"or *"#),
        PolicyMistake(
            #"  targets: {pods: {excludeNames: [""]}}"#,
            "6:35: spec.targets.pods.excludeNames[0]: the pattern is empty and matches "
                + "every name"),
        PolicyMistake(
            "  targets: {pods: {minAge: young}}",
            #"6:28: spec.targets.pods.minAge: "young" is not a duration; write e.g. 90s, "#
                + #"5m or 1h30m"#),
        PolicyMistake(
            "  targets: {pods: {choose: workloads}}",
            #"6:28: spec.targets.pods.choose: "workloads" is not known here; did you mean "#
                + #""workload"? known: workload, pod"#),
    ]
}
