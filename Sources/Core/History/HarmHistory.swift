// What the state keeps of harm: requests that failed because of strikes, what each kind of strike
// did to each workload, and how long strikes have been clean.

/// A kind of fault at a workload: what confidence is earned for.
package struct HarmCell: Sendable, Hashable, Comparable {
    package var workload: WorkloadRef
    package var fault: String

    package init(fault: String, workload: WorkloadRef) {
        self.fault = fault
        self.workload = workload
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.workload, left.fault) < (right.workload, right.fault)
    }
}

/// What the strikes of one cell did.
package struct HarmRecord: Sendable, Hashable {
    /// Strikes with a verdict (harm or no harm), and those that did harm.
    package var strikes = 0
    package var harmed = 0
    /// Requests that failed in those that did harm, or afterwards while it lasted.
    package var harmfulFailures = 0.0
    /// Requests that failed in the others.
    package var calmFailures = 0.0
    package var lastAt = Timestamp(nanoseconds: 0)

    package init() {}
}

/// All that is known of harm.
package struct HarmHistory: Sendable, Hashable {
    /// Requests that failed because of the strikes of each policy.
    package var failures: [String: FailureLedger] = [:]
    package var cells: [HarmCell: HarmRecord] = [:]
    /// By policy.
    package var tracks: [String: CleanTrack] = [:]
    /// The pod templates last seen, by namespace.
    package var templates: [String: [WorkloadRef: Deployed.Revision]] = [:]
    /// When each workload last began to run something else, by namespace.
    package var rollouts: [String: [WorkloadRef: Timestamp]] = [:]
    /// Cells kept at most; beyond that the ones struck longest ago are forgotten.
    package static let cellLimit = 10_000

    package init() {}
}

extension State {
    /// Requests that failed because of strikes of `policy` since `instant`, at most thirty days
    /// ago, to the minute and never too few.
    package func failedRequests(of policy: String, since instant: Timestamp) -> Double {
        harm.failures[policy]?.total(since: instant) ?? 0
    }
}
