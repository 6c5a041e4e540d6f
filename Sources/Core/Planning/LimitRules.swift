// Rules about what striking one more pod would do to its workload, namespace and node. Everything
// that is unavailable already counts, whoever broke it, and so does what open rounds are about to
// break.

/// Counts over one namespace, and the limits applied to them.
struct LimitRules {
    private let radius: BlastRadius
    private let honoursBudgets: Bool
    private let now: Timestamp
    private let snapshot: Snapshot
    /// Per workload index: how many pods should be.
    private let desired: [Int]
    /// Per workload index.
    private var ready: [Int]
    private var pending: [Int]
    private var cooling: [Bool]
    /// Per node index: pods of the namespace there that are not available, or are held.
    private var brokenOnNode: [Int]
    /// Per node index: all pods of the namespace there.
    private var podsOnNode: [Int]
    private var namespacePods = 0
    private var namespaceUnavailable = 0
    /// Pods that were struck and are not back, of which no object tells that they should be.
    private var notBack = 0
    /// Names of such pods without an owner, as far as they were not seen.
    private var missingBare: Set<String>
    private let held: Set<String>
    private let namespace: Int32
    private var budgetBlocks: [Bool]
    private let earned: EarnedRadius?
    /// Per workload index, and for pods without one: what a strike there may cost is too much.
    private let harmBlocks: [Bool]
    private let harmBlocksBare: Bool
    /// Unavailable pods that the namespace may have, set by `close`.
    private var namespaceAllowed = 0

    /// The limits with every pod of the namespace counted.
    init(
        counting snapshot: Snapshot, namespace: Int32, policy: Policy, history: StrikeHistory,
        honoursBudgets: Bool, now: Timestamp
    ) {
        self.init(
            snapshot, namespace: namespace, policy: policy, history: history,
            honoursBudgets: honoursBudgets, now: now)
        for index in snapshot.pods.indices where snapshot.pods[index].namespace == namespace {
            count(snapshot.pods[index])
        }
        close()
    }

    private init(
        _ snapshot: Snapshot, namespace: Int32, policy: Policy, history: StrikeHistory,
        honoursBudgets: Bool, now: Timestamp
    ) {
        self.snapshot = snapshot
        self.namespace = namespace
        self.honoursBudgets = honoursBudgets
        self.now = now
        let radius = policy.blastRadius
        self.radius = radius
        let name = snapshot.namespaces[Int(namespace)]
        missingBare = history.struckPods.bareNames(in: name, now: now)
        var sizes = history.struckPods.sizes(in: name, now: now)
        desired = snapshot.workloads.map { workload in
            let size = sizes.removeValue(forKey: workload.ref) ?? 0
            return workload.isGuess ? max(workload.desired, size) : workload.desired
        }
        // Of workloads without any pod left, nothing else is known.
        notBack = sizes.values.reduce(0, +)
        ready = Array(repeating: 0, count: snapshot.workloads.count)
        pending = ready
        brokenOnNode = Array(repeating: 0, count: snapshot.nodes.count)
        podsOnNode = brokenOnNode
        held = history.held
        earned = history.radius
        harmBlocksBare = history.budget.map { !$0.fits(nil) } ?? false
        harmBlocks = snapshot.workloads.map { workload in
            guard let budget = history.budget, workload.namespace == namespace else { return false }
            return !budget.fits(workload.ref)
        }
        cooling = snapshot.workloads.map { workload in
            guard let struck = history.struckAt[workload.ref] else { return false }
            return now - struck < radius.cooldown
        }
        let blocking = snapshot.disruptionBudgets.filter {
            $0.namespace == namespace && $0.disruptionsAllowed <= 0
        }
        budgetBlocks = snapshot.labelSets.map { labels in
            blocking.contains { $0.selector?.matches(labels) ?? false }
        }
        if honoursBudgets || !radius.respectDisruptionBudgets {
            budgetBlocks = Array(repeating: false, count: snapshot.labelSets.count)
        }
    }

