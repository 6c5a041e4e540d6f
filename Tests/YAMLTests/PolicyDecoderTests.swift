import Core
import Testing
import YAML

/// The decoder as the daemon has it, with a few zones and the parameters of three kinds of fault.
func decodePolicies(_ files: [(name: String, text: String)]) -> DecodedPolicies {
    let grace = ParameterSpec(
        "gracePeriod", .duration(.zero ... .seconds(3600)), default: "30s",
        "how long the pod may take to stop")
    let decoder = PolicyDecoder(
        faults: [
            "pod-delete": [grace], "pod-evict": [grace],
            "http-abort": [
                ParameterSpec("status", .integer(400...599), default: nil, "the HTTP status"),
                ParameterSpec("percent", .number(0...100), default: "100", "of the requests"),
            ],
        ],
        zone: { (name) throws(ConfigError) in
            guard ["UTC", "Europe/Berlin"].contains(name) else {
                throw ConfigError(
                    message: "unknown time zone \(name)", fix: "did you mean Europe/Berlin?")
            }
            return Zone(name: name, initial: .init(offset: 0, abbreviation: "X"))
        })
    return decoder.decode(
        files.map {
            let contents = YAML.read($0.text)
            return PolicySource(
                file: $0.name, documents: contents.documents, digest: "d", errors: contents.errors)
        })
}

func decodePolicies(_ text: String) -> DecodedPolicies { decodePolicies([("", text)]) }

@Suite struct PolicyDecoderTests {
    @Test(
        arguments: PolicyMistake.documentHead + PolicyMistake.schedule + PolicyMistake.targets
            + PolicyMistake.faults + PolicyMistake.limits)
    func mistake(_ row: PolicyMistake) {
        let decoded = decodePolicies(row.text)
        #expect(decoded.errors.map(\.description) == row.expected)
        #expect(decoded.policies.isEmpty)
    }

