// The parts of spec that limit and judge: blast radius, targets, faults, judge, gate.

extension PolicyDecoder {
    private static let longest = Duration.seconds(30 * 86_400)

    func targets(_ spec: ConfigFields) -> PodTargets {
        let pods = spec.mapping(
            "targets", known: ["pods"],
            unsupported: ["nodes": "remove it: only pods are drawn so far"]
        ).mapping("pods", known: ["selector", "owners", "excludeNames", "minAge", "choose"])
        let pattern = ConfigScalar<NamePattern>("a regular expression") {
            (text, _) throws(ConfigError) in
            guard !text.isEmpty else {
                throw ConfigError(message: "the pattern is empty and matches every name")
            }
            guard text.utf8.count <= 512, let pattern = NamePattern(text) else {
                throw ConfigError(
                    message: "\"\(text)\" is not a regular expression",
                    fix: "write e.g. ^canary- and put a backslash before a literal . ( [ or *")
            }
            return pattern
        }
        return PodTargets(
            selector: pods["selector"].map {
                SelectorDecoder.selector($0, path: pods.path(of: "selector"), errors: pods.errors)
            } ?? LabelSelector(),
            owners: owners(pods), excludeNames: pods.distinct("excludeNames", pattern) ?? [],
            minAge: pods.read("minAge", .duration(.zero...Self.longest)) ?? .zero,
            choose: pods.read("choose", .choice) ?? .workload)
    }

    /// Kinds of workloads that recreate their pods by default; `"*"` is every kind. A bare pod is
    /// struck only where `Pod` is named, because nothing would bring it back.
    private func owners(_ pods: ConfigFields) -> [String] {
        let known = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"]
        let kind = ConfigScalar<String>("a kind of workload") { (text, _) throws(ConfigError) in
            let letters = text.utf8.allSatisfy {
                (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0)
            }
            let capital = text.utf8.first.map { (65...90).contains($0) } ?? false
            if text == "*" || letters && capital { return text }
            let near = Spelling.nearest(to: text, in: known).map { "write \($0)" }
            throw ConfigError(
                message: "\"\(text)\" is not a kind of workload",
                fix: near ?? "write a kind such as Deployment, or \"*\" for all")
        }
        guard let listed = pods.distinct("owners", kind) else {
            return ["Deployment", "StatefulSet"]
        }
        if let node = pods["owners"], node.content == .sequence([]) {
            pods.errors.add(
                at: node, pods.path(of: "owners"), "the list is empty",
                fix: "name kinds such as Deployment, or write [\"*\"] for all")
        }
        if listed.contains("*"), listed.count > 1, let node = pods["owners"] {
            pods.errors.add(
                at: node, pods.path(of: "owners"), "\"*\" means all kinds and stands alone",
                fix: "write [\"*\"], or name the kinds")
        }
        return listed.contains("*") ? [] : listed
    }

    func faults(_ spec: ConfigFields, mode: Policy.Mode) -> [WeightedFault] {
        let kinds = faults.keys.sorted()
        guard let elements = spec.list("faults", ofMappings: true), !elements.isEmpty else {
            if mode == .enforce,
                spec["faults"].map({ $0.content == .sequence([]) }) ?? !spec.has("faults")
            {
                spec.errors.add(
                    at: spec["faults"] ?? spec.node, spec.path(of: "faults"),
                    "mode enforce needs at least one fault",
                    fix: "list one of " + kinds.joined(separator: ", ") + ", or write mode: observe"
                )
            }
            return []
        }
        let decoder = PluginDecoder(noun: "fault", specs: faults)
        return elements.compactMap { element in
            var weight = 1.0
            let choice = decoder.choice(
                element.node, path: element.path, extra: ["weight"], errors: spec.errors
            ) { weight = $0.read("weight", .positive(upTo: 1_000_000)) ?? 1 }
            return choice.map {
                WeightedFault(kind: $0.kind, weight: weight, parameters: $0.parameters)
            }
        }
    }

