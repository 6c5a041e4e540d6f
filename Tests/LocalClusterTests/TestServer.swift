// A handler behind a loopback socket, for tests with real clients: one blocking thread a
// connection, one request a connection.

import Core
import Dispatch
import Glibc
import Platform

/// Serves until `stop`.
final class TestServer: Sendable {
    let port: Int
    private let socket: Int32
    private let queue = DispatchQueue(label: "test-server", attributes: .concurrent)

    init(_ handler: any Handler) throws {
        socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = socket
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, size)
            }
        }
        guard bound == 0, listen(socket, 64) == 0 else {
            throw Failure(.rejected, "no loopback port to listen on")
        }
        var length = size
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        let queue = queue
        queue.async {
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                queue.async { TestServer.serve(connection, handler) }
            }
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }

    private static func serve(_ connection: Int32, _ handler: any Handler) {
        defer { close(connection) }
        guard let request = read(connection) else { return }
        let done = DispatchSemaphore(value: 0)
        Task {
            await answer(connection, request, handler)
            done.signal()
        }
        done.wait()
    }

    private static func answer(
        _ connection: Int32, _ request: Request, _ handler: any Handler
    ) async {
        switch await handler.handle(request) {
        case .disconnect: break
        case .response(let response):
            var head = Self.head(response.status, response.headers)
            head += "Content-Length: \(response.body.count)\r\n\r\n"
            _ = write(
                connection, Array(head.utf8) + (request.method == "HEAD" ? [] : response.body))
        case .stream(let stream):
            let head =
                Self.head(stream.status, stream.headers) + "Transfer-Encoding: chunked\r\n\r\n"
            guard write(connection, Array(head.utf8)) else { return stream.body.cancel() }
            while let piece = try? await stream.body.next() {
                let size = Array((String(piece.count, radix: 16) + "\r\n").utf8)
                guard write(connection, size + piece + [13, 10]) else { break }
            }
            stream.body.cancel()
            _ = write(connection, Array("0\r\n\r\n".utf8))
        }
    }

    private static func head(_ status: Int, _ headers: Headers) -> String {
        var text = "HTTP/1.1 \(status) X\r\nConnection: close\r\n"
        for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
        return text
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        while true {
            if let end = headEnd(bytes) {
                guard var request = parse(Array(bytes[..<end])) else { return nil }
                let length = request.headers["Content-Length"].flatMap { Int($0) } ?? 0
                if bytes.count - end >= length {
                    request.body = Array(bytes[end..<end + length])
                    return request
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes += chunk[..<count]
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for at in 0...(bytes.count - 4) where bytes[at] == 13 {
            if bytes[at + 1] == 10, bytes[at + 2] == 13, bytes[at + 3] == 10 { return at + 4 }
        }
        return nil
    }

    private static func parse(_ head: [UInt8]) -> Request? {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let fields = lines.dropFirst().compactMap { line -> Headers.Field? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return Headers.Field(String(line[..<colon]), String(value))
        }
        return Request(String(words[0]), String(words[1]), headers: Headers(fields))
    }

    private static func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let count = unsafe send(connection, rest, rest.count, Int32(MSG_NOSIGNAL))
            if count <= 0 { return false }
            sent += count
        }
        return true
    }
}

/// The machine's clocks.
struct RealClock: WallClock {
    private func read(_ id: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(id, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }
    var uptime: Duration { .nanoseconds(read(CLOCK_MONOTONIC)) }

    func sleep(for duration: Duration) async throws(Failure) {
        do { try await Task.sleep(for: max(.zero, duration)) } catch { throw Failure(error) }
    }
}
