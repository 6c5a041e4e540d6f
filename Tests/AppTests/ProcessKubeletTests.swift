// The tutorial's story with real processes: an embedded cluster, its pods as children of this test,
// and traffic over loopback sockets.

import Core
import Glibc
import Host
import LocalCluster
import Platform
import Testing
import YAML

@testable import App

/// The cluster behind a socket, with the tutorial's objects in it.
private struct Demo: Sendable {
    let clock = SystemClock()
    let network: CurlNetwork
    let kubelet: ProcessKubelet
    let cluster: LocalCluster

    init() throws {
        network = try CurlNetwork()
        kubelet = ProcessKubelet(
            executable: try Self.hazard(), network: network, clock: clock)
        // 127.128.x.y to 127.254.x.y, so that test runs side by side do not meet.
        let settings = ClusterSettings(podNetwork: 128 + Int(getpid()) % 126)
        cluster = LocalCluster(clock: clock, seed: 1, kubelet: kubelet, settings: settings)
    }

    /// The program beside the test bundle.
    private static func hazard() throws -> String {
        let own = ProcessKubelet.ownExecutable
        for start in [CommandLine.arguments[0], own] {
            var folder = start[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                let candidate = folder + "/hazard"
                if unsafe access(String(candidate), X_OK) == 0, isFile(String(candidate)) {
                    return String(candidate)
                }
            }
        }
        throw Failure(.rejected, "build the product hazard first: it is not beside \(own)")
    }

    private static func isFile(_ path: String) -> Bool {
        (try? FileSystem.list(path)) == nil
    }

    /// The objects of `k8s/demo`.
    private static func manifests() throws -> [JSON] {
        // This file is Tests/AppTests/ProcessKubeletTests.swift.
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return try ["namespace", "go-app-db", "go-app", "repeater"].flatMap { name in
            let path = "/\(root)/k8s/demo/\(name).yaml"
            let contents = YAML.read(try FileSystem.read(path), file: path)
            #expect(contents.errors.isEmpty)
            return contents.documents.map(\.json)
        }
    }

    func start() async throws {
        await cluster.seedDemoNodes()
        for object in try Self.manifests() + DemoGateway.objects(rate: 0) {
            try await cluster.apply(object)
        }
    }

    /// The pods whose every container is ready, of six.
    func ready() async -> [JSON] {
        await cluster.objects("v1", "pods").filter { pod in
            guard pod[path: ["metadata", "deletionTimestamp"]] == nil else { return false }
            return (pod[path: ["status", "conditions"]]?.array ?? []).contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
        }
    }

    func pods(of app: String) async -> [JSON] {
        await ready().filter { $0[path: ["metadata", "labels", "app"]]?.string == app }
    }

    /// What a user gets through the gateway.
    func visit(_ target: String = "/?addr=http://go-app/demo/person") async -> Int {
        guard let gateway = await pods(of: "istio-ingressgateway").first,
            let address = gateway[path: ["status", "podIP"]]?.string
        else { return -1 }
        let request = Request(
            "GET", "http://\(address):8080\(target)", headers: ["Host": DemoGateway.host])
        do throws(Failure) { return try await network.exchange(request).status } catch {
            return 0
        }
    }

    /// Whether so many visits in a row got this answer.
    func visits(_ count: Int, answer: Int) async -> Bool {
        for _ in 0..<count where await visit() != answer { return false }
        return true
    }

    func call(_ method: String, _ path: String, _ body: JSON? = nil, type: String = "") async
        -> Response?
    {
        var request = Request(method, path, body: body?.bytes ?? [])
        if !type.isEmpty { request.headers["Content-Type"] = type }
        guard case .response(let response) = await cluster.handle(request) else { return nil }
        return response
    }
}

@Suite(.serialized) struct ProcessKubeletTests {
    /// Polls until `condition` holds; false after `limit` real seconds.
    private func eventually(
        _ limit: Int = 90, _ condition: @Sendable () async -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(limit)
        while ContinuousClock.now < end {
            if await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return await condition()
    }

    /// Runs `body` beside a cluster that serves its API, and ends everything after it.
    private func withDemo(_ body: @Sendable (Demo) async throws -> Void) async throws {
        let demo = try Demo()
        defer { demo.network.shutDown() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let bound = Lock(0)
            group.addTask {
                try await HTTPListener.serve(demo.cluster, port: 0) { port in
                    bound.withLock { $0 = port }
                }
            }
            #expect(try await eventually { bound.withLock { $0 } != 0 })
            demo.kubelet.connect(to: "http://127.0.0.1:\(bound.withLock { $0 })")
            try await demo.start()
            group.addTask { await demo.cluster.run() }
            defer { group.cancelAll() }
            try await body(demo)
        }
        #expect(demo.kubelet.processes.isEmpty)
    }

    @Test(.timeLimit(.minutes(8))) func theStoryWithRealProcesses() async throws {
        try await withDemo { demo in
            try await serving(demo)
            let old = try #require(await demo.pods(of: "go-app-db").first)
            let name = try #require(old[path: ["metadata", "name"]]?.string)
            let path = "/api/v1/namespaces/go-app/pods/\(name)"
            let deletion = await demo.call("DELETE", path, ["gracePeriodSeconds": 0])
            #expect(deletion?.status == 200)
            // Every pod is ready again, another database among them, and every request fails.
            #expect(
                try await eventually {
                    let databases = await demo.pods(of: "go-app-db")
                    let names = databases.compactMap { $0[path: ["metadata", "name"]]?.string }
                    return await demo.ready().count == 6 && names.count == 1 && names != [name]
                })
            #expect(try await eventually { await demo.visit() == 500 })
            try await Task.sleep(for: .seconds(2))
            // A probe or a visit may be too slow on a busy machine; twenty in a row are not.
            #expect(try await eventually { await demo.visits(20, answer: 500) })
            #expect(try await eventually { await demo.visit("/?addr=http://go-app/") == 200 })
            #expect(try await eventually { await demo.ready().count == 6 })
            try await logs(demo)
            try await restart(demo)
            #expect(try await eventually { await demo.visits(20, answer: 200) })
        }
    }

