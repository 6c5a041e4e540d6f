// CurlNetwork's streams: pieces as they come, backpressure, silence, cancellation.

import Core
import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct StreamTests {
    static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func handsOutPiecesAsTheyComeAndEndsProperly() async throws {
        let step = Lock(0)
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write(Self.chunkedHead + "3\r\none\r\n")
            while step.withLock({ $0 }) < 1 { usleep(1000) }
            connection.write("3\r\ntwo\r\n")
            while step.withLock({ $0 }) < 2 { usleep(1000) }
            connection.write("0\r\n\r\n")
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let response = try await network.stream(Request("GET", server.url))
        #expect(response.status == 200)
        #expect(try await response.body.next() == Array("one".utf8))
        step.withLock { $0 = 1 }
        #expect(try await response.body.next() == Array("two".utf8))
        step.withLock { $0 = 2 }
        #expect(try await response.body.next() == nil)
        #expect(try await response.body.next() == nil)
    }

    @Test func stopsReadingWhenTheReaderIsSlow() async throws {
        let sent = Lock(0)
        let total = 64 << 20
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 7, count: 64 << 10)
            for _ in 0..<total / block.count {
                guard connection.write(block) else { return }
                sent.withLock { $0 += block.count }
            }
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let response = try await network.stream(
            Request("GET", server.url, deadline: .seconds(20)))
        // Kernel buffers fill, then the sender stands still well before the end.
        var last = -1
        await eventually("the sender stands still") {
            let now = sent.withLock { $0 }
            defer { last = now }
            try? await Task.sleep(for: .milliseconds(100))
            return now > 0 && now == last
        }
        #expect(sent.withLock { $0 } < total / 2)
        var received = 0
        while let piece = try await response.body.next() {
            #expect(piece.count <= Transfer.bufferBound)
            received += piece.count
        }
        #expect(received == total)
    }

    @Test func aPausedStreamIsNotSilent() async throws {
        let total = 4 << 20
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            connection.write([UInt8](repeating: 7, count: total))
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let response = try await network.stream(
            Request("GET", server.url, deadline: .seconds(3)))
        try await Task.sleep(for: .seconds(5))
        var received = 0
        while let piece = try await response.body.next() { received += piece.count }
        #expect(received == total)
    }

    @Test func boundsSilenceBeforeTheHeadAndBetweenPieces() async throws {
        let server = try RawServer { connection in
            let head = connection.readHead() ?? ""
            if head.hasPrefix("GET /late") {
                connection.write("HTTP/1.1 200 OK\r\n")
            } else {
                connection.write(Self.chunkedHead + "3\r\none\r\n")
            }
            connection.waitForClose()
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        await expectFailure(.transient, "/late", "no answer within 3s") {
            _ = try await network.stream(
                Request("GET", server.url + "/late", deadline: .seconds(3)))
        }
        let response = try await network.stream(
            Request("GET", server.url + "/watch", deadline: .seconds(3)))
        #expect(try await response.body.next() == Array("one".utf8))
        await expectFailure(.transient, "/watch", "silent for 3s") {
            _ = try await response.body.next()
        }
    }

    @Test func aBrokenStreamHandsOutWhatCameFirst() async throws {
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write(Self.chunkedHead + "3\r\none\r\n")
        }
        defer { server.stop() }
        let response = try await CurlNetwork().stream(Request("GET", server.url))
        #expect(try await response.body.next() == Array("one".utf8))
        await expectFailure(.transient, "connection broke") {
            _ = try await response.body.next()
        }
    }

    @Test func cancellingOrLettingGoClosesTheConnection() async throws {
        let closed = Lock(0)
        let server = try RawServer { connection in
            _ = connection.readHead()
            connection.write(Self.chunkedHead + "3\r\none\r\n")
            connection.waitForClose()
            closed.withLock { $0 += 1 }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let url = server.url
        let first = try await network.stream(Request("GET", url))
        first.body.cancel()
        await expectFailure(.cancelled) { _ = try await first.body.next() }
        await eventually("the cancelled one is closed") { closed.withLock { $0 } == 1 }

        func letGo() async throws { _ = try await network.stream(Request("GET", url)) }
        try await letGo()
        await eventually("the dropped one is closed") { closed.withLock { $0 } == 2 }

        let reading = Task {
            let response = try await network.stream(Request("GET", url, deadline: .seconds(60)))
            while try await response.body.next() != nil {}
        }
        await eventually("the third is open") { server.connections == 3 }
        reading.cancel()
        await expectFailure(.cancelled) { try await reading.value }
        await eventually("the third is closed") { closed.withLock { $0 } == 3 }
    }

    @Test func manyStreamsAtOnce() async throws {
        let server = try RawServer { connection in
            while connection.readHead() != nil {
                connection.write(Self.chunkedHead)
                for _ in 0..<20 { connection.write("5\r\n01234\r\n") }
                connection.write("0\r\n\r\n")
            }
        }
        defer { server.stop() }
        let network = try CurlNetwork()
        let url = server.url
        let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let response = try await network.stream(Request("GET", url))
                    var size = 0
                    while let piece = try await response.body.next() { size += piece.count }
                    return size
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sizes == Array(repeating: 100, count: 50))
    }
}
