// A cluster under test, with short words for requests.

import Core
import Dispatch
import LocalCluster
import Platform
import Testing

/// Runs the jobs of a program one after the other, in their order, and knows whether any are left.
private final class OneAfterTheOther: TaskExecutor {
    private let queue = DispatchQueue(label: "bench")
    private let waiting = Lock(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        waiting.withLock { $0 += 1 }
        queue.async {
            self.waiting.withLock { $0 -= 1 }
            unsafe job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }

    /// Asked by a job of its own: nothing but this one has anything to do.
    var isAlone: Bool { waiting.withLock { $0 == 0 } }
}

/// A cluster on a clock by hand.
struct Bench {
    let clock = TestClock()
    let kubelet: ModelledKubelet
    let cluster: LocalCluster
    private let executor = OneAfterTheOther()

    init(
        seed: UInt64 = 7, settings: ClusterSettings = ClusterSettings(heartbeat: .zero),
        model: @escaping @Sendable (ContainerLaunch) -> ContainerModel = { _ in ContainerModel() }
    ) {
        kubelet = ModelledKubelet(clock: clock, model: model)
        cluster = LocalCluster(clock: clock, seed: seed, kubelet: kubelet, settings: settings)
    }

    /// One exchange; a streamed body is not read.
    func send(
        _ method: String, _ url: String, _ body: JSON? = nil,
        type: String = "application/json", accept: String = "application/json"
    ) async -> Response {
        let request = Request(
            method, url, headers: ["Accept": accept, "Content-Type": type],
            body: body?.bytes ?? [])
        guard case .response(let response) = await cluster.handle(request) else {
            return Response(status: 0)
        }
        return response
    }

    func json(_ method: String, _ url: String, _ body: JSON? = nil) async throws -> JSON {
        try await send(method, url, body).json
    }

    /// Runs the cluster while `body` runs.
    func running(_ body: @Sendable () async throws -> Void) async throws {
        try await withTaskExecutorPreference(executor) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await cluster.run() }
                try await body()
                group.cancelAll()
            }
        }
    }

    /// Lets everything happen that can happen without time passing: the cluster and its kubelet
    /// have no other executor, so when no other job is left, all of them wait for the clock.
    private func settle() async {
        for _ in 0..<20_000 {
            await Task.yield()
            if executor.isAlone { return }
        }
        Issue.record("the cluster never comes to rest")
    }

    /// To be used within `running`. Lets time pass in small steps until `condition` holds; fails
    /// after `limit` of virtual time.
    func until(
        _ what: String, limit: Duration = .seconds(120), step: Duration = .milliseconds(100),
        _ condition: () async throws -> Bool
    ) async throws {
        let end = clock.uptime + limit
        while clock.uptime < end {
            await settle()
            if try await condition() { return }
            clock.advance(by: step)
        }
        Issue.record("\(what) did not come true within \(limit)")
        throw Failure(.rejected, what)
    }
}

extension Response {
    var json: JSON {
        get throws { try JSON(parsing: body) }
    }
}

/// Manifests for tests.
enum Manifest {
    static func deployment(
        _ name: String, replicas: Int = 2, image: String = "go-demo:8", probe: Bool = true
    ) -> JSON {
        var container: JSON = [
            "name": "api", "image": .string(image), "ports": [["containerPort": 8080]],
        ]
        if probe {
            container["readinessProbe"] = [
                "httpGet": ["path": "/", "port": 8080], "periodSeconds": 1,
            ]
        }
        return [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": [
                "name": .string(name), "namespace": "go-app", "labels": ["app": .string(name)],
            ],
            "spec": [
                "replicas": .integer(Int64(replicas)),
                "selector": ["matchLabels": ["app": .string(name)]],
                "template": [
                    "metadata": ["labels": ["app": .string(name)]],
                    "spec": [
                        "terminationGracePeriodSeconds": 5, "containers": [container],
                    ],
                ],
            ],
        ]
    }

    static func pod(_ name: String, labels: JSON = ["app": "single"]) -> JSON {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": .string(name), "namespace": "go-app", "labels": labels],
            "spec": [
                "terminationGracePeriodSeconds": 30,
                "containers": [["name": "main", "image": "go-demo:8"]],
            ],
        ]
    }

    static let namespace: JSON = [
        "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "go-app"],
    ]
}
