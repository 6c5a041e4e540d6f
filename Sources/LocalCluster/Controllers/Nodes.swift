// Nodes: their heartbeats, what follows when those stop, and the taints that drive pods away.

import Core
import Platform

extension ClusterState {
    static let leaseNamespace = "kube-node-lease"

    /// The kubelet's sign of life: the node's Lease, renewed.
    func heartbeat(_ key: ObjectKey) {
        guard let node = store[key], settings.heartbeat > .zero else { return }
        later(.heartbeat(key), settings.heartbeat)
        if stoppedNodes.contains(key.name) { return }
        let lease = ObjectKey(Catalog.leases, Self.leaseNamespace, key.name)
        let renewed = JSON.string(Self.microTime(clock.now))
        if store[lease] != nil {
            edit(lease) { $0.edit("spec") { $0["renewTime"] = renewed } }
        } else {
            put(
                lease,
                [
                    "kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                    "metadata": [
                        "name": .string(key.name), "namespace": .string(Self.leaseNamespace),
                        "uid": .string(newUID()), "creationTimestamp": now,
                        "ownerReferences": [
                            [
                                "apiVersion": "v1", "kind": "Node", "name": .string(key.name),
                                "uid": .string(node.uid),
                            ]
                        ],
                    ],
                    "spec": [
                        "holderIdentity": .string(key.name), "leaseDurationSeconds": 40,
                        "renewTime": renewed,
                    ],
                ])
        }
        lastHeartbeat[key.name] = clock.uptime
        if !node.json.isConditionTrue("Ready") { queue.add(.node(key)) }
    }

    static func microTime(_ time: Timestamp) -> String {
        let text = time.rfc3339Seconds.dropLast()
        return "\(text).\(padded(Int((time.nanoseconds % 1_000_000_000) / 1000), 6))Z"
    }

    /// The node controller: readiness from heartbeats, taints, and evictions by taints.
    func syncNode(_ key: ObjectKey) {
        guard let node = store[key] else { return nodeGone(key.name) }
        let seen = lastHeartbeat[key.name] ?? clock.uptime
        lastHeartbeat[key.name] = seen
        let alive =
            settings.heartbeat <= .zero && !stoppedNodes.contains(key.name)
            || clock.uptime - seen <= settings.nodeGracePeriod
        let wasReady = node.json.isConditionTrue("Ready")
        let known = node.json.condition("Ready") != nil
        edit(key) { json in
            if alive != wasReady || !known { self.setReady(&json, alive) }
            self.setTaints(&json, alive: alive)
        }
        if settings.heartbeat > .zero, alive {
            queue.add(.node(key), at: seen + settings.nodeGracePeriod + .seconds(1))
        }
        if known, wasReady, !alive {
            record(
                node.json, "NodeNotReady", "Node \(key.name) status is now: NodeNotReady",
                from: "node-controller")
            markPodsNotReady(on: key.name)
        } else if known, !wasReady, alive {
            record(
                node.json, "NodeReady", "Node \(key.name) status is now: NodeReady", from: "kubelet"
            )
            for pod in podsOn(key.name) { queue.add(.pod(pod.key)) }
        }
        if let tainted = store[key] { evictByTaints(tainted) }
    }

    private func setReady(_ json: inout JSON, _ ready: Bool) {
        json.edit("status") { status in
            var conditions = (status["conditions"]?.array ?? []).filter {
                $0["type"]?.string != "Ready"
            }
            conditions.append([
                "type": "Ready", "status": ready ? "True" : "Unknown",
                "lastHeartbeatTime": self.now,
                "lastTransitionTime": self.now,
                "reason": ready ? "KubeletReady" : "NodeStatusUnknown",
                "message": ready
                    ? "kubelet is posting ready status" : "Kubelet stopped posting node status.",
            ])
            status["conditions"] = .array(conditions)
        }
    }

    private func setTaints(_ json: inout JSON, alive: Bool) {
        var wanted: [(String, String)] = []
        if json.spec["unschedulable"]?.bool == true {
            wanted.append(("node.kubernetes.io/unschedulable", "NoSchedule"))
        }
        if !alive {
            wanted.append(("node.kubernetes.io/unreachable", "NoSchedule"))
            wanted.append(("node.kubernetes.io/unreachable", "NoExecute"))
        }
        let ours = ["node.kubernetes.io/unschedulable", "node.kubernetes.io/unreachable"]
        let old = json.spec["taints"]?.array ?? []
        func matches(_ taint: JSON, _ want: (String, String)) -> Bool {
            taint["key"]?.string == want.0 && taint["effect"]?.string == want.1
        }
        var taints = old.filter { taint in
            !ours.contains(taint["key"]?.string ?? "") || wanted.contains { matches(taint, $0) }
        }
        for want in wanted where !taints.contains(where: { matches($0, want) }) {
            taints.append([
                "key": .string(want.0), "effect": .string(want.1), "timeAdded": now,
            ])
        }
        if taints != old {
            json.edit("spec") { $0["taints"] = taints.isEmpty ? nil : .array(taints) }
        }
    }

    func podsOn(_ node: String) -> [StoredObject] {
        store.list(Catalog.pods).filter { $0.json.spec["nodeName"]?.string == node }
    }

    private func markPodsNotReady(on node: String) {
        for pod in podsOn(node) where pod.json.isConditionTrue("Ready") {
            edit(pod.key) { json in
                PodStatus.setCondition(
                    &json, "Ready", false, reason: "NodeNotReady", now: self.now)
            }
        }
    }

    /// NoExecute: pods that do not tolerate the taint go, others after the time they tolerate it.
    private func evictByTaints(_ node: StoredObject) {
        let taints = (node.json.spec["taints"]?.array ?? []).filter {
            $0["effect"]?.string == "NoExecute"
        }
        guard !taints.isEmpty else { return }
        for pod in podsOn(node.key.name) where pod.json.deletionTimestamp == nil {
            for taint in taints {
                guard let seconds = Tolerations.of(pod.json, tolerate: taint) else {
                    evictTainted(pod)
                    break
                }
                if seconds == .max { continue }
                let since = taint["timeAdded"]?.instant ?? clock.now
                let left = since + .seconds(seconds) - clock.now
                if left <= .zero {
                    evictTainted(pod)
                    break
                }
                later(.node(node.key), left + .milliseconds(1))
            }
        }
    }

    private func evictTainted(_ pod: StoredObject) {
        record(
            pod.json, "TaintManagerEviction",
            "Marking for deletion Pod \(pod.key.namespace)/\(pod.key.name)",
            from: "taint-eviction-controller")
        _ = try? delete(pod, DeleteOptions())
    }

    /// Pods of a node that is gone are removed without grace.
    private func nodeGone(_ name: String) {
        lastHeartbeat[name] = nil
        stoppedNodes.remove(name)
        var options = DeleteOptions()
        options.gracePeriod = 0
        for pod in podsOn(name) { _ = try? delete(pod, options) }
    }
}
