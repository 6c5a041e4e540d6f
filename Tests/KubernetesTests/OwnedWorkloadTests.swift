import Core
import Kubernetes
import Testing

/// Workloads that belong to something else, as operators make them.
@Suite struct OwnedWorkloadTests {
    /// A custom resource, as `SetControllerReference` writes it.
    private static let custom: (kind: String, name: String) = ("Shop", "shop")

    private static func meta(
        _ name: String, owner: (kind: String, name: String)?, uid: String = "u"
    ) -> JSON {
        var meta: JSON = [
            "name": .string(name), "namespace": "shop", "uid": .string(uid), "generation": 1,
        ]
        if let owner {
            meta["ownerReferences"] = [
                [
                    "kind": .string(owner.kind), "name": .string(owner.name), "controller": true,
                ]
            ]
        }
        return meta
    }

    private static func put<Object: StoredObject>(
        _ type: Object.Type, _ json: JSON, into store: inout ObjectStore
    ) throws {
        var cursor = JSONCursor()
        try Object(&cursor, in: json.bytes.span).put(into: &store, generation: nil)
    }

    /// A controller that asks for `replicas`, with `status` beyond the observed generation.
    private static func put<Object: ControllerObject>(
        _ type: Object.Type, _ name: String, replicas: Int,
        owner: (kind: String, name: String)? = nil, status: [String: JSON] = [:],
        into store: inout ObjectStore
    ) throws {
        var told: JSON = ["observedGeneration": 1]
        for (key, value) in status { told[key] = value }
        try put(
            type,
            [
                "metadata": meta(name, owner: owner),
                "spec": ["replicas": .integer(Int64(replicas))], "status": told,
            ], into: &store)
    }

    private static func pods(
        _ count: Int, of kind: String, _ name: String, into store: inout ObjectStore
    ) throws {
        for number in 0..<count {
            let pod = "\(name)-\(number)"
            try put(
                PodObject.self,
                [
                    "metadata": meta(pod, owner: (kind, name), uid: pod),
                    "spec": ["nodeName": "n"],
                    "status": [
                        "phase": "Running",
                        "conditions": [["type": "Ready", "status": "True"]],
                    ],
                ], into: &store)
        }
    }

    private static func workloads(_ store: ObjectStore) -> [String: Snapshot.Workload] {
        var store = store
        var found: [String: Snapshot.Workload] = [:]
        for workload in store.snapshot(at: Timestamp(nanoseconds: 0)).workloads {
            found["\(workload.ref.kind) \(workload.ref.name)"] = workload
        }
        return found
    }

    @Test func aDeploymentOfACustomResourceIsItself() throws {
        var store = ObjectStore()
        let done: [String: JSON] = ["replicas": 3, "updatedReplicas": 3]
        try Self.put(
            DeploymentObject.self, "web", replicas: 3, owner: Self.custom, status: done,
            into: &store)
        try Self.put(
            ReplicaSetObject.self, "web-1", replicas: 3, owner: ("Deployment", "web"),
            into: &store)
        try Self.pods(2, of: "ReplicaSet", "web-1", into: &store)
        let found = Self.workloads(store)
        #expect(found.count == 1)
        let web = try #require(found["Deployment web"])
        #expect(web.desired == 3 && !web.rollingOut)
    }

    @Test func statefulSetsOfOneCustomResourceStayApart() throws {
        var store = ObjectStore()
        for (name, update) in [("db", "r2"), ("queue", "r1")] {
            try Self.put(
                StatefulSetObject.self, name, replicas: 3, owner: Self.custom,
                status: [
                    "updatedReplicas": 3, "currentRevision": "r1",
                    "updateRevision": .string(update),
                ], into: &store)
        }
        try Self.pods(1, of: "StatefulSet", "db", into: &store)
        try Self.pods(3, of: "StatefulSet", "queue", into: &store)
        let found = Self.workloads(store)
        #expect(found.keys.sorted() == ["StatefulSet db", "StatefulSet queue"])
        #expect(found["StatefulSet db"]?.desired == 3)
        #expect(found["StatefulSet db"]?.rollingOut == true)
        #expect(found["StatefulSet db"]?.revision == "r2")
        #expect(found["StatefulSet queue"]?.rollingOut == false)
    }

    @Test func aDaemonSetOfACustomResourceIsItself() throws {
        var store = ObjectStore()
        try Self.put(
            DaemonSetObject.self, "agent", replicas: 0, owner: Self.custom,
            status: ["desiredNumberScheduled": 4, "updatedNumberScheduled": 2], into: &store)
        try Self.pods(2, of: "DaemonSet", "agent", into: &store)
        try Self.pods(2, of: "StrimziPodSet", "kafka", into: &store)
        try Self.pods(2, of: "Job", "nightly", into: &store)
        #expect(Self.workloads(store)["StrimziPodSet kafka"]?.isGuess == true)
        #expect(Self.workloads(store)["Job nightly"]?.isGuess == false)
        let agent = try #require(Self.workloads(store)["DaemonSet agent"])
        #expect(agent.desired == 4 && agent.rollingOut && !agent.isGuess)
    }

    @Test(arguments: [(0, false), (1, true)])
    func aRolloutWithTwoVersionsIsRollingOut(old: Int, isRolling: Bool) throws {
        var store = ObjectStore()
        let rollout = ("Rollout", "web")
        try Self.put(ReplicaSetObject.self, "web-1", replicas: old, owner: rollout, into: &store)
        try Self.put(ReplicaSetObject.self, "web-2", replicas: 3, owner: rollout, into: &store)
        try Self.pods(3, of: "ReplicaSet", "web-2", into: &store)
        let found = Self.workloads(store)
        #expect(found.count == 1)
        let web = try #require(found["Rollout web"])
        #expect(web.desired == 3 + old && web.rollingOut == isRolling)
    }
}
