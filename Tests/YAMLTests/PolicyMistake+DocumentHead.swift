// Mistakes in the lines before spec, with the whole text of each error.

extension PolicyMistake {
    /// The lines before spec.
    static let documentHead: [PolicyMistake] = [
        PolicyMistake(
            whole: """
                - a
                - b
                """,
            "1:1: expected a policy, found a list; begin with apiVersion: "
                + "hazard.dev/v1alpha1 and kind: ChaosPolicy"),
        PolicyMistake(
            whole: "just text",
            #"1:1: expected a policy, found "just text"; begin with apiVersion: "#
                + #"hazard.dev/v1alpha1 and kind: ChaosPolicy"#),
        PolicyMistake(
            whole: """
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"1:1: "apiVersion" is missing; write apiVersion: hazard.dev/v1alpha1"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"1:13: apiVersion: "hazard.dev/v1" is not "hazard.dev/v1alpha1"; write "#
                + #"apiVersion: hazard.dev/v1alpha1"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"1:1: "kind" is missing; write kind: ChaosPolicy"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: Deployment
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"2:7: kind: "Deployment" is not "ChaosPolicy"; write kind: ChaosPolicy"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ClusterChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"2:7: kind: "ClusterChaosPolicy" is not "ChaosPolicy"; it is not supported "#
                + #"in this version: write a ChaosPolicy for each namespace"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: HazardConfiguration
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"2:7: kind: "HazardConfiguration" is not "ChaosPolicy"; it configures the "#
                + #"daemon: give it with --config, not as a policy"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                spec: {schedule: {every: 2m}}
                """,
            #"1:1: "metadata" is missing; write metadata: {name: …, namespace: …}"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                """,
            #"1:1: "spec" is missing; write spec: with a schedule and faults"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec:
                """,
            "4:1: spec: has no value; write one, or remove the key"),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec: 5
                """,
            #"4:7: spec: expected a mapping, found "5"; known: mode, schedule, targets, "#
                + #"faults, sham, blastRadius, signals, judge, gate"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app}
                spec: {schedule: {every: 2m}}
                sepc: {}
                """,
            #"5:1: unknown key "sepc"; did you mean "spec"? known: apiVersion, kind, "#
                + #"metadata, spec"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            #"3:11: metadata: "name" is missing; name the policy, e.g. name: staging"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging}
                spec: {schedule: {every: 2m}}
                """,
            #"3:11: metadata: "namespace" is missing; name the namespace the policy is "#
                + #"for; it can never touch another"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: Staging, namespace: go_app}
                spec: {schedule: {every: 2m}}
                """,
            #"3:18: metadata.name: "Staging" is not an object name; use at most 253 "#
                + #"lower-case letters, digits, - and ., as in staging"#,
            #"3:38: metadata.namespace: "go_app" is not a namespace name; use at most 63 "#
                + #"lower-case letters, digits and -, as in go-app"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: [a], namespace: go-app}
                spec: {schedule: {every: 2m}}
                """,
            "3:18: metadata.name: expected an object name, found a list"),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: go-app, label: {}}
                spec: {schedule: {every: 2m}}
                """,
            #"3:46: metadata: unknown key "label"; did you mean "labels"? known: name, "#
                + #"namespace, labels, annotations"#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: kube-system}
                spec: {schedule: {every: 2m}}
                """,
            #"3:38: metadata.namespace: "kube-system" is a system namespace: chaos there "#
                + #"can take the whole cluster down; name another, or write the annotation "#
                + #"hazard.dev/allow-system-namespace: "true""#),
        PolicyMistake(
            whole: """
                apiVersion: hazard.dev/v1alpha1
                kind: ChaosPolicy
                metadata: {name: staging, namespace: istio-system,
                  annotations: {hazard.dev/allow-system-namespace: true}}
                spec: {schedule: {every: 2m}}
                """,
            #"3:38: metadata.namespace: "istio-system" is a system namespace: chaos there "#
                + #"can take the whole cluster down; name another, or write the annotation "#
                + #"hazard.dev/allow-system-namespace: "true""#),
    ]
}
