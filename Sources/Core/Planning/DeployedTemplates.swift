// Which version of each workload runs, as far as a snapshot tells: the controllers label their pods
// with a hash of the template that they were made from.

/// What pods of a workload were made from.
package struct RunningVersion: Sendable, Hashable {
    /// The controller's hash of the template: another one after a mere restart.
    package var template: String
    /// The fingerprint of what the template runs: the same after a mere restart. Nil when the
    /// template is not known.
    package var version: String?
    /// When the newest of those pods was made.
    package var since: Timestamp
}

/// Everything that the pods of one workload were made from.
struct RunningVersions {
    /// One for each hash, the one with the newest pod first; never empty.
    var all: [RunningVersion]
    /// What the controller itself says it makes pods from; nil when it does not say.
    var current: RunningVersion?

    /// The version that counts as deployed, for who last knew `known`. A pod that is newer than the
    /// others proves nothing, since a strike makes one of any version: a hash is new when no pod
    /// had it before.
    func deployed(after known: Deployed.Revision?) -> RunningVersion {
        if let current { return current }
        guard let known else { return all[0] }
        let before = Set((known.others ?? []) + [known.template])
        return all.first { !before.contains($0.template) }
            ?? all.first { $0.template == known.template } ?? all[0]
    }

    /// The hashes of pods of other versions, in order; nil when there are none, or when the
    /// controller says which one counts.
    func others(besides version: RunningVersion) -> [String]? {
        if current != nil { return nil }
        let others = all.map(\.template).filter { $0 != version.template }
        return others.isEmpty ? nil : others.sorted()
    }
}

extension Snapshot {
    /// Labels that hold the hash: of Deployments, of StatefulSets and DaemonSets, of Argo Rollouts.
    private static let hashLabels = [
        "pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash",
    ]

    /// The version of the newest pod of each workload of `namespace` whose pods carry a template's
    /// hash, or of a StatefulSet the one that it goes to. Jobs, ReplicaSets of their own and bare
    /// pods do not.
    package func versions(in namespace: String) -> [WorkloadRef: RunningVersion] {
        running(in: namespace).mapValues { $0.deployed(after: nil) }
    }

    func running(in namespace: String) -> [WorkloadRef: RunningVersions] {
        var found: [WorkloadRef: RunningVersions] = [:]
        for (workload, pods) in newestPods(in: namespace) {
            let all = pods.sorted { ($1.pod.created, $1.pod.name) < ($0.pod.created, $0.pod.name) }
                .map { hash, pod in
                    RunningVersion(
                        template: hash,
                        version: pod.template < 0 ? nil : Self.text(templates[Int(pod.template)]),
                        since: pod.created)
                }
            let workload = workloads[Int(workload)]
            var versions = RunningVersions(all: all)
            versions.current = workload.revision.map { revision in
                all.first { $0.template == revision }
                    ?? RunningVersion(
                        template: revision, version: all.first?.version, since: takenAt)
            }
            found[workload.ref] = versions
        }
        return found
    }

    /// The newest pod of each hash, by workload.
    private func newestPods(in namespace: String) -> [Int32: [(hash: String, pod: Pod)]] {
        guard let space = namespaces.firstIndex(of: namespace) else { return [:] }
        // Pods of one template have the same labels: each set is looked at once.
        var newest: [Int32: [Int32: Pod]] = [:]
        for pod in pods where Int(pod.namespace) == space && pod.workload >= 0 && pod.labels >= 0 {
            if let known = newest[pod.workload]?[pod.labels],
                (known.created, known.name) > (pod.created, pod.name)
            {
                continue
            }
            newest[pod.workload, default: [:]][pod.labels] = pod
        }
        return newest.mapValues { pods in
            var byHash: [String: Pod] = [:]
            for (labels, pod) in pods {
                let labels = labelSets[Int(labels)]
                guard let hash = Self.hashLabels.lazy.compactMap({ labels[$0] }).first else {
                    continue
                }
                let known = byHash[hash].map { ($0.created, $0.name) > (pod.created, pod.name) }
                if known != true { byHash[hash] = pod }
            }
            return byHash.map { (hash: $0.key, pod: $0.value) }
        }.filter { !$0.value.isEmpty }
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
        let running = snapshot.running(in: namespace)
        var current: [WorkloadRef: RunningVersion] = [:]
        for (workload, versions) in running {
            current[workload] = versions.deployed(after: known[workload])
        }
        var revisions = current.map { workload, version in
            Deployed.Revision(
                workload: workload, template: version.template, version: version.version,
                others: running[workload]?.others(besides: version))
        }
        let changed = current.filter { known[$0.key]?.template != $0.value.template }
        // An earlier version of this program did not journal what templates run; and which other
        // hashes have pods tells later which one is new.
        let isLearned = revisions.contains { revision in
            guard let before = known[revision.workload] else { return false }
            return before.version == nil && revision.version != nil
                || before.others != revision.others
        }
        if changed.isEmpty, !isLearned { return nil }
        // Without both fingerprints it may be a new version, and is taken for one.
        let rolledOut = changed.filter {
            guard let before = known[$0.key] else { return false }
            return before.version == nil || before.version != $0.value.version
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
