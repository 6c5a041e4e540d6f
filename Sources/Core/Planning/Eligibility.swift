// Which pods a policy may strike at this instant, and why not the others: identity rules first
// (what it is), then limits (what striking one more would do). What is already broken counts as
// unavailable.

/// The answer for every pod of a snapshot.
package struct Eligibility: Sendable {
    /// Indices into `Snapshot.pods`, ascending: of pods that may be struck.
    package var eligible: [Int32]
    /// Indices of the policy's namespace's pods that may not, with the reason.
    package var excluded: [(pod: Int32, reason: Exclusion)]
    /// How much of the namespace's limit is free; nil when the snapshot lacks the namespace.
    package var radius: RadiusUse?

    /// How many pods each reason excludes, by name.
    package var exclusionCounts: [String: Int] {
        var counts = Array(repeating: 0, count: Exclusion.allCases.count)
        for entry in excluded { counts[Int(entry.reason.rawValue)] += 1 }
        var named: [String: Int] = [:]
        for reason in Exclusion.allCases where counts[Int(reason.rawValue)] > 0 {
            named[reason.name] = counts[Int(reason.rawValue)]
        }
        return named
    }
}

/// What the rules need to know of history.
package struct StrikeHistory: Sendable {
    /// Uids of targets that open rounds hold.
    package var held: Set<String>
    /// When each workload was last struck.
    package var struckAt: [WorkloadRef: Timestamp]
    /// Caps `namespace.maxUnavailable`; nil: it holds as written.
    package var radius: EarnedRadius?
    /// What strikes may still cost; nil: not limited.
    package var budget: HarmBudget?
    /// What was there before strikes, where nothing else tells.
    package var struckPods: StruckPods

    package init(
        held: Set<String> = [], struckAt: [WorkloadRef: Timestamp] = [:],
        radius: EarnedRadius? = nil, budget: HarmBudget? = nil,
        struckPods: StruckPods = StruckPods()
    ) {
        self.held = held
        self.struckAt = struckAt
        self.radius = radius
        self.budget = budget
        self.struckPods = struckPods
    }

    /// As the journal knows it at `now`: every open round that strikes holds its target, its
    /// workload cools down from its planning on, since it may inject at any instant, and what
    /// `policy` has earned and used up counts. Without a snapshot, nothing was earned. `own` is a
    /// round that asks about its own target, and does not stand in its own way.
    package init(
        _ state: State, policy: Policy, snapshot: Snapshot?, now: Timestamp, except own: Int? = nil
    ) {
        self.init(
            struckAt: state.struckAt.mapValues { $0.counted(at: now) },
            radius: EarnedRadius(policy, state, snapshot),
            budget: HarmBudget(policy, state, now: now, except: own),
            struckPods: state.struckPods)
        if let own, let workload = state.round(own)?.planned.target.workload {
            let others = state.rounds.filter {
                $0.number != own && $0.injecting?.target.workload == workload
            }
            struckAt[workload] = others.map { $0.coolsFrom?.counted(at: now) ?? $0.plannedAt }.max()
        }
        for round in state.openRounds
        where round.planned.assignment == .strike && round.number != own {
            let target = round.planned.target
            held.insert(target.uid)
            guard let workload = target.workload else { continue }
            struckAt[workload] = max(struckAt[workload] ?? round.plannedAt, round.plannedAt)
        }
    }
}

extension StrikeHistory {
    /// How many pods the workload of `target` should have, when that is only a guess: as many as
    /// there are, or were when it was last struck.
    package func guessedSize(
        of target: Target, in snapshot: Snapshot, now: Timestamp
    ) -> Int? {
        guard let ref = target.workload,
            let workload = snapshot.workloads.first(where: { $0.ref == ref }), workload.isGuess
        else { return nil }
        let known = struckPods.sizes(in: target.namespace, now: now)[ref] ?? 0
        return max(workload.desired, known)
    }
}

extension Eligibility {
    /// Applies every rule of `policy` to `snapshot` at `now`. `honoursBudgets` tells whether every
    /// fault of the policy leaves disruption budgets to the API server.
    package init(
        _ snapshot: Snapshot, policy: Policy, history: StrikeHistory, honoursBudgets: Bool,
        now: Timestamp
    ) {
        eligible = []
        excluded = []
        guard let space = snapshot.namespaces.firstIndex(of: policy.namespace) else { return }
        let namespace = Int32(space)
        let rules = IdentityRules(snapshot, policy: policy, history: history, now: now)
        let limits = LimitRules(
            counting: snapshot, namespace: namespace, policy: policy, history: history,
            honoursBudgets: honoursBudgets, now: now)
        radius = limits.use
        for index in snapshot.pods.indices where snapshot.pods[index].namespace == namespace {
            let pod = snapshot.pods[index]
            if let reason = rules.exclusion(of: pod) ?? limits.exclusion(of: pod) {
                excluded.append((Int32(index), reason))
            } else {
                eligible.append(Int32(index))
            }
        }
    }
}

extension RadiusUse {
    /// How much of the namespace's limit is free, without asking what may be struck: the very
    /// numbers that `Eligibility` gives. Nil when the snapshot lacks the namespace.
    package init?(_ snapshot: Snapshot, policy: Policy, history: StrikeHistory, now: Timestamp) {
        guard let space = snapshot.namespaces.firstIndex(of: policy.namespace) else { return nil }
        let limits = LimitRules(
            counting: snapshot, namespace: Int32(space), policy: policy, history: history,
            honoursBudgets: true, now: now)
        self = limits.use
    }
}
