// What is known of the cluster: objects as they come from lists and watches, without the network.
// SnapshotBuilder turns it into a snapshot.

import Core

/// The kept objects of all kinds.
package struct ObjectStore: Sendable {
    /// Namespace and name of an object.
    struct Key: Hashable, Sendable {
        var namespace: String
        var name: String
    }

    /// An object with the listing that last saw it.
    struct Kept<Value: Sendable>: Sendable {
        var value: Value
        var generation: UInt32
    }

    struct Controller: Sendable {
        var desired: Int
        var rollingOut: Bool
        /// The fingerprint of its pod template; 0 without one.
        var template: UInt64
        /// The hash of the template that it goes to, where its status says so.
        var revision: String?
        /// What it belongs to itself, e.g. a ReplicaSet to its Deployment.
        var owner: ObjectMeta.Controller?
    }

    struct Budget: Sendable {
        var selector: LabelSelector?
        var allowed: Int
    }

    var pods = PodStore()
    var nodes: [String: Kept<Snapshot.Node>] = [:]
    /// Deployments, StatefulSets, DaemonSets and ReplicaSets.
    var controllers: [WorkloadRef: Kept<Controller>] = [:]
    var budgets: [Key: Kept<Budget>] = [:]
    /// Never zero, which stands for deleted.
    private var generation: UInt32 = 1

    package init() {}

    /// Starts a listing; what it does not see is removed by `endListing`.
    package mutating func beginListing() -> UInt32 {
        generation &+= 1
        if generation == 0 { generation = 1 }
        return generation
    }

    /// The generation of changes that come one by one.
    var current: UInt32 { generation }

    /// How many pods are kept.
    package var podCount: Int { pods.count }
}

/// An object that the store can keep.
package protocol StoredObject: WatchedObject {
    /// Adds or replaces it. `generation` is that of the listing, nil for a single change.
    func put(into store: inout ObjectStore, generation: UInt32?)
    func remove(from store: inout ObjectStore)
    /// Removes what the listing has not seen.
    static func endListing(
        _ generation: UInt32, namespace: String?, in store: inout ObjectStore)
}

extension PodObject: StoredObject {
    package func put(into store: inout ObjectStore, generation: UInt32?) {
        store.pods.put(self, generation: generation ?? store.current)
    }

    package func remove(from store: inout ObjectStore) { store.pods.remove(self) }

    package static func endListing(
        _ generation: UInt32, namespace: String?, in store: inout ObjectStore
    ) {
        store.pods.sweep(namespace: namespace, keeping: generation)
    }
}

extension NodeObject: StoredObject {
    package func put(into store: inout ObjectStore, generation: UInt32?) {
        store.nodes[meta.name] = .init(value: node, generation: generation ?? store.current)
    }

    package func remove(from store: inout ObjectStore) {
        if store.nodes[meta.name]?.value.uid == meta.uid { store.nodes[meta.name] = nil }
    }

    package static func endListing(
        _ generation: UInt32, namespace: String?, in store: inout ObjectStore
    ) {
        store.nodes = store.nodes.filter { $0.value.generation == generation }
    }
}

extension BudgetObject: StoredObject {
    package func put(into store: inout ObjectStore, generation: UInt32?) {
        let key = ObjectStore.Key(namespace: meta.namespace, name: meta.name)
        store.budgets[key] = .init(
            value: .init(selector: selector, allowed: disruptionsAllowed),
            generation: generation ?? store.current)
    }

    package func remove(from store: inout ObjectStore) {
        store.budgets[ObjectStore.Key(namespace: meta.namespace, name: meta.name)] = nil
    }

    package static func endListing(
        _ generation: UInt32, namespace: String?, in store: inout ObjectStore
    ) {
        store.budgets = store.budgets.filter {
            $0.value.generation == generation
                || (namespace != nil && $0.key.namespace != namespace)
        }
    }
}

extension ControllerObject {
    package func put(into store: inout ObjectStore, generation: UInt32?) {
        store.controllers[reference] = .init(
            value: .init(
                desired: desired, rollingOut: rollingOut, template: template,
                revision: revision, owner: meta.controller),
            generation: generation ?? store.current)
    }

    package func remove(from store: inout ObjectStore) { store.controllers[reference] = nil }

    package static func endListing(
        _ generation: UInt32, namespace: String?, in store: inout ObjectStore
    ) {
        store.controllers = store.controllers.filter {
            $0.key.kind != kind || $0.value.generation == generation
                || (namespace != nil && $0.key.namespace != namespace)
        }
    }

    private var reference: WorkloadRef {
        WorkloadRef(kind: Self.kind, namespace: meta.namespace, name: meta.name)
    }
}
