// The status of a deployment: counts over its replica sets, and the conditions that rollouts are
// followed by.

import Core
import Platform

extension ClusterState {
    func writeDeploymentStatus(_ key: ObjectKey) {
        guard let deployment = store[key] else { return }
        let sets = generations(of: deployment)
        func sum(_ field: String, _ sets: [StoredObject]) -> Int {
            sets.reduce(0) { $0 + ($1.json.status[field]?.integer ?? 0) }
        }
        let desired = deployment.json.spec["replicas"]?.integer ?? 1
        let total = sum("replicas", sets.all)
        let updated = sum("replicas", sets.new.map { [$0] } ?? [])
        let available = sum("availableReplicas", sets.all)
        let unavailable = max(0, desired - available)
        var status: JSON = [
            "observedGeneration": .integer(Int64(deployment.json.generation))
        ]
        let counts = [
            ("replicas", total), ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas", sets.all)), ("availableReplicas", available),
            ("unavailableReplicas", unavailable),
        ]
        for (name, value) in counts where value > 0 { status[name] = .integer(Int64(value)) }
        status["terminatingReplicas"] = .integer(Int64(sum("terminatingReplicas", sets.all)))
        let before = deployment.json.status
        status["conditions"] = .array([
            availability(before, available, desired, deployment.json),
            progress(deployment, sets, status, before),
        ])
        edit(key) { $0["status"] = status }
    }

    private func availability(
        _ before: JSON, _ available: Int, _ desired: Int, _ deployment: JSON
    ) -> JSON {
        let enough = available >= desired - RollingLimits(deployment).unavailable
        return condition(
            "Available", enough ? "True" : "False",
            enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            enough
                ? "Deployment has minimum availability."
                : "Deployment does not have minimum availability.", before)
    }

    private func progress(
        _ deployment: StoredObject, _ sets: Generations, _ status: JSON, _ before: JSON
    ) -> JSON {
        let desired = deployment.json.spec["replicas"]?.integer ?? 1
        func count(_ name: String) -> Int { status[name]?.integer ?? 0 }
        let old = (before["conditions"]?.array ?? []).first { $0["type"]?.string == "Progressing" }
        let name = sets.new?.key.name ?? deployment.key.name
        if count("updatedReplicas") == desired, count("replicas") == desired,
            count("availableReplicas") == desired
        {
            return condition(
                "Progressing", "True", "NewReplicaSetAvailable",
                "ReplicaSet \"\(name)\" has successfully progressed.", before)
        }
        let moved = ["updatedReplicas", "availableReplicas", "replicas", "observedGeneration"]
            .contains { before[$0] != status[$0] }
        if old?["reason"]?.string == "NewReplicaSetAvailable",
            deployment.json.status["observedGeneration"] == status["observedGeneration"]
        {
            // A complete rollout stays complete while pods come and go.
            return old ?? .null
        }
        let limit = deployment.json.spec["progressDeadlineSeconds"]?.integer ?? 600
        let since = old?["lastUpdateTime"]?.instant ?? clock.now
        if !moved, old != nil {
            let left = since + .seconds(limit) - clock.now
            if left <= .zero {
                return condition(
                    "Progressing", "False", "ProgressDeadlineExceeded",
                    "ReplicaSet \"\(name)\" has timed out progressing.", before)
            }
            later(.deployment(deployment.key), left + .milliseconds(1))
            return old ?? .null
        }
        later(.deployment(deployment.key), .seconds(limit))
        return condition(
            "Progressing", "True", old == nil ? "NewReplicaSetCreated" : "ReplicaSetUpdated",
            old == nil
                ? "Created new replica set \"\(name)\"" : "ReplicaSet \"\(name)\" is progressing.",
            before, fresh: moved)
    }

    /// A condition that keeps its times while it stays the same.
    private func condition(
        _ type: String, _ status: String, _ reason: String, _ message: String, _ before: JSON,
        fresh: Bool = false
    ) -> JSON {
        let old = (before["conditions"]?.array ?? []).first { $0["type"]?.string == type }
        let same = old?["status"]?.string == status
        if same, !fresh, old?["reason"]?.string == reason, old?["message"]?.string == message {
            return old ?? .null
        }
        return [
            "type": .string(type), "status": .string(status), "lastUpdateTime": now,
            "lastTransitionTime": same ? old?["lastTransitionTime"] ?? now : now,
            "reason": .string(reason), "message": .string(message),
        ]
    }
}
