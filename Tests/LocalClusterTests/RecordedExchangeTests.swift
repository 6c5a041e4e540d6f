// Requests that a real API server was sent, sent again to this cluster in an equivalent state: the
// status and the body must be the same, but for what every run decides anew.

import Core
import LocalCluster
import Platform
import Testing

@Suite struct RecordedExchangeTests {
    /// The state that the recordings share, without controllers that change it.
    private func bench(for name: String, _ recording: Recording) async throws -> Bench {
        let bench = Bench()
        let cluster = bench.cluster
        await cluster.restore(try JSON(parsing: Recording("namespace-create").body))
        await cluster.restore(try JSON(parsing: Recording("node-get").body))
        var second = try JSON(parsing: Recording("node-get").body)
        second[path: ["metadata", "name"]] = "node-1"
        second[path: ["spec", "unschedulable"]] = true
        second[path: ["spec", "taints"]] = []
        await cluster.restore(second)
        let pods = try JSON(parsing: Recording("pods-list").body)["items"]?.array ?? []
        for pod in pods { await cluster.restore(typed(pod, "v1", "Pod")) }
        await cluster.restore(try deployment(for: name))
        let sets = try JSON(parsing: Recording("replicasets-list").body)["items"]?.array ?? []
        for set in sets { await cluster.restore(typed(set, "apps/v1", "ReplicaSet")) }
        try await addNamedPod(recording, pods[0], cluster)
        try await addBudgets(name, cluster)
        try await addLease(name, cluster)
        for earlier in Self.before[name] ?? [] {
            await cluster.restore(try JSON(parsing: Recording(earlier).body))
        }
        return bench
    }

    /// The deployment as it was when the patch was recorded: the answer without the patch.
    private func deployment(for name: String) throws -> JSON {
        guard name == "deployment-patch-strategic-container" else {
            return try JSON(parsing: Recording("deployment-get").body)
        }
        var json = try JSON(parsing: Recording(name).body)
        let path = ["spec", "template", "spec", "containers"]
        json[path: ["metadata", "generation"]] = 3
        var container = json[path: path]?[0] ?? [:]
        container["env"] = nil
        json[path: path] = [container]
        return json
    }

    /// Answers of earlier recordings that are the state of later ones.
    private static let before = [
        "node-patch-json-taint": ["node-patch-merge-annotation"],
        "node-patch-merge-null": ["node-patch-apply-force"],
        "pdb-patch": ["pdb-get"],
        "pod-get-terminating": ["pod-delete-graceful"],
        "pod-delete-again": ["pod-delete-graceful"],
        "pod-delete-pending": ["pod-get-pending"],
    ]

    private func typed(_ json: JSON, _ version: String, _ kind: String) -> JSON {
        var json = json
        json["kind"] = .string(kind)
        json["apiVersion"] = .string(version)
        return json
    }

    /// Later recordings speak of pods that were created in between.
    private func addNamedPod(
        _ recording: Recording, _ model: JSON, _ cluster: LocalCluster
    ) async throws {
        let segments = URLParts(recording.request.url)?.segments ?? []
        guard let at = segments.firstIndex(of: "pods"), segments.count > at + 1 else { return }
        let name = segments[at + 1]
        guard name.hasPrefix("go-demo-") else { return }
        let known = await cluster.objects("v1", "pods", namespace: "go-app")
        guard !known.contains(where: { $0["metadata"]?["name"]?.string == name }) else { return }
        var pod = typed(model, "v1", "Pod")
        pod[path: ["metadata", "name"]] = .string(name)
        let text = String(decoding: recording.body + recording.request.body, as: UTF8.self)
        let uid = text.split(separator: "UID in record (").dropFirst().first?.prefix(36)
        let wanted = try? JSON(parsing: recording.request.body)
        let given = wanted?[path: ["deleteOptions", "preconditions", "uid"]]?.string
        pod[path: ["metadata", "uid"]] = .string(
            uid.map(String.init) ?? given ?? "01d2818f-9467-4a4a-a821-26c1c724f8ef")
        await cluster.restore(pod)
    }

    private func addBudgets(_ name: String, _ cluster: LocalCluster) async throws {
        guard name.hasPrefix("eviction-"), name != "eviction-201" else { return }
        var budget = try JSON(parsing: Recording("pdb-get").body)
        if name == "eviction-429-pdb-not-observed" {
            budget[path: ["metadata", "generation"]] = 2
        }
        if name == "eviction-201-pdb" { budget[path: ["status", "disruptionsAllowed"]] = 1 }
        if name == "eviction-429-pdb-second" {
            budget[path: ["status", "desiredHealthy"]] = 1
            budget[path: ["status", "currentHealthy"]] = 1
        }
        await cluster.restore(budget)
        guard name == "eviction-500-two-pdbs" else { return }
        budget[path: ["metadata", "name"]] = "second"
        await cluster.restore(budget)
    }

