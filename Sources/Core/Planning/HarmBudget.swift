// The user-harm budget: how many requests may fail because of strikes within a period, how many
// did, and which workloads a strike still fits at.

/// The budget of one policy at one instant.
package struct HarmBudget: Sendable, Hashable {
    /// Failed requests within `period`.
    package var limit: Double
    package var period: Duration
    /// Failed because of the policy's strikes within the last `period`.
    package var used: Double
    /// What its open strikes may still cost, by estimate.
    package var reserved: Double
    /// The share of one strike that nothing is known of.
    private let share: Double
    private let faults: [String]
    private let priors: [String: HarmPosterior]
    private let cells: [HarmCell: HarmRecord]

    /// Nil when the policy has no such budget. Round `own` asks about its own strike, so nothing is
    /// reserved for it.
    package init?(_ policy: Policy, _ state: State, now: Timestamp, except own: Int? = nil) {
        let radius = policy.blastRadius
        guard let limits = EarnedLimits(radius), radius.budgetFailedRequests != nil else {
            return nil
        }
        self.init(
            limits, policy: policy.id, namespace: policy.namespace,
            faults: policy.faults.map(\.kind), state, now: now, except: own)
    }

    /// The same from the limits that the journal keeps, for who has no policy at hand.
    package init?(
        _ limits: EarnedLimits, policy: String, namespace: String, faults: [String],
        _ state: State, now: Timestamp, except own: Int? = nil
    ) {
        guard let limit = limits.failedRequests else { return nil }
        self.limit = Double(limit)
        period = .inSeconds(limits.period)
        used = state.failedRequests(of: policy, since: now - period)
        share = self.limit / Double(max(1, limits.injections ?? 20))
        self.faults = Set(faults).sorted()
        let cells = state.harm.cells.filter { $0.key.workload.namespace == namespace }
        self.cells = cells
        let kinds = Set(cells.keys.map(\.fault)).union(faults)
        var priors: [String: HarmPosterior] = [:]
        for kind in kinds.sorted() {
            let mine = cells.filter { $0.key.fault == kind }.sorted { $0.key < $1.key }
            priors[kind] = HarmPosterior.prior(mine.map(\.value))
        }
        self.priors = priors
        reserved = 0
        for round in state.openRounds
        where round.planned.assignment == .strike && round.planned.policy == policy
            && round.number != own
        {
            let needed = estimate(round.planned.fault, round.planned.target.workload).needed
            reserved += max(0, needed - round.failed)
        }
    }

    /// Failed requests that may still be caused.
    package var left: Double { max(0, limit - used - reserved) }

    /// Whether the budget is used up: no round starts, and running ones end.
    package var isUsedUp: Bool { !(used < limit) }

    /// E.g. `4,998 of 5,000 failed requests used in 1d`.
    package var text: String {
        "\(Wording.count(used)) of \(Wording.count(limit)) failed requests used in \(period.human)"
    }

    /// The chance that `fault` at `workload` does harm.
    package func chance(_ fault: String, _ workload: WorkloadRef?) -> HarmPosterior {
        let record = record(fault, workload)
        return (priors[fault] ?? .jeffreys).updated(
            strikes: record.strikes, harmed: record.harmed)
    }

    /// What `fault` at `workload` costs.
    package func estimate(_ fault: String, _ workload: WorkloadRef?) -> HarmEstimate {
        HarmEstimate(
            record(fault, workload), chance: chance(fault, workload), share: share)
    }

    /// Whether each of the policy's faults fits into what is left. The fault is drawn apart from
    /// the target, so that one that does not fit excludes the workload.
    package func fits(_ workload: WorkloadRef?) -> Bool {
        // The tiny factor undoes binary rounding where a share is the whole budget.
        faults.allSatisfy { estimate($0, workload).needed <= left * (1 + 1e-9) }
    }

    private func record(_ fault: String, _ workload: WorkloadRef?) -> HarmRecord {
        workload.flatMap { cells[HarmCell(fault: fault, workload: $0)] } ?? HarmRecord()
    }
}
