// Which pods a policy may strike at this instant, and why not the others: identity rules first
// (what it is), then limits (what striking one more would do). What is already broken counts as
// unavailable.

/// The answer for every pod of a snapshot.
package struct Eligibility: Sendable {
    /// Indices into `Snapshot.pods`, ascending: of pods that may be struck.
    package var eligible: [Int32]
    /// Indices of the policy's namespace's pods that may not, with the reason.
    package var excluded: [(pod: Int32, reason: Exclusion)]

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

    package init(
        held: Set<String> = [], struckAt: [WorkloadRef: Timestamp] = [:]
    ) {
        self.held = held
        self.struckAt = struckAt
    }

    /// As the journal knows it: every open round that strikes holds its target.
    package init(_ state: State) {
        let targets = state.openRounds.filter { $0.planned.assignment == .strike }
            .map(\.planned.target)
        self.init(
            held: Set(targets.map(\.uid)), struckAt: state.struckAt)
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
        var limits = LimitRules(
            snapshot, namespace: namespace, policy: policy, history: history,
            honoursBudgets: honoursBudgets, now: now)
        for index in snapshot.pods.indices where snapshot.pods[index].namespace == namespace {
            limits.count(snapshot.pods[index])
        }
        limits.close()
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