    @Test func everyMistakeOfAFileIsReportedByPosition() {
        let decoded = decodePolicies(
            [
                (
                    "a.yaml",
                    """
                    apiVersion: hazard.dev/v1alpha1
                    kind: ChaosPolicy
                    metadata: {name: a, namespace: kube-system}
                    spec:
                      schedule: {every: often, jitter: 20}
                      sham: all
                    ---
                    kind: Deployment
                    ---
                    apiVersion: hazard.dev/v1alpha1
                    kind: ChaosPolicy
                    metadata: {name: b, namespace: go-app}
                    spec: {schedule: {every: 2m}}
                    """
                )
            ])
        #expect(
            decoded.errors.map { "\($0.file):\($0.line):\($0.column) \($0.path)" } == [
                "a.yaml:3:32 metadata.namespace", "a.yaml:5:21 spec.schedule.every",
                "a.yaml:5:36 spec.schedule.jitter", "a.yaml:6:9 spec.sham", "a.yaml:8:7 kind",
            ])
        #expect(decoded.policies.map(\.id) == ["go-app/b"])
    }

    @Test func aNameIsUniqueAmongFiles() {
        let text = PolicyMistake.head + "spec: {schedule: {every: 2m}}\n"
        let decoded = decodePolicies([("a.yaml", text), ("b.yaml", "# second\n" + text)])
        #expect(
            decoded.errors.map(\.description) == [
                "b.yaml:4:18: metadata.name: the policy go-app/staging is already defined at "
                    + "a.yaml:3:18; rename one of the two, or remove it"
            ])
        #expect(decoded.policies.map(\.source) == ["a.yaml"])
    }

    @Test func mistakesOfTheTextAreReportedToo() {
        let decoded = decodePolicies("a: 1\na: 2\n")
        #expect(
            decoded.errors.map(\.description) == [
                "1:1: \"kind\" is missing; write kind: ChaosPolicy",
                "2:1: the key \"a\" is repeated; it first stands at 1:1; keep one of the two",
            ])
    }

    @Test func defaults() throws {
        let decoded = decodePolicies(PolicyMistake.head + "spec: {schedule: {every: 2m}}\n")
        #expect(decoded.errors.isEmpty)
        let policy = try #require(decoded.policies.first)
        #expect(
            policy
                == Policy(
                    name: "staging", namespace: "go-app", mode: .observe,
                    schedule: Schedule(cadence: .every(.seconds(120))),
                    targets: PodTargets(owners: ["Deployment", "StatefulSet"]), faults: [],
                    sham: 0.2, blastRadius: BlastRadius(), judge: JudgeTimes(), gate: GateRules(),
                    source: "", digest: "d"))
    }

    @Test func signals() throws {
        func istio(_ text: String) -> [Signal]? {
            let decoded = decodePolicies(
                PolicyMistake.head + "spec: {schedule: {every: 2m}, signals: \(text)}\n")
            return decoded.errors.isEmpty ? decoded.policies.first?.signals.istio : nil
        }
        #expect(istio("[{istio: {}}]") == Signal.allCases)
        #expect(istio("[{istio: null}]") == Signal.allCases)
        #expect(istio("[{istio: {signals: [traffic, errors]}}]") == [.badRatio, .traffic])
        let decoded = decodePolicies(
            PolicyMistake.head + """
                spec:
                  schedule: {every: 2m}
                  signals:
                    - promql: {name: checkout, bad: 'sum(x{code=~"5.."})', total: sum(x)}
                    - istio: {signals: [errors]}
                    - promql: {name: queue, gauge: 'max(queue_length)'}
                """)
        #expect(decoded.errors.map(\.description) == [])
        let signals = decoded.policies.first?.signals
        #expect(signals?.istio == [.badRatio])
        #expect(
            signals?.queries.map(\.service.description) == [
                "go-app/promql:checkout", "go-app/gauge:queue",
            ])
        let policy = decoded.policies.first
        #expect(policy?.unanswerable(by: "prometheus") == [])
        #expect(
            policy?.unanswerable(by: "scrape").first?.description
                == "7:15: spec.signals: checkout is PromQL, and the signals come from the scrape, "
                + "which evaluates none; write signals: {kind: prometheus, url: …} in the "
                + "configuration, or remove it")
        #expect(
            signals?.queries.first?.kind == .ratio(bad: #"sum(x{code=~"5.."})"#, total: "sum(x)"))
    }

    @Test func everyField() throws {
        let decoded = decodePolicies(PolicyMistake.head + Self.everything)
        #expect(decoded.errors.map(\.description) == [])
        let policy = try #require(decoded.policies.first)
        #expect(policy.mode == .enforce)
        #expect(policy.schedule.cadence == .every(.seconds(120)))
        #expect(policy.schedule.jitter == 0.3)
        #expect(policy.schedule.zone.name == "Europe/Berlin")
        #expect(
            policy.schedule.windows == [
                TimeWindow(weekdays: [1, 2, 3, 4, 5], from: 540, to: 1020),
                TimeWindow(weekdays: [6, 7, 1], from: 1320, to: 360),
                TimeWindow(weekdays: [3], from: 0, to: 1440),
            ])
        #expect(policy.schedule.exceptDates.map(\.text) == ["2026-12-24", "2027-01-01"])
        #expect(
            policy.targets.selector.expressions == [
                .init(key: "app", operation: .isIn, values: ["go-app"]),
                .init(key: "hazard.dev/skip", operation: .doesNotExist),
                .init(key: "tier", operation: .notIn, values: ["a", ""]),
            ])
        #expect(policy.targets.owners == [])
        #expect(policy.targets.excludeNames.map(\.text) == ["^canary-"])
        #expect(policy.targets.minAge == .seconds(300))
        #expect(policy.targets.choose == .pod)
        #expect(policy.faults.map(\.kind) == ["pod-evict", "pod-delete"])
        #expect(policy.faults.map(\.weight) == [3, 1])
        #expect(
            policy.faults.map { $0.parameters.duration("gracePeriod") } == [.seconds(30), .zero])
        #expect(policy.sham == 1)
        #expect(
            policy.blastRadius
                == BlastRadius(
                    concurrentInjections: 2, namespaceMaxUnavailable: .share(0.25),
                    workloadMaxUnavailable: .count(1), minReady: 0, cooldown: .seconds(60),
                    nodeMaxUnavailable: .share(0.5), budgetInjections: 20,
                    budgetPeriod: .seconds(3600), budgetFailedRequests: 5000,
                    growth: Growth(
                        levels: [.count(1), .share(0.1), .share(0.3)], cleanRounds: 5),
                    respectDisruptionBudgets: false))
        #expect(
            policy.judge
                == JudgeTimes(
                    falseAlarmPeriod: .seconds(15 * 86_400), roundAlpha: 0.02,
                    observe: .seconds(20), recovery: .seconds(30)))
        #expect(policy.gate == GateRules(holdWhile: [.blind], stopAfterUnrecovered: 0))
    }

    @Test func aSystemNamespaceNeedsTheAnnotation() {
        let text = """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata:
              name: dns
              namespace: kube-system
              annotations: {hazard.dev/allow-system-namespace: "true"}
            spec: {schedule: {cron: "@daily"}}
            """
        let decoded = decodePolicies(text)
        #expect(decoded.errors.isEmpty)
        #expect(decoded.policies.map(\.id) == ["kube-system/dns"])
    }

    @Test func anObjectFromTheClusterIsTheSameSchema() {
        let text = """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata:
              name: staging
              namespace: go-app
              uid: 7c1f
              resourceVersion: "12"
              generation: 2
              creationTimestamp: "2026-11-21T06:00:00Z"
              managedFields: []
            spec: {schedule: {every: 2m}}
            status: {}
            """
        #expect(decodePolicies(text).errors.isEmpty)
    }

    static let everything = """
        spec:
          mode: enforce
          schedule:
            every: 2m
            jitter: 30%
            timeZone: Europe/Berlin
            windows:
              - {days: [Mon-Fri], from: "09:00", to: "17:00"}
              - {days: [Sat-Mon], from: "22:00", to: "06:00"}
              - {days: [Wed], from: 00:00, to: 24:00}
            exceptDates: [2027-01-01, "2026-12-24"]
          targets:
            pods:
              selector:
                matchLabels: {app: go-app}
                matchExpressions:
                  - {key: hazard.dev/skip, operator: DoesNotExist}
                  - {key: tier, operator: NotIn, values: [a, ""]}
              owners: ["*"]
              excludeNames: ["^canary-"]
              minAge: 5m
              choose: pod
          faults:
            - {kind: pod-evict, weight: 3}
            - {kind: pod-delete, gracePeriod: 0s}
          sham: 100%
          blastRadius:
            concurrent: {injections: 2}
            namespace: {maxUnavailable: 25%}
            workload: {maxUnavailable: 1, minReady: 0, cooldown: 1m}
            node: {maxUnavailable: 50%}
            budget: {injections: 20, per: 1h, failedRequests: 5000}
            grow: {levels: [1, 10%, 30%], after: {cleanRounds: 5}}
            disruptionBudgets: ignore
          signals: [istio: {}]
          judge: {falseAlarms: 2 per 30d, roundAlpha: 2%, observe: 20s, recovery: 30s}
          gate: {holdWhile: [blind], stopAfter: {unrecovered: 0}}
        """
}
