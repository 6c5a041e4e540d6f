// Which pods should report calls, as the cluster knows it: only that tells calls that nobody counts
// from calls that nobody makes.

/// A workload as Istio's labels name it: without its kind.
package struct WorkloadName: Hashable, Sendable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }
}

/// The running pods of some workloads, as reporters are named (`namespace/pod`). A workload that is
/// not in it is not in view, so nothing is known of it; one without pods does not run.
package struct RunningPods: Sendable, Hashable {
    package var pods: [WorkloadName: Set<String>] = [:]

    /// Nothing is known.
    package init() {}

    /// What a snapshot says of `workloads`. It shows all pods of the namespaces `watched`; of
    /// others it may show none. Istio names what belongs to a Job or stands alone after the pod or
    /// a part of its name, so the names of pods count where no workload has the name.
    package init(
        of workloads: Set<WorkloadName>, in snapshot: Snapshot, watched: Set<String>
    ) {
        var known = Set(
            snapshot.workloads.map {
                WorkloadName(namespace: $0.ref.namespace, name: $0.ref.name)
            }
        ).intersection(workloads)
        let unnamed = workloads.filter {
            watched.contains($0.namespace) && !known.contains($0) && !$0.name.isEmpty
                && $0.name != "unknown"
        }
        known.formUnion(unnamed)
        for name in known { pods[name] = [] }
        for pod in snapshot.pods
        where pod.flags.contains(.running) && !pod.flags.contains(.finished)
            && !pod.flags.contains(.terminating)
        {
            guard snapshot.namespaces.indices.contains(Int(pod.namespace)) else { continue }
            let namespace = snapshot.namespaces[Int(pod.namespace)]
            let reporter = "\(namespace)/\(pod.name)"
            if snapshot.workloads.indices.contains(Int(pod.workload)) {
                let ref = snapshot.workloads[Int(pod.workload)].ref
                let owner = WorkloadName(namespace: ref.namespace, name: ref.name)
                if pods[owner] != nil { pods[owner]?.insert(reporter) }
            }
            for workload in unnamed where workload.namespace == namespace {
                if pod.name == workload.name || pod.name.hasPrefix(workload.name + "-") {
                    pods[workload]?.insert(reporter)
                }
            }
        }
    }

    /// The pods of all of `workloads`; nil when one of them is not in view.
    func all(of workloads: Set<WorkloadName>) -> Set<String>? {
        var found: Set<String> = []
        for name in workloads {
            guard let pods = pods[name] else { return nil }
            found.formUnion(pods)
        }
        return found
    }
}
