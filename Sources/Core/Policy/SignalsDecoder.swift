// The `signals` part of a policy: which of Istio's signals count, and signals in PromQL.

extension PolicyDecoder {
    /// How a policy names Istio's signals.
    private enum IstioSignal: String, Sendable, Hashable, CaseIterable {
        case errors, latency, traffic, connections

        var signal: Signal {
            switch self {
            case .errors: .badRatio
            case .latency: .latency
            case .traffic: .traffic
            case .connections: .connections
            }
        }
    }

    private static let queryLimit = 20

    /// All of Istio's signals unless the policy names some of them, and its own ones in PromQL.
    func signals(_ spec: ConfigFields, namespace: String) -> PolicySignals {
        var signals = PolicySignals()
        var istioAt: String?
        for (node, path) in spec.list("signals", ofMappings: true) ?? [] {
            guard case .mapping(let members) = node.content else {
                spec.errors.add(
                    at: node, path, "expected a mapping, found \(node.kindText)",
                    fix: "write istio: {}")
                continue
            }
            let member = members.first { $0.key == "istio" }
            // `istio:` with nothing behind it means the same as `istio: {}`.
            let isBare = member?.value.content == .null
            let fields = ConfigFields(
                node, path: path, known: ["istio", "promql"], ignored: isBare ? ["istio"] : [],
                errors: spec.errors)
            if fields.has("promql"), let query = query(fields, namespace, known: signals.queries) {
                signals.queries.append(query)
            }
            if member == nil { continue }
            if let istioAt {
                spec.errors.add(
                    at: node, path, "istio stands twice, first at \(istioAt)",
                    fix: "keep one of the two")
            }
            istioAt = path
            if let named = istio(fields) {
                signals = PolicySignals(istio: named, queries: signals.queries)
            }
        }
        if signals.queries.count > Self.queryLimit, let node = spec["signals"] {
            spec.errors.add(
                at: node, spec.path(of: "signals"),
                "\(signals.queries.count) PromQL signals, at most \(Self.queryLimit) are asked",
                fix: "keep those that users would notice")
        }
        return signals
    }

    /// One signal in PromQL; nil when something is wrong, which was then reported.
    private func query(
        _ element: ConfigFields, _ namespace: String, known: [SignalQuery]
    ) -> SignalQuery? {
        let fields = element.mapping("promql", known: ["name", "bad", "total", "gauge"])
        guard fields.isPresent else { return nil }
        let label = ConfigScalar<String>(
            "a name", fix: "use at most 63 lower-case letters, digits and -"
        ) { text, _ in ObjectName.isLabel(text) ? text : nil }
        let name = fields.require("name", label, fix: "name the signal, e.g. checkout-errors")
        if let name, known.contains(where: { $0.name == name }), let node = fields["name"] {
            fields.errors.add(
                at: node, fields.path(of: "name"), "the signal \(name) is already defined",
                fix: "rename one of the two, or remove it")
        }
        let kind: SignalQuery.Kind?
        if fields.has("gauge") {
            for key in ["bad", "total"] {
                if let node = fields[key] {
                    fields.errors.add(
                        at: node, fields.path(of: key), "a gauge has no \(key)",
                        fix: "write gauge alone, or bad and total")
                }
            }
            kind = fields.read("gauge", Self.expression(isCounter: false)).map { .gauge($0) }
        } else {
            let fix = "write bad and total, or gauge"
            let bad = fields.require("bad", Self.expression(isCounter: true), fix: fix)
            let total = fields.require("total", Self.expression(isCounter: true), fix: fix)
            kind = bad.flatMap { bad in total.map { .ratio(bad: bad, total: $0) } }
        }
        guard let name, let kind else { return nil }
        return SignalQuery(
            namespace: namespace, name: name, kind: kind, line: fields.node.line,
            column: fields.node.column)
    }

    private static func expression(isCounter: Bool) -> ConfigScalar<String> {
        ConfigScalar("a PromQL expression") { (text, _) throws(ConfigError) in
            let expression = PromQLText(text)
            if let mistake = expression.mistake {
                throw ConfigError(
                    message: "not PromQL: \(mistake.message) (character \(mistake.character))")
            }
            if isCounter, let rate = expression.rateFunction {
                throw ConfigError(
                    message: "\(rate.name) (character \(rate.character)) makes a rate, and a "
                        + "counter is needed",
                    fix: "write the counter itself, e.g. sum(http_requests_total{code=~\"5..\"})")
            }
            return text
        }
    }

    /// The signals that `istio: {signals: […]}` names; nil when it names none.
    private func istio(_ fields: ConfigFields) -> Set<Signal>? {
        let own = fields.mapping("istio", known: ["signals"])
        guard let named: [IstioSignal] = own.distinct("signals", .choice) else { return nil }
        if named.isEmpty, let node = own["signals"], node.content == .sequence([]) {
            own.errors.add(
                at: node, own.path(of: "signals"), "the list is empty",
                fix: "name some of errors, latency, traffic, connections, or leave it out for all")
        }
        return Set(named.map(\.signal))
    }
}
