// The verbs of pods beyond their fields: binding to a node, and eviction, which asks the disruption
// budgets.

import Core

extension ClusterState {
    /// POST pods/{name}/binding.
    func bind(_ request: APIRequest) throws(APIError) {
        guard let pod = store[request.key] else {
            throw .notFound(Catalog.pods, request.name ?? "")
        }
        let body = try request.decodedJSON(mustBe: "Binding")
        let node = body["target"]?["name"]?.string ?? ""
        if let current = pod.json.spec["nodeName"]?.string, !current.isEmpty {
            throw .conflict(
                "pods/binding", group: "", kind: "pods/binding", pod.key.name,
                "pod \(pod.key.name) is already assigned to node \"\(current)\"")
        }
        if !request.isDryRun { assign(pod, to: node) }
    }

    /// POST pods/{name}/eviction.
    func evict(_ request: APIRequest) throws(APIError) {
        guard let pod = store[request.key] else {
            throw .notFound(Catalog.pods, request.name ?? "")
        }
        let body = try request.decodedJSON(mustBe: "Eviction")
        if let name = body.metadata["name"]?.string, name != pod.key.name {
            throw .badRequest("name in URL does not match name in Eviction object")
        }
        var options = DeleteOptions(body["deleteOptions"] ?? [:])
        options.dryRun = options.dryRun || request.isDryRun
        try checkPreconditions(pod, options)
        if !ignoresBudgets(pod.json) { try askBudgets(pod, dryRun: options.dryRun) }
        guard let current = store[pod.key] else { return }
        try delete(current, options)
    }

    /// Pods that serve nobody, or are going already, need no budget.
    private func ignoresBudgets(_ pod: JSON) -> Bool {
        let phase = pod.status["phase"]?.string ?? ""
        return ["Succeeded", "Failed", "Pending"].contains(phase) || pod.deletionTimestamp != nil
    }

    private func askBudgets(_ pod: StoredObject, dryRun: Bool) throws(APIError) {
        let budgets = budgets(selecting: pod.json)
        if budgets.count > 1 {
            throw .internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                    + "does not support.")
        }
        guard let budget = budgets.first else { return }
        let status = budget.json.status
        let allowed = status["disruptionsAllowed"]?.integer ?? 0
        let desired = status["desiredHealthy"]?.integer ?? 0
        let healthy = status["currentHealthy"]?.integer ?? 0
        if !pod.json.isConditionTrue("Ready") {
            let always =
                budget.json.spec["unhealthyPodEvictionPolicy"]?.string == "AlwaysAllow"
            if always || healthy >= desired && desired > 0 { return }
        }
        if (status["observedGeneration"]?.integer ?? 0) < budget.json.generation {
            throw .budget(
                "The disruption budget \(budget.key.name) is still being processed by the server.",
                retryAfter: 10)
        }
        guard allowed > 0 else {
            throw .budget(
                "The disruption budget \(budget.key.name) needs \(desired) healthy pods and has "
                    + "\(healthy) currently")
        }
        if dryRun { return }
        edit(budget.key) { json in
            json.edit("status") { status in
                status["disruptionsAllowed"] = .integer(Int64(allowed - 1))
                status.edit("disruptedPods") { $0[pod.key.name] = self.now }
                if allowed == 1 {
                    BudgetStatus.setCondition(
                        &status, allowed: 0, generation: budget.json.generation, now: self.now)
                }
            }
        }
    }

    /// The disruption budgets of the pod's namespace that select it.
    func budgets(selecting pod: JSON) -> [StoredObject] {
        store.list(Catalog.budgets, namespace: pod.namespace).filter { budget in
            LabelSelector(object: budget.json.spec["selector"])?.matches(pod) ?? false
        }
    }
}
