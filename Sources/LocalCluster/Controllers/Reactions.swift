// Which controllers have to look at what after an object changed, and the loop over all of them.

import Core
import Platform

extension ClusterState {
    /// Works through everything that is due now. Bounded: a pass that finds no end stops and goes
    /// on at the next.
    func step() {
        queue.advance(to: clock.uptime)
        var left = 100_000
        while left > 0, let work = queue.next() {
            left -= 1
            perform(work)
        }
    }

    func takeEffects() -> [Effect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    func forget(_ bell: Doorbell, of resource: Int) {
        bells[resource]?.removeAll { $0 === bell }
    }

    func later(_ work: Work, _ delay: Duration) { queue.add(work, at: clock.uptime + delay) }

    private func perform(_ work: Work) {
        switch work {
        case .deployment(let key): syncDeployment(key)
        case .replicaSet(let key): syncReplicaSet(key)
        case .statefulSet(let key): syncStatefulSet(key)
        case .pod(let key): syncPod(key)
        case .orphan(let uid): syncOrphan(uid)
        case .endpoints(let key): syncEndpoints(key)
        case .budget(let key): syncBudget(key)
        case .node(let key): syncNode(key)
        case .heartbeat(let key): heartbeat(key)
        case .namespace(let key): syncNamespace(key)
        case .collect(let uid): collectDependents(of: uid)
        case .finalize(let key): syncFinalizers(key)
        case .probe(let uid, let container, let kind): probeIsDue(uid, container, kind)
        }
    }

    func react(to change: Change) {
        let key = change.new.key
        switch key.resource {
        case Catalog.pods.id: podChanged(change)
        case Catalog.replicaSets.id:
            queue.add(.replicaSet(key))
            ownerChanged(of: change.new.json)
        case Catalog.deployments.id: queue.add(.deployment(key))
        case Catalog.statefulSets.id: queue.add(.statefulSet(key))
        case Catalog.services.id: queue.add(.endpoints(key))
        case Catalog.budgets.id: queue.add(.budget(key))
        case Catalog.nodes.id: nodeChanged(change)
        case Catalog.namespaces.id:
            if change.new.json.deletionTimestamp != nil { queue.add(.namespace(key)) }
        default: break
        }
        if change.kind == .deleted {
            objectGone(change)
        } else if change.new.json.deletionTimestamp != nil,
            !change.new.json.finalizers.isEmpty
        {
            queue.add(.finalize(key))
        }
    }

    private func podChanged(_ change: Change) {
        let pod = change.new.json
        if change.kind == .deleted {
            if pods[change.new.uid] != nil { queue.add(.orphan(uid: change.new.uid)) }
            unscheduled.remove(change.new.key)
        } else {
            queue.add(.pod(change.new.key))
        }
        ownerChanged(of: pod)
        if let old = change.old?.json,
            old.metadata["ownerReferences"] != pod.metadata["ownerReferences"]
        {
            ownerChanged(of: old)
        }
        let namespace = change.new.key.namespace
        func selects(_ selector: LabelSelector?) -> Bool {
            guard let selector else { return false }
            return selector.matches(pod) || change.old.map { selector.matches($0.json) } ?? false
        }
        for service in store.list(Catalog.services, namespace: namespace)
        where selects(LabelSelector(map: service.json.spec["selector"])) {
            queue.add(.endpoints(service.key))
        }
        for budget in store.list(Catalog.budgets, namespace: namespace)
        where selects(LabelSelector(object: budget.json.spec["selector"])) {
            queue.add(.budget(budget.key))
        }
    }

    private func ownerChanged(of json: JSON) {
        guard let uid = json.controller?["uid"]?.string, let key = store.key(uid: uid) else {
            return
        }
        switch key.resource {
        case Catalog.replicaSets.id: queue.add(.replicaSet(key))
        case Catalog.deployments.id: queue.add(.deployment(key))
        case Catalog.statefulSets.id: queue.add(.statefulSet(key))
        default: break
        }
    }

    private func nodeChanged(_ change: Change) {
        queue.add(.node(change.new.key))
        if change.kind == .added { queue.add(.heartbeat(change.new.key)) }
        let old = change.old?.json
        if change.kind == .added || old?["spec"] != change.new.json["spec"]
            || old?.isConditionTrue("Ready") != change.new.json.isConditionTrue("Ready")
        {
            for key in unscheduled.sorted() { queue.add(.pod(key)) }
        }
    }

    private func objectGone(_ change: Change) {
        let object = change.new
        if !store.dependents(of: object.uid).isEmpty { queue.add(.collect(uid: object.uid)) }
        for owner in object.json.ownerUIDs {
            if let key = store.key(uid: owner), let json = store[key]?.json,
                json.finalizers.contains("foregroundDeletion")
            {
                queue.add(.finalize(key))
            }
        }
        if !object.key.namespace.isEmpty {
            let key = ObjectKey(Catalog.namespaces, "", object.key.namespace)
            if store[key]?.json.deletionTimestamp != nil { queue.add(.namespace(key)) }
        }
    }
}
