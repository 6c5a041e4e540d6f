// A network without sockets: answers come from a script, and every request is kept.

import Core
import Kubernetes
import Platform

/// Answers each request by calling `respond`, in order of arrival.
final class ScriptedNetwork: Network {
    typealias Respond = @Sendable (Request, Int) throws(Failure) -> Response

    private let respond: Respond
    private let seen = Lock<[Request]>([])

    /// `respond` gets the request and how many came before it.
    init(_ respond: @escaping Respond) { self.respond = respond }

    /// Every request gets the answer that was recorded as `fixture`.
    convenience init(fixture: String) throws {
        let response = try Fixture(fixture).response
        self.init { (_, _) throws(Failure) in response }
    }

    var requests: [Request] { seen.withLock { Array($0) } }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        let index = seen.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        return try respond(request, index)
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        let response = try await exchange(request)
        let body = Lock<[UInt8]?>(response.body)
        return ResponseStream(
            status: response.status, headers: response.headers,
            body: BodyStream(next: { () throws(Failure) -> [UInt8]? in
                body.withLock { body in
                    defer { body = nil }
                    return body.map { Array($0) }
                }
            }))
    }
}

/// A clock that a test moves.
final class ManualClock: WallClock {
    private let state = Lock<(now: Timestamp, uptime: Duration)>(
        (Timestamp(seconds: 1_795_000_000), .seconds(1000)))

    var now: Timestamp { state.withLock { $0.now } }
    var uptime: Duration { state.withLock { $0.uptime } }

    func advance(by duration: Duration) {
        state.withLock {
            $0.now += duration
            $0.uptime += duration
        }
    }

    func sleep(for duration: Duration) async throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        advance(by: duration)
        // A real pause, too: loops that only wait must not keep other tests from running.
        try? await Task.sleep(for: .milliseconds(1))
    }
}

/// A view that a test never asks.
struct NoView: ClusterView {
    func snapshot() async throws(Failure) -> Snapshot {
        throw Failure(.rejected, "this test looks at no snapshot")
    }
}
