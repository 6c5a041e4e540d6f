// One life of a program. After its crash the doors are dead: nothing it still does while it unwinds
// reaches the world, exactly as if its process had been killed at that await.

import Core
package import Platform

/// Doors that can die. The crash comes at a door call that the seed picks: before the call takes
/// effect, or just after it did and before the program learns of it.
package final class Incarnation: Sendable {
    private struct State {
        var calls = 0
        var crashAt: Int?
        var afterwards: Bool
        var isDead = false
        var onDeath: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Lock<State>

    /// `crashAt` is the number of the door call (from 1) at which it dies; nil: it lives on.
    /// `afterwards`: the call takes effect first.
    package init(crashAt: Int?, afterwards: Bool) {
        state = Lock(State(crashAt: crashAt, afterwards: afterwards))
    }

    package var isDead: Bool { state.withLock { $0.isDead } }

    /// Door calls so far.
    package var calls: Int { state.withLock { $0.calls } }

    /// Dies now.
    package func kill() {
        let waiters = state.withLock { state in
            state.isDead = true
            let waiters = state.onDeath
            state.onDeath = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when it is dead.
    package func death() async {
        await withCheckedContinuation { waiter in
            let isDead = state.withLock { state in
                if !state.isDead { state.onDeath.append(waiter) }
                return state.isDead
            }
            if isDead { waiter.resume() }
        }
    }

    private enum Moment { case live, before, after }

    private func enter() -> Moment {
        state.withLock { state in
            if state.isDead { return .before }
            state.calls += 1
            guard let crashAt = state.crashAt, state.calls >= crashAt else { return .live }
            return state.afterwards ? .after : .before
        }
    }

    private static var dead: Failure { Failure(.cancelled, "the process was killed") }

    /// One door call of this life.
    fileprivate func call<Result: Sendable>(
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let moment = enter()
        if moment == .before {
            kill()
            throw Self.dead
        }
        let result = try await body()
        if moment == .after { kill() }
        if isDead { throw Self.dead }
        return result
    }

    package func clock(_ inner: any WallClock) -> any WallClock {
        MortalClock(life: self, inner: inner)
    }

    package func network(_ inner: any Network) -> any Network {
        MortalNetwork(life: self, inner: inner)
    }

    package func storage(_ inner: any Storage) -> any Storage {
        MortalStorage(life: self, inner: inner)
    }
}

private struct MortalClock: WallClock {
    let life: Incarnation
    let inner: any WallClock
    var now: Timestamp { inner.now }
    var uptime: Duration { inner.uptime }
    func sleep(for duration: Duration) async throws(Failure) {
        try await life.call { () async throws(Failure) in try await inner.sleep(for: duration) }
    }
}

private struct MortalNetwork: Network {
    let life: Incarnation
    let inner: any Network
    func exchange(_ request: Request) async throws(Failure) -> Response {
        try await life.call { () async throws(Failure) in try await inner.exchange(request) }
    }
    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        let stream = try await life.call { () async throws(Failure) in
            try await inner.stream(request)
        }
        let body = stream.body
        let life = life
        let pull: @Sendable () async throws(Failure) -> [UInt8]? = { () async throws(Failure) in
            try await life.call { () async throws(Failure) in try await body.next() }
        }
        return ResponseStream(
            status: stream.status, headers: stream.headers,
            body: BodyStream(next: pull, cancel: { body.cancel() }))
    }
}

private struct MortalStorage: Storage {
    let life: Incarnation
    let inner: any Storage
    var path: String? { inner.path }
    func append(_ record: [UInt8]) async throws(Failure) {
        try await life.call { () async throws(Failure) in try await inner.append(record) }
    }
    func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]] {
        try await life.call { () async throws(Failure) in
            try await inner.records(after: count, upTo: bytes)
        }
    }
}
