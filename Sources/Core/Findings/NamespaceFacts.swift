// What findings need to know of the cluster at one instant, much smaller than the snapshot: one
// entry for each workload of a namespace. Two of them are compared after the recovery time.

/// The workloads of one namespace, and the nodes they run on.
package struct NamespaceFacts: Sendable, Hashable {
    package var namespace: String
    package var takenAt: Timestamp
    package var workloads: [WorkloadRef: Workload]
    /// Nodes that are Ready and schedulable, by name; and all zones.
    package var openNodes: Set<String>
    package var zones: Set<String>

    /// One workload.
    package struct Workload: Sendable, Hashable {
        package var desired: Int
        /// Ready pods that are not on their way out.
        package var ready = 0
        /// Pods that run and are not Ready, as in a CrashLoopBackOff; and pods that do not run.
        package var unready = 0
        package var waiting = 0
        /// Nodes and zones of the Ready pods.
        package var nodes: Set<String> = []
        package var zones: Set<String> = []
        /// Budgets that select its pods, with the disruptions they allowed.
        package var budgets: [Budget] = []
        /// Its newest pod's template hash, and since when pods of it exist.
        package var revision: String?
        package var revisionSince: Timestamp?
        package var rollingOut: Bool

        package init(desired: Int, rollingOut: Bool = false) {
            self.desired = desired
            self.rollingOut = rollingOut
        }
    }

    /// A PodDisruptionBudget.
    package struct Budget: Sendable, Hashable {
        package var name: String
        package var allowed: Int

        package init(name: String, allowed: Int) {
            self.name = name
            self.allowed = allowed
        }
    }

    /// Nil when the snapshot does not know the namespace.
    package init?(_ snapshot: Snapshot, namespace: String) {
        guard let place = snapshot.namespaces.firstIndex(of: namespace) else { return nil }
        self.namespace = namespace
        takenAt = snapshot.takenAt
        openNodes = Set(snapshot.nodes.filter { $0.ready && $0.schedulable }.map(\.name))
        zones = Set(snapshot.nodes.map(\.zone).filter { !$0.isEmpty })
        let pods = snapshot.pods.filter {
            Int($0.namespace) == place && $0.workload >= 0 && !$0.flags.contains(.finished)
        }
        var count = PodCount(snapshot)
        for pod in pods { count.add(pod) }
        for pod in pods { count.addBirth(pod) }
        workloads = [:]
        for (index, workload) in snapshot.workloads.enumerated()
        where Int(workload.namespace) == place {
            workloads[workload.ref] = count.workload(index)
        }
    }

    /// Whether every workload has all its pods Ready.
    package var isReady: Bool { workloads.values.allSatisfy { $0.ready >= $0.desired } }

    /// The workload that answers for a service by name; nil unless it is one.
    package func owner(of service: ServiceRef, names: Set<String>) -> WorkloadRef? {
        guard service.namespace == namespace else { return nil }
        let found = workloads.keys.filter { names.contains($0.name) }
        return found.count == 1 ? found.first : nil
    }
}

/// Counts pods by workload: integers while it goes over them, names at the end.
private struct PodCount {
    let snapshot: Snapshot
    private var facts: [NamespaceFacts.Workload]
    private var nodes: [Set<Int32>]
    private var newest: [Timestamp?]
    /// What a set of labels means, by its number.
    private var labels: [Int32: Meaning] = [:]

    private struct Meaning {
        var revision: String?
        var budgets: [NamespaceFacts.Budget] = []
    }

    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        facts = snapshot.workloads.map {
            NamespaceFacts.Workload(desired: $0.desired, rollingOut: $0.rollingOut)
        }
        nodes = Array(repeating: [], count: facts.count)
        newest = Array(repeating: nil, count: facts.count)
    }

    /// One pod of the namespace that has not finished.
    mutating func add(_ pod: Snapshot.Pod) {
        let index = Int(pod.workload)
        let meaning = meaning(of: pod)
        if newest[index].map({ $0 <= pod.created }) ?? true, meaning.revision != nil {
            newest[index] = pod.created
            facts[index].revision = meaning.revision
        }
        for budget in meaning.budgets where !facts[index].budgets.contains(budget) {
            facts[index].budgets.append(budget)
        }
        // On its way out: neither here nor missing.
        if pod.flags.contains(.terminating) { return }
        if pod.flags.contains(.ready) {
            facts[index].ready += 1
            if pod.node >= 0 { nodes[index].insert(pod.node) }
        } else if pod.flags.contains(.running) {
            facts[index].unready += 1
        } else {
            facts[index].waiting += 1
        }
    }

    /// Once more over the same pods, when the newest revision is known.
    mutating func addBirth(_ pod: Snapshot.Pod) {
        let index = Int(pod.workload)
        guard let revision = facts[index].revision, meaning(of: pod).revision == revision else {
            return
        }
        let known = facts[index].revisionSince
        facts[index].revisionSince = known.map { min($0, pod.created) } ?? pod.created
    }

    func workload(_ index: Int) -> NamespaceFacts.Workload {
        var workload = facts[index]
        for number in nodes[index] {
            let node = snapshot.nodes[Int(number)]
            workload.nodes.insert(node.name)
            if !node.zone.isEmpty { workload.zones.insert(node.zone) }
        }
        workload.budgets.sort { $0.name < $1.name }
        return workload
    }

    private mutating func meaning(of pod: Snapshot.Pod) -> Meaning {
        if let known = labels[pod.labels] { return known }
        var meaning = Meaning(revision: snapshot.revision(of: pod))
        if pod.labels >= 0 {
            let set = snapshot.labelSets[Int(pod.labels)]
            for budget in snapshot.disruptionBudgets
            where budget.namespace == pod.namespace && budget.selector?.matches(set) ?? false {
                meaning.budgets.append(
                    .init(name: budget.name, allowed: budget.disruptionsAllowed))
            }
        }
        labels[pod.labels] = meaning
        return meaning
    }
}

extension Snapshot {
    /// The hash of the template that a pod was made from, as its controller labels it.
    func revision(of pod: Pod) -> String? {
        guard pod.labels >= 0 else { return nil }
        let labels = labelSets[Int(pod.labels)]
        return labels["pod-template-hash"] ?? labels["controller-revision-hash"]
    }

    /// The revision of one pod's workload as that pod shows it; nil when there is no such label.
    package func revision(of target: Target) -> String? {
        guard target.kind == .pod, let place = namespaces.firstIndex(of: target.namespace) else {
            return nil
        }
        return pods.first { Int($0.namespace) == place && $0.uid == target.uid }
            .flatMap { revision(of: $0) }
    }
}
