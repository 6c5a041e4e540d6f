import Core
import Engine
import Kubernetes
import Platform
import Testing

/// The verbs of the port, answered by what a real API server said.
@Suite struct VerbTests {
    private let target = Target(
        kind: .pod, namespace: "go-app", name: "single",
        uid: "2df5b408-c93c-4146-b8ed-a89b9e76e598")

    private func cluster(_ network: any Network) -> KubernetesCluster {
        let client = APIClient(
            access: ClusterAccess(server: "http://127.0.0.1:1", credential: .token("s3cret")),
            network: network, clock: ManualClock(), version: "1.2.3")
        return KubernetesCluster(client: client, view: NoView(), instance: "hazard-0")
    }

    @Test(arguments: [
        ("pod-delete-graceful", Removal.accepted), ("pod-delete-again", .accepted),
        ("pod-delete-grace-0", .accepted), ("pod-delete-grace-period", .accepted),
        ("pod-delete-finalizer", .accepted), ("pod-delete-pending", .accepted),
        ("pod-delete-404", .gone("")), ("pod-delete-409-uid-precondition", .gone("")),
    ])
    func deletes(fixture: String, expected: Removal) async throws {
        let network = try ScriptedNetwork(fixture: fixture)
        let removal = try await cluster(network).deletePod(target, gracePeriod: .seconds(3))
        #expect(removal.kind == expected.kind)
        let request = try #require(network.requests.first)
        #expect(request.method == "DELETE")
        #expect(request.url == "http://127.0.0.1:1/api/v1/namespaces/go-app/pods/single")
        #expect(request.headers["User-Agent"] == "hazard/1.2.3")
        #expect(request.headers["Authorization"] == "Bearer s3cret")
        let body = try JSON(parsing: request.body)
        #expect(body[path: ["preconditions", "uid"]]?.string == target.uid)
        #expect(body["gracePeriodSeconds"]?.integer == 3)
        #expect(body["kind"] == "DeleteOptions")
    }

    @Test func aConflictThatIsNotAboutTheUidMayBeTriedAgain() async throws {
        let network = try ScriptedNetwork(fixture: "pod-delete-409-rv-precondition")
        let failure = await #expect(throws: Failure.self) {
            try await cluster(network).deletePod(target, gracePeriod: nil)
        }
        #expect(failure?.kind == .transient)
        let body = try JSON(parsing: try #require(network.requests.first).body)
        #expect(body["gracePeriodSeconds"] == nil)
    }

    @Test(arguments: [
        ("eviction-201", Removal.accepted), ("eviction-201-pdb", .accepted),
        ("eviction-404", .gone("")), ("eviction-409-uid-precondition", .gone("")),
        (
            "eviction-429-pdb",
            .refused("The disruption budget go-demo needs 2 healthy pods and has 2 currently")
        ),
        (
            "eviction-429-pdb-second",
            .refused("The disruption budget go-demo needs 1 healthy pods and has 1 currently")
        ),
        (
            "eviction-429-pdb-not-observed",
            .refused("The disruption budget go-demo is still being processed by the server.")
        ),
        (
            "eviction-500-two-pdbs",
            .refused(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                    + "does not support.")
        ),
    ])
    func evicts(fixture: String, expected: Removal) async throws {
        let network = try ScriptedNetwork(fixture: fixture)
        let removal = try await cluster(network).evictPod(target, gracePeriod: .milliseconds(1500))
        #expect(removal.kind == expected.kind)
        if case .refused = expected { #expect(removal == expected) }
        let request = try #require(network.requests.first)
        #expect(request.method == "POST")
        #expect(request.url.hasSuffix("/api/v1/namespaces/go-app/pods/single/eviction"))
        let body = try JSON(parsing: request.body)
        #expect(body[path: ["deleteOptions", "preconditions", "uid"]]?.string == target.uid)
        // Half a second of grace more, never less.
        #expect(body[path: ["deleteOptions", "gracePeriodSeconds"]]?.integer == 2)
    }

    @Test(arguments: [
        ("apf-429", Failure.Kind.transient, 1), ("pods-list-rv-too-large", .transient, 1),
        ("eviction-400-name-mismatch", .rejected, 0), ("auth-401-bad-token", .rejected, 0),
        ("auth-403-rbac-subresource", .rejected, 0), ("auth-403-anonymous", .rejected, 0),
        ("pods-method-not-allowed", .rejected, 0),
    ])
    func otherAnswersAreFailures(fixture: String, kind: Failure.Kind, retry: Int) async throws {
        let network = try ScriptedNetwork(fixture: fixture)
        let failure = await #expect(throws: Failure.self) {
            try await cluster(network).evictPod(target, gracePeriod: nil)
        }
        #expect(failure?.kind == kind)
        #expect(failure?.retryAfter == (retry > 0 ? .seconds(retry) : nil))
        #expect(failure?.message.contains("create pods/eviction go-app/single") == true)
        #expect(failure?.message.contains("s3cret") == false)
    }

