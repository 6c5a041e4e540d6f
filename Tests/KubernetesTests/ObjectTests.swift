import Core
import Kubernetes
import Platform
import Testing

/// Objects other than pods, and what a snapshot makes of all of them.
@Suite struct ObjectTests {
    @Test func nodes() throws {
        let body = try Fixture("nodes-list").response.body
        let page = try ListPage<NodeObject>(parsing: body)
        let items = try #require(try JSON(parsing: body)["items"]?.array)
        #expect(page.items.count == items.count)
        for (node, item) in zip(page.items.map(\.node), items) {
            #expect(node.name == item[path: ["metadata", "name"]]?.string)
            #expect(node.uid == item[path: ["metadata", "uid"]]?.string)
            #expect(
                node.zone
                    == item[path: ["metadata", "labels", "topology.kubernetes.io/zone"]]?.string)
            #expect(node.ready && node.schedulable && !node.controlPlane)
        }
        let cordoned = try object(NodeObject.self, "node-patch-strategic-cordon").node
        #expect(!cordoned.schedulable && cordoned.ready)
    }

    private func object<Object: WatchedObject>(
        _ type: Object.Type, _ fixture: String
    ) throws -> Object {
        let body = try Fixture(fixture).response.body
        var cursor = JSONCursor()
        return try Object(&cursor, in: body.span)
    }

    private func object<Object: WatchedObject>(_ type: Object.Type, json: JSON) throws -> Object {
        var cursor = JSONCursor()
        return try Object(&cursor, in: json.bytes.span)
    }

    @Test func controllers() throws {
        let deployments = try ListPage<DeploymentObject>(
            parsing: Fixture("deployments-list").response.body)
        #expect(deployments.items.map(\.meta.name) == ["go-demo"])
        #expect(deployments.items.map(\.desired) == [2])
        #expect(deployments.items.map(\.rollingOut) == [false])
        let sets = try ListPage<ReplicaSetObject>(
            parsing: Fixture("replicasets-list").response.body)
        #expect(sets.items.first?.meta.controller == .init(kind: "Deployment", name: "go-demo"))
        #expect(sets.items.first?.desired == 2)
        // Just created: nothing was observed yet.
        #expect(try object(DeploymentObject.self, "deployment-create").rollingOut)
    }

    @Test(arguments: [
        ("observedGeneration", JSON.integer(3), false), ("observedGeneration", 2, true),
        ("updatedReplicas", 3, true), ("replicas", 6, true), ("availableReplicas", 1, false),
    ])
    func aDeploymentRollsOutUntilAllReplicasAreUpdated(
        field: String, value: JSON, rolling: Bool
    ) throws {
        var json: JSON = [
            "metadata": ["name": "a", "namespace": "n", "generation": 3],
            "spec": ["replicas": 5],
            "status": ["observedGeneration": 3, "replicas": 5, "updatedReplicas": 5],
        ]
        json[path: ["status", field]] = value
        #expect(try object(DeploymentObject.self, json: json).rollingOut == rolling)
    }

    @Test func statefulSetsAndDaemonSetsRollOut() throws {
        let set: JSON = [
            "metadata": ["name": "db", "namespace": "n", "generation": 2],
            "spec": ["replicas": 3],
            "status": [
                "observedGeneration": 2, "updatedReplicas": 3, "currentRevision": "a",
                "updateRevision": "a",
            ],
        ]
        func rolling(_ changes: [([String], JSON)]) throws -> Bool {
            var json = set
            for (path, value) in changes { json[path: path] = value }
            return try object(StatefulSetObject.self, json: json).rollingOut
        }
        #expect(try !rolling([]))
        #expect(try rolling([(["status", "observedGeneration"], 1)]))
        #expect(try rolling([(["status", "updateRevision"], "b")]))
        let partition = ["spec", "updateStrategy", "rollingUpdate", "partition"]
        let behind: [([String], JSON)] = [(["status", "updateRevision"], "b"), (partition, 2)]
        #expect(try !rolling(behind + [(["status", "updatedReplicas"], 1)]))
        #expect(try rolling(behind + [(["status", "updatedReplicas"], 0)]))
        let onDelete: ([String], JSON) = (["spec", "updateStrategy", "type"], "OnDelete")
        #expect(try !rolling([(["status", "updateRevision"], "b"), onDelete]))

        let daemons: JSON = [
            "metadata": ["name": "log", "namespace": "n", "generation": 2], "spec": [:],
            "status": [
                "observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2,
            ],
        ]
        let daemon = try object(DaemonSetObject.self, json: daemons)
        #expect(daemon.desired == 3 && daemon.rollingOut)
    }

    @Test func budgets() throws {
        let budget = try object(BudgetObject.self, "pdb-get")
        #expect(budget.disruptionsAllowed == 0)
        #expect(budget.selector?.matches(["app": "go-demo"]) == true)
        #expect(budget.selector?.matches(["app": "other"]) == false)
        var json: JSON = [
            "metadata": ["name": "b", "namespace": "n", "generation": 2],
            "spec": ["selector": [:]],
            "status": ["observedGeneration": 2, "disruptionsAllowed": 3],
        ]
        #expect(try object(BudgetObject.self, json: json).disruptionsAllowed == 3)
        #expect(try object(BudgetObject.self, json: json).selector == LabelSelector())
        json[path: ["status", "observedGeneration"]] = 1
        #expect(try object(BudgetObject.self, json: json).disruptionsAllowed == 0)
        json["spec"] = [:]
        #expect(try object(BudgetObject.self, json: json).selector == nil)
        json[path: ["spec", "selector", "matchExpressions"]] = [
            ["key": "tier", "operator": "NotIn", "values": ["web"]]
        ]
        let selector = try object(BudgetObject.self, json: json).selector
        #expect(selector?.matches(["tier": "web"]) == false)
        #expect(selector?.matches([:]) == true)
        json[path: ["spec", "selector", "matchExpressions"]] = [["key": "x", "operator": "New"]]
        #expect(try object(BudgetObject.self, json: json).selector == LabelSelector())
    }

    @Test func aSnapshotOfTheRecordedCluster() async throws {
        let network = try RecordedCluster()
        let client = APIClient(
            access: ClusterAccess(server: "http://a"), network: network, clock: ManualClock(),
            version: "0")
        let snapshot = try await Lister(client: client).snapshot()
        #expect(snapshot.namespaces == ["go-app"])
        #expect(snapshot.pods.map(\.name) == snapshot.pods.map(\.name).sorted())
        let refs = snapshot.pods.map { snapshot.workloads[Int($0.workload)].ref.description }
        #expect(
            refs == ["Deployment go-app/go-demo", "Deployment go-app/go-demo", "Pod go-app/single"])
        let deployment = try #require(snapshot.workloads.first { $0.ref.kind == "Deployment" })
        #expect(deployment.desired == 2 && !deployment.rollingOut)
        let bare = try #require(snapshot.workloads.first { $0.ref.kind == "Pod" })
        #expect(bare.desired == 1 && !bare.rollingOut)
        for index in snapshot.pods.indices {
            #expect(snapshot.target(index).node?.hasPrefix("node-") == true)
            #expect(snapshot.pods[index].flags == [.ready, .running])
        }
        #expect(snapshot.disruptionBudgets.map(\.name) == ["go-demo"])
        let listed = network.requests.map { URLParts($0.url)?.path ?? "" }
        #expect(listed.contains("/api/v1/pods") && listed.contains("/api/v1/nodes"))
    }
}

/// Answers lists with what was recorded of one cluster.
final class RecordedCluster: Network {
    private let inner: ScriptedNetwork
    var requests: [Request] { inner.requests }

    init() throws {
        let fixtures = [
            "pods": "pods-list", "nodes": "nodes-list", "replicasets": "replicasets-list",
            "deployments": "deployments-list", "poddisruptionbudgets": "pdbs-list",
        ]
        var responses: [String: Response] = [:]
        for (plural, fixture) in fixtures { responses[plural] = try Fixture(fixture).response }
        let empty = try Fixture("pods-list-empty").response
        let known = responses
        inner = ScriptedNetwork { (request, _) throws(Failure) in
            // The recorded page of nodes is not the last one: an empty one follows.
            let url = URLParts(request.url)
            if url?.queryValue("continue") != nil { return empty }
            return known[url?.segments.last ?? ""] ?? empty
        }
    }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        try await inner.exchange(request)
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        try await inner.stream(request)
    }
}
