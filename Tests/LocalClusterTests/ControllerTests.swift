// Budgets, endpoints, deletion policies, nodes and probes: what the controllers make of changes.

import Core
import LocalCluster
import Platform
import Testing

@Suite struct ControllerTests {
    private let core = "/api/v1/namespaces/go-app"
    private let apps = "/apis/apps/v1/namespaces/go-app"
    private let budget = "/apis/policy/v1/namespaces/go-app/poddisruptionbudgets"

    private func start(_ bench: Bench, replicas: Int = 2) async throws {
        await bench.cluster.seedDemoNodes()
        _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
        _ = await bench.send(
            "POST", "\(apps)/deployments", Manifest.deployment("go-demo", replicas: replicas))
        try await ready(bench, replicas)
    }

    private func ready(_ bench: Bench, _ count: Int) async throws {
        try await bench.until("\(count) ready replicas", limit: .seconds(600)) {
            let status = try await bench.json("GET", "\(apps)/deployments/go-demo")["status"]
            return status?["readyReplicas"]?.integer ?? 0 == count
        }
    }

    private func pods(_ bench: Bench) async throws -> [JSON] {
        try await bench.json("GET", "\(core)/pods")["items"]?.array ?? []
    }

    private func name(_ json: JSON?) -> String { json?["metadata"]?["name"]?.string ?? "" }

    private func evict(_ bench: Bench, _ pod: String) async -> Response {
        await bench.send(
            "POST", "\(core)/pods/\(pod)/eviction",
            [
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": ["name": .string(pod), "namespace": "go-app"],
            ])
    }

    private func createBudget(_ bench: Bench, _ spec: JSON) async throws {
        var spec = spec
        spec["selector"] = ["matchLabels": ["app": "go-demo"]]
        _ = await bench.send(
            "POST", budget,
            [
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": ["name": "go-demo"], "spec": spec,
            ])
        try await bench.until("the budget is observed") {
            let json = try await bench.json("GET", "\(budget)/go-demo")
            return json["status"]?["observedGeneration"] == json["metadata"]?["generation"]
        }
    }

    /// A budget's spec for three pods, and how many it wants healthy.
    private static let budgets: [(JSON, Int)] = [
        (["minAvailable": 2], 2), (["minAvailable": "50%"], 2), (["maxUnavailable": 1], 2),
        (["maxUnavailable": "34%"], 1), (["minAvailable": 3], 3),
    ]

    @Test(arguments: budgets)
    func budgetsAllow(spec: JSON, desired: Int) async throws {
        let bench = Bench()
        let replicas = 3
        try await bench.running {
            try await start(bench, replicas: replicas)
            try await createBudget(bench, spec)
            let status = try await bench.json("GET", "\(budget)/go-demo")["status"]
            #expect(status?["expectedPods"]?.integer == replicas)
            #expect(status?["currentHealthy"]?.integer == replicas)
            #expect(status?["desiredHealthy"]?.integer == desired)
            #expect(status?["disruptionsAllowed"]?.integer == replicas - desired)
        }
    }

    @Test func evictionsStopAtTheBudget() async throws {
        let bench = Bench()
        try await bench.running {
            try await start(bench)
            try await createBudget(bench, ["minAvailable": 1])
            let all = try await pods(bench)
            #expect(await evict(bench, name(all[0])).status == 201)
            let second = await evict(bench, name(all[1]))
            #expect(second.status == 429)
            let cause = try second.json[path: ["details", "causes"]]?[0]
            #expect(cause?["reason"]?.string == "DisruptionBudget")
            let message = cause?["message"]?.string ?? ""
            #expect(message.hasPrefix("The disruption budget go-demo needs 1 healthy pods and has"))
            try await bench.until("the replacement is ready") {
                let now = try await bench.json("GET", "\(budget)/go-demo")["status"]
                return now?["currentHealthy"]?.integer == 2
                    && now?["disruptionsAllowed"]?.integer == 1
            }
            #expect(await evict(bench, name(all[1])).status == 201)
        }
    }

