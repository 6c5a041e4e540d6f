import Core
import Kubernetes
import Platform
import Testing

/// Lists in pages, and what the store makes of them.
@Suite struct ListTests {
    /// Answers the list of pods with `pages`, one a request; other kinds are empty.
    private func network(
        _ pages: [Response]
    ) throws -> ScriptedNetwork {
        let empty = try Fixture("pods-list-empty").response
        let count = Lock(0)
        return ScriptedNetwork { (request, _) throws(Failure) in
            guard request.url.contains("/pods?") else { return empty }
            let index = count.withLock { count in
                count += 1
                return count - 1
            }
            guard index < pages.count else {
                throw Failure(.rejected, "asked for more pages than there are")
            }
            return pages[index]
        }
    }

    private func pods(_ network: ScriptedNetwork) async throws -> [String] {
        let client = APIClient(
            access: ClusterAccess(server: "http://a"), network: network, clock: ManualClock(),
            version: "0")
        let scope = ClusterScope(namespaces: ["go-app"])
        return try await Lister(client: client, scope: scope).snapshot().pods.map(\.name)
    }

    private func pages(_ names: String...) throws -> [Response] {
        try names.map { try Fixture($0).response }
    }

    @Test func pagesAreFollowedToTheEnd() async throws {
        let network = try network(
            pages("pods-list-limit-1of3", "pods-list-limit-2of3", "pods-list-limit-3of3"))
        let whole = try ListPage<PodObject>(parsing: Fixture("pods-list").response.body)
        #expect(try await pods(network) == whole.items.map(\.meta.name))
        let urls = network.requests.map(\.url).filter { $0.contains("/namespaces/go-app/pods?") }
        #expect(urls.count == 3)
        #expect(urls[0].hasSuffix("?limit=500"))
        let first = try ListPage<PodObject>(parsing: Fixture("pods-list-limit-1of3").response.body)
        #expect(URLParts(urls[1])?.queryValue("continue") == first.next)
    }

    @Test func anExpiredTokenStartsTheListAgainOnce() async throws {
        let again = try network(
            pages("pods-list-limit-1of3", "pods-list-continue-410", "pods-list-limit-3of3"))
        // What the first try saw and the second did not is not there.
        #expect(try await pods(again) == ["single"])
        let urls = again.requests.map(\.url).filter { $0.contains("/pods?") }
        #expect(urls.last?.contains("continue") == false)
        let twice = try network(
            pages(
                "pods-list-limit-1of3", "pods-list-continue-410", "pods-list-limit-1of3",
                "pods-list-continue-410"))
        let failure = await #expect(throws: Failure.self) { try await pods(twice) }
        #expect(failure?.status == 410)
    }

    @Test func aServerThatTurnsInCirclesIsLeft() async throws {
        let page = "pods-list-limit-1of3"
        let failure = await #expect(throws: Failure.self) {
            try await pods(try network(pages(page, page, page, page)))
        }
        #expect(failure?.message.contains("same page again") == true)
    }

    @Test(arguments: [
        ("pods-list-bad-continue", Failure.Kind.rejected), ("pods-list-exact-410", .rejected),
        ("pods-list-rv-too-large", .transient), ("apf-429", .transient),
        ("auth-401-bad-token", .rejected), ("livez", .transient), ("pod-get", .transient),
        ("version", .transient), ("discovery-not-found", .rejected),
    ])
    func anythingElseIsAFailure(fixture: String, kind: Failure.Kind) async throws {
        let failing = try network(pages(fixture))
        let failure = await #expect(throws: Failure.self) { try await pods(failing) }
        #expect(failure?.kind == kind)
        #expect(failure?.message.contains("list pods in namespace go-app") == true)
    }

    @Test(arguments: 0..<8)
    func theStoreIsAFunctionOfWhatExists(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        var store = ObjectStore()
        var truth: [String: PodObject] = [:]
        func pod(_ number: Int, _ uid: UInt64) throws -> PodObject {
            let name = "p\(number % 7)-\(number)"
            let json: JSON = [
                "metadata": [
                    "name": .string(name), "namespace": .string("n\(number % 3)"),
                    "uid": .string(String(uid)), "labels": ["l": .string("\(uid % 5)")],
                ],
                "spec": ["nodeName": .string("node-\(uid % 4)")],
            ]
            var cursor = JSONCursor()
            return try PodObject(&cursor, in: json.bytes.span)
        }
        for step in 0..<2500 {
            let number = random.below(step < 2000 ? 2000 : 300)
            let key = "n\(number % 3)/p\(number % 7)-\(number)"
            if random.below(3) == 0, let known = truth[key] {
                known.remove(from: &store)
                truth[key] = nil
                // A late deletion of an earlier pod of that name changes nothing.
                try pod(number, 999_999_999).remove(from: &store)
            } else {
                let new = try pod(number, UInt64(random.below(1_000_000)))
                new.put(into: &store, generation: nil)
                truth[key] = new
            }
            if step % 977 == 0 { _ = store.snapshot(at: Timestamp(nanoseconds: 0)) }
        }
        #expect(store.podCount == truth.count)
        if random.below(2) == 0 {
            // A listing that sees only one namespace anew.
            let generation = store.beginListing()
            for (key, pod) in truth.sorted(by: { $0.key < $1.key }) where key.hasPrefix("n1/") {
                if random.below(2) == 0 {
                    pod.put(into: &store, generation: generation)
                } else {
                    truth[key] = nil
                }
            }
            PodObject.endListing(generation, namespace: "n1", in: &store)
        }
        let snapshot = store.snapshot(at: Timestamp(nanoseconds: 7))
        #expect(snapshot.takenAt == Timestamp(nanoseconds: 7))
        let found = snapshot.pods.map { snapshot.namespaces[Int($0.namespace)] + "/" + $0.name }
        let expected = truth.values.map { ($0.meta.namespace, $0.meta.name) }.sorted { $0 < $1 }
        try #require(Bool(found == expected.map { $0.0 + "/" + $0.1 }), "seed \(seed)")
        for (index, key) in found.enumerated() {
            let pod = snapshot.pods[index]
            #expect(pod.uid == truth[key]?.meta.uid)
            #expect(snapshot.target(index).node == truth[key]?.node)
            let labels = snapshot.labelSets[Int(pod.labels)]
            #expect(labels["l"] == Int(pod.uid).map { "\($0 % 5)" })
            #expect(snapshot.workloads[Int(pod.workload)].ref.name == pod.name)
        }
    }

    @Test func podsOfAnUnknownReplicaSetCountAsChanging() throws {
        var store = ObjectStore()
        let body = try Fixture("pods-list").response.body
        for pod in try ListPage<PodObject>(parsing: body).items {
            pod.put(into: &store, generation: nil)
        }
        let snapshot = store.snapshot(at: Timestamp(nanoseconds: 0))
        let set = try #require(snapshot.workloads.first { $0.ref.kind == "ReplicaSet" })
        #expect(set.rollingOut && set.desired == 2)
    }
}