    @Test func aMissingPermissionIsNamedWithTheRuleThatGrantsIt() async throws {
        let network = try ScriptedNetwork(fixture: "auth-403-rbac")
        let failure = await #expect(throws: Failure.self) {
            try await cluster(network).deletePod(target, gracePeriod: nil)
        }
        let message = try #require(failure?.message)
        #expect(message.contains("a Role in namespace go-app"))
        #expect(message.contains(#"apiGroups [""], resources ["pods"], verbs ["delete"]"#))
        #expect(message.contains(#"User "viewer" cannot delete resource "pods""#))
    }

    @Test func admissionRulesRefuseOnPurpose() async throws {
        let network = ScriptedNetwork { (_, _) throws(Failure) in
            let text = #"""
                {"kind":"Status","apiVersion":"v1","status":"Failure","code":403,
                "message":"admission webhook \"guard.example.com\" denied the request: freeze"}
                """#
            return Response(status: 403, contentType: "application/json", text: text)
        }
        let removal = try await cluster(network).deletePod(target, gracePeriod: nil)
        #expect(removal.kind == "refused")
    }

    @Test func readsOnePod() async throws {
        let json = try JSON(parsing: Fixture("pod-get").response.body)
        let found = try await cluster(ScriptedNetwork(fixture: "pod-get"))
            .pod(namespace: "go-app", name: "go-demo-5b6548fbdb-jk6dh")
        let pod = try #require(found)
        #expect(pod.uid == json[path: ["metadata", "uid"]]?.string)
        #expect(pod.ready && !pod.terminating)
        #expect(pod.node == "node-0" || pod.node == "node-1" || pod.node == "node-2")
        #expect(pod.mark == nil)
        let ending = try await cluster(ScriptedNetwork(fixture: "pod-get-terminating"))
            .pod(namespace: "go-app", name: "go-demo-5b6548fbdb-jk6dh")
        #expect(ending?.terminating == true)
        let none = try await cluster(ScriptedNetwork(fixture: "pod-get-404"))
            .pod(namespace: "go-app", name: "no-such-pod")
        #expect(none == nil)
        let pending = try await cluster(ScriptedNetwork(fixture: "pod-get-pending"))
            .pod(namespace: "go-app", name: "unbound")
        #expect(pending?.ready == false && pending?.node == nil)
    }

    @Test func marksThisVeryPodAndNoOther() async throws {
        let single = try Fixture("pod-create").response
        let conflict = try Fixture("node-patch-409-conflict").response
        let invalid = try Fixture("pod-patch-422-immutable").response
        let missing = try Fixture("pod-get-404").response

        let accepting = ScriptedNetwork { (_, _) throws(Failure) in single }
        #expect(try await cluster(accepting).setMark("{}", on: target))
        let patch = try #require(accepting.requests.first)
        #expect(patch.headers["Content-Type"] == "application/merge-patch+json")
        let body = try JSON(parsing: patch.body)
        #expect(body[path: ["metadata", "uid"]]?.string == target.uid)
        #expect(body[path: ["metadata", "annotations", "hazard.dev/injection"]] == "{}")
        #expect(try await cluster(accepting).setMark(nil, on: target))
        let removal = try JSON(parsing: try #require(accepting.requests.last).body)
        #expect(removal[path: ["metadata", "annotations", "hazard.dev/injection"]] == .null)

        let gone = ScriptedNetwork { (_, _) throws(Failure) in missing }
        #expect(try await cluster(gone).setMark("{}", on: target) == false)

        var successor = target
        successor.uid = "00000000-0000-0000-0000-000000000000"
        for refusal in [conflict, invalid] {
            let refusing = ScriptedNetwork { (request, _) throws(Failure) in
                request.method == "PATCH" ? refusal : single
            }
            #expect(try await cluster(refusing).setMark("{}", on: successor) == false)
            let failure = await #expect(throws: Failure.self) {
                try await cluster(refusing).setMark("{}", on: target)
            }
            #expect(failure?.kind == (refusal.status == 409 ? .transient : .rejected))
        }
    }

    @Test func writesAnEventAsTheRecordedOneIsWritten() async throws {
        let fixture = try Fixture("event-create-events-v1")
        let response = fixture.response
        let network = ScriptedNetwork { (_, _) throws(Failure) in response }
        try await cluster(network).recordEvent(
            ClusterEvent(type: "Normal", reason: "HazardInjected", message: "round 7"),
            about: target)
        let request = try #require(network.requests.first)
        #expect(request.url.hasSuffix("/apis/events.k8s.io/v1/namespaces/go-app/events"))
        let sent = try JSON(parsing: request.body)
        let recorded = try JSON(parsing: fixture.requestBody)
        #expect(Set(sent.object?.keys ?? []) == Set(recorded.object?.keys ?? []))
        #expect(
            Set(sent["regarding"]?.object?.keys ?? [])
                == Set(recorded["regarding"]?.object?.keys ?? []))
        let time = try #require(sent["eventTime"]?.string)
        #expect(time.count == "2026-06-01T00:00:00.000000Z".count)
        let failure = await #expect(throws: Failure.self) {
            try await cluster(ScriptedNetwork(fixture: "event-create-422")).recordEvent(
                ClusterEvent(type: "Normal", reason: "X", message: ""), about: target)
        }
        #expect(failure?.kind == .rejected)
    }
}

extension Removal {
    /// Without the words.
    var kind: String {
        switch self {
        case .accepted: "accepted"
        case .gone: "gone"
        case .refused: "refused"
        }
    }
}
