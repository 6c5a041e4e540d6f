// Stand-ins for the doors: a clock that a test turns, a network that a test answers.

import Core
import Platform

/// Time that only moves when told; sleeping moves it.
final class ManualClock: WallClock {
    private let elapsed: Lock<Duration>
    private let origin: Timestamp

    init(_ origin: Timestamp = Timestamp(seconds: 1_700_000_000)) {
        self.origin = origin
        elapsed = Lock(.zero)
    }

    var now: Timestamp { origin + uptime }
    var uptime: Duration { elapsed.withLock { $0 } }

    func advance(_ duration: Duration) { elapsed.withLock { $0 += duration } }

    func sleep(for duration: Duration) async throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        advance(max(.zero, duration))
        await Task.yield()
    }
}

/// Answers exchanges by a closure, and remembers the requests.
final class StubNetwork: Network {
    typealias Answer = @Sendable (Request) async throws(Failure) -> Response
    private let answer: Lock<Answer>
    private let log = Lock<[Request]>([])

    init(_ answer: @escaping Answer) { self.answer = Lock(answer) }

    var requests: [Request] { log.withLock { $0 } }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        log.withLock { $0.append(request) }
        let answer = self.answer.withLock { $0 }
        return try await answer(request)
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        throw Failure(.rejected, "no streams here")
    }
}

/// Runs `body` and returns what it threw; nil when it threw nothing.
func failure<Value>(
    of body: () async throws(Failure) -> Value
) async -> Failure? {
    do throws(Failure) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
