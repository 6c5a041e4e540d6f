// Puts pods on nodes: what a node must allow, then the spread of a workload over zones and nodes.

import Core

extension ClusterState {
    /// Binds the pod to the best node, or says why there is none.
    func schedule(_ pod: StoredObject) {
        guard pod.json.spec["schedulerName"]?.string == "default-scheduler" else { return }
        let nodes = store.list(Catalog.nodes)
        let all = store.list(Catalog.pods)
        let owner = pod.json.controller?["uid"]?.string
        var perNode: [String: Int] = [:]
        var mates: [String: Int] = [:]
        for other in all {
            guard let node = other.json.spec["nodeName"]?.string,
                !["Succeeded", "Failed"].contains(other.json.status["phase"]?.string ?? "")
            else { continue }
            perNode[node, default: 0] += 1
            if let owner, other.json.controller?["uid"]?.string == owner,
                other.json.deletionTimestamp == nil
            {
                mates[node, default: 0] += 1
            }
        }
        let fitting = nodes.filter { node in
            refusal(of: pod.json, by: node.json, pods: perNode[node.key.name] ?? 0) == nil
        }
        var zoneMates: [String: Int] = [:]
        for node in nodes {
            zoneMates[Self.zone(node.json), default: 0] += mates[node.key.name] ?? 0
        }
        func rank(_ node: StoredObject) -> (Int, Int, Int, String) {
            (
                zoneMates[Self.zone(node.json)] ?? 0, mates[node.key.name] ?? 0,
                perNode[node.key.name] ?? 0, node.key.name
            )
        }
        if let best = fitting.min(by: { rank($0) < rank($1) }) {
            unscheduled.remove(pod.key)
            assign(pod, to: best.key.name)
        } else {
            unscheduled.insert(pod.key)
            cannotSchedule(pod, nodes, perNode)
        }
    }

    private static func zone(_ node: JSON) -> String {
        node.label("topology.kubernetes.io/zone") ?? ""
    }

    /// Why the node does not take the pod; nil when it does.
    private func refusal(of pod: JSON, by node: JSON, pods: Int) -> String? {
        for taint in node.spec["taints"]?.array ?? [] {
            let effect = taint["effect"]?.string ?? ""
            if effect == "PreferNoSchedule" || Tolerations.of(pod, tolerate: taint) != nil {
                continue
            }
            let key = taint["key"]?.string ?? ""
            if key == "node.kubernetes.io/unschedulable" { return "node(s) were unschedulable" }
            return "node(s) had untolerated taint(s)"
        }
        if node.spec["unschedulable"]?.bool == true,
            Tolerations.of(
                pod,
                tolerate: ["key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"])
                == nil
        {
            return "node(s) were unschedulable"
        }
        if !node.isConditionTrue("Ready") { return "node(s) were not ready" }
        for (key, value) in pod.spec["nodeSelector"]?.object?.members ?? []
        where node.label(key) != value.string {
            return "node(s) didn't match Pod's node affinity/selector"
        }
        let text = node.status["allocatable"]?["pods"]
        let capacity = text?.integer ?? text?.string.flatMap { Int($0) } ?? 110
        return pods >= capacity ? "Too many pods" : nil
    }

    private func cannotSchedule(
        _ pod: StoredObject, _ nodes: [StoredObject], _ perNode: [String: Int]
    ) {
        var reasons: [String: Int] = [:]
        for node in nodes {
            let why = refusal(of: pod.json, by: node.json, pods: perNode[node.key.name] ?? 0)
            reasons[why ?? "", default: 0] += 1
        }
        let list = reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let message =
            "0/\(nodes.count) nodes are available"
            + (list.isEmpty ? "." : ": \(list.joined(separator: ", ")).")
        edit(pod.key) { json in
            PodStatus.setCondition(
                &json, "PodScheduled", false, reason: "Unschedulable", message: message,
                now: self.now)
        }
        record(
            pod.json, "FailedScheduling", message, from: "default-scheduler", warning: true)
    }

    /// Binds the pod to the node.
    func assign(_ pod: StoredObject, to node: String) {
        let labels = store[ObjectKey(Catalog.nodes, "", node)]?.json.metadata["labels"]
        edit(pod.key) { json in
            json.edit("spec") { $0["nodeName"] = .string(node) }
            json.edit("metadata") { metadata in
                for name in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
                    guard let value = labels?[name] else { continue }
                    metadata.edit("labels") { $0[name] = value }
                }
            }
            PodStatus.setCondition(&json, "PodScheduled", true, now: self.now)
        }
        record(
            pod.json, "Scheduled",
            "Successfully assigned \(pod.key.namespace)/\(pod.key.name) to \(node)",
            from: "default-scheduler")
    }
}

/// Taints and tolerations.
enum Tolerations {
    /// How long the pod tolerates the taint: forever is `.max`; nil when it does not.
    static func of(_ pod: JSON, tolerate taint: JSON) -> Int? {
        var longest: Int?
        for toleration in pod.spec["tolerations"]?.array ?? [] {
            let key = toleration["key"]?.string ?? ""
            let effect = toleration["effect"]?.string ?? ""
            guard effect.isEmpty || effect == taint["effect"]?.string else { continue }
            let exists = toleration["operator"]?.string == "Exists"
            guard key.isEmpty ? exists : key == taint["key"]?.string else { continue }
            if !exists, toleration["value"]?.string ?? "" != taint["value"]?.string ?? "" {
                continue
            }
            longest = max(longest ?? 0, toleration["tolerationSeconds"]?.integer ?? .max)
        }
        return longest
    }
}