    /// Adds one pod of the namespace to the counts.
    private mutating func count(_ pod: Snapshot.Pod) {
        if !missingBare.isEmpty { missingBare.remove(pod.name) }
        guard !pod.flags.contains(.finished) else { return }
        let isHeld = held.contains(pod.uid)
        let available =
            pod.flags.contains(.ready) && !pod.flags.contains(.terminating) && !isHeld
            && pod.mark == nil
        if pod.workload < 0 {
            namespacePods += 1
            if !available { namespaceUnavailable += 1 }
        } else if available {
            ready[Int(pod.workload)] += 1
        }
        guard pod.node >= 0 else { return }
        podsOnNode[Int(pod.node)] += 1
        if !available { brokenOnNode[Int(pod.node)] += 1 }
    }

    /// Ends the counting: a replica that does not even exist is unavailable too.
    private mutating func close() {
        for index in snapshot.workloads.indices
        where snapshot.workloads[index].namespace == namespace {
            namespacePods += desired[index]
            namespaceUnavailable += max(0, desired[index] - ready[index])
        }
        notBack += missingBare.count
        namespacePods += notBack
        namespaceUnavailable += notBack
        let written = radius.namespaceMaxUnavailable.allowed(of: namespacePods)
        // Never above what is written, whatever was earned.
        namespaceAllowed = min(written, earned?.allowed(of: namespacePods) ?? written)
    }

    /// How much of the namespace's limit is free.
    var use: RadiusUse {
        RadiusUse(
            level: earned?.level, pods: namespacePods, unavailable: namespaceUnavailable,
            allowed: namespaceAllowed)
    }

    func exclusion(of pod: Snapshot.Pod) -> Exclusion? {
        if pod.workload >= 0 {
            let index = Int(pod.workload)
            if cooling[index] { return .coolingDown }
            let desired = desired[index]
            let unavailable = max(0, desired - ready[index])
            if unavailable + 1 > radius.workloadMaxUnavailable.allowed(of: desired) {
                // The commonest case deserves its own name: one replica, and it is the only one.
                return ready[index] - 1 < radius.minReady ? .lastReady : .workloadLimit
            }
            if ready[index] - 1 < radius.minReady { return .lastReady }
        } else if 0 < radius.minReady {
            return .lastReady
        }
        if namespaceUnavailable + 1 > namespaceAllowed { return .namespaceLimit }
        if pod.node >= 0 {
            let node = Int(pod.node)
            let allowed = radius.nodeMaxUnavailable.allowed(of: podsOnNode[node])
            if brokenOnNode[node] + 1 > allowed { return .nodeLimit }
        }
        if pod.labels >= 0, budgetBlocks[Int(pod.labels)] { return .disruptionBudget }
        let costs = pod.workload >= 0 ? harmBlocks[Int(pod.workload)] : harmBlocksBare
        return costs ? .harmBudget : nil
    }
}

extension LimitRules {
    /// The counts that the limits are applied to, as they concern one pod.
    struct Counts {
        var ready = 0
        var desired = 0
        /// More than exist or are asked for: so many were there when the workload was last struck.
        var isRemembered = false
        var notBack = 0
        var namespacePods = 0
        var namespaceUnavailable = 0
        var brokenOnNode = 0
        var podsOnNode = 0
    }

    func counts(of pod: Snapshot.Pod) -> Counts {
        var counts = Counts(
            notBack: notBack, namespacePods: namespacePods,
            namespaceUnavailable: namespaceUnavailable)
        if pod.workload >= 0 {
            counts.ready = ready[Int(pod.workload)]
            counts.desired = desired[Int(pod.workload)]
            counts.isRemembered = counts.desired > snapshot.workloads[Int(pod.workload)].desired
        }
        if pod.node >= 0 {
            counts.brokenOnNode = brokenOnNode[Int(pod.node)]
            counts.podsOnNode = podsOnNode[Int(pod.node)]
        }
        return counts
    }
}
