import Core
import Kubernetes
import Platform
import Testing

/// Bad days of a watch, and what is left of the view after them.
@Suite struct ReflectorTests {
    private let clock = ManualClock()

    private func pod(_ name: String, uid: String, version: Int, node: String = "node-0") -> JSON {
        [
            "metadata": [
                "name": .string(name), "namespace": "go-app", "uid": .string(uid),
                "resourceVersion": .string(String(version)),
            ],
            "spec": ["nodeName": .string(node)], "status": ["phase": "Running"],
        ]
    }

    private func list(_ version: Int, _ pods: JSON...) -> FakeAPI.Step {
        let json: JSON = [
            "kind": "PodList", "metadata": ["resourceVersion": .string(String(version))],
            "items": .array(pods),
        ]
        return .list(Response(status: 200, body: json.bytes))
    }

    private func event(_ type: String, _ object: JSON) -> [UInt8] {
        let json: JSON = ["type": .string(type), "object": object]
        return json.bytes + [0x0a]
    }

    private func bookmark(_ version: Int) -> [UInt8] {
        event("BOOKMARK", ["metadata": ["resourceVersion": .string(String(version))]])
    }

    private var expired: [UInt8] {
        event("ERROR", ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"])
    }

    /// Plays `steps`, waits until the view holds `names`, and hands over what was asked.
    private func play(
        _ steps: [FakeAPI.Step], until names: [String],
        check: (Reflector, FakeAPI) async throws -> Void = { _, _ in }
    ) async throws {
        let api = try FakeAPI(steps)
        let client = APIClient(
            access: ClusterAccess(server: "http://a"), network: api, clock: clock, version: "0")
        let reflector = Reflector(client: client, seed: 7)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await reflector.run() }
            let reached = await eventually {
                guard api.isDone, let snapshot = try? await reflector.snapshot() else {
                    return false
                }
                return snapshot.pods.map(\.name) == names
            }
            let found = await (try? reflector.snapshot().pods.map(\.name)) ?? ["nothing"]
            #expect(reached, "got \(found), asked \(api.podRequests)")
            try await check(reflector, api)
            group.cancelAll()
        }
    }

    @Test func aListIsFollowedFromItsVersion() async throws {
        let pieces: [FakeAPI.Piece] = [
            .bytes(event("ADDED", pod("b", uid: "2", version: 11))),
            .bytes(event("MODIFIED", pod("a", uid: "1", version: 12, node: "node-9"))),
            .bytes(event("ADDED", pod("c", uid: "3", version: 13))),
            .bytes(event("DELETED", pod("b", uid: "2", version: 14))), .silence,
        ]
        try await play(
            [list(10, pod("a", uid: "1", version: 5)), .watch(pieces)], until: ["a", "c"]
        ) { reflector, api in
            #expect(api.podRequests.count == 2)
            #expect(api.podRequests[0].hasSuffix("/api/v1/pods?limit=500"))
            #expect(
                api.podRequests[1].hasSuffix(
                    "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=10"
                        + "&timeoutSeconds=60"))
            let snapshot = try await reflector.snapshot()
            #expect(snapshot.target(0).node == "node-9")
            let status = await reflector.status().first { $0.name == "pods" }
            #expect(status?.events == 4 && status?.lists == 1 && status?.watches == 1)
        }
    }

    @Test func aBrokenConnectionIsResumedWhereItBroke() async throws {
        let added = event("ADDED", pod("b", uid: "2", version: 11))
        let steps: [FakeAPI.Step] = [
            list(10, pod("a", uid: "1", version: 5)),
            // Broken inside the second event.
            .watch([
                .bytes(added + added.prefix(40)), .fail(Failure(.transient, "connection reset")),
            ]),
            .watch([
                .bytes(event("MODIFIED", pod("b", uid: "2", version: 12))),
                .bytes(event("ADDED", pod("c", uid: "3", version: 13))), .silence,
            ]),
        ]
        try await play(steps, until: ["a", "b", "c"]) { reflector, api in
            #expect(api.podRequests.last?.contains("resourceVersion=11&") == true)
            let status = await reflector.status().first { $0.name == "pods" }
            #expect(status?.lists == 1 && status?.failures == 1)
        }
    }

    @Test func aBodyThatEndsInsideAnEventIsNoEnd() async throws {
        let added = event("ADDED", pod("b", uid: "2", version: 11))
        let steps: [FakeAPI.Step] = [
            list(10), .watch([.bytes(Array(added.dropLast(5)))]),
            .watch([.bytes(Array(added.prefix(30))), .bytes(Array(added.dropFirst(30))), .silence]),
        ]
        try await play(steps, until: ["b"]) { reflector, api in
            #expect(api.podRequests.last?.contains("resourceVersion=10&") == true)
        }
    }

    @Test func bookmarksMoveTheVersion() async throws {
        let steps: [FakeAPI.Step] = [
            list(10, pod("a", uid: "1", version: 5)), .watch([.bytes(bookmark(700))]),
            .watch([.bytes(event("ADDED", pod("b", uid: "2", version: 701))), .silence]),
        ]
        try await play(steps, until: ["a", "b"]) { _, api in
            #expect(api.podRequests.last?.contains("resourceVersion=700&") == true)
        }
    }

    @Test func whatExpiredIsListedAgain() async throws {
        let recorded = try Fixture("pods-watch-too-old").response.body
        for tooOld in [expired, recorded] {
            let steps: [FakeAPI.Step] = [
                list(10, pod("a", uid: "1", version: 5), pod("b", uid: "2", version: 6)),
                .watch([.bytes(tooOld), .silence]),
                list(90, pod("b", uid: "9", version: 80), pod("c", uid: "3", version: 81)),
                .watch([.silence]),
            ]
            try await play(steps, until: ["b", "c"]) { reflector, api in
                let uids = try await reflector.snapshot().pods.map(\.uid)
                #expect(uids == ["9", "3"])
                #expect(api.podRequests.last?.contains("resourceVersion=90&") == true)
                #expect(api.cancelled.withLock { $0 } >= 1)
            }
        }
    }

    @Test func a410AsStatusAlsoListsAgain() async throws {
        let steps: [FakeAPI.Step] = [
            list(10, pod("a", uid: "1", version: 5)),
            .refuse(Failure(.rejected, "gone", status: 410)), list(20), .watch([.silence]),
        ]
        try await play(steps, until: [])
    }

    @Test func repeatedAndForeignEventsDoNoHarm() async throws {
        let old = pod("a", uid: "1", version: 5)
        let pieces: [FakeAPI.Piece] = [
            .bytes(event("ADDED", old)), .bytes(event("ADDED", old)),
            // The deletion of an earlier pod of that name.
            .bytes(event("DELETED", pod("a", uid: "0", version: 6))),
            .bytes(event("DELETED", pod("z", uid: "0", version: 7))),
            .bytes(event("ADDED", pod("b", uid: "2", version: 8))), .silence,
        ]
        try await play([list(10, old), .watch(pieces)], until: ["a", "b"])
    }

    @Test(arguments: [
        "{\"type\":\"ADDED\"}\n", "not json\n", "{\"type\":\"NEW\",\"object\":{}}\n",
        "{\"type\":\"BOOKMARK\",\"object\":{}}\n",
        "{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"etcd\"}}\n",
    ])
    func anUnreadableEventBreaksTheWatchAndLosesNothing(line: String) async throws {
        let added = event("ADDED", pod("b", uid: "2", version: 11))
        let steps: [FakeAPI.Step] = [
            list(10), .watch([.bytes(added + Array(line.utf8) + expired), .silence]),
            .watch([.bytes(event("ADDED", pod("c", uid: "3", version: 12))), .silence]),
        ]
        try await play(steps, until: ["b", "c"]) { reflector, api in
            #expect(api.podRequests.count == 3)
            #expect(api.podRequests.last?.contains("resourceVersion=11&") == true)
        }
    }

    @Test func aWatchThatKeepsBreakingLeadsToANewList() async throws {
        let broken = FakeAPI.Step.watch([.fail(Failure(.transient, "connection reset"))])
        let steps: [FakeAPI.Step] =
            [list(10)] + Array(repeating: broken, count: 5)
            + [list(20, pod("a", uid: "1", version: 15)), .watch([.silence])]
        try await play(steps, until: ["a"])
    }

    @Test func listsAreTriedAgainAfterFailures() async throws {
        let steps: [FakeAPI.Step] = [
            .refuse(Failure(.transient, "connection refused")),
            .list(try Fixture("apf-429").response), .list(try Fixture("auth-403-rbac").response),
            .list(Response(status: 200, body: Array("{".utf8))),
            list(20, pod("a", uid: "1", version: 15)), .watch([.silence]),
        ]
        try await play(steps, until: ["a"]) { reflector, _ in
            let status = await reflector.status().first { $0.name == "pods" }
            #expect(status?.failures == 4 && status?.lastFailure == nil)
        }
    }

    @Test func aViewThatIsNotConfirmedIsNotShown() async throws {
        let steps: [FakeAPI.Step] = [list(10, pod("a", uid: "1", version: 5)), .watch([.silence])]
        try await play(steps, until: ["a"]) { reflector, _ in
            clock.advance(by: .seconds(89))
            _ = try await reflector.snapshot()
            clock.advance(by: .seconds(2))
            let failure = await #expect(throws: Failure.self) { try await reflector.snapshot() }
            #expect(failure?.kind == .transient)
            #expect(failure?.message.contains("not confirmed for") == true)
        }
    }

    @Test func nothingIsShownBeforeEverythingWasListed() async throws {
        let api = try FakeAPI([.refuse(Failure(.rejected, "cannot list pods: forbidden"))])
        let client = APIClient(
            access: ClusterAccess(server: "http://a"), network: api, clock: clock, version: "0")
        let reflector = Reflector(client: client, seed: 7)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await reflector.run() }
            let failed = await eventually {
                await reflector.status().contains { $0.name == "pods" && $0.failures > 0 }
            }
            #expect(failed)
            let listed = await eventually {
                await reflector.status().allSatisfy { $0.name == "pods" || $0.lists > 0 }
            }
            #expect(listed)
            let failure = await #expect(throws: Failure.self) { try await reflector.snapshot() }
            #expect(failure?.kind == .transient)
            #expect(failure?.message.contains("pods: not listed yet") == true)
            #expect(failure?.message.contains("forbidden") == true)
            try Task.checkCancellation()
            group.cancelAll()
        }
    }
}
