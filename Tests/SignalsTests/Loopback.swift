// Real sockets on the loopback interface, as little as the tests need: a server that answers GET
// and a network that asks over HTTP/1.0.

import Core
import Dispatch
import Glibc
import Platform

/// Serves one request after the other on a free port until stopped.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let queue = DispatchQueue(label: "loopback-server")
    private let done = DispatchGroup()

    /// - Parameter handler: path and lower-cased request head to an answer.
    init(handler: @escaping @Sendable (_ path: String, _ head: String) -> Response) throws(Failure)
    {
        let (listener, port) = try Socket.listen()
        self.listener = listener
        self.port = port
        queue.async(group: done) {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                Self.serve(connection, handler)
                close(connection)
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        done.wait()
        close(listener)
    }

    private static func serve(
        _ connection: Int32, _ handler: @Sendable (String, String) -> Response
    ) {
        Socket.setDeadline(connection, seconds: 5)
        var head: [UInt8] = []
        while !head.ends(with: [13, 10, 13, 10]), head.count < 16_384 {
            guard let piece = Socket.receive(connection, 1), !piece.isEmpty else { return }
            head += piece
        }
        let text = String(decoding: head, as: UTF8.self)
        let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
        let response = handler(path, text.lowercased())
        var out = "HTTP/1.1 \(response.status) X\r\nConnection: close\r\n"
        out += "Content-Length: \(response.body.count)\r\n"
        for field in response.headers.fields { out += "\(field.name): \(field.value)\r\n" }
        Socket.send(connection, Array((out + "\r\n").utf8) + response.body)
    }
}

extension Array where Element: Equatable {
    fileprivate func ends(with tail: [Element]) -> Bool { suffix(tail.count).elementsEqual(tail) }
}

/// Exchanges over real sockets; every one closes its connection.
struct SocketNetwork: Network {
    func exchange(_ request: Request) async throws(Failure) -> Response {
        let result: Result<Response, Failure> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Self.blockingExchange(request))
            }
        }
        return try result.get()
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        throw Failure(.rejected, "no streams here")
    }

    private static func blockingExchange(_ request: Request) -> Result<Response, Failure> {
        guard let url = URLParts(request.url), let port = url.port else {
            return .failure(Failure(.rejected, "no port in \(request.url)"))
        }
        guard let connection = Socket.connect(port: UInt16(port)) else {
            return .failure(Failure(.transient, "\(request.url): connection refused"))
        }
        defer { close(connection) }
        Socket.setDeadline(connection, seconds: Int(request.deadline.inSeconds.rounded(.up)))
        var head = "\(request.method) \(url.path) HTTP/1.0\r\nHost: \(url.host):\(port)\r\n"
        head += "Content-Length: \(request.body.count)\r\n"
        for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
        Socket.send(connection, Array((head + "\r\n").utf8) + request.body)
        var bytes: [UInt8] = []
        while true {
            guard let piece = Socket.receive(connection, 65_536) else {
                return .failure(Failure(.transient, "\(request.url): no answer in time"))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return parse(bytes, request.url)
    }

    private static func parse(_ bytes: [UInt8], _ url: String) -> Result<Response, Failure> {
        guard let end = bytes.firstRange(of: [13, 10, 13, 10]) else {
            return .failure(Failure(.transient, "\(url): the answer has no head"))
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        guard let status else { return .failure(Failure(.transient, "\(url): no status")) }
        var headers = Headers()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[String(parts[0])] = String(parts[1].drop { $0 == " " }) }
        }
        return .success(
            Response(status: status, headers: headers, body: Array(bytes[end.upperBound...])))
    }
}

/// Blocking TCP on 127.0.0.1.
private enum Socket {
    /// Other programs that tests start must not keep it open.
    private static let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    static func listen() throws(Failure) -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, kind, 0)
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                let isBound = unsafe bind(descriptor, plain, length) == 0
                let isListening = Glibc.listen(descriptor, 64) == 0
                let isNamed = unsafe getsockname(descriptor, plain, &length) == 0
                return isBound && isListening && isNamed
            }
        }
        guard bound else { throw Failure(.rejected, "cannot listen on 127.0.0.1: errno \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func connect(port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, kind, 0)
        var address = address(port)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                unsafe Glibc.connect(
                    descriptor, plain, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if connected { return descriptor }
        close(descriptor)
        return nil
    }

    static func setDeadline(_ descriptor: Int32, seconds: Int) {
        var time = timeval(tv_sec: max(1, seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    static func send(_ descriptor: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// What came; empty at the end; nil after an error or a time-out.
    static func receive(_ descriptor: Int32, _ most: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = unsafe recv(descriptor, &buffer, most, 0)
        return count < 0 ? nil : Array(buffer.prefix(count))
    }
}

/// The machine's clock.
struct RealClock: WallClock {
    var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }
    var uptime: Duration { .nanoseconds(read(CLOCK_MONOTONIC)) }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    func sleep(for duration: Duration) async throws(Failure) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw Failure(.cancelled, "cancelled")
        }
    }
}
