// Deletes a pod, as `kubectl delete pod` does. Disruption budgets are not asked by the API server.

package import Core
package import Engine
package import Platform

/// Fault `pod-delete`.
package struct PodDelete: Fault {
    package static let manifest = FaultManifest(
        name: "pod-delete",
        summary: "Deletes a pod; its owner replaces it.",
        target: .pod,
        parameters: [
            ParameterSpec(
                "gracePeriod", .duration(.zero ... .seconds(3600)), default: "30s",
                "How long the containers may take to end; 0s kills them at once.")
        ],
        reversible: false,
        honoursDisruptionBudgets: false,
        permissions: [
            Permission(
                group: "", resource: "pods", verbs: ["get", "list", "watch", "patch", "delete"])
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
        try await cluster.deletePod(target, gracePeriod: gracePeriod)
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
