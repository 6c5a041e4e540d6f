// Which version of each workload runs, as far as a snapshot tells: the controllers label their pods
// with a hash of the template that they were made from.

/// What the newest pod of a workload was made from.
package struct RunningVersion: Sendable, Hashable {
    /// The controller's hash of the template: another one after a mere restart.
    package var template: String
    /// The fingerprint of what the template runs: the same after a mere restart. Nil when the
    /// template is not known.
    package var version: String?
    /// When that pod was made.
    package var since: Timestamp
}

extension Snapshot {
    /// Labels that hold the hash: of Deployments, of StatefulSets and DaemonSets, of Argo Rollouts.
    private static let hashLabels = [
        "pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash",
    ]

    /// The version of the newest pod of each workload of `namespace` whose pods carry a template's
    /// hash. Jobs, ReplicaSets of their own and bare pods do not.
    package func versions(in namespace: String) -> [WorkloadRef: RunningVersion] {
        guard let space = namespaces.firstIndex(of: namespace) else { return [:] }
        var newest: [Int32: (pod: Pod, hash: String)] = [:]
        // Pods of one template have the same labels: each set is looked at once.
        var hashes: [Int32: String?] = [:]
        for pod in pods where Int(pod.namespace) == space && pod.workload >= 0 && pod.labels >= 0 {
            let found: String?
            if let known = hashes[pod.labels] {
                found = known
            } else {
                let labels = labelSets[Int(pod.labels)]
                found = Self.hashLabels.lazy.compactMap { labels[$0] }.first
                hashes[pod.labels] = .some(found)
            }
            guard let hash = found else { continue }
            if let known = newest[pod.workload],
                (known.pod.created, known.pod.name) > (pod.created, pod.name)
            {
                continue
            }
            newest[pod.workload] = (pod, hash)
        }
        var versions: [WorkloadRef: RunningVersion] = [:]
        for (workload, found) in newest {
            let template = found.pod.template
            versions[workloads[Int(workload)].ref] = RunningVersion(
                template: found.hash,
                version: template < 0 ? nil : Self.text(templates[Int(template)]),
                since: found.pod.created)
        }
        return versions
    }

    /// Sixteen hexadecimal digits.
    private static func text(_ fingerprint: UInt64) -> String {
        let digits = String(fingerprint, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension State {
    /// What was deployed in `namespace` since the journal last heard of it; nil when nothing was. A
    /// workload without pods now is still the one that it was.
    package func deployed(in namespace: String, now snapshot: Snapshot) -> Deployed? {
        let known = harm.templates[namespace] ?? [:]
        let current = snapshot.versions(in: namespace)
        let changed = current.filter { known[$0.key]?.template != $0.value.template }
        // An earlier version of this program did not journal what templates run.
        let isLearned = current.contains {
            known[$0.key]?.version == nil && $0.value.version != nil
        }
        if changed.isEmpty, !isLearned { return nil }
        // Without both fingerprints it may be a new version, and is taken for one.
        let rolledOut = changed.filter {
            guard let before = known[$0.key] else { return false }
            return before.version == nil || before.version != $0.value.version
        }
        var revisions = current.map {
            Deployed.Revision(
                workload: $0.key, template: $0.value.template, version: $0.value.version)
        }
        let present = Set(
            snapshot.workloads.lazy.map(\.ref).filter { $0.namespace == namespace })
        revisions += known.values.filter {
            current[$0.workload] == nil && present.contains($0.workload)
        }
        return Deployed(
            namespace: namespace, revisions: revisions.sorted { $0.workload < $1.workload },
            changed: changed.keys.sorted(), rolledOut: rolledOut.keys.sorted(),
            since: rolledOut.values.map(\.since).max())
    }
}
