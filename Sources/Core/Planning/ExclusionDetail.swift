// The numbers behind an exclusion, for one pod, and what a person can change about it. The rules
// themselves are in IdentityRules and LimitRules; nothing here decides.

/// Why a pod may not be struck, in numbers.
package struct ExclusionDetail: Sendable, Hashable {
    /// E.g. `1 of 2 ready, minReady 1`.
    package var numbers: String
    /// E.g. `add a replica, or write workload.minReady: 0`.
    package var change: String

    private init(_ numbers: String, _ change: String) {
        self.numbers = numbers
        self.change = change
    }

    /// `pod` is an index into `snapshot.pods`, and `reason` what `Eligibility` said of it.
    package init(
        _ reason: Exclusion, pod index: Int, in snapshot: Snapshot, policy: Policy,
        history: StrikeHistory, now: Timestamp
    ) {
        let pod = snapshot.pods[index]
        switch reason {
        case .coolingDown, .workloadLimit, .lastReady, .namespaceLimit, .nodeLimit,
            .disruptionBudget, .harmBudget:
            self = Self.limit(reason, pod, snapshot, policy, history, now)
        default: self = Self.identity(reason, pod, snapshot, policy, now)
        }
    }

    private static func identity(
        _ reason: Exclusion, _ pod: Snapshot.Pod, _ snapshot: Snapshot, _ policy: Policy,
        _ now: Timestamp
    ) -> ExclusionDetail {
        let targets = policy.targets
        let age = max(now - pod.created, .zero)
        switch reason {
        case .otherNamespace:
            return .init(
                "the policy is for \(policy.namespace)", "write a policy for the pod's namespace")
        case .finished: return .init("its phase is Succeeded or Failed", "nothing: it does no work")
        case .terminating: return .init("it has a deletionTimestamp", "wait for its successor")
        case .mirrorPod: return .init("the kubelet runs it from a file", "choose another pod")
        case .marked:
            let mark = pod.mark.flatMap { InjectionMark(text: $0) }
            let text = mark.map {
                "round \($0.round) of \($0.policy), deadline \($0.deadline.rfc3339)"
            }
            return .init(
                text ?? "the mark cannot be read",
                "wait until it is reverted, or run hazard revert --all")
        case .held: return .init("a round of the journal is open on it", "wait for its end")
        case .notReady:
            let phase = pod.flags.contains(.running) ? "running and not Ready" : "not running"
            return .init(
                "it is \(phase), \(human(age)) old", "mend it; it is not struck while broken")
        case .tooYoung:
            return .init(
                "\(human(age)) old, minAge \(targets.minAge.human)",
                "wait \(human(targets.minAge - age)), or write a smaller targets.pods.minAge")
        case .ownerKind, .unownedPod:
            let kind = pod.workload < 0 ? "Pod" : snapshot.workloads[Int(pod.workload)].ref.kind
            return .init(
                "its owner is of kind \(kind); owners: "
                    + (targets.owners.isEmpty ? "any" : targets.owners.joined(separator: ", ")),
                "add \(kind) to targets.pods.owners")
        case .labels:
            let labels = pod.labels < 0 ? [:] : snapshot.labelSets[Int(pod.labels)]
            let failing = targets.selector.expressions.filter {
                !LabelSelector([$0]).matches(labels)
            }
            return .init(
                failing.map { text($0, labels) }.joined(separator: "; "),
                "label the pods of its workload so, or change targets.pods.selector")
        case .excludedName:
            let pattern = targets.excludeNames.first { $0.matches(pod.name) }?.text ?? ""
            return .init(
                "the pattern \"\(pattern)\" matches", "take it out of targets.pods.excludeNames")
        default: return .init("", "")
        }
    }

    private static func limit(
        _ reason: Exclusion, _ pod: Snapshot.Pod, _ snapshot: Snapshot, _ policy: Policy,
        _ history: StrikeHistory, _ now: Timestamp
    ) -> ExclusionDetail {
        let radius = policy.blastRadius
        let rules = LimitRules(
            counting: snapshot, namespace: pod.namespace, policy: policy, history: history,
            honoursBudgets: false, now: now)
        let counts = rules.counts(of: pod)
        switch reason {
        case .coolingDown:
            let ref = snapshot.workloads[Int(pod.workload)].ref
            let since = history.struckAt[ref].map { now - $0 } ?? .zero
            return .init(
                "\(ref) was struck \(human(max(since, .zero))) ago, cooldown "
                    + radius.cooldown.human,
                "wait \(human(radius.cooldown - since)), or write a smaller workload.cooldown")
        case .lastReady where pod.workload < 0:
            return .init(
                "a bare pod is its only replica, minReady \(radius.minReady)",
                "give it a controller, or, if this is meant, write workload.minReady: 0")
        case .lastReady:
            return .init(
                "\(counts.ready) of \(counts.desired) ready\(remembered(counts)), "
                    + "minReady \(radius.minReady)",
                counts.ready < counts.desired
                    ? "wait until all replicas are Ready, or write a smaller workload.minReady"
                    : "add a replica, or, if this is meant, write workload.minReady: "
                        + "\(max(counts.ready - 1, 0)) and a workload.maxUnavailable that allows it"
            )
        case .workloadLimit:
            let allowed = radius.workloadMaxUnavailable.allowed(of: counts.desired)
            return .init(
                "\(counts.desired - min(counts.ready, counts.desired)) of \(counts.desired) "
                    + "unavailable\(remembered(counts)), "
                    + "maxUnavailable \(radius.workloadMaxUnavailable) allows \(allowed)",
                counts.isRemembered
                    ? "wait until the struck pods are back"
                    : "add replicas, or write a larger workload.maxUnavailable")
        case .namespaceLimit:
            return namespaceLimit(policy, history, counts)
        case .nodeLimit:
            let node = pod.node < 0 ? "" : snapshot.nodes[Int(pod.node)].name
            return .init(
                "\(counts.brokenOnNode) of \(counts.podsOnNode) pods struck on \(node), "
                    + "maxUnavailable \(radius.nodeMaxUnavailable)",
                "wait, or write a larger node.maxUnavailable")
        case .harmBudget: return harmBudget(history)
        default:
            let labels = pod.labels < 0 ? [:] : snapshot.labelSets[Int(pod.labels)]
            let names = snapshot.disruptionBudgets.filter {
                $0.namespace == pod.namespace && $0.disruptionsAllowed <= 0
                    && $0.selector?.matches(labels) ?? false
            }.map(\.name).sorted()
            return .init(
                "\(names.joined(separator: ", ")) allows 0 disruptions",
                "wait, widen the budget, name only pod-evict, or write disruptionBudgets: ignore")
        }
    }

    /// Why more should be there than there is, when no object says so.
    private static func remembered(_ counts: LimitRules.Counts) -> String {
        counts.isRemembered ? " (\(counts.desired) were there when it was last struck)" : ""
    }

    private static func namespaceLimit(
        _ policy: Policy, _ history: StrikeHistory, _ counts: LimitRules.Counts
    ) -> ExclusionDetail {
        let written = policy.blastRadius.namespaceMaxUnavailable.allowed(of: counts.namespacePods)
        let earned = history.radius
        let allowed = min(written, earned?.allowed(of: counts.namespacePods) ?? written)
        let gone = counts.notBack > 0 ? " (\(counts.notBack) struck and not back)" : ""
        let use =
            "\(counts.namespaceUnavailable) of \(counts.namespacePods) pods unavailable\(gone) in "
            + policy.namespace
        if let earned, allowed < written {
            return .init(
                "\(use); \(earned.text) allows \(allowed)",
                "wait for clean strikes, or write a larger first level of blastRadius.grow")
        }
        return .init(
            "\(use), maxUnavailable \(policy.blastRadius.namespaceMaxUnavailable) allows "
                + "\(allowed)",
            "mend what is broken, or write a larger namespace.maxUnavailable")
    }

    private static func harmBudget(_ history: StrikeHistory) -> ExclusionDetail {
        let left = history.budget.map { Wording.count($0.left) } ?? "nothing"
        return .init(
            "a strike may cost more failed requests than are left (\(left)); "
                + (history.budget?.text ?? ""),
            "wait until older failures leave the period, or write a larger "
                + "budget.failedRequests")
    }

    /// Whole seconds.
    private static func human(_ time: Duration) -> String {
        Duration.inSeconds(time.inSeconds.rounded()).human
    }

    private static func text(
        _ expression: LabelSelector.Expression, _ labels: [String: String]
    ) -> String {
        let has = labels[expression.key].map { "it has \"\($0)\"" } ?? "it has none"
        let values = expression.values.joined(separator: ", ")
        let wanted = values.isEmpty ? "" : " (\(values))"
        return "label \(expression.key) \(expression.operation.rawValue)\(wanted): \(has)"
    }
}
