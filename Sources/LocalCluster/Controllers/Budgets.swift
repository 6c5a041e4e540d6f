// How many pods of a disruption budget may be disturbed now.

import Core
import Platform

extension ClusterState {
    /// How long an eviction that was allowed counts before the pod is seen to go.
    private static let evictionPatience: Duration = .seconds(120)

    func syncBudget(_ key: ObjectKey) {
        guard let budget = store[key] else { return }
        guard let selector = LabelSelector(object: budget.json.spec["selector"]) else { return }
        let pods = store.list(Catalog.pods, namespace: key.namespace).filter { pod in
            !["Succeeded", "Failed"].contains(pod.json.status["phase"]?.string ?? "")
                && selector.matches(pod.json)
        }
        var disrupted = JSON.Object()
        for (name, since) in budget.json.status["disruptedPods"]?.object?.members ?? [] {
            guard let pod = pods.first(where: { $0.key.name == name }),
                pod.json.deletionTimestamp == nil, let instant = since.instant
            else { continue }
            let left = instant + Self.evictionPatience - clock.now
            if left <= .zero { continue }
            disrupted[name] = since
            later(.budget(key), left + .milliseconds(1))
        }
        let healthy = pods.filter {
            $0.json.deletionTimestamp == nil && $0.json.isConditionTrue("Ready")
                && disrupted[$0.key.name] == nil
        }.count
        let (expected, desired) = wanted(budget.json.spec, pods)
        let allowed = expected > 0 ? max(0, healthy - desired) : 0
        edit(key) { json in
            json.edit("status") { status in
                status["disruptedPods"] = disrupted.isEmpty ? nil : .object(disrupted)
                status["disruptionsAllowed"] = .integer(Int64(allowed))
                status["currentHealthy"] = .integer(Int64(healthy))
                status["desiredHealthy"] = .integer(Int64(desired))
                status["expectedPods"] = .integer(Int64(expected))
                status["observedGeneration"] = .integer(Int64(budget.json.generation))
                BudgetStatus.setCondition(
                    &status, allowed: allowed, generation: budget.json.generation, now: self.now)
            }
        }
    }

    /// Expected and desired pods: by the workloads' replicas, except for a plain minAvailable.
    private func wanted(_ spec: JSON, _ pods: [StoredObject]) -> (expected: Int, desired: Int) {
        if let least = spec["minAvailable"]?.integer { return (pods.count, least) }
        let expected = expectedReplicas(of: pods)
        if let least = Portion.of(spec["minAvailable"], total: expected, roundUp: true) {
            return (expected, least)
        }
        let most = Portion.of(spec["maxUnavailable"], total: expected, roundUp: true) ?? 0
        return (expected, max(0, expected - most))
    }

    private func expectedReplicas(of pods: [StoredObject]) -> Int {
        var owners: Set<String> = []
        var count = 0
        for pod in pods {
            guard let uid = pod.json.controller?["uid"]?.string, let key = store.key(uid: uid),
                let set = store[key]?.json
            else {
                count += 1
                continue
            }
            let top = set.controller?["uid"]?.string ?? uid
            guard owners.insert(top).inserted else { continue }
            let workload = store.key(uid: top).flatMap { store[$0]?.json } ?? set
            count += workload.spec["replicas"]?.integer ?? 1
        }
        return count
    }
}

/// The condition of a disruption budget.
enum BudgetStatus {
    static func setCondition(_ status: inout JSON, allowed: Int, generation: Int, now: JSON) {
        let old = status["conditions"]?[0]
        let text = allowed > 0 ? "True" : "False"
        let same = old?["status"]?.string == text
        status["conditions"] = [
            [
                "type": "DisruptionAllowed", "status": .string(text),
                "observedGeneration": .integer(Int64(generation)),
                "lastTransitionTime": same ? old?["lastTransitionTime"] ?? now : now,
                "reason": allowed > 0 ? "SufficientPods" : "InsufficientPods", "message": "",
            ]
        ]
    }
}
