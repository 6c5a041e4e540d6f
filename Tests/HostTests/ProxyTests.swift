import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct ProxyTests {
    /// In a process of its own, since the environment is process-wide.
    @Test func proxiesAreUsedExceptForLoopback() async {
        await #expect(processExitsWith: .exitCode(3)) {
            let heads = Lock<[String]>([])
            let proxy = try RawServer { connection in
                let head = connection.readHead() ?? ""
                heads.withLock { $0.append(head) }
                connection.write(NetworkTests.ok)
            }
            let direct = try RawServer { connection in
                _ = connection.readHead()
                connection.write("HTTP/1.1 204 No Content\r\n\r\n")
            }
            unsafe setenv("http_proxy", proxy.url, 1)
            unsafe setenv("no_proxy", "", 1)
            let network = try CurlNetwork()
            let far = try await network.exchange(Request("GET", "http://far.invalid/x"))
            let near = try await network.exchange(Request("GET", direct.url))
            let seen = heads.withLock { $0 }
            guard far.status == 200, near.status == 204, seen.count == 1,
                seen[0].hasPrefix("GET http://far.invalid/x HTTP/1.1")
            else { exit(4) }
            exit(3)
        }
    }
}
