// A preview in words and as JSON.

import Core

/// Writes one policy's preview.
struct PreviewText {
    let preview: PolicyPreview

    /// Pods shown one by one, at most.
    private static let shown = 50

    private var policy: Policy { preview.policy }

    /// For people.
    var lines: [String] {
        var lines = [
            "\(policy.id) (\(policy.mode.rawValue)): \(preview.eligible.count) of "
                + "\(preview.pods.count) pods may be struck now"
        ]
        lines += podLines + [""] + rateLines + [""] + powerLines
        lines += preview.holds.map { "held now (\($0.reason.rawValue)): \($0.text)" }
        if policy.mode == .observe {
            lines.append("mode observe: rounds are drawn and judged, and nothing is injected")
        }
        if !preview.knowsHistory {
            lines.append(
                "no journal was read (--journal): cooldowns, budgets and open rounds count as none")
        }
        return lines
    }

    private var podLines: [String] {
        if preview.pods.isEmpty { return ["  there are no pods in \(policy.namespace)"] }
        var table = TextTable(["  POD", "CHANCE PER ROUND", "WHY NOT"])
        let rest = preview.pods.filter { $0.whyNot != nil }
        for pod in preview.eligible.prefix(Self.shown) {
            table.add(["  " + pod.name, Self.percent(pod.chance)])
        }
        for pod in rest.prefix(Self.shown) {
            table.add(["  " + pod.name, "0%", pod.whyNot?.text ?? ""])
        }
        let hidden =
            max(0, preview.eligible.count - Self.shown) + max(0, rest.count - Self.shown)
        let more = hidden > 0 ? ["  and \(hidden) more; --output json has all"] : []
        return table.lines + more
    }

    private var rateLines: [String] {
        guard let seconds = preview.rate.secondsPerRound else {
            return ["the schedule has no round within a year"]
        }
        var text = "a round every \(Self.human(seconds)) on average"
        switch preview.rate.limit {
        case .schedule: break
        case .concurrency:
            text +=
                ", because a round is open for \(policy.judge.observe.human) and "
                + "only \(policy.blastRadius.concurrentInjections) may be open at once"
        case .budget:
            text +=
                ", because of the budget of \(policy.blastRadius.budgetInjections ?? 0) "
                + "injections per \(policy.blastRadius.budgetPeriod.human)"
        }
        if preview.rate.openShare < 1 {
            text += "; the schedule is open \(Self.percent(preview.rate.openShare)) of the time"
        }
        let faults = preview.faults.map { "\($0.kind) \(Self.percent($0.share))" }
        var lines = [
            text,
            "of the rounds \(Self.percent(policy.sham)) are shams; of the strikes "
                + (faults.isEmpty ? "none has a fault" : faults.joined(separator: ", ")),
        ]
        if preview.workloads.isEmpty { return lines }
        var table = TextTable(["  WORKLOAD", "SHARE OF STRIKES", "STRUCK ABOUT EVERY"])
        for workload in preview.workloads.prefix(Self.shown) {
            table.add([
                "  " + workload.name, Self.percent(workload.share),
                workload.seconds.map(Self.human) ?? "never",
            ])
        }
        lines += table.lines
        lines.append("  if what may be struck now stays so and no gate holds a round")
        return lines
    }

    private var powerLines: [String] {
        let effect = Self.percent(preview.effect)
        let confidence = Self.percent(1 - policy.judge.roundAlpha)
        guard let services = preview.services, !services.isEmpty else {
            let needed =
                ServicePower.rateNeeded(policy: policy, effect: preview.effect)
                .map { "\(shortNumber($0)) requests/s" } ?? "no rate"
            let why =
                preview.services == nil
                ? "the traffic is not known: name the daemon's journal with --journal"
                : "the journal has learned nothing of \(policy.namespace) yet"
            return [
                "\(why); for +\(effect) to show in one round with \(confidence) probability a "
                    + "service needs \(needed), if 0.1% of its requests fail anyway"
            ]
        }
        var table = TextTable([
            "  SERVICE", "REQUESTS/S", "USUAL", "ONE STRIKE SHOWS", "+\(effect) SHOWS AFTER",
            "IF ONE WORKLOAD'S STRIKES CAUSE IT",
        ])
        for service in services {
            table.add([
                "  " + service.service.name, shortNumber(service.rate),
                Self.percent(service.baseline),
                service.detectable.map { "from \(Self.percent($0))" } ?? "nothing",
                time(service, rarest: false), time(service, rarest: true),
            ])
        }
        let blind = services.filter { !$0.isObservable }.map(\.service.name)
        var lines = table.lines
        lines.append(
            "  one strike shows: bad ratios from there on are called harmful with \(confidence) "
                + "probability")
        if !blind.isEmpty {
            lines.append(
                "  unobservable, not even half of all requests failing would show in one round: "
                    + blind.joined(separator: ", "))
        }
        lines.append(
            policy.sham > 0
                ? "  many rounds show it with 99% confidence and 80% power against the shams, if "
                    + "rounds differ by chance alone; the last column is for the workload that is "
                    + "struck least"
                : "  without shams there is nothing to compare many rounds with")
        return lines
    }

