// Watches: what they send, when they end, and how they resume or fail to.

import Core
import LocalCluster
import Platform
import Testing

@Suite struct WatchTests {
    private let pods = "/api/v1/namespaces/go-app/pods"

    private func bench(_ settings: ClusterSettings = ClusterSettings(heartbeat: .zero)) async
        -> Bench
    {
        let bench = Bench(settings: settings)
        _ = await bench.send("POST", "/api/v1/namespaces", Manifest.namespace)
        return bench
    }

    private func open(
        _ bench: Bench, _ query: String, accept: String = "application/json"
    ) async throws -> BodyStream {
        let request = Request("GET", "\(pods)?watch=true&\(query)", headers: ["Accept": accept])
        guard case .stream(let stream) = await bench.cluster.handle(request) else {
            throw Failure(.rejected, "not a stream")
        }
        return stream.body
    }

    private func events(_ bytes: [UInt8]?) throws -> [JSON] {
        try (bytes ?? []).split(separator: 10).map { try JSON(parsing: Array($0)) }
    }

    private func types(_ bytes: [UInt8]?) throws -> [String] {
        try events(bytes).compactMap { $0["type"]?.string }
    }

    @Test func resumesAfterARevision() async throws {
        let bench = await bench()
        let list = try await bench.json("GET", pods)
        let revision = try #require(list["metadata"]?["resourceVersion"]?.string)
        _ = await bench.send("POST", pods, Manifest.pod("one"))
        _ = await bench.send(
            "PATCH", "\(pods)/one", ["metadata": ["labels": ["a": "b"]]],
            type: "application/merge-patch+json")
        _ = await bench.send("DELETE", "\(pods)/one")
        let stream = try await open(bench, "resourceVersion=\(revision)")
        #expect(try types(await stream.next()) == ["ADDED", "MODIFIED", "DELETED"])
        stream.cancel()
        #expect(try await stream.next() == nil)
    }

    @Test func waitsForTheNextChange() async throws {
        let bench = await bench()
        let stream = try await open(bench, "")
        async let first = stream.next()
        for _ in 0..<50 { await Task.yield() }
        _ = await bench.send("POST", pods, Manifest.pod("late"))
        #expect(try types(await first) == ["ADDED"])
    }

    @Test func selectorsTurnChangesIntoComingAndGoing() async throws {
        let bench = await bench()
        _ = await bench.send("POST", pods, Manifest.pod("one", labels: ["stage": "blue"]))
        let stream = try await open(bench, "labelSelector=stage%3Dgreen")
        for stage in ["green", "red"] {
            _ = await bench.send(
                "PATCH", "\(pods)/one", ["metadata": ["labels": ["stage": .string(stage)]]],
                type: "application/merge-patch+json")
        }
        #expect(try types(await stream.next()) == ["ADDED", "DELETED"])
    }

    @Test func streamingListEndsWithABookmark() async throws {
        let bench = await bench()
        _ = await bench.send("POST", pods, Manifest.pod("one"))
        let stream = try await open(
            bench,
            "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
        let all = try events(await stream.next())
        #expect(all.compactMap { $0["type"]?.string } == ["ADDED", "BOOKMARK"])
        let end = all.last?[path: ["object", "metadata", "annotations"]]
        #expect(end?["k8s.io/initial-events-end"]?.string == "true")
    }

    @Test func endsAtItsTimeout() async throws {
        let bench = await bench()
        let stream = try await open(bench, "timeoutSeconds=3&allowWatchBookmarks=true")
        async let last = stream.next()
        for _ in 0..<200 where bench.clock.nextDue == nil { await Task.yield() }
        while bench.clock.nextDue == nil { await Task.yield() }
        bench.clock.advance(by: .seconds(3))
        #expect(try types(await last) == ["BOOKMARK"])
        #expect(try await stream.next() == nil)
    }

    @Test func forgottenRevisionIsGone() async throws {
        let bench = await bench()
        let list = try await bench.json("GET", pods)
        let revision = try #require(list["metadata"]?["resourceVersion"]?.string)
        _ = await bench.send("POST", pods, Manifest.pod("one"))
        await bench.cluster.compact()
        let stream = try await open(bench, "resourceVersion=\(revision)")
        let event = try #require(try events(await stream.next()).first)
        #expect(event["type"]?.string == "ERROR")
        #expect(event["object"]?["code"]?.integer == 410)
        #expect(event["object"]?["reason"]?.string == "Expired")
        #expect(try await stream.next() == nil)
    }

    @Test func historyIsBounded() async throws {
        let bench = await bench(ClusterSettings(historyLimit: 10, heartbeat: .zero))
        let list = try await bench.json("GET", pods)
        let revision = try #require(list["metadata"]?["resourceVersion"]?.string)
        for number in 0..<25 { _ = await bench.send("POST", pods, Manifest.pod("p\(number)")) }
        let stream = try await open(bench, "resourceVersion=\(revision)")
        #expect(try types(await stream.next()) == ["ERROR"])
    }

    @Test func tablesNameTheirColumnsOnce() async throws {
        let bench = await bench()
        _ = await bench.send("POST", pods, Manifest.pod("one"))
        let stream = try await open(
            bench, "", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")
        _ = await bench.send(
            "PATCH", "\(pods)/one", ["metadata": ["labels": ["a": "b"]]],
            type: "application/merge-patch+json")
        let all = try events(await stream.next())
        #expect(all.count == 2)
        #expect(all[0]["object"]?["columnDefinitions"]?.array?.count == 9)
        #expect(all[1]["object"]?["columnDefinitions"]?.isNull == true)
        #expect(all[0]["object"]?["rows"]?[0]?["cells"]?[1]?.string == "0/1")
    }

    @Test func pagesShowOneRevision() async throws {
        let bench = await bench()
        for name in ["a", "b", "c"] { _ = await bench.send("POST", pods, Manifest.pod(name)) }
        let first = try await bench.json("GET", "\(pods)?limit=2")
        let token = try #require(first["metadata"]?["continue"]?.string)
        #expect(first["metadata"]?["remainingItemCount"]?.integer == 1)
        _ = await bench.send("DELETE", "\(pods)/c")
        _ = await bench.send("POST", pods, Manifest.pod("d"))
        let second = try await bench.json("GET", "\(pods)?limit=2&continue=\(token)")
        let names = second["items"]?.array?.compactMap { $0["metadata"]?["name"]?.string }
        #expect(names == ["c"])
        await bench.cluster.compact()
        let gone = await bench.send("GET", "\(pods)?limit=2&continue=\(token)")
        #expect(gone.status == 410)
        let next = try #require(try gone.json["metadata"]?["continue"]?.string)
        let rest = try await bench.json("GET", "\(pods)?limit=2&continue=\(next)")
        #expect(rest["items"]?.array?.compactMap { $0["metadata"]?["name"]?.string } == ["d"])
    }
}
