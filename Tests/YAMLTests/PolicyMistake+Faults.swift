// Mistakes in spec.faults and spec.sham, with the whole text of each error.

extension PolicyMistake {
    /// spec.faults and spec.sham.
    static let faults: [PolicyMistake] = [
        PolicyMistake(
            "  mode: enforce",
            "5:3: spec.faults: mode enforce needs at least one fault; list one of "
                + "http-abort, pod-delete, pod-evict, or write mode: observe"),
        PolicyMistake(
            """
              mode: enforce
              faults: []
            """,
            "7:11: spec.faults: mode enforce needs at least one fault; list one of "
                + "http-abort, pod-delete, pod-evict, or write mode: observe"),
        PolicyMistake(
            "  faults: pod-delete",
            #"6:11: spec.faults: expected a list, found "pod-delete"; begin each element "#
                + #"with "- ""#),
        PolicyMistake(
            "  faults: [pod-delete]",
            #"6:12: spec.faults[0]: expected a mapping, found "pod-delete"; write e.g. "#
                + #"{kind: http-abort}"#),
        PolicyMistake(
            "  faults: [{weight: 1}]",
            #"6:12: spec.faults[0]: "kind" is missing; known: http-abort, pod-delete, "#
                + #"pod-evict"#),
        PolicyMistake(
            "  faults: [{kind: pod-delet}]",
            #"6:19: spec.faults[0].kind: the fault "pod-delet" is not known; did you mean "#
                + #""pod-delete"? known: http-abort, pod-delete, pod-evict"#),
        PolicyMistake(
            "  faults: [{kind: node-explode}]",
            #"6:19: spec.faults[0].kind: the fault "node-explode" is not known; known: "#
                + #"http-abort, pod-delete, pod-evict"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, weight: 0}]",
            #"6:39: spec.faults[0].weight: "0" is not a number greater than 0 and at most "#
                + #"1000000"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, weight: -1}]",
            #"6:39: spec.faults[0].weight: "-1" is not a number greater than 0 and at "#
                + #"most 1000000"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, weight: heavy}]",
            #"6:39: spec.faults[0].weight: "heavy" is not a number greater than 0 and at "#
                + #"most 1000000"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, grace: 5s}]",
            #"6:31: spec.faults[0]: unknown key "grace"; known: kind, weight, gracePeriod"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, gracePeriod: 2h}]",
            #"6:44: spec.faults[0].gracePeriod: "2h" is not a duration from 0s to 1h; how "#
                + #"long the pod may take to stop"#),
        PolicyMistake(
            "  faults: [{kind: pod-delete, gracePeriod: 5}]",
            #"6:44: spec.faults[0].gracePeriod: "5" is not a duration from 0s to 1h; how "#
                + #"long the pod may take to stop"#),
        PolicyMistake(
            "  faults: [{kind: http-abort, percent: 30}]",
            #"6:12: spec.faults[0]: parameter "status" is missing; the HTTP status"#),
        PolicyMistake(
            "  faults: [{kind: http-abort, status: 700, percent: many}]",
            #"6:39: spec.faults[0].status: "700" is not a whole number from 400 to 599; "#
                + #"the HTTP status"#,
            #"6:53: spec.faults[0].percent: "many" is not a number from 0.0 to 100.0; of "#
                + #"the requests"#),
        PolicyMistake(
            "  sham: 20",
            #"6:9: spec.sham: "20" is not a percentage; write 20%"#),
        PolicyMistake(
            "  sham: 101%",
            #"6:9: spec.sham: "101%" is more than 100%; write 0% to 100%"#),
    ]
}
