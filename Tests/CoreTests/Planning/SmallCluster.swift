// Small clusters for planner tests, from one line a workload.

import Core

/// A namespace of workloads, with pods spread over three nodes.
struct SmallCluster {
    struct Group {
        var name: String
        var desired: Int
        /// One character a pod: `r` ready, `u` not ready, `t` terminating, `m` marked, `f`
        /// finished.
        var pods: String
        var kind = "Deployment"
    }

    static let now = Timestamp(seconds: 1_800_000_000)

    static func snapshot(
        _ groups: [Group], age: Duration = .seconds(3600), namespace: String = "shop",
        budgets: [Snapshot.DisruptionBudget] = []
    ) -> Snapshot {
        var snapshot = Snapshot(takenAt: now, namespaces: ["other", namespace])
        snapshot.nodes = (0..<3).map {
            Snapshot.Node(
                name: "node-\($0)", uid: "n\($0)", zone: "z\($0 % 2)", ready: true,
                schedulable: true, controlPlane: false)
        }
        for group in groups {
            let workload = Int32(snapshot.workloads.count)
            snapshot.workloads.append(
                Snapshot.Workload(
                    ref: WorkloadRef(kind: group.kind, namespace: namespace, name: group.name),
                    namespace: 1, desired: group.desired, rollingOut: false))
            snapshot.labelSets.append(["app": group.name])
            for (index, letter) in group.pods.enumerated() {
                var flags: Snapshot.Flags = [.running]
                if letter != "u" && letter != "f" { flags.insert(.ready) }
                if letter == "t" { flags.insert(.terminating) }
                if letter == "f" { flags = [.finished] }
                snapshot.pods.append(
                    Snapshot.Pod(
                        name: "\(group.name)-\(index)", uid: "\(group.name)-\(index)-uid",
                        namespace: 1, workload: workload,
                        node: Int32(snapshot.pods.count % 3), labels: workload, flags: flags,
                        created: now - age, mark: letter == "m" ? "{}" : nil))
            }
        }
        snapshot.disruptionBudgets = budgets
        return snapshot
    }

    static func policy(
        radius: BlastRadius = BlastRadius(), targets: PodTargets = PodTargets(), sham: Double = 0,
        faults: [(String, Double)] = [("pod-delete", 1)], namespace: String = "shop"
    ) throws -> Policy {
        let none = try Parameters(ConfigNode(.null), specs: [], path: "")
        return Policy(
            name: "p", namespace: namespace, mode: .enforce,
            schedule: Schedule(cadence: .every(.seconds(120))), targets: targets,
            faults: faults.map { WeightedFault(kind: $0.0, weight: $0.1, parameters: none) },
            sham: sham, blastRadius: radius, judge: JudgeTimes(), gate: GateRules(), source: "",
            digest: "")
    }

    /// Limits that allow everything.
    static let open = BlastRadius(
        concurrentInjections: 9, namespaceMaxUnavailable: .share(1),
        workloadMaxUnavailable: .share(1), minReady: 0, cooldown: .zero,
        nodeMaxUnavailable: .share(1))
}
