// Keeps as many pods of a template alive as a replica set wants.

import Core
import Platform

extension ClusterState {
    func syncReplicaSet(_ key: ObjectKey) {
        guard let set = store[key] else { return }
        let selector = LabelSelector(object: set.json.spec["selector"]) ?? LabelSelector()
        var active: [StoredObject] = []
        var terminating = 0
        for podKey in store.dependents(of: set.uid) where podKey.resource == Catalog.pods.id {
            guard let pod = store[podKey] else { continue }
            if !selector.matches(pod.json) {
                letGo(pod, of: set.uid)
                continue
            }
            let phase = pod.json.status["phase"]?.string ?? ""
            if phase == "Succeeded" || phase == "Failed" { continue }
            if pod.json.deletionTimestamp != nil { terminating += 1 } else { active.append(pod) }
        }
        let wanted = set.json.spec["replicas"]?.integer ?? 1
        if set.json.deletionTimestamp == nil {
            if active.count < wanted {
                for _ in active.count..<wanted { createPod(of: set) }
            } else if active.count > wanted {
                for pod in surplus(active, active.count - wanted) {
                    _ = try? delete(pod, DeleteOptions())
                    record(
                        set.json, "SuccessfulDelete", "Deleted pod: \(pod.key.name)",
                        from: "replicaset-controller")
                }
            }
        }
        // The store told this controller about its own changes: counts follow in the next pass.
        writeReplicaStatus(set, active, terminating)
    }

    private func letGo(_ pod: StoredObject, of uid: String) {
        edit(pod.key) { json in
            json.edit("metadata") { metadata in
                let rest = (metadata["ownerReferences"]?.array ?? []).filter {
                    $0["uid"]?.string != uid
                }
                metadata["ownerReferences"] = rest.isEmpty ? nil : .array(rest)
            }
        }
    }

    private func createPod(of set: StoredObject) {
        let template = set.json.spec["template"] ?? [:]
        var metadata: JSON = [
            "generateName": .string("\(set.key.name)-"), "namespace": .string(set.key.namespace),
        ]
        metadata["labels"] = template.metadata["labels"]
        metadata["annotations"] = template.metadata["annotations"]
        metadata["ownerReferences"] = [Self.ownerReference(set.json)]
        let pod: JSON = [
            "kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": template.spec,
        ]
        do {
            let created = try create(pod, Catalog.pods)
            record(
                set.json, "SuccessfulCreate", "Created pod: \(created.key.name)",
                from: "replicaset-controller")
        } catch {
            record(
                set.json, "FailedCreate", "Error creating: \(error.message)",
                from: "replicaset-controller", warning: true)
            later(.replicaSet(set.key), .seconds(5))
        }
    }

    static func ownerReference(_ owner: JSON) -> JSON {
        [
            "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "",
            "name": .string(owner.objectName), "uid": .string(owner.uid), "controller": true,
            "blockOwnerDeletion": true,
        ]
    }

    /// Which pods go first: those that serve least, then the cheapest, the most crowded, the
    /// newest.
    private func surplus(_ pods: [StoredObject], _ count: Int) -> [StoredObject] {
        var perNode: [String: Int] = [:]
        for pod in pods { perNode[pod.json.spec["nodeName"]?.string ?? "", default: 0] += 1 }
        func rank(_ pod: StoredObject) -> [Int64] {
            let json = pod.json
            let node = json.spec["nodeName"]?.string ?? ""
            let running = json.status["phase"]?.string == "Running"
            let cost = json.annotation("controller.kubernetes.io/pod-deletion-cost")
            let restarts = (json.status["containerStatuses"]?.array ?? [])
                .reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
            return [
                node.isEmpty ? 0 : 1, running ? 1 : 0, json.isConditionTrue("Ready") ? 1 : 0,
                cost.flatMap { Int64($0) } ?? 0, Int64(-(perNode[node] ?? 0)), Int64(-restarts),
                -(json.created?.nanoseconds ?? 0),
            ]
        }
        return Array(
            pods.map { (rank($0), $0) }.sorted { left, right in
                left.0 == right.0
                    ? left.1.key.name < right.1.key.name
                    : left.0.lexicographicallyPrecedes(right.0)
            }.prefix(count).map(\.1))
    }

    private func writeReplicaStatus(
        _ set: StoredObject, _ active: [StoredObject], _ terminating: Int
    ) {
        let minimum = set.json.spec["minReadySeconds"]?.integer ?? 0
        let template = LabelSelector(map: set.json.spec["template"]?.metadata["labels"])
        var ready = 0
        var available = 0
        var labelled = 0
        for pod in active {
            if template?.matches(pod.json) ?? true { labelled += 1 }
            guard let condition = pod.json.condition("Ready"), condition["status"]?.string == "True"
            else { continue }
            ready += 1
            let since = condition["lastTransitionTime"]?.instant ?? clock.now
            let left = since + .seconds(minimum) - clock.now
            if minimum == 0 || left <= .zero {
                available += 1
            } else {
                later(.replicaSet(set.key), left)
            }
        }
        edit(set.key) { json in
            var status: JSON = ["replicas": .integer(Int64(active.count))]
            if labelled > 0 { status["fullyLabeledReplicas"] = .integer(Int64(labelled)) }
            if ready > 0 { status["readyReplicas"] = .integer(Int64(ready)) }
            if available > 0 { status["availableReplicas"] = .integer(Int64(available)) }
            status["terminatingReplicas"] = .integer(Int64(terminating))
            status["observedGeneration"] = .integer(Int64(set.json.generation))
            json["status"] = status
        }
    }

    /// Stateful sets are stored; their pods are not run here.
    func syncStatefulSet(_ key: ObjectKey) {
        edit(key) { json in
            let generation = JSON.integer(Int64(json.generation))
            json.edit("status") {
                $0["observedGeneration"] = generation
                $0.fill("availableReplicas", 0)
            }
        }
    }
}
