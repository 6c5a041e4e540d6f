// A TCP server on a free loopback port whose connections follow a script: for what a well-behaved
// HTTP server cannot do.

import Glibc
import Platform

@testable import Host

/// Serves until `stop`; each connection has a thread.
final class RawServer: Sendable {
    /// One accepted connection.
    struct Connection: Sendable {
        let socket: Int32

        /// Reads up to and including the blank line after a request's head; nil when the other side
        /// closed.
        func readHead() -> String? {
            var bytes: [UInt8] = []
            while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                var byte: UInt8 = 0
                guard unsafe recv(socket, &byte, 1, 0) == 1 else { return nil }
                bytes.append(byte)
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        func readBytes(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 4096)
            while bytes.count < count {
                let got = unsafe recv(socket, &block, min(block.count, count - bytes.count), 0)
                guard got > 0 else { break }
                bytes += block[..<got]
            }
            return bytes
        }

        /// False when the other side is gone.
        @discardableResult
        func write(_ bytes: some Collection<UInt8>) -> Bool {
            var rest = Array(bytes)[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }

        @discardableResult
        func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// Blocks until the other side closes.
        func waitForClose() {
            var byte: UInt8 = 0
            while unsafe recv(socket, &byte, 1, 0) > 0 {}
        }

        /// Closes with RST instead of FIN.
        func reset() {
            var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(
                socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
    }

    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let acceptor: HostThread
    private let counter = Lock(0)
    private let isStopped = Lock(false)
    /// Connections accepted so far.
    var connections: Int { counter.withLock { $0 } }

    init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        let (listener, port) = try Self.listen()
        self.listener = listener
        self.port = port
        let counter = counter
        let isStopped = isStopped
        acceptor = try HostThread("acceptor") {
            while true {
                let socket = accept(listener, nil, nil)
                if isStopped.withLock({ $0 }) || socket < 0 {
                    if socket >= 0 { close(socket) }
                    return
                }
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                counter.withLock { $0 += 1 }
                // A forgotten script ends by itself.
                var limit = timeval(tv_sec: 20, tv_usec: 0)
                unsafe setsockopt(
                    socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                let thread = try? HostThread("connection") {
                    script(Connection(socket: socket))
                    close(socket)
                }
                thread?.detach()
            }
        }
    }

    func stop() {
        isStopped.withLock { $0 = true }
        shutdown(listener, Int32(SHUT_RDWR))
        acceptor.join()
        close(listener)
    }

    /// A loopback port that nobody listens on, and that nobody else can take until the socket is
    /// closed.
    static func closedPort() throws -> (socket: Int32, port: Int) { try bound() }

    private static func listen() throws -> (Int32, Int) {
        let (listener, port) = try bound()
        guard Glibc.listen(listener, 64) == 0 else {
            throw Failure(.rejected, "no test socket: \(SystemError.current)")
        }
        return (listener, port)
    }

    private static func bound() throws -> (Int32, Int) {
        let listener = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let bound = unsafe bind(listener, $0, size)
                let named = unsafe getsockname(listener, $0, &size)
                return bound == 0 && named == 0 ? 0 : -1
            }
        }
        guard code == 0 else { throw Failure(.rejected, "no test socket: \(SystemError.current)") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// A TCP connection to a loopback port.
struct RawClient {
    let connection: RawServer.Connection

    init(port: Int) throws {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(.rejected, "no connection: \(SystemError.current)") }
        connection = RawServer.Connection(socket: descriptor)
    }

    func close() { Glibc.close(connection.socket) }

    /// The head of an answer; nil when the other side closed. Waits on a thread of its own: the
    /// cooperative pool may have only two, and the server needs them.
    func readHead() async throws -> String? {
        try await onThread { [connection] in connection.readHead() }
    }

    /// Waits until the other side closes, likewise.
    func waitForClose() async throws {
        try await onThread { [connection] in connection.waitForClose() }
    }

    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            do {
                try HostThread("client") { continuation.resume(returning: .success(body())) }
                    .detach()
            } catch { continuation.resume(returning: .failure(error)) }
        }
        return try result.get()
    }
}
