// Makes a snapshot of the kept objects: pods are joined with their workloads and nodes, and the
// order of everything depends on names only, never on the order of arrival.

package import Core

extension ObjectStore {
    /// The cluster as it is known now.
    package mutating func snapshot(at now: Timestamp) -> Snapshot {
        let records = pods.records()
        var builder = SnapshotBuilder(store: self, records: records)
        return builder.snapshot(at: now)
    }
}

/// The steps from kept objects to one snapshot.
private struct SnapshotBuilder {
    let store: ObjectStore
    let records: [PodStore.Record]
    /// How many pods an owner has that have not finished, by its number.
    private var podsOf: [Int]
    /// Which owners, nodes and namespaces have pods, by their numbers.
    private var usedOwners: [Bool]
    private var usedNodes: [Bool]
    private var usedNamespaces: [Bool]

    init(store: ObjectStore, records: [PodStore.Record]) {
        self.store = store
        self.records = records
        podsOf = Array(repeating: 0, count: store.pods.owners.count)
        usedOwners = Array(repeating: false, count: store.pods.owners.count)
        usedNodes = Array(repeating: false, count: store.pods.nodes.count)
        usedNamespaces = Array(repeating: false, count: store.pods.namespaces.count)
        for record in records {
            if !record.flags.contains(.finished) { podsOf[Int(record.owner)] += 1 }
            usedOwners[Int(record.owner)] = true
            if record.node >= 0 { usedNodes[Int(record.node)] = true }
            usedNamespaces[Int(record.namespace)] = true
        }
    }

