import Testing

@testable import Core

@Suite struct LoopbackHostTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.8.7", true), ("localhost", true), ("a.localhost", true),
        ("::1", true), ("127.evil.example.com", false), ("127.0.0.1.example.com", false),
        ("128.0.0.1", false), ("notlocalhost", false), ("127.0.0", false), ("::", false),
        ("0.0.0.0", false), ("", false),
    ])
    func knowsLoopbackHosts(host: String, isLoopback: Bool) {
        #expect(LoopbackHost.contains(host) == isLoopback)
    }
}
