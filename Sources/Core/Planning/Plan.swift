// What a round does: a pure function of snapshot, policy, history, instant and random stream. A plan
// explains itself: the probability of what was drawn, and why each other pod was not drawable.

/// The outcome of planning one round.
package struct Plan: Sendable {
    /// Nil when nothing may be struck.
    package var draw: Draw?
    package var eligibility: Eligibility
    package var eligibleWorkloads: Int

    package init(draw: Draw?, eligibility: Eligibility, eligibleWorkloads: Int) {
        self.draw = draw
        self.eligibility = eligibility
        self.eligibleWorkloads = eligibleWorkloads
    }
}

/// What a round drew, with the probabilities it was drawn with.
package struct Draw: Sendable, Hashable {
    package var target: Target
    package var fault: WeightedFault
    package var isSham: Bool
    /// The chance of this target among the eligible ones.
    package var targetProbability: Double
    /// The chance of this fault among the policy's faults.
    package var faultProbability: Double
    package var shamProbability: Double
}

extension Plan {
    /// Plans one round. The same arguments give the same plan, on any machine.
    package init(
        _ snapshot: Snapshot, policy: Policy, history: StrikeHistory, honoursBudgets: Bool,
        now: Timestamp, random: inout RandomStream
    ) {
        let eligibility = Eligibility(
            snapshot, policy: policy, history: history, honoursBudgets: honoursBudgets, now: now)
        let groups = Groups(eligibility.eligible, of: snapshot)
        self.init(draw: nil, eligibility: eligibility, eligibleWorkloads: groups.count)
        // Always the same number of random values, so that a change of one rule does not reshuffle
        // every later decision of the round.
        let shamRoll = random.unit()
        let faultRoll = random.unit()
        guard !eligibility.eligible.isEmpty, let fault = Plan.fault(policy.faults, faultRoll) else {
            return
        }
        let (index, probability) = groups.draw(policy.targets.choose, &random)
        draw = Draw(
            target: snapshot.target(Int(index)), fault: policy.faults[fault.index],
            isSham: shamRoll < policy.sham, targetProbability: probability,
            faultProbability: fault.probability, shamProbability: policy.sham)
    }

    /// The fault whose share of the weights `roll` (0..<1) falls into.
    static func fault(
        _ faults: [WeightedFault], _ roll: Double
    ) -> (index: Int, probability: Double)? {
        let total = faults.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var below = 0.0
        for (index, fault) in faults.enumerated() {
            below += fault.weight
            if roll * total < below || index == faults.count - 1 {
                return (index, fault.weight / total)
            }
        }
        return nil
    }

    /// The chance that a round (which draws) strikes each eligible pod with any fault, by pod index:
    /// what `preview` and `explain` print. The values sum to 1 - sham.
    package static func probabilities(
        _ snapshot: Snapshot, policy: Policy, eligibility: Eligibility
    ) -> [(pod: Int32, probability: Double)] {
        let groups = Groups(eligibility.eligible, of: snapshot)
        return eligibility.eligible.map {
            ($0, groups.probability(of: $0, policy.targets.choose, snapshot) * (1 - policy.sham))
        }
    }
}

/// Eligible pods by workload, in the order of the workloads' names. Each bare pod is a group.
private struct Groups {
    private var members: [[Int32]]
    private var group: [Int32: Int]

    var count: Int { members.count }

    init(_ eligible: [Int32], of snapshot: Snapshot) {
        var byWorkload: [Int32: [Int32]] = [:]
        var bare: [Int32] = []
        for index in eligible {
            let workload = snapshot.pods[Int(index)].workload
            if workload < 0 {
                bare.append(index)
            } else {
                byWorkload[workload, default: []].append(index)
            }
        }
        let order = byWorkload.keys.sorted {
            snapshot.workloads[Int($0)].ref < snapshot.workloads[Int($1)].ref
        }
        members = order.map { byWorkload[$0] ?? [] } + bare.map { [$0] }
        group = [:]
        for (index, pods) in members.enumerated() {
            for pod in pods { group[pod] = index }
        }
    }

    /// One pod and the chance it had. There must be at least one.
    func draw(
        _ choice: PodTargets.Choice, _ random: inout RandomStream
    ) -> (pod: Int32, probability: Double) {
        switch choice {
        case .workload:
            let pods = members[random.below(members.count)]
            return (
                pods[random.below(pods.count)], 1 / Double(members.count) / Double(pods.count)
            )
        case .pod:
            let total = members.reduce(0) { $0 + $1.count }
            var place = random.below(total)
            for pods in members {
                if place < pods.count { return (pods[place], 1 / Double(total)) }
                place -= pods.count
            }
            return (members[0][0], 1 / Double(total))
        }
    }

    func probability(
        of pod: Int32, _ choice: PodTargets.Choice, _ snapshot: Snapshot
    ) -> Double {
        guard let index = group[pod] else { return 0 }
        switch choice {
        case .workload: return 1 / Double(members.count) / Double(members[index].count)
        case .pod: return 1 / Double(group.count)
        }
    }
}