    private func addLease(_ name: String, _ cluster: LocalCluster) async throws {
        let needs = [
            "lease-create-409", "lease-update-409", "lease-update-422-no-resourceversion",
            "lease-patch-409", "lease-get", "lease-delete", "lease-update", "lease-update-422",
        ]
        if needs.contains(name) {
            await cluster.restore(try JSON(parsing: Recording("lease-create").body))
        }
        if name == "event-create-409" || name == "event-patch-series" {
            let event = try Recording("event-create-events-v1")
            _ = await cluster.handle(event.request)
        }
        if name == "create-403-namespace-terminating" {
            await cluster.restore(try JSON(parsing: Recording("namespace-delete").body))
        }
    }

    @Test(arguments: [
        "api", "livez", "discovery-not-found", "cr-404-before-crd", "namespace-create",
        "deployment-create", "pods-list", "pods-list-resourceversion-0",
        "pods-list-label-selector", "pods-list-field-selector", "pods-list-empty",
        "pods-list-missing-namespace", "pods-list-bad-selector", "pods-list-bad-field-selector",
        "pods-list-limit-1of3", "pods-list-bad-continue", "pods-list-partialobjectmetadata",
        "pod-get", "pod-get-partialobjectmetadata", "pod-get-404", "pod-get-406",
        "pods-method-not-allowed", "pods-list-rv-too-large", "node-get", "node-get-404",
        "namespace-get", "deployment-get", "deployments-list", "replicasets-list",
        "deployment-scale-get", "pods-watchlist-without-match",
        "pods-watch-500-bad-resourceversion", "pods-list-bad-resourceversion",
        "pod-create-409-exists", "pod-create-422-invalid", "pod-create-400-bad-json",
        "pod-create-400-wrong-kind", "pod-create-400-wrong-namespace", "pod-create-415",
        "pod-create-404-namespace", "pod-delete-404", "pod-delete-409-uid-precondition",
        "pod-delete-409-rv-precondition", "pod-delete-graceful", "eviction-201", "pdb-create",
        "eviction-429-pdb", "eviction-429-pdb-dry-run", "eviction-429-pdb-not-observed",
        "eviction-201-pdb", "eviction-404", "eviction-409-uid-precondition",
        "eviction-400-name-mismatch", "eviction-500-two-pdbs", "node-patch-json-test-failed",
        "node-patch-json-bad-path", "node-patch-apply-422-no-manager", "node-patch-409-conflict",
        "node-patch-422", "node-patch-415", "node-patch-404", "pod-patch-422-immutable",
        "ephemeralcontainers-patch-404", "pod-patch-ephemeral-422", "pod-binding-create-409",
        "lease-get-404", "lease-create", "lease-create-409", "lease-update-409",
        "lease-update-422-no-resourceversion", "lease-patch-409", "lease-get",
        "lease-update-creates", "lease-update-creates-with-resourceversion", "lease-delete",
        "event-create-events-v1", "event-create-409", "event-patch-series", "event-create-422",
        "event-create-core-v1", "create-403-namespace-terminating",
        "deployment-patch-strategic-container",
        "deployment-scale-patch", "node-patch-json-taint", "node-patch-merge-null", "pdb-patch",
        "pod-delete-dry-run", "pod-get-terminating", "pod-delete-again", "pod-delete-pending",
        "discovery-apps-v1", "discovery-coordination-v1", "discovery-events-v1",
        "discovery-policy-v1", "lease-update", "lease-update-422", "pod-create-dry-run",

    ])
    func answersAsRecorded(name: String) async throws {
        let recording = try Recording(name)
        let bench = try await bench(for: name, recording)
        if name == "namespace-create" || name == "deployment-create" || name == "pod-create" {
            // The object itself must not be there yet.
            _ = await bench.cluster.handle(
                Request(
                    "DELETE",
                    recording.request.url + (name == "deployment-create" ? "/go-demo" : "")))
        }
        let fresh = name == "namespace-create" ? Bench() : bench
        var request = recording.request
        if name == "lease-update" || name == "lease-update-422" {
            // Versions are this cluster's own: the update is of the one that it has.
            let lease = await fresh.cluster.objects("coordination.k8s.io/v1", "leases").first
            var sent = try JSON(parsing: request.body)
            let path = ["metadata", "resourceVersion"]
            sent[path: path] = lease?[path: path]
            request.body = sent.bytes
        }
        guard case .response(let answer) = await fresh.cluster.handle(request) else {
            Issue.record("\(name) was answered by a stream")
            return
        }
        #expect(answer.status == recording.status)
        #expect(answer.headers["Retry-After"] == recording.headers["Retry-After"])
        if let wanted = try? JSON(parsing: recording.body) {
            let got = Recording.normalized(try answer.json)
            let want = Recording.normalized(wanted)
            #expect(got == want, "got \(got.text)\nwant \(want.text)")
        } else {
            #expect(answer.body == recording.body)
        }
    }
}
