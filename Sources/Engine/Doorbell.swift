// A wake-up call for one loop: it is not lost when nobody waits yet, and several rings are one.

import Platform

/// Rings until somebody waits.
package final class Doorbell: Sendable {
    private struct State {
        var rung = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var gone: Set<Int> = []
        var last = 0
    }

    private let state = Lock(State())

    package init() {}

    package func ring() {
        let waiters = state.withLock { state in
            let waiters = state.waiters.sorted { $0.key < $1.key }.map(\.value)
            state.waiters = [:]
            state.rung = waiters.isEmpty
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns at the next ring (at once when it rang before), or when the task is cancelled.
    package func wait() async {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = state.withLock { state in
                    if state.rung {
                        state.rung = false
                        return true
                    }
                    if state.gone.remove(id) != nil { return true }
                    state.waiters[id] = waiter
                    return false
                }
                if now { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.gone.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        state.withLock { state in
            _ = state.gone.remove(id)
        }
    }
}
