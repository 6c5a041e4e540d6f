// Rules about what a pod is: its state, age, owner, labels and name. They look at one pod only.

/// The identity rules of one policy, prepared once for a snapshot.
struct IdentityRules {
    private let held: Set<String>
    private let youngest: Timestamp
    private let labelMatches: [Bool]
    private let kindMatches: [Bool]
    private let bareMatches: Bool
    private let bareIsReplaced: Bool
    private let patterns: [NamePattern]

    init(_ snapshot: Snapshot, policy: Policy, history: StrikeHistory, now: Timestamp) {
        let targets = policy.targets
        held = history.held
        youngest = now - targets.minAge
        labelMatches = snapshot.labelSets.map { targets.selector.matches($0) }
        kindMatches = snapshot.workloads.map {
            targets.owners.isEmpty || targets.owners.contains($0.ref.kind)
        }
        bareMatches = targets.owners.isEmpty || targets.owners.contains("Pod")
        // A bare pod is struck only when the policy names the kind: nothing would bring it back.
        bareIsReplaced = targets.owners.contains("Pod")
        patterns = targets.excludeNames
        bareKinds = snapshot.workloads.map { $0.ref.kind == "Pod" }
    }

    private let bareKinds: [Bool]

    func exclusion(of pod: Snapshot.Pod) -> Exclusion? {
        if pod.flags.contains(.finished) { return .finished }
        if pod.flags.contains(.terminating) { return .terminating }
        if pod.flags.contains(.mirror) { return .mirrorPod }
        if pod.mark != nil { return .marked }
        if held.contains(pod.uid) { return .held }
        if !pod.flags.contains(.ready) || !pod.flags.contains(.running) { return .notReady }
        if pod.created > youngest { return .tooYoung }
        let bare = pod.workload < 0 || bareKinds[Int(pod.workload)]
        if bare {
            if !bareMatches { return .ownerKind }
            if !bareIsReplaced { return .unownedPod }
        } else if !kindMatches[Int(pod.workload)] {
            return .ownerKind
        }
        if pod.labels >= 0 ? !labelMatches[Int(pod.labels)] : false { return .labels }
        if !patterns.isEmpty, patterns.contains(where: { $0.matches(pod.name) }) {
            return .excludedName
        }
        return nil
    }
}
