// Wakes one waiting task, once. Rung before anybody waits, it lets the next wait through.

import Core
import Platform

/// A one-shot signal. Waiting ends when it rings, when the task is cancelled, or at a deadline.
final class Doorbell: Sendable {
    private struct State {
        var rung = false
        var waiter: CheckedContinuation<Void, Never>?
        var next: Doorbell?
    }

    private let state = Lock(State())

    var isRung: Bool { state.withLock { $0.rung } }

    func ring() {
        let (waiter, next) = state.withLock { state in
            state.rung = true
            defer {
                state.waiter = nil
                state.next = nil
            }
            return (state.waiter, state.next)
        }
        waiter?.resume()
        next?.ring()
    }

    /// Rings `next` when this one rings; replaces the bell of an earlier call.
    func forward(to next: Doorbell) {
        let rung = state.withLock { state in
            state.next = next
            return state.rung
        }
        if rung { next.ring() }
    }

    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if !state.rung { state.waiter = continuation }
                    return state.rung
                }
                if passes { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }

    /// Waits at most `limit`; nil waits without one.
    func wait(atMost limit: Duration?, clock: any WallClock) async {
        guard let limit else { return await wait() }
        if limit <= .zero { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