    mutating func snapshot(at now: Timestamp) -> Snapshot {
        let (workloads, workloadOf) = workloads()
        let (nodes, nodeOf) = nodes()
        let namespaces = namespaces(workloads)
        let numbers = numbers(namespaces)
        var snapshot = Snapshot(
            takenAt: now, namespaces: namespaces, nodes: nodes, labelSets: store.pods.labelSets)
        snapshot.workloads = workloads.map { ref, state in
            var workload = Snapshot.Workload(
                ref: ref, namespace: numbers[ref.namespace] ?? -1, desired: state.desired,
                rollingOut: state.rollingOut)
            workload.isGuess = state.isGuess
            workload.revision = store.controllers[ref]?.value.revision
            return workload
        }
        let (templates, templateOf) = templates()
        snapshot.templates = templates
        let namespaceOf = store.pods.namespaces.values.map { numbers[$0] ?? -1 }
        snapshot.pods = records.map { record in
            Snapshot.Pod(
                name: record.name, uid: record.uid,
                namespace: namespaceOf[Int(record.namespace)],
                workload: workloadOf[Int(record.owner)],
                node: record.node < 0 ? -1 : nodeOf[Int(record.node)], labels: record.labels,
                flags: record.flags, template: templateOf[Int(record.owner)],
                created: record.created, mark: record.mark)
        }
        snapshot.disruptionBudgets = store.budgets.sorted {
            ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name)
        }.map { key, kept in
            Snapshot.DisruptionBudget(
                name: key.name, namespace: numbers[key.namespace] ?? -1,
                selector: kept.value.selector, disruptionsAllowed: kept.value.allowed)
        }
        return snapshot
    }

    private func numbers(_ names: [String]) -> [String: Int32] {
        var numbers: [String: Int32] = [:]
        for (index, name) in names.enumerated() { numbers[name] = Int32(index) }
        return numbers
    }

    private func namespaces(_ workloads: [(WorkloadRef, State)]) -> [String] {
        let known = store.pods.namespaces.values
        var names = Set(known.indices.filter { usedNamespaces[$0] }.map { known[$0] })
        names.formUnion(workloads.map(\.0.namespace))
        names.formUnion(store.budgets.keys.map(\.namespace))
        return names.sorted()
    }

    /// Nodes by name, and where each number of the pod store is among them. A node that pods name
    /// and nobody has seen is neither ready nor schedulable.
    private func nodes() -> (nodes: [Snapshot.Node], of: [Int32]) {
        var known = store.nodes.mapValues(\.value)
        for (number, name) in store.pods.nodes.values.enumerated() where usedNodes[number] {
            if known[name] == nil {
                known[name] = Snapshot.Node(
                    name: name, uid: "", zone: "", ready: false, schedulable: false,
                    controlPlane: false)
            }
        }
        let nodes = known.values.sorted { $0.name < $1.name }
        let numbers = numbers(nodes.map(\.name))
        return (nodes, store.pods.nodes.values.map { numbers[$0] ?? -1 })
    }

    /// Fingerprints of pod templates, and where that of each owner's number is among them.
    private func templates() -> (templates: [UInt64], of: [Int32]) {
        var known = Interner<UInt64>()
        let numbers = store.pods.owners.values.enumerated().map { number, owner -> Int32 in
            guard usedOwners[number] else { return -1 }
            let ref = WorkloadRef(
                kind: owner.kind, namespace: store.pods.namespaces[owner.namespace],
                name: owner.name)
            guard let template = store.controllers[ref]?.value.template, template != 0 else {
                return -1
            }
            return known.number(template)
        }
        return (known.values, numbers)
    }

    // MARK: Workloads

    private struct State {
        var desired: Int
        var rollingOut: Bool
        var isGuess = false
    }

    /// Kinds whose objects are kept.
    private static let keptKinds: Set<String> = [
        "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet",
    ]

    /// Workloads by reference, and where each owner's number is among them.
    private func workloads() -> (workloads: [(WorkloadRef, State)], of: [Int32]) {
        var states: [WorkloadRef: State] = [:]
        for (ref, kept) in store.controllers where isWorkload(ref) {
            // Old ReplicaSets without pods are history, not workloads.
            if ref.kind == "ReplicaSet" && kept.value.desired == 0 { continue }
            states[ref] = State(
                desired: kept.value.desired, rollingOut: kept.value.rollingOut)
        }
        // Where the object itself is not known (yet), what should exist is guessed, and a kind that
        // should be known counts as changing, which holds chaos back.
        let setsOf = setsByOwner().filter { !isWorkload($0.key) }
        for (ref, sets) in setsOf where sets.desired > 0 {
            states[ref] = State(
                desired: sets.desired,
                rollingOut: Self.keptKinds.contains(ref.kind) || sets.scaledUp > 1)
        }
        var refs: [WorkloadRef?] = Array(repeating: nil, count: store.pods.owners.count)
        for (number, count) in podsOf.enumerated() where usedOwners[number] {
            let ref = workload(store.pods.owners[Int32(number)])
            refs[number] = ref
            let isKnown = isWorkload(ref)
            var state =
                states[ref]
                ?? State(desired: 0, rollingOut: !isKnown && Self.keptKinds.contains(ref.kind))
            if !isKnown, setsOf[ref] == nil {
                state.desired += count
                // A Job's pods end by themselves: fewer of them are no loss.
                state.isGuess = ref.kind != "Job"
            }
            states[ref] = state
        }
        let sorted = states.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        var numbers: [WorkloadRef: Int32] = [:]
        for (index, workload) in sorted.enumerated() { numbers[workload.0] = Int32(index) }
        return (sorted, refs.map { $0.flatMap { numbers[$0] } ?? -1 })
    }

    /// Whether it is a kept object that makes pods for itself: whoever made a Deployment, its
    /// rollouts and replicas are its own, while a ReplicaSet is part of what it belongs to.
    private func isWorkload(_ ref: WorkloadRef) -> Bool {
        guard let kept = store.controllers[ref] else { return false }
        return ref.kind != "ReplicaSet" || kept.value.owner == nil
    }

    /// The workload of pods: of a ReplicaSet what it belongs to, e.g. its Deployment.
    private func workload(_ owner: PodOwner) -> WorkloadRef {
        let namespace = store.pods.namespaces[owner.namespace]
        let ref = WorkloadRef(kind: owner.kind, namespace: namespace, name: owner.name)
        guard ref.kind == "ReplicaSet", let top = store.controllers[ref]?.value.owner else {
            return ref
        }
        return WorkloadRef(kind: top.kind, namespace: namespace, name: top.name)
    }

    /// The ReplicaSets of one owner.
    private struct Sets {
        /// The replicas that they ask for together.
        var desired = 0
        /// How many ask for any: more than one while an owner goes from one version to another.
        var scaledUp = 0
    }

    /// ReplicaSets by their owners: for owners of kinds that are not kept, e.g. a Rollout.
    private func setsByOwner() -> [WorkloadRef: Sets] {
        var found: [WorkloadRef: Sets] = [:]
        for (ref, kept) in store.controllers where ref.kind == "ReplicaSet" {
            guard let owner = kept.value.owner else { continue }
            let top = WorkloadRef(kind: owner.kind, namespace: ref.namespace, name: owner.name)
            found[top, default: Sets()].desired += kept.value.desired
            if kept.value.desired > 0 { found[top]?.scaledUp += 1 }
        }
        return found
    }
}
