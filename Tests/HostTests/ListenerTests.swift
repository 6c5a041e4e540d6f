// HTTPListener over real connections: requests and answers both ways, streams, and its end.

import Core
import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct ListenerTests {
    @Test func carriesRequestsAndResponses() async throws {
        let seen = Lock<Request?>(nil)
        try await withListener { request in
            seen.withLock { $0 = request }
            return .response(
                Response(status: 418, headers: ["X-Reply": "yes"], body: Array("short".utf8)))
        } _: { url in
            let network = try CurlNetwork()
            let response = try await network.exchange(
                Request(
                    "PUT", url + "/a%2Fb/c?d=e&f=%20", headers: ["X-Ask": "1", "X-Two": "2"],
                    body: [UInt8](repeating: 9, count: 100_000)))
            #expect(response.status == 418)
            #expect(response.headers["X-Reply"] == "yes")
            #expect(response.headers["Content-Length"] == "5")
            #expect(response.body == Array("short".utf8))
            let request = try #require(seen.withLock { $0 })
            #expect(request.method == "PUT")
            #expect(request.url == "/a%2Fb/c?d=e&f=%20")
            #expect(request.headers["x-ask"] == "1" && request.headers["X-Two"] == "2")
            #expect(request.headers["Host"] == String(url.dropFirst(7)))
            #expect(request.body == [UInt8](repeating: 9, count: 100_000))
            #expect(request.peer.hasPrefix("127.0.0.1:"))
        }
    }

    @Test func answersHeadFromGet() async throws {
        let methods = Lock<[String]>([])
        try await withListener { request in
            methods.withLock { $0.append(request.method) }
            if request.url == "/stream" {
                return .stream(
                    ResponseStream(status: 200, body: BodyStream(next: { () in Array("x".utf8) })))
            }
            return .response(Response(status: 200, contentType: "text/plain", text: "hello"))
        } _: { url in
            let network = try CurlNetwork()
            let whole = try await network.exchange(Request("HEAD", url))
            #expect(whole.status == 200 && whole.body.isEmpty)
            #expect(whole.headers["Content-Length"] == "5")
            let stream = try await network.exchange(Request("HEAD", url + "/stream"))
            #expect(stream.status == 200 && stream.body.isEmpty)
            #expect(methods.withLock { $0 } == ["GET", "GET"])
        }
    }

    @Test func refusesLargeBodies() async throws {
        try await withListener(
            { request in
                .response(
                    Response(status: 200, contentType: "text/plain", text: "\(request.body.count)"))
            }, limits: ListenerLimits(bodyBytes: 1000)
        ) { url in
            let network = try CurlNetwork()
            let fits = try await network.exchange(
                Request("POST", url, body: [UInt8](repeating: 1, count: 1000)))
            #expect(fits.status == 200 && fits.body == Array("1000".utf8))
            let large = try await network.exchange(
                Request("POST", url, body: [UInt8](repeating: 1, count: 1001)))
            #expect(large.status == 413)
            #expect(String(decoding: large.body, as: UTF8.self).contains("1000 bytes"))
        }
    }

    @Test func disconnectsWithoutAnAnswer() async throws {
        try await withListener { _ in
            .disconnect
        } _: { url in
            await expectFailure(.transient, "connection broke") {
                _ = try await CurlNetwork().exchange(Request("GET", url))
            }
        }
    }

    @Test(arguments: [
        ("text/plain", 2000, "gzip", true), ("application/json", 2000, "br, gzip;q=0.5", true),
        ("application/openmetrics-text; version=1.0.0", 2000, "*", true),
        ("text/plain", 1000, "gzip", false), ("image/png", 2000, "gzip", false),
        ("text/plain", 2000, "gzip;q=0", false), ("text/plain", 2000, "br", false),
        ("text/plain", 2000, "*, gzip;q=0", false),
    ])
    func compressesText(type: String, size: Int, accept: String, isPacked: Bool) async throws {
        let text = String(repeating: "0123456789", count: size / 10)
        try await withListener { _ in
            .response(Response(status: 200, contentType: type, text: text))
        } _: { url in
            let network = try CurlNetwork()
            let response = try await network.exchange(
                Request("GET", url, headers: ["Accept-Encoding": accept]))
            #expect(response.headers["Content-Encoding"] == (isPacked ? "gzip" : nil))
            #expect(response.headers["Content-Length"] == "\(response.body.count)")
            #expect((response.body.count < size) == isPacked)
            // The client undoes what it asked for itself.
            let plain = try await network.exchange(Request("GET", url))
            #expect(plain.body == Array(text.utf8))
        }
    }

    @Test func streamsEveryPieceAtOnce() async throws {
        try await withListener { _ in
            let count = Lock(0)
            return .stream(
                ResponseStream(
                    status: 200, headers: ["Content-Type": "text/plain"],
                    body: BodyStream(next: { () in
                        let number = count.withLock { count in
                            count += 1
                            return count
                        }
                        return number <= 3 ? Array("piece \(number)\n".utf8) : nil
                    })))
        } _: { url in
            let network = try CurlNetwork()
            for _ in 0..<3 {
                let response = try await network.stream(Request("GET", url))
                #expect(response.headers["Content-Type"] == "text/plain")
                var text: [UInt8] = []
                while let piece = try await response.body.next() { text += piece }
                #expect(String(decoding: text, as: UTF8.self) == "piece 1\npiece 2\npiece 3\n")
            }
        }
    }

    /// A stream that hands out one piece and then waits for ever; counts how often it was let go.
    static func endless(_ cancelled: Lock<Int>) -> Reply {
        let count = Lock(0)
        return .stream(
            ResponseStream(
                status: 200,
                body: BodyStream(
                    next: { () async throws(Failure) in
                        let number = count.withLock { count in
                            count += 1
                            return count
                        }
                        if number == 1 { return Array("first".utf8) }
                        try await SystemClock().sleep(for: .seconds(3600))
                        return nil
                    },
                    cancel: { cancelled.withLock { $0 += 1 } })))
    }

    @Test func aClientThatLeavesEndsItsStream() async throws {
        let cancelled = Lock(0)
        try await withListener { _ in
            Self.endless(cancelled)
        } _: { url in
            let network = try CurlNetwork()
            let response = try await network.stream(Request("GET", url, deadline: .seconds(60)))
            #expect(try await response.body.next() == Array("first".utf8))
            #expect(cancelled.withLock { $0 } == 0)
            response.body.cancel()
            await eventually("the body is cancelled") { cancelled.withLock { $0 } > 0 }
        }
    }

    @Test func stoppingEndsStreamsProperly() async throws {
        let cancelled = Lock(0)
        let port = Promise<Int>()
        let server = Task {
            try await HTTPListener.serve(
                TestHandler { _ in Self.endless(cancelled) }, port: 0, grace: .seconds(10),
                onReady: { await port.fulfill($0) })
        }
        let network = try CurlNetwork()
        let url = "http://127.0.0.1:\(await port.get())"
        var streams: [BodyStream] = []
        for _ in 0..<5 {
            let response = try await network.stream(Request("GET", url, deadline: .seconds(60)))
            #expect(try await response.body.next() == Array("first".utf8))
            streams.append(response.body)
        }
        server.cancel()
        for stream in streams { #expect(try await stream.next() == nil) }
        try await server.value
        // A process that is being started elsewhere has a copy of the listening socket for an
        // instant.
        await eventually("connections are refused") {
            do throws(Failure) {
                _ = try await network.exchange(Request("GET", url))
                return false
            } catch { return error.kind == .transient && error.message.contains("refused") }
        }
    }

    @Test func aBodyThatBreaksDoesNotEndProperly() async throws {
        try await withListener { _ in
            .stream(
                ResponseStream(
                    status: 200,
                    body: BodyStream(next: { () throws(Failure) in
                        throw Failure(.transient, "upstream is gone")
                    })))
        } _: { url in
            await expectFailure(.transient, "connection broke") {
                let response = try await CurlNetwork().stream(Request("GET", url))
                while try await response.body.next() != nil {}
            }
        }
    }

    @Test func requestsUnderWayAreAnsweredWhenStopping() async throws {
        let isIn = Promise<Bool>()
        let mayLeave = Promise<Bool>()
        let port = Promise<Int>()
        let server = Task {
            try await HTTPListener.serve(
                TestHandler { _ in
                    await isIn.fulfill(true)
                    _ = await mayLeave.get()
                    return .response(Response(status: 200, contentType: "text/plain", text: "done"))
                }, port: 0, grace: .seconds(10), onReady: { await port.fulfill($0) })
        }
        let network = try CurlNetwork()
        let url = "http://127.0.0.1:\(await port.get())"
        let asking = Task { try await network.exchange(Request("GET", url)) }
        _ = await isIn.get()
        server.cancel()
        await mayLeave.fulfill(true)
        #expect(try await asking.value.body == Array("done".utf8))
        try await server.value
    }

    @Test func stopsWithinABoundAlthoughNobodyCooperates() async throws {
        let port = Promise<Int>()
        let isIn = Promise<Bool>()
        let never = Promise<Bool>()
        let server = Task {
            try await HTTPListener.serve(
                TestHandler { _ in
                    await isIn.fulfill(true)
                    _ = await never.get()
                    return .disconnect
                }, port: 0, grace: .milliseconds(100), onReady: { await port.fulfill($0) })
        }
        let network = try CurlNetwork()
        let url = "http://127.0.0.1:\(await port.get())"
        let asking = Task {
            try await network.exchange(Request("GET", url, deadline: .seconds(60)))
        }
        _ = await isIn.get()
        server.cancel()
        try await server.value
        await expectFailure(.transient, "connection broke") { _ = try await asking.value }
        await never.fulfill(true)
    }

    @Test func namesAPortInUseAndABadAddress() async throws {
        let blocker = try RawServer { $0.waitForClose() }
        defer { blocker.stop() }
        let port = blocker.port
        await expectFailure(.rejected, "127.0.0.1:\(port)", "another program", "ss -ltnp") {
            try await HTTPListener.serve(TestHandler { _ in .disconnect }, port: port)
        }
        await expectFailure(.rejected, "192.0.2.1:\(port)", "cannot listen") {
            try await HTTPListener.serve(
                TestHandler { _ in .disconnect }, address: "192.0.2.1", port: port)
        }
    }

    @Test func cancelledBeforeItStartedItReturns() async throws {
        let server = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            try await HTTPListener.serve(TestHandler { _ in .disconnect }, port: 0)
        }
        try await server.value
    }

    @Test func manyListenersOnLoopbackAddresses() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let ready = Lock<[Int: Int]>([:])
            for number in 1...40 {
                group.addTask {
                    try await HTTPListener.serve(
                        TestHandler { _ in
                            .response(
                                Response(
                                    status: 200, contentType: "text/plain", text: "\(number)"))
                        }, address: "127.0.3.\(number)", port: 0,
                        onReady: { port in ready.withLock { $0[number] = port } })
                }
            }
            await eventually("all listen") { ready.withLock { $0.count } == 40 }
            let network = try CurlNetwork()
            for (number, port) in ready.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
                let response = try await network.exchange(
                    Request("GET", "http://127.0.3.\(number):\(port)/"))
                #expect(response.body == Array("\(number)".utf8))
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func garbageIsAnsweredWithABadRequest() async throws {
        try await withListener { _ in
            .disconnect
        } _: { url in
            let port = try #require(URLParts(url)?.port)
            let client = try RawClient(port: port)
            defer { client.close() }
            client.connection.write("nonsense\r\n\r\n")
            #expect(try await client.readHead()?.hasPrefix("HTTP/1.1 400") == true)
        }
    }
}
