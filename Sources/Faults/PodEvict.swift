// Evicts a pod through the eviction API, so that the API server itself honours disruption budgets.

package import Core
package import Engine
package import Platform

/// Fault `pod-evict`.
package struct PodEvict: Fault {
    package static let manifest = FaultManifest(
        name: "pod-evict",
        summary: "Evicts a pod unless a PodDisruptionBudget refuses; its owner replaces it.",
        target: .pod,
        parameters: [
            ParameterSpec(
                "gracePeriod", .duration(.zero ... .seconds(3600)), default: "30s",
                "How long the containers may take to end; 0s kills them at once.")
        ],
        reversible: false,
        honoursDisruptionBudgets: true,
        permissions: [
            Permission(group: "", resource: "pods", verbs: ["get", "list", "watch", "patch"]),
            Permission(group: "", resource: "pods/eviction", verbs: ["create"]),
        ])

    private let gracePeriod: Duration

    package init(_ parameters: Parameters) throws(ConfigError) {
        gracePeriod = parameters.duration("gracePeriod")
    }

    package var duration: Duration { .zero }

    package func undo(
        for target: Target, in cluster: any Cluster
    ) async throws(Failure) -> JSON { [:] }

    package func inject(
        _ target: Target, in cluster: any Cluster
    ) async throws(Failure) -> Removal {
        try await cluster.evictPod(target, gracePeriod: gracePeriod)
    }

    package func delivery(
        of target: Target, in cluster: any Cluster
    ) async throws(Failure) -> Delivery {
        try await removalDelivery(of: target, in: cluster)
    }

    package func revert(
        _ target: Target, undo: JSON, in cluster: any Cluster
    ) async throws(Failure) {
        try await removeMark(from: target, in: cluster)
    }
}
