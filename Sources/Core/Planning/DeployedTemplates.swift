// Which version of each workload runs, as far as a snapshot tells: the controllers label their pods
// with a hash of the template that they were made from.

extension Snapshot {
    /// Labels that hold the hash: of Deployments, of StatefulSets and DaemonSets, of Argo Rollouts.
    private static let hashLabels = [
        "pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash",
    ]

    /// The template of the newest pod of each workload of `namespace` whose pods carry its hash.
    /// Jobs, ReplicaSets of their own and bare pods do not.
    package func templates(in namespace: String) -> [WorkloadRef: String] {
        guard let space = namespaces.firstIndex(of: namespace) else { return [:] }
        var newest: [Int32: (pod: Pod, hash: String)] = [:]
        for pod in pods where Int(pod.namespace) == space && pod.workload >= 0 && pod.labels >= 0 {
            let labels = labelSets[Int(pod.labels)]
            guard let hash = Self.hashLabels.lazy.compactMap({ labels[$0] }).first else { continue }
            if let known = newest[pod.workload],
                (known.pod.created, known.pod.name) > (pod.created, pod.name)
            {
                continue
            }
            newest[pod.workload] = (pod, hash)
        }
        var templates: [WorkloadRef: String] = [:]
        for (workload, found) in newest { templates[workloads[Int(workload)].ref] = found.hash }
        return templates
    }
}

extension State {
    /// What was deployed in `namespace` since the journal last heard of it; nil when nothing was. A
    /// workload without pods now is still the one that it was.
    package func deployed(in namespace: String, now snapshot: Snapshot) -> Deployed? {
        let known = harm.templates[namespace] ?? [:]
        var current = snapshot.templates(in: namespace)
        let changed = current.filter { known[$0.key] != $0.value }.keys.sorted()
        if changed.isEmpty { return nil }
        let present = Set(
            snapshot.workloads.lazy.map(\.ref).filter { $0.namespace == namespace })
        for (workload, template) in known where current[workload] == nil {
            if present.contains(workload) { current[workload] = template }
        }
        return Deployed(
            namespace: namespace,
            revisions: current.sorted { $0.key < $1.key }.map {
                Deployed.Revision(workload: $0.key, template: $0.value)
            }, changed: changed)
    }
}