    func blastRadius(_ spec: ConfigFields) -> BlastRadius {
        let fields = spec.mapping(
            "blastRadius",
            known: [
                "concurrent", "namespace", "workload", "node", "budget", "disruptionBudgets",
                "grow",
            ])
        var radius = BlastRadius()
        let concurrent = fields.mapping("concurrent", known: ["injections"])
        concurrent.read("injections", .whole(1...1000)).map { radius.concurrentInjections = $0 }
        let namespace = fields.mapping("namespace", known: ["maxUnavailable"])
        namespace.read("maxUnavailable", .amount).map { radius.namespaceMaxUnavailable = $0 }
        let workload = fields.mapping(
            "workload", known: ["maxUnavailable", "minReady", "cooldown"])
        workload.read("maxUnavailable", .amount).map { radius.workloadMaxUnavailable = $0 }
        workload.read("minReady", .whole(0...100_000)).map { radius.minReady = $0 }
        workload.read("cooldown", .duration(.zero...Self.longest)).map { radius.cooldown = $0 }
        let node = fields.mapping("node", known: ["maxUnavailable"])
        node.read("maxUnavailable", .amount).map { radius.nodeMaxUnavailable = $0 }
        let budget = fields.mapping("budget", known: ["injections", "per", "failedRequests"])
        radius.budgetInjections = budget.require(
            "injections", .whole(1...1_000_000), fix: "write e.g. {injections: 20, per: 24h}")
        budget.read("per", .duration(.seconds(60)...Self.longest)).map { radius.budgetPeriod = $0 }
        radius.budgetFailedRequests = budget.read("failedRequests", .whole(1...1_000_000_000))
        radius.growth = growth(fields)
        let rule: DisruptionBudgetRule? = fields.read("disruptionBudgets", .choice)
        radius.respectDisruptionBudgets = rule != .ignore
        return radius
    }

    private enum DisruptionBudgetRule: String, CaseIterable {
        case respect, ignore
    }

    func judge(_ spec: ConfigFields) -> JudgeTimes {
        let fields = spec.mapping(
            "judge", known: ["falseAlarms", "roundAlpha", "observe", "recovery"])
        var times = JudgeTimes()
        fields.read("falseAlarms", .alarmPeriod).map { times.falseAlarmPeriod = $0 }
        let alpha = ConfigScalar<Double>("a percentage greater than 0% and at most 50%") {
            (text, quoted) throws(ConfigError) in
            let share = try ConfigScalar.percentage.read(text, quoted)
            if share > 0, share <= 0.5 { return share }
            throw ConfigError(
                message: "\"\(text)\" is not a percentage greater than 0% and at most 50%",
                fix: "write e.g. 1%")
        }
        fields.read("roundAlpha", alpha).map { times.roundAlpha = $0 }
        let watched = ConfigScalar<Duration>.duration(.seconds(1)...Self.longest)
        fields.read("observe", watched).map { times.observe = $0 }
        fields.read("recovery", watched).map {
            times.recovery = $0
            times.isRecoveryWritten = true
        }
        return times
    }

    func gate(_ spec: ConfigFields) -> GateRules {
        let fields = spec.mapping("gate", known: ["holdWhile", "stopAfter"])
        var rules = GateRules()
        let holds: [GateRules.Hold]? = fields.distinct("holdWhile", .choice)
        holds.map { rules.holdWhile = Set($0) }
        let stop = fields.mapping("stopAfter", known: ["unrecovered"])
        stop.read("unrecovered", .whole(0...1000)).map { rules.stopAfterUnrecovered = $0 }
        return rules
    }
}

extension ConfigScalar where Value == Duration {
    /// `1 per 30d` as 30 days, `2 per 30d` as 15.
    package static var alarmPeriod: Self {
        Self("a rate of alarms") { (text, _) throws(ConfigError) in
            let words = text.split(separator: " ")
            if words.count == 3, words[1] == "per", let count = Int(words[0]),
                (1...1000).contains(count), let time = Duration(human: String(words[2])),
                time >= .seconds(60)
            {
                return time / count
            }
            throw ConfigError(
                message: "\"\(text)\" is not a rate of alarms",
                fix: "write e.g. 1 per 30d, with at least a minute")
        }
    }
}
