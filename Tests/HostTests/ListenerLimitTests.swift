// What strangers cannot do to a listener: hold connections for nothing, or all of them.

import Core
import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct ListenerLimitTests {
    private static let hello: @Sendable (Request) async -> Reply = { _ in
        .response(Response(status: 200, contentType: "text/plain", text: "hello"))
    }

    private func port(_ url: String) -> Int { URLParts(url)?.port ?? 0 }

    /// Heads and bodies that stall, and connections that nobody uses, are closed.
    @Test(arguments: [
        "", "GET / HTTP/1.1\r\nHost: a", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    ])
    func stalledConnectionsAreClosed(sent: String) async throws {
        let limits = ListenerLimits(idle: .milliseconds(300))
        try await withListener(Self.hello, limits: limits) { url in
            let client = try RawClient(port: port(url))
            defer { client.close() }
            client.connection.write(sent)
            try await client.waitForClose()
        }
    }

    /// A body that comes byte by byte never stalls, and is not waited for either.
    @Test func slowBodiesAreCut() async throws {
        let limits = ListenerLimits(bodyTime: .milliseconds(300), idle: .seconds(3600))
        try await withListener(Self.hello, limits: limits) { url in
            let client = try RawClient(port: port(url))
            defer { client.close() }
            client.connection.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n")
            while client.connection.write("x") { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test func connectionsBeyondTheLimitWait() async throws {
        let served = Lock(0)
        let limits = ListenerLimits(connections: 1)
        try await withListener(
            { request in
                served.withLock { $0 += 1 }
                return await Self.hello(request)
            }, limits: limits
        ) { url in
            let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            let first = try RawClient(port: port(url))
            first.connection.write(head)
            #expect(try await first.readHead()?.hasPrefix("HTTP/1.1 200") == true)
            let second = try RawClient(port: port(url))
            defer { second.close() }
            second.connection.write(head)
            try await Task.sleep(for: .milliseconds(200))
            #expect(served.withLock { $0 } == 1)
            first.close()
            #expect(try await second.readHead()?.hasPrefix("HTTP/1.1 200") == true)
            #expect(served.withLock { $0 } == 2)
        }
    }

    /// Every address means both families, and IPv4 alone where there is no IPv6.
    @Test func everyAddressIsOfBothFamilies() async throws {
        let bound = Promise<Int>()
        let server = Task {
            try await HTTPListener.serve(
                TestHandler(Self.hello), address: "::", port: 0,
                onReady: { await bound.fulfill($0) })
        }
        let port = await bound.get()
        let network = try CurlNetwork()
        let old = try await network.exchange(Request("GET", "http://127.0.0.1:\(port)/"))
        #expect(old.status == 200)
        if hasIPv6 {
            let new = try await network.exchange(Request("GET", "http://[::1]:\(port)/"))
            #expect(new.status == 200)
        }
        server.cancel()
        try await server.value
    }

    private var hasIPv6: Bool {
        let descriptor = socket(
            AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }
}