    private func serving(_ demo: Demo) async throws {
        #expect(try await eventually { await demo.ready().count == 6 })
        #expect(
            try await eventually { await demo.visits(6, answer: 200) })
        #expect(demo.kubelet.processes.count == 11)
    }

    /// The database says what is wrong, in the words that `kubectl logs` shows.
    private func logs(_ demo: Demo) async throws {
        let pod = try #require(await demo.pods(of: "go-app-db").first)
        let name = try #require(pod[path: ["metadata", "name"]]?.string)
        let reply = await demo.cluster.handle(
            Request("GET", "/api/v1/namespaces/go-app/pods/\(name)/log?container=app"))
        guard case .stream(let stream) = reply else {
            Issue.record("the logs of \(name) are not a stream")
            return
        }
        var text: [UInt8] = []
        while let piece = try await stream.body.next() { text += piece }
        #expect(String(decoding: text, as: UTF8.self).contains("unknown session"))
    }

    /// What `kubectl rollout restart deployment go-app` sends.
    private func restart(_ demo: Demo) async throws {
        let before = Set(
            await demo.pods(of: "go-app").compactMap { $0[path: ["metadata", "name"]]?.string })
        let patch: JSON = [
            "spec": [
                "template": [
                    "metadata": [
                        "annotations": [
                            "kubectl.kubernetes.io/restartedAt": .string(demo.clock.now.rfc3339)
                        ]
                    ]
                ]
            ]
        ]
        let answer = await demo.call(
            "PATCH", "/apis/apps/v1/namespaces/go-app/deployments/go-app", patch,
            type: "application/strategic-merge-patch+json")
        #expect(answer?.status == 200)
        #expect(
            try await eventually {
                let now = await demo.pods(of: "go-app").compactMap {
                    $0[path: ["metadata", "name"]]?.string
                }
                return now.count == 2 && before.isDisjoint(with: now)
            })
    }

    @Test(.timeLimit(.minutes(10))) func onlyDemoProcessesAreStarted() async throws {
        let demo = try Demo()
        defer { demo.network.shutDown() }
        for command in [["sh", "-c", "true"], [], ["hazard", "run", "x"], ["hazard"]] {
            let launch = ContainerLaunch(
                id: ContainerID(podUID: "u", name: "c", attempt: 0), namespace: "n", pod: "p",
                node: "node", image: "i", command: command, args: [], environment: [], ports: [],
                podIP: "127.0.0.1", labels: [:])
            let failure = await #expect(throws: Failure.self) {
                _ = try await demo.kubelet.run(launch) {}
            }
            #expect(failure?.kind == .rejected)
        }
    }

    @Test(.timeLimit(.minutes(10))) func aKilledContainerSaysSo() async throws {
        let demo = try Demo()
        defer { demo.network.shutDown() }
        let id = ContainerID(podUID: "u", name: "c", attempt: 0)
        let launch = ContainerLaunch(
            id: id, namespace: "n", pod: "p", node: "node", image: "i",
            command: ["hazard", "demo-process"], args: ["database"], environment: [], ports: [],
            podIP: "127.127.\(getpid() % 250).\(getpid() / 250 % 250)", labels: [:])
        let exit = try await withThrowingTaskGroup(of: ContainerExit?.self) { group in
            group.addTask { try await demo.kubelet.run(launch) {} }
            group.addTask {
                let probe = ContainerProbe(
                    kind: "Readiness",
                    action: .httpGet(host: launch.podIP, port: 8080, path: "/", headers: []),
                    timeout: .seconds(1))
                let other = ContainerProbe(
                    kind: "Liveness",
                    action: .httpGet(host: launch.podIP, port: 8080, path: "/x", headers: []),
                    timeout: .seconds(60))
                let up = try await eventually { await demo.kubelet.probe(id, probe) == .success }
                #expect(up)
                #expect(
                    await demo.kubelet.probe(id, other)
                        == .failure("HTTP probe failed with statuscode: 404"))
                await demo.kubelet.signal(id, .kill)
                return nil
            }
            return try await group.first { $0 != nil } ?? nil
        }
        #expect(exit == ContainerExit(code: 137, signal: 9))
    }
}
