// What a round does: a pure function of snapshot, policy, history, instant and random stream. A
// plan explains itself: the probability of what was drawn, and why each other pod was not drawable.

/// The outcome of planning one round.
package struct Plan: Sendable {
    /// Nil when nothing may be struck.
    package var draw: Draw?
    package var eligibility: Eligibility
    package var eligibleWorkloads: Int
    /// What `draw` was drawn from; nil without a draw.
    package var pool: DrawPool?

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
        let groups = DrawGroups(eligibility.eligible, of: snapshot)
        self.init(draw: nil, eligibility: eligibility, eligibleWorkloads: groups.count)
        // Always the same number of random values, so that a change of one rule does not reshuffle
        // every later decision of the round.
        let shamRoll = random.unit()
        let faultRoll = random.unit()
        guard !eligibility.eligible.isEmpty,
            let fault = Plan.fault(policy.faults.map(\.weight), faultRoll)
        else { return }
        let choose = policy.targets.choose
        let place = DrawPlace(groups.sizes, choose, &random)
        let index = groups.pod(at: place, of: snapshot)
        draw = Draw(
            target: snapshot.target(Int(index)), fault: policy.faults[fault.index],
            isSham: shamRoll < policy.sham, targetProbability: place.probability,
            faultProbability: fault.probability, shamProbability: policy.sham)
        pool = DrawPool(
            choose: choose,
            faults: policy.faults.map { DrawPool.Fault(kind: $0.kind, weight: $0.weight) },
            candidates: groups.candidates(of: snapshot))
    }

    /// The fault into whose share of the weights `roll` (0..<1) falls.
    static func fault(
        _ weights: [Double], _ roll: Double
    ) -> (index: Int, probability: Double)? {
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        var below = 0.0
        for (index, weight) in weights.enumerated() {
            below += weight
            if roll * total < below || index == weights.count - 1 {
                return (index, weight / total)
            }
        }
        return nil
    }

    /// The chance that a round (which draws) strikes each eligible pod with any fault, by pod
    /// index: what `preview` and `explain` print. The values sum to 1 - sham.
    package static func probabilities(
        _ snapshot: Snapshot, policy: Policy, eligibility: Eligibility
    ) -> [(pod: Int32, probability: Double)] {
        let groups = DrawGroups(eligibility.eligible, of: snapshot)
        return eligibility.eligible.map {
            ($0, groups.probability(of: $0, policy.targets.choose, snapshot) * (1 - policy.sham))
        }
    }
}
