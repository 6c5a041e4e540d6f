// CurlNetwork against real sockets: what comes back, and how every kind of trouble is named.

import Core
import Glibc
import Platform
import Testing

@testable import Host

/// `body` must throw a failure of `kind` whose message holds every one of `words`.
func expectFailure(
    _ kind: Failure.Kind, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch {
        let failure = Failure(error)
        #expect(failure.kind == kind, "\(failure)", sourceLocation: sourceLocation)
        for word in words {
            #expect(
                failure.message.contains(word), "\(failure.message)",
                sourceLocation: sourceLocation)
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct NetworkTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test func carriesMethodHeadersBodyAndStatus() async throws {
        let seen = Lock("")
        let server = try RawServer { connection in
            guard let head = connection.readHead() else { return }
            let body = connection.readBytes(5)
            seen.withLock { $0 = head + String(decoding: body, as: UTF8.self) }
            connection.write(
                "HTTP/1.1 409 Conflict\r\nX-One: a\r\nx-two:  b \r\nContent-Length: 3\r\n\r\nno!")
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let response = try await network.exchange(
            Request(
                "PATCH", server.url + "/a/../b?q=%20",
                headers: ["Content-Type": "text/plain", "X-Empty": ""], body: Array("hello".utf8)))
        #expect(response.status == 409)
        #expect(response.headers["x-one"] == "a")
        #expect(response.headers["X-Two"] == "b")
        #expect(response.body == Array("no!".utf8))
        let text = seen.withLock { $0 }
        #expect(text.hasPrefix("PATCH /a/../b?q=%20 HTTP/1.1\r\n"))
        #expect(text.contains("Content-Type: text/plain\r\n"))
        #expect(text.contains("X-Empty:\r\n"))
        #expect(text.contains("Content-Length: 5\r\n"))
        #expect(text.contains("Accept-Encoding: gzip\r\n"))
        #expect(text.contains("User-Agent: hazard\r\n"))
        #expect(!text.contains("Expect:"))
        #expect(text.hasSuffix("\r\n\r\nhello"))
    }

    @Test(arguments: [
        ("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false),
    ])
    func sendsTheLengthOfAnEmptyBody(method: String, hasLength: Bool) async throws {
        let seen = Lock("")
        let server = try RawServer { connection in
            let head = connection.readHead() ?? ""
            seen.withLock { $0 = head }
            connection.write(Self.ok)
        }
        defer { server.stop() }
        let response = try await CurlNetwork().exchange(Request(method, server.url))
        #expect(response.status == 200)
        let head = seen.withLock { $0 }
        #expect(head.hasPrefix("\(method) / HTTP/1.1"))
        #expect(head.contains("Content-Length: 0\r\n") == hasLength)
        #expect(!head.contains("Content-Type"))
    }

    @Test func reusesConnectionsAndFollowsNoRedirect() async throws {
        let server = try RawServer { connection in
            while connection.readHead() != nil {
                connection.write(
                    "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
            }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        for _ in 0..<5 {
            let response = try await network.exchange(Request("GET", server.url + "/here"))
            #expect(response.status == 302)
            #expect(response.headers["Location"] == "/elsewhere")
        }
        #expect(server.connections == 1)
    }

    @Test func headHasNoBodyAndInterimHeadsAreDropped() async throws {
        let server = try RawServer { connection in
            let head = connection.readHead() ?? ""
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            if head.hasPrefix("HEAD") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            } else {
                connection.write(Self.ok)
            }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let head = try await network.exchange(Request("HEAD", server.url))
        #expect(head.status == 200 && head.body.isEmpty && head.headers["Link"] == nil)
        #expect(head.headers["Content-Length"] == "1000")
        let get = try await network.exchange(Request("GET", server.url))
        #expect(get.body == Array("ok".utf8) && get.headers["Link"] == nil)
    }

    @Test func namesWhatWentWrongWithoutSecrets() async throws {
        let network = try CurlNetwork()
        let (closed, port) = try RawServer.closedPort()
        defer { close(closed) }
        await expectFailure(.transient, "GET http://127.0.0.1:\(port)/a/***: connection refused") {
            do {
                _ = try await network.exchange(
                    Request("GET", "http://u:pw@127.0.0.1:\(port)/a/T0k3nXXXXXXXXXXXX?key=secret"))
            } catch {
                let message = Failure(error).message
                #expect(!message.contains("pw") && !message.contains("secret"))
                throw error
            }
        }
        await expectFailure(.transient, "no-such-host.invalid", "resolve") {
            _ = try await network.exchange(
                Request("GET", "http://no-such-host.invalid/", deadline: .seconds(120)))
        }
        for url in ["", "/x", "ftp://127.0.0.1/", "http://", "file:///etc/passwd", "http://a b/"] {
            await expectFailure(.rejected, "URL") {
                _ = try await network.exchange(Request("GET", url))
            }
        }
        await expectFailure(.rejected, "header", "X-Bad") {
            _ = try await network.exchange(
                Request("GET", "http://127.0.0.1:\(port)", headers: ["X-Bad": "a\r\nHost: b"]))
        }
        await expectFailure(.rejected, "method") {
            _ = try await network.exchange(Request("GET /", "http://127.0.0.1:\(port)"))
        }
    }

    @Test func namesBrokenConnections() async throws {
        let server = try RawServer { connection in
            let head = connection.readHead() ?? ""
            if head.hasPrefix("GET /reset") { connection.reset() }
            if head.hasPrefix("GET /short") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            }
            if head.hasPrefix("GET /garbage") { connection.write("SSH-2.0-OpenSSH_9\r\n\r\n") }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        for path in ["/reset", "/short", "/empty"] {
            await expectFailure(.transient, "connection broke", path) {
                _ = try await network.exchange(Request("GET", server.url + path))
            }
        }
        await expectFailure(.rejected, "/garbage") {
            _ = try await network.exchange(Request("GET", server.url + "/garbage"))
        }
    }

    @Test func boundsWholeExchangesInTimeAndSize() async throws {
        let server = try RawServer { connection in
            let head = connection.readHead() ?? ""
            if head.hasPrefix("GET /drip") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while connection.write("x") { usleep(20_000) }
            } else if head.hasPrefix("GET /large") {
                connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while connection.write(String(repeating: "x", count: 10_000)) {}
            } else if head.hasPrefix("GET /head") {
                connection.write("HTTP/1.1 200 OK\r\n")
                while connection.write("X-A: \(String(repeating: "x", count: 5000))\r\n") {}
            } else {
                connection.waitForClose()
            }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        for path in ["/drip", "/silent"] {
            await expectFailure(.transient, "no answer within 200ms", path) {
                _ = try await network.exchange(
                    Request("GET", server.url + path, deadline: .milliseconds(200)))
            }
        }
        await expectFailure(.rejected, "/large", "50000 bytes") {
            _ = try await network.exchange(
                Request("GET", server.url + "/large", bodyLimit: 50_000))
        }
        await expectFailure(.rejected, "/head", "head is larger") {
            _ = try await network.exchange(Request("GET", server.url + "/head"))
        }
    }

    @Test func cancelsAtAnyTime() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        // Before the request is handed over.
        let early = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await network.exchange(Request("GET", server.url))
        }
        await expectFailure(.cancelled, "cancelled") { _ = try await early.value }
        #expect(server.connections == 0)
        // While many wait for an answer.
        let url = server.url
        let results = await withTaskGroup(of: Failure.Kind?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    do {
                        _ = try await network.exchange(Request("GET", url, deadline: .seconds(60)))
                        return nil
                    } catch { return Failure(error).kind }
                }
            }
            await eventually("some connections") { server.connections > 10 }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 100 && results.allSatisfy { $0 == .cancelled })
    }

    @Test func shutsDownWithRequestsUnderWay() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let pending = Task { try await network.exchange(Request("GET", server.url)) }
        await eventually("a connection") { server.connections == 1 }
        network.shutDown()
        network.shutDown()
        await expectFailure(.cancelled, "shut down") { _ = try await pending.value }
        await expectFailure(.cancelled, "shut down") {
            _ = try await network.exchange(Request("GET", server.url))
        }
    }

    @Test func decodesGzipUnlessTheCallerAskedForIt() async throws {
        // gzip of "hello hello hello hello\n", made with Python's gzip module.
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 200, 64, 39, 185, 0, 0,
            136, 89, 11, 24, 0, 0, 0,
        ]
        let server = try RawServer { connection in
            while connection.readHead() != nil {
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                        + "\(packed.count)\r\n\r\n")
                connection.write(packed)
            }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let plain = try await network.exchange(Request("GET", server.url))
        #expect(String(decoding: plain.body, as: UTF8.self) == "hello hello hello hello\n")
        #expect(plain.headers["Content-Encoding"] == nil && plain.headers["Content-Length"] == nil)
        let raw = try await network.exchange(
            Request("GET", server.url, headers: ["Accept-Encoding": "gzip"]))
        #expect(raw.body == packed)
        #expect(raw.headers["Content-Encoding"] == "gzip")
    }
}
