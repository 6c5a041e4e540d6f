// The eligible pods as a draw sees them: groups by workload, and a place among the groups. The
// rules that made them eligible are Eligibility's.

/// Eligible pods by workload, in the order of the workloads' names. Each bare pod follows as a
/// group.
struct DrawGroups {
    private let eligible: [Int32]
    /// Indices of the workloads that have eligible pods.
    private let order: [Int32]
    private let bare: [Int32]
    /// How many pods each group has.
    let sizes: [Int]
    /// The same by workload index.
    private let sizeOf: [Int32]

    var count: Int { sizes.count }

    init(_ eligible: [Int32], of snapshot: Snapshot) {
        var sizeOf = [Int32](repeating: 0, count: snapshot.workloads.count)
        var bare: [Int32] = []
        for index in eligible {
            let workload = snapshot.pods[Int(index)].workload
            if workload < 0 { bare.append(index) } else { sizeOf[Int(workload)] += 1 }
        }
        // Snapshots come with their workloads in order; then this is one pass.
        let order = snapshot.workloads.indices.filter { sizeOf[$0] > 0 }.sorted {
            snapshot.workloads[$0].ref < snapshot.workloads[$1].ref
        }
        self.eligible = eligible
        self.order = order.map { Int32($0) }
        self.bare = bare
        self.sizeOf = sizeOf
        sizes = order.map { Int(sizeOf[$0]) } + bare.map { _ in 1 }
    }

    /// The pods of one group, in the order of the snapshot.
    private func members(_ group: Int, of snapshot: Snapshot) -> [Int32] {
        guard group < order.count else { return [bare[group - order.count]] }
        return eligible.filter { snapshot.pods[Int($0)].workload == order[group] }
    }

    /// The pod at a place.
    func pod(at place: DrawPlace, of snapshot: Snapshot) -> Int32 {
        members(place.group, of: snapshot)[place.member]
    }

    /// The chance of one eligible pod.
    func probability(
        of pod: Int32, _ choice: PodTargets.Choice, _ snapshot: Snapshot
    ) -> Double {
        switch choice {
        case .pod: return 1 / Double(eligible.count)
        case .workload:
            let workload = snapshot.pods[Int(pod)].workload
            let size = workload < 0 ? 1 : Int(sizeOf[Int(workload)])
            return 1 / Double(count) / Double(size)
        }
    }

    /// The names of all, for the journal; nil when they are too many.
    func candidates(of snapshot: Snapshot) -> [DrawPool.Candidate]? {
        guard eligible.count <= DrawPool.limit else { return nil }
        var names: [Int32: [String]] = [:]
        for index in eligible where snapshot.pods[Int(index)].workload >= 0 {
            let pod = snapshot.pods[Int(index)]
            names[pod.workload, default: []].append(pod.name)
        }
        let owned = order.map { workload in
            DrawPool.Candidate(
                workload: snapshot.workloads[Int(workload)].ref, pods: names[workload] ?? [])
        }
        return owned
            + bare.map {
                DrawPool.Candidate(workload: nil, pods: [snapshot.pods[Int($0)].name])
            }
    }
}

/// Where a draw lands: a group, and a member of it.
struct DrawPlace: Hashable {
    var group: Int
    var member: Int
    /// The chance of this very place.
    var probability: Double

    /// Draws among groups of these sizes. At least one must not be empty, and with
    /// `.workload` none may be.
    init(_ sizes: [Int], _ choice: PodTargets.Choice, _ random: inout RandomStream) {
        switch choice {
        case .workload:
            group = random.below(sizes.count)
            member = random.below(sizes[group])
            probability = 1 / Double(sizes.count) / Double(sizes[group])
        case .pod:
            let total = sizes.reduce(0, +)
            member = random.below(total)
            group = 0
            while member >= sizes[group] {
                member -= sizes[group]
                group += 1
            }
            probability = 1 / Double(total)
        }
    }
}
