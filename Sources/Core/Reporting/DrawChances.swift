// With which chances one round was assigned: to a sham, to a fault, to a workload. It is read from
// the plan, so that effects can be computed by randomisation alone.

/// The chances of every cell (target and fault) that a round could have drawn.
package struct DrawChances: Sendable, Hashable {
    /// Of a sham.
    package var sham: Double
    /// Of each fault, given that it is no sham; nil when only the drawn one is known.
    package var faults: [String: Double]?
    /// Of each target (a workload, or a bare pod), given that it is no sham; nil when only the
    /// drawn one is known, if that.
    package var targets: [String: Double]?
    /// Of the drawn fault and the drawn target; the latter nil when it cannot be told.
    package var drawnFault: Double
    package var drawnTarget: Double?

    /// Reads a plan. Without a pool (older journals) only what was drawn is known; above
    /// `DrawPool.limit` pods the other targets are not.
    package init(_ planned: Planned) {
        sham = min(max(planned.shamProbability, 0), 1)
        drawnFault = planned.faultProbability
        let pool = planned.pool
        if let pool {
            let total = pool.faults.reduce(0) { $0 + $1.weight }
            if total > 0 {
                var chances: [String: Double] = [:]
                for fault in pool.faults { chances[fault.kind, default: 0] += fault.weight / total }
                faults = chances
                drawnFault = chances[planned.fault] ?? planned.faultProbability
            }
        }
        if let pool, let candidates = pool.candidates {
            targets = Self.targets(candidates, pool.choose, planned.target.namespace)
            drawnTarget = targets?[Self.name(planned.target)]
        } else if pool?.choose == .workload || planned.eligibleWorkloads == 1 {
            // Uniform over the workloads.
            drawnTarget =
                planned.eligibleWorkloads > 0 ? 1 / Double(planned.eligibleWorkloads) : nil
        }
    }

    private static func targets(
        _ candidates: [DrawPool.Candidate], _ choose: PodTargets.Choice, _ namespace: String
    ) -> [String: Double]? {
        let pods = candidates.reduce(0) { $0 + $1.pods.count }
        guard pods > 0 else { return nil }
        var chances: [String: Double] = [:]
        for candidate in candidates {
            let name =
                candidate.workload?.description
                ?? "pod \(namespace)/\(candidate.pods.first ?? "")"
            chances[name, default: 0] +=
                choose == .workload
                ? 1 / Double(candidates.count) : Double(candidate.pods.count) / Double(pods)
        }
        return chances
    }

    /// How a target is called in reports: its workload, or the bare pod or node itself.
    package static func name(_ target: Target) -> String {
        target.workload?.description ?? target.description
    }

    /// The chance that the round injects `fault`, at `target` when one is named. `drew` is what it
    /// drew. Nil when it cannot be told.
    package func of(
        fault: String, target: String?, drew: (fault: String, target: String)
    ) -> Double? {
        guard
            let ofFault = faults.map({ $0[fault] ?? 0 }) ?? (drew.fault == fault ? drawnFault : nil)
        else { return nil }
        guard let target else { return (1 - sham) * ofFault }
        guard
            let ofTarget = targets.map({ $0[target] ?? 0 })
                ?? (drew.target == target ? drawnTarget : nil)
        else { return nil }
        return (1 - sham) * ofFault * ofTarget
    }
}
