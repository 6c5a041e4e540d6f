// Every policy's answer about one pod, in words and as JSON.

import Core

/// What may happen to one pod.
struct PodExplanation: Sendable {
    /// One policy's answer.
    struct Answer: Sendable {
        var policy: Policy
        /// The chance that a round strikes it; nil when it may not.
        var chance: Double?
        /// Where the chance comes from.
        var how = ""
        /// Mean seconds between strikes of this very place.
        var seconds: Double?
        var whyNot: Exclusion?
        var detail: ExclusionDetail?
        var holds: [Hold] = []
    }

    let name: String
    let namespace: String
    let about: String
    let answers: [Answer]

    init(_ index: Int, in sight: PolicySight) {
        let snapshot = sight.snapshot
        let pod = snapshot.pods[index]
        name = pod.name
        namespace = snapshot.namespaces[Int(pod.namespace)]
        var words = [
            pod.workload < 0
                ? "no owner" : snapshot.workloads[Int(pod.workload)].ref.description,
            pod.flags.contains(.ready) ? "Ready" : "not Ready",
            "\(PreviewText.human(max((sight.now - pod.created).inSeconds, 0))) old",
        ]
        if pod.node >= 0 { words.append("on \(snapshot.nodes[Int(pod.node)].name)") }
        if let rollout = Self.rollout(pod, in: sight) { words.append(rollout) }
        about = words.joined(separator: ", ")
        let namespace = namespace
        answers = sight.policies.map { policy in
            policy.namespace == namespace
                ? Self.answer(index, policy, sight)
                : Self.refusal(.otherNamespace, index, policy, sight)
        }
    }

    /// Said for as long as re-learning takes at least.
    private static func rollout(_ pod: Snapshot.Pod, in sight: PolicySight) -> String? {
        guard pod.workload >= 0 else { return nil }
        let ref = sight.snapshot.workloads[Int(pod.workload)].ref
        guard let at = sight.state?.harm.rollouts[ref.namespace]?[ref] else { return nil }
        let age = (sight.now - at).inSeconds
        guard age >= 0, age < RatioTrack.relearnSeconds else { return nil }
        return "rolled out \(PreviewText.human(age)) ago (its services are re-learning after a "
            + "rollout)"
    }

    private static func answer(
        _ index: Int, _ policy: Policy, _ sight: PolicySight
    ) -> Answer {
        let snapshot = sight.snapshot
        let eligibility = sight.eligibility(policy)
        if let excluded = eligibility.excluded.first(where: { Int($0.pod) == index }) {
            return refusal(excluded.reason, index, policy, sight)
        }
        let chances = Plan.probabilities(snapshot, policy: policy, eligibility: eligibility)
        let chance = chances.first { Int($0.pod) == index }?.probability ?? 0
        var answer = Answer(policy: policy, chance: chance)
        let strikes = max(1 - policy.sham, 1e-12)
        answer.seconds = RoundRate(policy, from: sight.now).secondsBetweenStrikes(
            share: policy.sham < 1 ? chance / strikes : 0, sham: policy.sham,
            cooldown: policy.blastRadius.cooldown)
        answer.how = how(index, policy, eligibility, snapshot)
        answer.holds = sight.holds(policy)
        return answer
    }

    private static func how(
        _ index: Int, _ policy: Policy, _ eligibility: Eligibility, _ snapshot: Snapshot
    ) -> String {
        let shams = policy.sham > 0 ? ", \(PreviewText.percent(policy.sham)) shams" : ""
        let count = eligibility.eligible.count
        guard policy.targets.choose == .workload else { return "1 of \(count) pods\(shams)" }
        let places = eligibility.eligible.map { snapshot.pods[Int($0)].workload }
        let groups = Set(places.filter { $0 >= 0 }).count + places.count { $0 < 0 }
        let mine = snapshot.pods[index].workload
        let size = mine < 0 ? 1 : places.count { $0 == mine }
        return "1 of \(groups) workloads, 1 of \(size) of its pods\(shams)"
    }

    private static func refusal(
        _ reason: Exclusion, _ index: Int, _ policy: Policy, _ sight: PolicySight
    ) -> Answer {
        Answer(
            policy: policy, whyNot: reason,
            detail: ExclusionDetail(
                reason, pod: index, in: sight.snapshot, policy: policy,
                history: sight.history(of: policy),
                now: sight.now))
    }

    var mayBeStruck: Bool { answers.contains { ($0.chance ?? 0) > 0 } }

    /// For people.
    var lines: [String] {
        var lines = ["pod \(namespace)/\(name): \(about)"]
        for answer in answers {
            let head = "\(answer.policy.id) (\(answer.policy.mode.rawValue))"
            if let reason = answer.whyNot {
                lines.append("\(head): no (\(reason.name)): \(reason.text)")
                if let detail = answer.detail {
                    if !detail.numbers.isEmpty { lines.append("  now:        \(detail.numbers)") }
                    if !detail.change.isEmpty { lines.append("  to change:  \(detail.change)") }
                }
                continue
            }
            lines.append(
                "\(head): yes, with \(PreviewText.percent(answer.chance ?? 0)) of its rounds "
                    + "(\(answer.how))")
            if let seconds = answer.seconds {
                lines.append(
                    "  its place is struck about every \(PreviewText.human(seconds)), if no gate "
                        + "holds a round and what may be struck now stays so")
            }
            if answer.policy.mode == .observe {
                lines.append("  mode observe: it is drawn, and nothing is injected")
            }
            lines += answer.holds.map { "  held now (\($0.reason.rawValue)): \($0.text)" }
        }
        return lines
    }

    /// `name namespace about struck policies[{id mode chance? how? secondsBetweenStrikes? whyNot?
    /// text? numbers? change? holds[]}]`.
    var json: JSON {
        [
            "name": .string(name), "namespace": .string(namespace), "about": .string(about),
            "struck": .bool(mayBeStruck),
            "policies": .array(
                answers.map { answer in
                    var json: JSON = [
                        "id": .string(answer.policy.id),
                        "mode": .string(answer.policy.mode.rawValue),
                    ]
                    json["chance"] = answer.chance.map { .number($0) }
                    if answer.chance != nil { json["how"] = .string(answer.how) }
                    json["secondsBetweenStrikes"] = answer.seconds.map { .number($0) }
                    json["whyNot"] = answer.whyNot.map { .string($0.name) }
                    json["text"] = answer.whyNot.map { .string($0.text) }
                    json["numbers"] = answer.detail.map { .string($0.numbers) }
                    json["change"] = answer.detail.map { .string($0.change) }
                    json["holds"] = .array(
                        answer.holds.map {
                            ["reason": .string($0.reason.rawValue), "text": .string($0.text)]
                        })
                    return json
                }),
        ]
    }
}