    /// One strike when that is enough; else rounds, compared with the shams.
    private func time(_ service: ServicePower, rarest: Bool) -> String {
        let atOnce = service.detectable.map { $0 <= service.baseline + preview.effect } ?? false
        if atOnce {
            let wait =
                rarest
                ? preview.workloads.compactMap(\.seconds).max()
                : preview.rate.secondsBetweenStrikes(
                    share: 1, sham: policy.sham, cooldown: .zero)
            return "1 strike" + (wait.map { ", " + Self.human($0) } ?? "")
        }
        guard let rounds = rarest ? service.roundsOfRarest : service.rounds else { return "never" }
        let time = preview.seconds(of: rounds).map { ", " + Self.human($0) } ?? ""
        return Wording.plural(Int(min(rounds, 1e15)), "round") + time
    }

    static func percent(_ share: Double) -> String { "\(shortNumber(share * 100))%" }

    /// Two units at most, e.g. `2d5h`.
    static func human(_ seconds: Double) -> String {
        guard seconds < 3e9 else { return "more than 100 years" }
        let unit = seconds >= 86_400 ? 3600.0 : seconds >= 3600 ? 60 : 1
        return Duration.inSeconds((seconds / unit).rounded() * unit).human
    }
}

extension PreviewText {
    /// `id mode source eligible pods[] workloads[] faults[] sham round holds[] effect services[]?`.
    var json: JSON {
        var json: JSON = [
            "id": .string(policy.id), "mode": .string(policy.mode.rawValue),
            "source": .string(policy.source),
            "eligible": .integer(Int64(preview.eligible.count)),
            "pods": .array(preview.pods.map(Self.document)),
            "workloads": .array(
                preview.workloads.map { workload in
                    var json: JSON = [
                        "name": .string(workload.name), "share": .number(workload.share),
                    ]
                    json["secondsBetweenStrikes"] = workload.seconds.map { .number($0) }
                    return json
                }),
            "faults": .array(
                preview.faults.map { ["kind": .string($0.kind), "share": .number($0.share)] }),
            "sham": .number(policy.sham),
        ]
        var round: JSON = [
            "openShare": .number(preview.rate.openShare),
            "limitedBy": .string(preview.rate.limit.rawValue),
        ]
        round["secondsBetween"] = preview.rate.secondsPerRound.map { .number($0) }
        json["round"] = round
        json["holds"] = .array(
            preview.holds.map {
                ["reason": .string($0.reason.rawValue), "text": .string($0.text)]
            })
        json["effect"] = .number(preview.effect)
        json["services"] = preview.services.map { .array($0.map(document)) }
        return json
    }

    static func document(_ pod: PolicyPreview.Pod) -> JSON {
        var json: JSON = ["name": .string(pod.name), "chance": .number(pod.chance)]
        json["workload"] = pod.workload.map { .string("\($0.kind) \($0.name)") }
        json["whyNot"] = pod.whyNot.map { .string($0.name) }
        json["text"] = pod.whyNot.map { .string($0.text) }
        return json
    }

    private func document(_ service: ServicePower) -> JSON {
        var json: JSON = [
            "namespace": .string(service.service.namespace),
            "service": .string(service.service.name),
            "requestsPerSecond": .number(service.rate), "baseline": .number(service.baseline),
            "observable": .bool(service.isObservable),
        ]
        json["minimumDetectable"] = service.detectable.map { .number($0) }
        json["rounds"] = service.rounds.map { .number($0) }
        json["seconds"] = preview.seconds(of: service.rounds).map { .number($0) }
        json["roundsOfRarest"] = service.roundsOfRarest.map { .number($0) }
        json["secondsOfRarest"] = preview.seconds(of: service.roundsOfRarest).map { .number($0) }
        return json
    }
}
