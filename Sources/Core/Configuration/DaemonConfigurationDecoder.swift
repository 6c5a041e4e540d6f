// The daemon's own document to a checked value, with every mistake. It knows metrics sources and
// notifiers only by their parameter specs, and opens no file.

/// Decodes `HazardConfiguration` documents (`hazard.dev/v1alpha1`).
package struct DaemonConfigurationDecoder {
    package static let kind = "HazardConfiguration"

    private let sources: PluginDecoder
    private let notifiers: PluginDecoder
    private let alertHistories: PluginDecoder

    /// The parameters of each kind of metrics source, notifier and alert history.
    package init(
        sources: [String: [ParameterSpec]], notifiers: [String: [ParameterSpec]],
        alertHistories: [String: [ParameterSpec]] = [:]
    ) {
        self.sources = PluginDecoder(noun: "metrics source", specs: sources)
        self.notifiers = PluginDecoder(noun: "notifier", specs: notifiers)
        self.alertHistories = PluginDecoder(noun: "alert history", specs: alertHistories)
    }

    /// The configuration in `documents`, which must be one; nil exactly when there are errors.
    package func decode(
        _ documents: [ConfigNode], file: String
    ) -> (configuration: DaemonConfiguration?, errors: [ConfigError]) {
        let errors = ConfigErrors(file: file)
        guard let document = documents.first else {
            errors.add(
                ConfigError(
                    line: 1, column: 1, message: "the file holds no document",
                    fix: "begin with apiVersion: \(PolicyDecoder.apiVersion) and kind: \(Self.kind)"
                ))
            return (nil, errors.sorted)
        }
        for extra in documents.dropFirst() {
            errors.add(at: extra, "", "a second document", fix: "keep one HazardConfiguration")
        }
        let configuration = configuration(document, errors)
        return (errors.count == 0 ? configuration : nil, errors.sorted)
    }

    private func configuration(
        _ document: ConfigNode, _ errors: ConfigErrors
    ) -> DaemonConfiguration? {
        let others = [PolicyDecoder.kind: "it is a policy: name its file under policies"]
        guard case .mapping = document.content else {
            errors.add(at: document, "", "expected a configuration, found \(document.kindText)")
            return nil
        }
        guard DocumentHead.check(document, kind: Self.kind, errors: errors, others: others) else {
            return nil
        }
        let top = ConfigFields(
            document, path: "",
            known: [
                "apiVersion", "kind", "listen", "changes", "journal", "policies", "kubernetes",
                "signals", "notifiers", "judge", "seed", "leaderElection", "alertHistory",
            ], ignored: ["metadata"], errors: errors)
        let listen = top.read("listen", .address) ?? Address(host: "127.0.0.1", port: 9321)
        let changes = top.read("changes", .loopbackAddress)
        let judge = top.mapping(
            "judge", known: ["falseAlarms", "seriesLimit", "histogramLimit", "benignGRPC"])
        let signals = top.required("signals", fix: "write e.g. signals: {kind: scrape}").flatMap {
            sources.choice($0, path: "signals", errors: errors)
        }
        let notifiers = (top.list("notifiers", ofMappings: true) ?? []).compactMap {
            self.notifiers.choice($0.node, path: $0.path, errors: errors)
        }
        let history = top["alertHistory"].flatMap {
            alertHistories.choice($0, path: "alertHistory", errors: errors)
        }
        let policies = policies(top)
        let kubernetes = kubernetes(top)
        let election = leaderElection(top)
        let journal = top.read("journal", .text("a path")) ?? "hazard.db"
        let period = judge.read("falseAlarms", .alarmPeriod) ?? .seconds(30 * 86_400)
        let seed = top.read("seed", .seed)
        let counting = counting(judge)
        guard let signals else { return nil }
        var configuration = DaemonConfiguration(
            listenHost: listen.host, listenPort: listen.port, journal: journal,
            policies: policies, kubernetes: kubernetes, signals: signals, notifiers: notifiers,
            falseAlarmPeriod: period, seed: seed, leaderElection: election,
            alertHistory: history)
        configuration.counting = counting
        let isLocal = LoopbackHost.contains(listen.host)
        configuration.changes = changes ?? (isLocal ? nil : Address(host: "127.0.0.1", port: 9322))
        if configuration.changes == listen { configuration.changes = nil }
        return configuration
    }

    private func counting(_ judge: ConfigFields) -> DaemonConfiguration.Counting {
        var counting = DaemonConfiguration.Counting()
        // A series takes some 250 bytes: ten million are a few gigabytes.
        let sizes = 1000...10_000_000
        judge.read("seriesLimit", .whole(sizes)).map { counting.seriesLimit = $0 }
        judge.read("histogramLimit", .whole(sizes)).map { counting.histogramLimit = $0 }
        judge.distinct("benignGRPC", .failureGRPC).map { counting.benignGRPC = Set($0) }
        return counting
    }

    private func policies(_ top: ConfigFields) -> [String] {
        let fix = "write e.g. policies: [policies/]"
        guard let node = top.required("policies", fix: fix) else { return [] }
        let paths = top.distinct("policies", .text("a path")) ?? []
        if node.content == .sequence([]) {
            top.errors.add(at: node, "policies", "the list is empty", fix: fix)
        }
        return paths
    }

    private func kubernetes(_ top: ConfigFields) -> DaemonConfiguration.KubernetesAccess {
        let fields = top.mapping("kubernetes", known: ["inCluster", "kubeconfig", "context"])
        let path = fields.read("kubeconfig", .text("a path"))
        let context = fields.read("context", .text("a context of the kubeconfig"))
        let inCluster = fields.read("inCluster", .boolean)
        if inCluster == true, let other = fields["kubeconfig"] ?? fields["context"] {
            fields.errors.add(
                at: other, fields.path, "inCluster excludes kubeconfig and context",
                fix: "keep one of the two")
        }
        if inCluster == true { return .inCluster }
        let isGiven = path != nil || context != nil || inCluster == false
        return isGiven ? .kubeconfig(path: path, context: context) : .automatic
    }

    private func leaderElection(_ top: ConfigFields) -> DaemonConfiguration.LeaderElection? {
        let fields = top.mapping(
            "leaderElection", known: ["enabled", "namespace", "name", "identity"])
        let enabled = fields.read("enabled", .boolean) ?? fields.isPresent
        let election = DaemonConfiguration.LeaderElection(
            namespace: fields.read("namespace", ObjectName.label),
            name: fields.read("name", ObjectName.subdomain) ?? "hazard",
            identity: fields.read("identity", .text("a name that no other daemon has")))
        return enabled ? election : nil
    }
}

