// How fast a first list of pods is read: JSON pages to a snapshot that is ready to plan on.

import Core
import Host
import Kubernetes
import Platform

enum DecodeBench {
    private static let pages = 20
    private static let podsPerPage = 500

    static func figures() async throws -> [BenchFigure] {
        let server = PagedPods(pages: pages, podsPerPage: podsPerPage)
        let client = APIClient(
            access: ClusterAccess(server: "http://bench"), network: server, clock: SystemClock(),
            version: Version.number)
        let lister = Lister(client: client)
        var best = Double.infinity
        for _ in 0..<5 {
            let start = Stopwatch.now
            let snapshot = try await lister.snapshot()
            best = min(best, Stopwatch.now - start)
            guard snapshot.pods.count == pages * podsPerPage else {
                throw Failure(.rejected, "the benchmark's pods were not all read")
            }
        }
        let pods = Double(pages * podsPerPage)
        return [
            BenchFigure(
                name: "pods listed and joined (JSON)", value: pods / best, unit: "pods/s",
                target: .atLeast(250_000)),
            BenchFigure(
                name: "the same in bytes", value: Double(server.bytes) / 1e6 / best, unit: "MB/s"),
        ]
    }
}

/// An API server that has only pods, written once.
private struct PagedPods: Network {
    private let bodies: [[UInt8]]
    var bytes: Int { bodies.reduce(0) { $0 + $1.count } }

    init(pages: Int, podsPerPage: Int) {
        bodies = (0..<pages).map { page in
            let items = (0..<podsPerPage).map { Self.pod(page * podsPerPage + $0) }
            let next = page + 1 < pages ? String(page + 1) : ""
            let list: JSON = [
                "kind": "PodList", "apiVersion": "v1",
                "metadata": ["resourceVersion": "1", "continue": .string(next)],
                "items": .array(items),
            ]
            return list.bytes
        }
    }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        let url = URLParts(request.url)
        guard url?.path == "/api/v1/pods" else {
            let empty: JSON = ["metadata": ["resourceVersion": "1"], "items": []]
            return Response(status: 200, body: empty.bytes)
        }
        let token = url?.queryItems.first { $0.name == "continue" }?.value
        let page = token.flatMap { Int($0) } ?? 0
        guard bodies.indices.contains(page) else { return Response(status: 410) }
        return Response(status: 200, body: bodies[page])
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        throw Failure(.rejected, "the benchmark streams nothing")
    }

    /// About as large as a pod with one container and a sidecar.
    private static func pod(_ number: Int) -> JSON {
        let workload = "service-\(PlanBench.padded(number / 5, 6))"
        let conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map { type in
            [
                "type": .string(type), "status": "True", "lastProbeTime": .null,
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            ] as JSON
        }
        let containers = ["app", "istio-proxy"].map { name in
            [
                "name": .string(name), "image": .string("registry.example/images/\(name):1.2.3"),
                "ports": [["containerPort": 8080, "protocol": "TCP"]],
                "env": [["name": "POD_NAME", "value": "x"], ["name": "MODE", "value": "prod"]],
                "resources": ["limits": ["cpu": "500m", "memory": "256Mi"]],
                "volumeMounts": [["name": "token", "mountPath": "/var/run/secrets/token"]],
                "imagePullPolicy": "IfNotPresent",
            ] as JSON
        }
        return [
            "metadata": [
                "name": .string("\(workload)-7d9f8c6b5-\(PlanBench.padded(number, 6))"),
                "namespace": .string("team-\(number % 20)"),
                "uid": .string("11111111-2222-3333-4444-\(PlanBench.padded(number, 12))"),
                "resourceVersion": .string(String(1000 + number)),
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "labels": ["app": .string(workload), "version": "v1"],
                "annotations": ["prometheus.io/scrape": "true", "prometheus.io/port": "15020"],
                "ownerReferences": [
                    [
                        "apiVersion": "apps/v1", "kind": "ReplicaSet",
                        "name": .string("\(workload)-7d9f8c6b5"), "uid": "u", "controller": true,
                    ]
                ],
            ],
            "spec": [
                "containers": .array(containers), "restartPolicy": "Always",
                "nodeName": .string("node-\(number % 300)"), "serviceAccountName": "default",
            ],
            "status": [
                "phase": "Running", "conditions": .array(conditions), "podIP": "10.0.0.1",
                "startTime": "2026-01-01T00:00:00Z",
            ],
        ]
    }
}
