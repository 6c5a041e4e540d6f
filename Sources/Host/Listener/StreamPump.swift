// Moves one streamed body from the handler to the connection, and stops at once when the client
// went away or the listener ends.

import NIOCore
import Platform

final class StreamPump: Sendable {
    private let body: BodyStream
    private let listener: ListenerRun
    private let task = Lock<(task: Task<Void, any Error>?, isCancelled: Bool)>((nil, false))

    init(body: BodyStream, run: ListenerRun) {
        self.body = body
        listener = run
    }

    /// A stream that nobody pumped (the connection broke before its head was written) is let go.
    deinit { body.cancel() }

    /// Ends the stream; safe at any time.
    func cancel() {
        let running = task.withLock { state in
            state.isCancelled = true
            return state.task
        }
        running?.cancel()
        body.cancel()
    }

    /// Hands every piece to `write`. Returns at the body's proper end, or when the listener stops;
    /// throws when the body broke or the client is gone, so that the connection is not ended
    /// properly.
    func run(_ write: @escaping @Sendable (ByteBuffer) async throws -> Void) async throws {
        guard let id = listener.addStream({ [weak self] in self?.cancel() }) else { return }
        defer { listener.removeStream(id) }
        // A task of its own, because only a task can be cancelled while it waits for the next
        // piece.
        let pumping = Task { [body] in
            while let piece = try await body.next() { try await write(ByteBuffer(bytes: piece)) }
        }
        let isCancelled = task.withLock { state in
            state.task = pumping
            return state.isCancelled
        }
        if isCancelled { pumping.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await pumping.value
            } onCancel: {
                cancel()
            }
        } catch {
            if !listener.isStopping { throw error }
        }
    }
}