    @Test func endpointsFollowReadiness() async throws {
        let bench = Bench()
        try await bench.running {
            try await start(bench)
            _ = await bench.send(
                "POST", "\(core)/services",
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "go-demo"],
                    "spec": [
                        "selector": ["app": "go-demo"],
                        "ports": [["port": 80, "targetPort": 8080]],
                    ],
                ])
            func slice() async throws -> JSON? {
                try await bench.json(
                    "GET", "/apis/discovery.k8s.io/v1/namespaces/go-app/endpointslices")["items"]?[
                        0]
            }
            func serving() async throws -> Int {
                (try await slice()?["endpoints"]?.array ?? [])
                    .filter { $0["conditions"]?["ready"]?.bool == true }.count
            }
            try await bench.until("two endpoints") { try await serving() == 2 }
            #expect(try await slice()?["ports"]?[0]?["port"]?.integer == 8080)
            let first = try #require(await bench.kubelet.running.first)
            await bench.kubelet.setHealthy(first, false)
            try await bench.until("one endpoint") { try await serving() == 1 }
            let subset = try await bench.json("GET", "\(core)/endpoints/go-demo")["subsets"]?[0]
            #expect(subset?["addresses"]?.array?.count == 1)
            #expect(subset?["notReadyAddresses"]?.array?.count == 1)
            await bench.kubelet.setHealthy(first, true)
            try await bench.until("two endpoints again") { try await serving() == 2 }
        }
    }

    @Test(arguments: ["Background", "Foreground", "Orphan"])
    func deletionFollowsItsPolicy(policy: String) async throws {
        let bench = Bench()
        try await bench.running {
            try await start(bench)
            let answer = await bench.send(
                "DELETE", "\(apps)/deployments/go-demo?propagationPolicy=\(policy)")
            #expect(answer.status == 200)
            try await bench.until("the deployment is gone") {
                await bench.send("GET", "\(apps)/deployments/go-demo").status == 404
            }
            let sets = try await bench.json("GET", "\(apps)/replicasets")["items"]?.array ?? []
            if policy == "Orphan" {
                #expect(sets.count == 1)
                #expect(sets.first?["metadata"]?["ownerReferences"] == nil)
                #expect(try await pods(bench).count == 2)
            } else {
                if policy == "Foreground" { #expect(sets.isEmpty) }
                try await bench.until("the pods are gone") { try await pods(bench).isEmpty }
                #expect(await bench.kubelet.running.isEmpty)
            }
        }
    }

    @Test func namespaceEmptiesItself() async throws {
        let bench = Bench()
        try await bench.running {
            try await start(bench)
            let answer = await bench.send("DELETE", "/api/v1/namespaces/go-app")
            #expect(try answer.json["status"]?["phase"]?.string == "Terminating")
            try await bench.until("the namespace is gone") {
                await bench.send("GET", "/api/v1/namespaces/go-app").status == 404
            }
            #expect(await bench.cluster.objects("v1", "pods").isEmpty)
            #expect(await bench.kubelet.running.isEmpty)
        }
    }

    @Test func stoppedNodeLosesItsPodsLater() async throws {
        let bench = Bench(settings: ClusterSettings())
        try await bench.running {
            try await start(bench)
            let victim = try #require(try await pods(bench).first)
            let node = try #require(victim["spec"]?["nodeName"]?.string)
            await bench.cluster.setNode(node, running: false)
            try await bench.until("the node is not ready", step: .seconds(1)) {
                let json = try await bench.json("GET", "/api/v1/nodes/\(node)")
                let ready = json["status"]?["conditions"]?.array?.last
                return ready?["type"]?.string == "Ready" && ready?["status"]?.string == "Unknown"
            }
            #expect(bench.clock.uptime > .seconds(40))
            let marked = try await bench.json("GET", "\(core)/pods/\(name(victim))")
            let ready = marked["status"]?["conditions"]?.array?
                .first { $0["type"]?.string == "Ready" }
            #expect(ready?["status"]?.string == "False")
            try await bench.until(
                "the pod is marked for deletion", limit: .seconds(400), step: .seconds(5)
            ) {
                let pod = try await bench.json("GET", "\(core)/pods/\(name(victim))")
                return pod["metadata"]?["deletionTimestamp"] != nil
            }
            #expect(bench.clock.uptime > .seconds(300))
            try await bench.until("a replacement runs elsewhere") {
                let status = try await bench.json("GET", "\(apps)/deployments/go-demo")["status"]
                return status?["readyReplicas"]?.integer == 2
            }
        }
    }

    @Test func cordonedNodeGetsNoPods() async throws {
        let bench = Bench()
        try await bench.running {
            await bench.cluster.seedDemoNodes()
            for node in ["node-a1", "node-a2"] {
                let answer = await bench.send(
                    "PATCH", "/api/v1/nodes/\(node)", ["spec": ["unschedulable": true]],
                    type: "application/strategic-merge-patch+json")
                #expect(answer.status == 200)
            }
            _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
            _ = await bench.send(
                "POST", "\(apps)/deployments", Manifest.deployment("go-demo", replicas: 3))
            try await ready(bench, 3)
            #expect(
                try await pods(bench).allSatisfy { $0["spec"]?["nodeName"]?.string == "node-b1" })
            let node = try await bench.json("GET", "/api/v1/nodes/node-a1")
            #expect(
                node["spec"]?["taints"]?[0]?["key"]?.string == "node.kubernetes.io/unschedulable")
        }
    }

    @Test func stubbornContainerIsKilledAfterItsGrace() async throws {
        let bench = Bench { _ in ContainerModel(stopDelay: nil) }
        try await bench.running {
            try await start(bench)
            let pod = name(try await pods(bench).first)
            let before = bench.clock.uptime
            _ = await bench.send("DELETE", "\(core)/pods/\(pod)")
            try await bench.until("the pod is gone") {
                await bench.send("GET", "\(core)/pods/\(pod)").status == 404
            }
            let took = bench.clock.uptime - before
            #expect(took >= .seconds(5) && took < .seconds(7))
        }
    }

    @Test func sameSeedSameNames() async throws {
        func names(seed: UInt64) async throws -> [String] {
            let bench = Bench(seed: seed)
            await bench.cluster.seedDemoNodes()
            _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
            _ = await bench.send("POST", "\(apps)/deployments", Manifest.deployment("go-demo"))
            await bench.cluster.settle()
            return try await pods(bench).map {
                "\(name($0)) \($0["metadata"]?["uid"]?.string ?? "")"
            }
        }
        let first = try await names(seed: 3)
        #expect(first.count == 2)
        #expect(try await names(seed: 3) == first)
        #expect(try await names(seed: 4) != first)
    }
}
