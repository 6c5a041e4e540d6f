// What a policy says about the signals its rounds are judged by, as a checked value.

/// The signals of one namespace.
package struct PolicySignals: Sendable, Hashable {
    /// Istio's signals that may raise anomalies and that rounds test, in the order of `Signal`.
    package var istio: [Signal]
    /// The policy's own signals, in the order written.
    package var queries: [SignalQuery]

    package init(istio: Set<Signal> = Set(Signal.allCases), queries: [SignalQuery] = []) {
        self.istio = Signal.allCases.filter { istio.contains($0) }
        self.queries = queries
    }
}

/// A signal in PromQL. It is judged like a service of the policy's namespace.
package struct SignalQuery: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Two counters: bad events out of all.
        case ratio(bad: String, total: String)
        /// A number without a direction.
        case gauge(String)
    }

    package var namespace: String
    package var name: String
    package var kind: Kind
    /// Where it stands in its file, for messages.
    package var line: Int
    package var column: Int

    package init(namespace: String, name: String, kind: Kind, line: Int = 0, column: Int = 0) {
        self.namespace = namespace
        self.name = name
        self.kind = kind
        self.line = line
        self.column = column
    }

    /// How it is called among the services: no service of Kubernetes has a colon in its name.
    package var service: ServiceRef {
        switch kind {
        case .ratio: ServiceRef(namespace: namespace, name: ServiceRef.queryPrefix + name)
        case .gauge: ServiceRef(namespace: namespace, name: ServiceRef.gaugePrefix + name)
        }
    }

    /// The expressions, by the key they have in the policy.
    package var expressions: [(key: String, text: String)] {
        switch kind {
        case .ratio(let bad, let total): [("bad", bad), ("total", total)]
        case .gauge(let text): [("gauge", text)]
        }
    }
}

extension Policy {
    /// Signals in PromQL that a source of this kind cannot answer.
    package func unanswerable(by source: String) -> [ConfigError] {
        if source == "prometheus" { return [] }
        return signals.queries.map {
            ConfigError(
                file: self.source, line: $0.line, column: $0.column, path: "spec.signals",
                message: "\($0.name) is PromQL, and the signals come from the \(source), which "
                    + "evaluates none",
                fix: "write signals: {kind: prometheus, url: …} in the configuration, or remove it")
        }
    }
}

extension ServiceRef {
    package static let queryPrefix = "promql:"
    package static let gaugePrefix = "gauge:"

    /// A gauge of a policy: its windows count 1, or 0 when it was unusual.
    package var isGauge: Bool { name.hasPrefix(Self.gaugePrefix) }
    /// A signal of a policy, and no service of the mesh.
    package var isQuery: Bool { isGauge || name.hasPrefix(Self.queryPrefix) }
}
