import Core
import Testing
import YAML

/// The decoder with sources and notifiers like the real ones.
func decodeConfiguration(
    _ text: String
) -> (configuration: DaemonConfiguration?, errors: [ConfigError]) {
    let interval = ParameterSpec(
        "interval", .duration(.milliseconds(100) ... .seconds(300)), default: "15s", "how often")
    let url = ParameterSpec("url", .url, default: nil, "where")
    let decoder = DaemonConfigurationDecoder(
        sources: [
            "prometheus": [
                url, interval, ParameterSpec("bearerTokenFile", .string, default: "", "a file"),
            ],
            "scrape": [interval],
        ],
        notifiers: ["alertmanager": [url], "webhook": [url]],
        alertHistories: ["alertmanager": [url], "none": []])
    let contents = YAML.read(text)
    return decoder.decode(contents.documents, file: "")
}

@Suite struct DaemonConfigurationTests {
    private static let head = "apiVersion: hazard.dev/v1alpha1\nkind: HazardConfiguration\n"
    private static let least = head + "policies: [p]\nsignals: {kind: scrape}\n"

    @Test func defaults() throws {
        let (found, errors) = decodeConfiguration(Self.least)
        #expect(errors.isEmpty)
        let configuration = try #require(found)
        let expected = DaemonConfiguration(policies: ["p"], signals: configuration.signals)
        #expect(configuration == expected)
        #expect(configuration.signals.kind == "scrape")
        #expect(configuration.signals.parameters.duration("interval") == .seconds(15))
    }

