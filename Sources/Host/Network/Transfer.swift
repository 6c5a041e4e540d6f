// One HTTP exchange in flight: what the loop's thread fills in and the waiting task takes out.
// It holds the bounded body buffer and the outcome; it knows nothing of libcurl.

import Platform

/// Shared by the loop's thread and exactly one waiting task.
final class Transfer: Sendable {
    /// What the waiting task waits for.
    enum Wanted { case head, piece, outcome }

    enum Outcome {
        case ended
        case failed(Failure)
    }

    struct Head {
        var status: Int
        var headers: Headers
    }

    private struct State {
        var head: Head?
        var body: [UInt8] = []
        var isPaused = false
        var outcome: Outcome?
        var waiter: (wanted: Wanted, continuation: CheckedContinuation<Void, Never>)?

        func has(_ wanted: Wanted) -> Bool {
            if outcome != nil { return true }
            switch wanted {
            case .head: return head != nil
            case .piece: return !body.isEmpty
            case .outcome: return false
            }
        }

        /// The continuation to resume, outside the lock, when what it waits for is there.
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard let waiter, has(waiter.wanted) else { return nil }
            self.waiter = nil
            return waiter.continuation
        }
    }

    /// How the loop goes on after a piece of body.
    enum Intake { case taken, pause, refuse }

    let request: Request
    let isStream: Bool
    /// Unread bytes of a stream above which the connection is not read from.
    static let bufferBound = 256 << 10
    private let state = Lock(State())

    init(_ request: Request, isStream: Bool) {
        self.request = request
        self.isStream = isStream
    }

    // MARK: the loop's side

    var isFinished: Bool { state.withLock { $0.outcome != nil } }

    func receive(head: Head) {
        state.withLock { state in
            state.head = head
            return state.takeWaiter()
        }?.resume()
    }

    /// Adds a piece of the body. The buffer of a stream is bounded (`pause`), a whole body has the
    /// request's limit (`refuse`).
    func receive(body piece: UnsafeRawBufferPointer) -> Intake {
        let (intake, waiter) = state.withLock {
            state -> (Intake, CheckedContinuation<Void, Never>?) in
            if isStream {
                if !state.body.isEmpty, state.body.count + piece.count > Self.bufferBound {
                    state.isPaused = true
                    return (.pause, nil)
                }
            } else if state.body.count + piece.count > request.bodyLimit {
                return (.refuse, nil)
            }
            unsafe state.body.append(contentsOf: piece)
            return (.taken, state.takeWaiter())
        }
        waiter?.resume()
        return intake
    }

    /// The first outcome stands.
    func finish(_ outcome: Outcome) {
        state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            return state.takeWaiter()
        }?.resume()
    }

    // MARK: the waiting task's side

    /// Returns when `wanted` is there or the transfer finished.
    func wait(for wanted: Wanted) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.has(wanted) { return true }
                state.waiter = (wanted, continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    func takeHead() throws(Failure) -> Head {
        let (head, outcome) = state.withLock { ($0.head, $0.outcome) }
        if let head { return head }
        if case .failed(let failure) = outcome { throw failure }
        throw Failure(.transient, "\(request.place): the connection ended before a response")
    }

    /// Everything buffered (nil at the proper end), and whether the loop waits to be resumed.
    func takeBody() throws(Failure) -> (bytes: [UInt8]?, wasPaused: Bool) {
        let (body, outcome, wasPaused) = state.withLock { state in
            let body = state.body
            let wasPaused = state.isPaused
            state.body = []
            state.isPaused = false
            return (body, state.outcome, wasPaused)
        }
        // What arrived before a broken end is worth more than its reason.
        if case .failed(let failure) = outcome, body.isEmpty || failure.kind == .cancelled {
            throw failure
        }
        if !body.isEmpty { return (body, wasPaused) }
        return (nil, wasPaused)
    }

    func takeResponse() throws(Failure) -> Response {
        let (head, body, outcome) = state.withLock { ($0.head, $0.body, $0.outcome) }
        if case .failed(let failure) = outcome { throw failure }
        guard let head else {
            throw Failure(.transient, "\(request.place): the connection ended before a response")
        }
        return Response(status: head.status, headers: head.headers, body: body)
    }
}
