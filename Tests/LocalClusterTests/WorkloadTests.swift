// Deployments, replica sets and pods, from the manifest to running containers and back.

import Core
import LocalCluster
import Platform
import Testing

@Suite struct WorkloadTests {
    private let apps = "/apis/apps/v1/namespaces/go-app/deployments"
    private let pods = "/api/v1/namespaces/go-app/pods"

    private func started(_ bench: Bench) async throws {
        await bench.cluster.seedDemoNodes()
        _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
        let created = await bench.send("POST", apps, Manifest.deployment("go-demo"))
        #expect(created.status == 201)
    }

    private func ready(_ bench: Bench, _ count: Int) async throws {
        try await bench.until("\(count) ready replicas") {
            let json = try await bench.json("GET", "\(apps)/go-demo")
            let status = json["status"]
            return status?["readyReplicas"]?.integer == count
                && status?["updatedReplicas"]?.integer == count
                && status?["replicas"]?.integer == count
        }
    }

    @Test func deploymentRunsItsPods() async throws {
        let bench = Bench()
        try await bench.running {
            try await started(bench)
            try await ready(bench, 2)
            let list = try await bench.json("GET", pods)
            let items = try #require(list["items"]?.array)
            #expect(items.count == 2)
            #expect(Set(items.compactMap { $0["status"]?["podIP"]?.string }).count == 2)
            let zones = items.compactMap {
                $0["metadata"]?["labels"]?["topology.kubernetes.io/zone"]?.string
            }
            #expect(Set(zones) == ["local-1a", "local-1b"])
            let deployment = try await bench.json("GET", "\(apps)/go-demo")
            let conditions = try #require(deployment["status"]?["conditions"]?.array)
            #expect(conditions.allSatisfy { $0["status"]?.string == "True" })
            #expect(await bench.kubelet.running.count == 2)
        }
    }

    @Test func killedPodIsReplaced() async throws {
        let bench = Bench()
        try await bench.running {
            try await started(bench)
            try await ready(bench, 2)
            let first = try await bench.json("GET", pods)["items"]?[0]?["metadata"]?["name"]?.string
            let name = try #require(first)
            let answer = await bench.send("DELETE", "\(pods)/\(name)")
            #expect(answer.status == 200)
            #expect(try answer.json["metadata"]?["deletionGracePeriodSeconds"]?.integer == 5)
            try await bench.until("the pod is gone") {
                await bench.send("GET", "\(pods)/\(name)").status == 404
            }
            try await ready(bench, 2)
            #expect(await bench.kubelet.running.count == 2)
        }
    }

    @Test func rolloutReplacesEveryPodWithinItsLimits() async throws {
        let bench = Bench()
        try await bench.running {
            try await started(bench)
            try await ready(bench, 2)
            let before = try await names(bench)
            let patch: JSON = [
                "spec": [
                    "template": [
                        "metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": "now"]]
                    ]
                ]
            ]
            let answer = await bench.send(
                "PATCH", "\(apps)/go-demo", patch,
                type: "application/strategic-merge-patch+json")
            #expect(answer.status == 200)
            try await bench.until("the rollout is complete") {
                let json = try await bench.json("GET", "\(apps)/go-demo")
                let available = json["status"]?["availableReplicas"]?.integer ?? 0
                // 25 % of 2, rounded down: nothing may be missing.
                #expect(available >= 2)
                let now = Set(try await names(bench))
                return json["status"]?["observedGeneration"] == json["metadata"]?["generation"]
                    && now.count == 2 && now.isDisjoint(with: before)
                    && json["status"]?["updatedReplicas"]?.integer == 2
            }
            let json = try await bench.json("GET", "\(apps)/go-demo")
            let revision = json["metadata"]?["annotations"]?["deployment.kubernetes.io/revision"]
            #expect(revision?.string == "2")
        }
    }

    private func names(_ bench: Bench) async throws -> [String] {
        let items = try await bench.json("GET", pods)["items"]?.array ?? []
        return items.compactMap { $0["metadata"]?["name"]?.string }
    }

    @Test func crashingContainerBacksOff() async throws {
        let bench = Bench { _ in ContainerModel(crashAfter: .seconds(1)) }
        try await bench.running {
            await bench.cluster.seedDemoNodes()
            _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
            _ = await bench.send("POST", pods, Manifest.pod("single"))
            try await bench.until("CrashLoopBackOff") {
                let pod = try await bench.json("GET", "\(pods)/single")
                let state = pod["status"]?["containerStatuses"]?[0]?["state"]
                return state?["waiting"]?["reason"]?.string == "CrashLoopBackOff"
            }
            try await bench.until("three restarts", limit: .seconds(60)) {
                let pod = try await bench.json("GET", "\(pods)/single")
                return pod["status"]?["containerStatuses"]?[0]?["restartCount"]?.integer == 3
            }
            // 1.5 s a run, the first restart at once, then 10 s, then 20 s.
            #expect(bench.clock.uptime > .seconds(30))
            #expect(bench.clock.uptime < .seconds(45))
        }
    }
}
