// What a round chose from, in the order in which it chose: kept in the journal, so that the draw
// can be made again without the cluster.

/// The choices of one draw.
package struct DrawPool: Codable, Sendable, Hashable {
    /// One fault of the policy and its weight among the others.
    package struct Fault: Codable, Sendable, Hashable {
        package var kind: String
        package var weight: Double
        package init(kind: String, weight: Double) {
            self.kind = kind
            self.weight = weight
        }
    }

    /// The eligible pods of one workload, in the order of the draw. A bare pod has none.
    package struct Candidate: Codable, Sendable, Hashable {
        package var workload: WorkloadRef?
        /// Names of pods in the policy's namespace.
        package var pods: [String]
        package init(workload: WorkloadRef?, pods: [String]) {
            self.workload = workload
            self.pods = pods
        }
    }

    /// With more eligible pods than this, their names are not kept.
    package static let limit = 1000

    package var choose: PodTargets.Choice
    package var faults: [Fault]
    /// Nil when there were more than `limit` eligible pods.
    package var candidates: [Candidate]?

    package init(choose: PodTargets.Choice, faults: [Fault], candidates: [Candidate]?) {
        self.choose = choose
        self.faults = faults
        self.candidates = candidates
    }
}

extension PodTargets.Choice: Codable {}