    @Test func everyField() throws {
        let (found, errors) = decodeConfiguration(
            Self.head + """
                listen: "[::1]:0"
                journal: /var/lib/hazard/journal.db
                policies: [a.yaml, b/]
                kubernetes: {kubeconfig: k, context: c}
                signals: {kind: prometheus, url: "https://p.example/x", interval: 5s}
                notifiers: [{kind: webhook, url: "http://w"}, {kind: alertmanager, url: "http://a"}]
                judge:
                  falseAlarms: 1 per 7d
                  seriesLimit: 50000
                  histogramLimit: 1000
                  benignGRPC: [NOT_FOUND, UNAUTHENTICATED]
                seed: 18446744073709551615
                leaderElection: {namespace: hazard, name: h, identity: one}
                alertHistory: {kind: alertmanager, url: "http://am:9093"}
                """)
        #expect(errors.map(\.description) == [])
        let configuration = try #require(found)
        #expect(configuration.listenHost == "::1" && configuration.listenPort == 0)
        #expect(configuration.journal == "/var/lib/hazard/journal.db")
        #expect(configuration.policies == ["a.yaml", "b/"])
        #expect(configuration.kubernetes == .kubeconfig(path: "k", context: "c"))
        #expect(configuration.signals.parameters.string("url") == "https://p.example/x")
        #expect(configuration.notifiers.map(\.kind) == ["webhook", "alertmanager"])
        #expect(configuration.alertHistory?.parameters.string("url") == "http://am:9093")
        #expect(configuration.falseAlarmPeriod == .seconds(7 * 86_400))
        #expect(configuration.counting.seriesLimit == 50_000)
        #expect(configuration.counting.histogramLimit == 1000)
        #expect(configuration.counting.benignGRPC == [5, 16])
        #expect(configuration.seed == .max)
        #expect(
            configuration.leaderElection == .init(namespace: "hazard", name: "h", identity: "one"))
    }

    @Test(arguments: [
        ("kubernetes: {inCluster: true}", DaemonConfiguration.KubernetesAccess.inCluster),
        ("kubernetes: {inCluster: false}", .kubeconfig(path: nil, context: nil)),
        ("kubernetes: {context: c}", .kubeconfig(path: nil, context: "c")),
        ("kubernetes: {}", .automatic),
    ])
    func access(text: String, expected: DaemonConfiguration.KubernetesAccess) {
        #expect(decodeConfiguration(Self.least + text).configuration?.kubernetes == expected)
    }

    /// Changes are taken on the loopback interface only.
    @Test(arguments: [
        ("", nil), ("listen: localhost:9321\n", nil), ("listen: \":9321\"\n", "127.0.0.1:9322"),
        ("listen: 10.0.0.1:9321\nchanges: \"[::1]:7\"\n", "[::1]:7"),
        ("changes: 127.0.0.1:7\n", "127.0.0.1:7"), ("changes: 127.0.0.1:9321\n", nil),
    ])
    func changesStayLocal(text: String, address: String?) {
        let configuration = decodeConfiguration(Self.least + text).configuration
        #expect(configuration != nil && configuration?.changes?.description == address)
    }

    /// Lines after the least that is needed (they begin on line 5), and the error.
    @Test(arguments: [
        (
            "listen: 9321",
            #"5:9: listen: "9321" is not an address; write address:port, e.g. "#
                + #"127.0.0.1:9321 or [::1]:9321"#
        ),
        (
            "listen: ::1:9321",
            #"5:9: listen: "::1:9321" is not an address; write address:port, e.g. "#
                + #"127.0.0.1:9321 or [::1]:9321"#
        ),
        (
            "listen: 127.0.0.1:70000",
            #"5:9: listen: "127.0.0.1:70000" is not an address; write address:port, e.g. "#
                + #"127.0.0.1:9321 or [::1]:9321"#
        ),
        (
            "changes: :9322",
            #"5:10: changes: ":9322" is not an address of the loopback interface; whoever reaches "#
                + #"it may change things: write e.g. 127.0.0.1:9322"#
        ),
        ("journal: ''", "5:10: journal: is empty; write a path"),
        (
            "polices: [x]",
            #"5:1: unknown key "polices"; did you mean "policies"? known: apiVersion, "#
                + #"kind, listen, changes, journal, policies, kubernetes, signals, notifiers, "#
                + #"judge, seed, leaderElection, alertHistory"#
        ),
        (
            "kubernetes: {inCluster: true, context: c}",
            "5:40: kubernetes: inCluster excludes kubeconfig and context; keep one of the two"
        ),
        (
            "kubernetes: {inCluster: yes}",
            #"5:25: kubernetes.inCluster: "yes" is not true or false; write true or "#
                + #"false, without quotes"#
        ),
        (
            "notifiers: {kind: webhook}",
            #"5:12: notifiers: expected a list, found a mapping; begin each element with "- ""#
        ),
        (
            "notifiers: [{kind: slack}]",
            #"5:20: notifiers[0].kind: the notifier "slack" is not known; known: "#
                + #"alertmanager, webhook"#
        ),
        ("notifiers: [{kind: webhook}]", #"5:13: notifiers[0]: parameter "url" is missing; where"#),
        (
            "notifiers: [{kind: webhook, url: ftp://x}]",
            #"5:34: notifiers[0].url: "ftp://x" is not a URL with http:// or https://; where"#
        ),
        (
            "judge: {falseAlarms: often}",
            #"5:22: judge.falseAlarms: "often" is not a rate of alarms; write e.g. 1 per "#
                + #"30d, with at least a minute"#
        ),
        (
            "judge: {benignGRPC: [OK]}",
            #"5:22: judge.benignGRPC[0]: "OK" is not a gRPC status; write one of CANCELLED, "#
                + "UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS, "
                + "PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, "
                + "OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED"
        ),
        (
            "judge: {benignGRPC: [ABORTED, ABORTED]}",
            #"5:31: judge.benignGRPC[1]: "ABORTED" is listed twice; keep one of the two"#
        ),
        (
            "judge: {seriesLimit: 10}",
            #"5:22: judge.seriesLimit: "10" is not a whole number from 1000 to 10000000"#
        ),
        (
            "seed: -1",
            #"5:7: seed: "-1" is not a seed; write a whole number from 0 to 18446744073709551615"#
        ),
        (
            "leaderElection: {namespace: Hazard}",
            #"5:29: leaderElection.namespace: "Hazard" is not a namespace name; use at "#
                + #"most 63 lower-case letters, digits and -, as in go-app"#
        ),
        (
            "alertHistory: {kind: grafana}",
            #"5:22: alertHistory.kind: the alert history "grafana" is not known; known: "#
                + #"alertmanager, none"#
        ),
        (
            "alertHistory: {kind: alertmanager, url: am}",
            #"5:41: alertHistory.url: "am" is not a URL with http:// or https://; where"#
        ),
        ("---\na: 1", "6:1: a second document; keep one HazardConfiguration"),
    ])
    func mistake(text: String, expected: String) {
        let (configuration, errors) = decodeConfiguration(Self.least + text + "\n")
        #expect(errors.map(\.description) == [expected])
        #expect(configuration == nil)
    }

    @Test(arguments: [
        (
            "",
            [
                "1:1: the file holds no document; begin with apiVersion: hazard.dev/v1alpha1 "
                    + "and kind: HazardConfiguration"
            ]
        ),
        ("- a", ["1:1: expected a configuration, found a list"]),
        (
            PolicyMistake.head,
            [
                #"2:7: kind: "ChaosPolicy" is not "HazardConfiguration"; it is a policy: name "#
                    + #"its file under policies"#
            ]
        ),
        (
            head,
            [
                #"1:1: "signals" is missing; write e.g. signals: {kind: scrape}"#,
                #"1:1: "policies" is missing; write e.g. policies: [policies/]"#,
            ]
        ),
        (
            head + "policies: []\nsignals: {kind: scrap, interval: 1h}\n",
            [
                "3:11: policies: the list is empty; write e.g. policies: [policies/]",
                #"4:17: signals.kind: the metrics source "scrap" is not known; did you mean "#
                    + #""scrape"? known: prometheus, scrape"#,
            ]
        ),
    ])
    func wholeDocuments(text: String, expected: [String]) {
        #expect(decodeConfiguration(text).errors.map(\.description) == expected)
    }
}