private typealias Address = DaemonConfiguration.Address

extension ConfigScalar where Value == DaemonConfiguration.Address {
    /// `127.0.0.1:9321`, `[::1]:9321`, or `:9321` for all addresses.
    fileprivate static var address: Self {
        Self("an address", fix: "write address:port, e.g. 127.0.0.1:9321 or [::1]:9321") {
            text, _ in Self.parsed(text)
        }
    }

    /// The same of the loopback interface only.
    fileprivate static var loopbackAddress: Self {
        Self(
            "an address of the loopback interface",
            fix: "whoever reaches it may change things: write e.g. 127.0.0.1:9322"
        ) { text, _ in Self.parsed(text).flatMap { LoopbackHost.contains($0.host) ? $0 : nil } }
    }

    private static func parsed(_ text: String) -> Value? {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        let allowed = host.utf8.allSatisfy {
            (97...122).contains($0 | 32) || (48...58).contains($0) || $0 == 45 || $0 == 46
        }
        return allowed ? Address(host: host.isEmpty ? "::" : host, port: port) : nil
    }
}

extension ConfigScalar where Value == UInt64 {
    fileprivate static var seed: Self {
        Self("a seed", fix: "write a whole number from 0 to 18446744073709551615") { text, quoted in
            quoted ? nil : UInt64(text)
        }
    }
}

extension ConfigScalar where Value == Int {
    /// A gRPC status other than OK, by its name.
    fileprivate static var failureGRPC: Self {
        Self(
            "a gRPC status", fix: "write one of " + Self.grpcFailures.joined(separator: ", ")
        ) { text, _ in grpcFailures.firstIndex(of: text).map { $0 + 1 } }
    }

    /// Statuses 1 to 16 (grpc.io, status codes).
    private static var grpcFailures: [String] {
        [
            "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
            "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
            "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
            "UNAUTHENTICATED",
        ]
    }
}
