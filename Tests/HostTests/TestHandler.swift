// A handler from a closure, and a listener around it for the time of a test.

import Platform
import Testing

@testable import Host

struct TestHandler: Handler {
    let body: @Sendable (Request) async -> Reply
    init(_ body: @escaping @Sendable (Request) async -> Reply) { self.body = body }
    func handle(_ request: Request) async -> Reply { await body(request) }
}

/// A value that arrives once.
actor Promise<Value: Sendable> {
    private var value: Value?
    private var waiters: [CheckedContinuation<Value, Never>] = []

    func fulfill(_ value: Value) {
        self.value = value
        for waiter in waiters { waiter.resume(returning: value) }
        waiters = []
    }

    func get() async -> Value {
        if let value { return value }
        return await withCheckedContinuation { waiters.append($0) }
    }
}

/// Serves `handler` on a free port while `body` runs with the URL, then stops the listener.
func withListener(
    _ handler: @escaping @Sendable (Request) async -> Reply,
    limits: ListenerLimits = ListenerLimits(bodyBytes: 1 << 20),
    grace: Duration = .seconds(2), _ body: @Sendable (String) async throws -> Void
) async throws {
    let port = Promise<Int>()
    let server = Task {
        try await HTTPListener.serve(
            TestHandler(handler), port: 0, limits: limits, grace: grace,
            onReady: { await port.fulfill($0) })
    }
    let url = "http://127.0.0.1:\(await port.get())"
    let result = await Result { () async throws in try await body(url) }
    server.cancel()
    try await server.value
    try result.get()
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
