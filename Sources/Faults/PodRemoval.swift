// What deleting and evicting a pod share: when it has shown, and what is left to undo.

import Core
import Engine
import Platform

/// Delivered once this very pod is gone or on its way out.
func removalDelivery(
    of target: Target, in cluster: any Cluster
) async throws(Failure) -> Delivery {
    guard let pod = try await cluster.pod(namespace: target.namespace, name: target.name),
        pod.uid == target.uid, !pod.terminating
    else { return .delivered }
    return .pending
}

/// Takes the mark off this very pod. A pod that is gone took its mark along.
func removeMark(from target: Target, in cluster: any Cluster) async throws(Failure) {
    guard let pod = try await cluster.pod(namespace: target.namespace, name: target.name),
        pod.uid == target.uid, pod.mark != nil
    else { return }
    _ = try await cluster.setMark(nil, on: target)
}
