// The port Cluster over a Kubernetes API server: every verb is one call, by uid.
// What the answers mean is decided here; retries are the caller's.

package import Core
package import Engine
package import Platform

/// A Kubernetes cluster as the engine sees it.
package struct KubernetesCluster: Cluster {
    private let client: APIClient
    private let view: any ClusterView
    /// Who reports events, e.g. the daemon's pod name.
    private let instance: String

    package init(client: APIClient, view: any ClusterView, instance: String) {
        self.client = client
        self.view = view
        self.instance = instance
    }

    package func snapshot() async throws(Failure) -> Snapshot { try await view.snapshot() }

    package func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot {
        try await Lister(client: client, scope: ClusterScope(namespaces: [namespace])).snapshot()
    }

    package func pod(namespace: String, name: String) async throws(Failure) -> PodStatus? {
        let call = APICall(.get, .pods, namespace: namespace, name: name)
        guard let json = try await object(call) else { return nil }
        let conditions = json[path: ["status", "conditions"]]?.array ?? []
        let ready = conditions.contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
        guard let uid = json[path: ["metadata", "uid"]]?.string, !uid.isEmpty else {
            throw Failure(.transient, "cannot \(call.description): the answer has no uid")
        }
        return PodStatus(
            uid: uid, ready: ready,
            terminating: json[path: ["metadata", "deletionTimestamp"]]?.string != nil,
            node: json[path: ["spec", "nodeName"]]?.string,
            mark: json[path: ["metadata", "annotations", InjectionMark.annotation]]?.string)
    }

    package func deletePod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal {
        try check(target)
        var body = Self.deleteOptions(target, gracePeriod)
        body["apiVersion"] = "v1"
        body["kind"] = "DeleteOptions"
        let call = APICall(
            .delete, .pods, namespace: target.namespace, name: target.name, body: body)
        return try removal(of: target, call, try await client.answer(call))
    }

    package func evictPod(
        _ target: Target, gracePeriod: Duration?
    ) async throws(Failure) -> Removal {
        try check(target)
        let call = APICall(
            .create, .pods, namespace: target.namespace, name: target.name,
            subresource: "eviction",
            body: [
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": [
                    "name": .string(target.name), "namespace": .string(target.namespace),
                ],
                "deleteOptions": Self.deleteOptions(target, gracePeriod),
            ])
        return try removal(of: target, call, try await client.answer(call))
    }

    package func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool {
        // The uid in the patch makes the server refuse it for a successor of the same name.
        let body: JSON = [
            "metadata": [
                "uid": .string(target.uid),
                "annotations": [InjectionMark.annotation: mark.map(JSON.string) ?? .null],
            ]
        ]
        let call = APICall(
            .patch, target.kind == .pod ? .pods : .nodes, namespace: target.namespace,
            name: target.name, body: body)
        let response = try await client.answer(call)
        switch response.status {
        case 200..<300: return true
        case 404: return false
        case 409, 422:
            // Another uid, or a conflict on the very object: only a reading tells.
            var reading = call
            reading.verb = .get
            reading.body = nil
            let uid = try await object(reading)?[path: ["metadata", "uid"]]?.string
            if uid != target.uid { return false }
            var failure = APIStatus(response).failure(of: call, access: client.access)
            if response.status == 409 { failure.kind = .transient }
            throw failure
        default: throw APIStatus(response).failure(of: call, access: client.access)
        }
    }

    package func recordEvent(
        _ note: ClusterEvent, about target: Target
    ) async throws(Failure) {
        let now = client.clock.now
        // Events about objects outside namespaces live in `default`.
        let namespace = target.kind == .pod ? target.namespace : "default"
        let suffix = "." + String(UInt64(bitPattern: now.nanoseconds), radix: 16)
        var regarding: JSON = [
            "apiVersion": "v1", "kind": target.kind == .pod ? "Pod" : "Node",
            "name": .string(target.name), "uid": .string(target.uid),
        ]
        if target.kind == .pod { regarding["namespace"] = .string(target.namespace) }
        let call = APICall(
            .create, .events, namespace: namespace,
            body: [
                "apiVersion": "events.k8s.io/v1", "kind": "Event",
                "metadata": [
                    "name": .string(String(target.name.prefix(253 - suffix.count)) + suffix),
                    "namespace": .string(namespace),
                ],
                "eventTime": .string(now.rfc3339Micro),
                "reportingController": "hazard.dev/hazard",
                "reportingInstance": .string(String(instance.prefix(128))),
                "action": .string(String(note.reason.prefix(128))),
                "reason": .string(String(note.reason.prefix(128))),
                "type": .string(note.type),
                "note": .string(note.message.cut(toBytes: 1024)),
                "regarding": regarding,
            ])
        _ = try await client.send(call)
    }
}

extension KubernetesCluster {
    private func check(_ target: Target) throws(Failure) {
        guard target.kind == .pod, !target.uid.isEmpty else {
            throw Failure(.rejected, "\(target) cannot be removed as a pod")
        }
    }

    /// An object, or nil when there is none.
    private func object(_ call: APICall) async throws(Failure) -> JSON? {
        do {
            return try await client.json(call)
        } catch {
            if error.status == 404 { return nil }
            throw error
        }
    }

    private static func deleteOptions(_ target: Target, _ gracePeriod: Duration?) -> JSON {
        var options: JSON = ["preconditions": ["uid": .string(target.uid)]]
        if let gracePeriod {
            // Whole seconds; rounded up, so that a short grace does not become none.
            let seconds = max(0, gracePeriod.inSeconds).rounded(.up)
            options["gracePeriodSeconds"] = .integer(Int64(min(seconds, 1e9)))
        }
        return options
    }

    /// What the answer to a delete or an eviction means.
    private func removal(
        of target: Target, _ call: APICall, _ response: Response
    ) throws(Failure) -> Removal {
        if (200..<300).contains(response.status) { return .accepted }
        let status = APIStatus(response)
        switch response.status {
        case 404: return .gone("\(target) does not exist any more")
        case 409 where status.message.contains("UID"):
            return .gone("\(target) is another object by now: \(status.message)")
        case 409:
            var failure = status.failure(of: call, access: client.access)
            failure.kind = .transient
            throw failure
        case 429:
            if let budget = status.disruptionBudget { return .refused(budget) }
        case 500 where status.message.contains("more than one PodDisruptionBudget"):
            return .refused(status.message)
        default: if status.deniedByAdmission { return .refused(status.message) }
        }
        throw status.failure(of: call, access: client.access)
    }
}
