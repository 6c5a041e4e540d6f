// Why a pod may not be struck now. One reason a pod: the first rule that excludes it, in the order
// of the cases. Names are stable: they appear in `explain`, the journal and metrics.

/// The first rule that kept a pod from being drawn.
package enum Exclusion: UInt8, Sendable, Hashable, CaseIterable {
    case otherNamespace
    case finished
    case terminating
    case mirrorPod
    case marked
    case held
    case notReady
    case tooYoung
    case ownerKind
    case labels
    case excludedName
    case unownedPod
    case coolingDown
    case workloadLimit
    case lastReady
    case namespaceLimit
    case nodeLimit
    case disruptionBudget
    case harmBudget

    /// As in the journal and in metrics.
    package var name: String {
        switch self {
        case .otherNamespace: "other-namespace"
        case .finished: "finished"
        case .terminating: "terminating"
        case .mirrorPod: "mirror-pod"
        case .marked: "marked"
        case .held: "held"
        case .notReady: "not-ready"
        case .tooYoung: "too-young"
        case .ownerKind: "owner-kind"
        case .labels: "labels"
        case .excludedName: "excluded-name"
        case .unownedPod: "unowned-pod"
        case .coolingDown: "cooling-down"
        case .workloadLimit: "workload-limit"
        case .lastReady: "last-ready"
        case .namespaceLimit: "namespace-limit"
        case .nodeLimit: "node-limit"
        case .disruptionBudget: "disruption-budget"
        case .harmBudget: "harm-budget"
        }
    }

    /// For people.
    package var text: String {
        switch self {
        case .otherNamespace: "it is in another namespace than the policy"
        case .finished: "it has finished"
        case .terminating: "it is already terminating"
        case .mirrorPod: "it is a static pod, which deleting does not stop"
        case .marked: "it carries the mark of an injection"
        case .held: "another round holds it"
        case .notReady: "it is not Ready: what is broken already is not struck again"
        case .tooYoung: "it is younger than minAge"
        case .ownerKind: "its owner's kind is not in targets.pods.owners"
        case .labels: "its labels do not match targets.pods.selector"
        case .excludedName: "its name matches targets.pods.excludeNames"
        case .unownedPod: "nothing owns it, so nothing would replace it"
        case .coolingDown: "its workload was struck less than the cooldown ago"
        case .workloadLimit: "one more unavailable pod would exceed workload.maxUnavailable"
        case .lastReady: "fewer than workload.minReady pods of its workload would stay Ready"
        case .namespaceLimit:
            "one more unavailable pod would exceed namespace.maxUnavailable as earned"
        case .nodeLimit: "one more struck pod on its node would exceed node.maxUnavailable"
        case .disruptionBudget: "a PodDisruptionBudget allows no disruption now"
        case .harmBudget:
            "what a strike on its workload may cost does not fit into budget.failedRequests"
        }
    }
}
