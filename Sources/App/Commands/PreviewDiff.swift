// What differs between two policies of one namespace, on the same cluster at the same instant.

import Core

/// The difference of two previews.
struct PreviewDiff: Sendable {
    let old: PolicyPreview
    let new: PolicyPreview

    /// One pod whose chance or reason differs.
    struct Change: Sendable {
        var name: String
        var old: PolicyPreview.Pod?
        var new: PolicyPreview.Pod?
    }

    /// Pairs policies by `namespace/name`, or the only two. One without a partner is a mistake.
    static func pairs(
        _ old: [Policy], _ new: [Policy]
    ) throws(ConfigError) -> [(Policy, Policy)] {
        if old.count == 1, new.count == 1 {
            if old[0].namespace == new[0].namespace { return [(old[0], new[0])] }
            throw ConfigError(
                file: new[0].source,
                message: "policy \(new[0].id) is for another namespace than \(old[0].id)",
                fix: "compare policies of one namespace")
        }
        var pairs: [(Policy, Policy)] = []
        for policy in old {
            guard let partner = new.first(where: { $0.id == policy.id }) else {
                throw ConfigError(
                    file: policy.source, message: "--diff holds no policy \(policy.id)",
                    fix: "it holds " + new.map(\.id).joined(separator: ", "))
            }
            pairs.append((policy, partner))
        }
        return pairs
    }

    var changes: [Change] {
        let before = Dictionary(old.pods.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let after = Dictionary(new.pods.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            let change = Change(name: name, old: before[name], new: after[name])
            let isSame =
                change.old?.whyNot == change.new?.whyNot
                && abs((change.old?.chance ?? 0) - (change.new?.chance ?? 0)) < 1e-12
            return isSame ? nil : change
        }
    }

    /// Settings that differ: what, before, after.
    var settings: [(name: String, old: String, new: String)] {
        func human(_ seconds: Double?) -> String { seconds.map(PreviewText.human) ?? "never" }
        func faults(_ preview: PolicyPreview) -> String {
            let shares = preview.faults.map { "\($0.kind) \(PreviewText.percent($0.share))" }
            return shares.isEmpty ? "none" : shares.joined(separator: ", ")
        }
        var rows = [
            ("mode", old.policy.mode.rawValue, new.policy.mode.rawValue),
            (
                "pods that may be struck", "\(old.eligible.count) of \(old.pods.count)",
                "\(new.eligible.count) of \(new.pods.count)"
            ),
            ("a round every", human(old.rate.secondsPerRound), human(new.rate.secondsPerRound)),
            ("shams", PreviewText.percent(old.policy.sham), PreviewText.percent(new.policy.sham)),
            ("faults", faults(old), faults(new)),
            (
                "a round is observed for", old.policy.judge.observe.human,
                new.policy.judge.observe.human
            ),
        ]
        let before = Dictionary(old.workloads.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let after = Dictionary(new.workloads.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for name in Set(before.keys).union(after.keys).sorted() {
            rows.append(
                (
                    "\(name) struck about every", human(before[name]?.seconds),
                    human(after[name]?.seconds)
                ))
        }
        return rows.filter { $0.1 != $0.2 }.map { (name: $0.0, old: $0.1, new: $0.2) }
    }

    /// For people.
    var lines: [String] {
        let changes = changes
        let settings = settings
        let title =
            "\(old.policy.id) (\(old.policy.source)) against \(new.policy.id) "
            + "(\(new.policy.source))"
        if changes.isEmpty, settings.isEmpty {
            return [title + ": no difference on this cluster now"]
        }
        var lines = [title]
        if !settings.isEmpty {
            var table = TextTable(["  WHAT", "BEFORE", "AFTER"])
            for row in settings { table.add(["  " + row.name, row.old, row.new]) }
            lines += table.lines + [""]
        }
        lines.append(
            "\(changes.count) of \(max(old.pods.count, new.pods.count)) pods have another chance "
                + "or reason")
        if changes.isEmpty { return lines }
        var table = TextTable(["  POD", "BEFORE", "AFTER"])
        func cell(_ pod: PolicyPreview.Pod?) -> String {
            pod.map { $0.whyNot?.name ?? PreviewText.percent($0.chance) } ?? "absent"
        }
        for change in changes.prefix(50) {
            table.add(["  " + change.name, cell(change.old), cell(change.new)])
        }
        lines += table.lines
        if changes.count > 50 {
            lines.append("  and \(changes.count - 50) more; --output json has all")
        }
        return lines
    }

    /// `old new settings[] pods[]`.
    var json: JSON {
        [
            "old": .string(old.policy.id), "oldSource": .string(old.policy.source),
            "new": .string(new.policy.id), "newSource": .string(new.policy.source),
            "settings": .array(
                settings.map {
                    ["name": .string($0.name), "old": .string($0.old), "new": .string($0.new)]
                }),
            "pods": .array(
                changes.map { change in
                    var json: JSON = ["name": .string(change.name)]
                    json["old"] = change.old.map(PreviewText.document)
                    json["new"] = change.new.map(PreviewText.document)
                    return json
                }),
        ]
    }
}
