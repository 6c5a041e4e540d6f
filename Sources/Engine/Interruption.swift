// How rounds and loops are told to end: a message, not a cancellation. Sleepers wake, no new round
// starts, and what must still be done (revert, judge, alert) is done.

package import Platform

/// Why waiting ended.
package enum Wake: Sendable, Hashable { case elapsed, interrupted, cancelled }

/// A message to everything that waits. Once raised it stays raised.
package final class Interruption: Sendable {
    private struct State {
        var reason: String?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var gone: Set<Int> = []
        var last = 0
    }

    private let state = Lock(State())

    package init() {}

    /// Why, when it was raised.
    package var reason: String? { state.withLock { $0.reason } }

    package var isRaised: Bool { reason != nil }

    /// Raises it; the first reason stays.
    package func raise(_ reason: String) {
        let waiters = state.withLock { state in
            if state.reason == nil { state.reason = reason }
            let waiters = state.waiters.sorted { $0.key < $1.key }.map(\.value)
            state.waiters = [:]
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when it is raised, or when the task is cancelled.
    package func wait() async {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let now = state.withLock { state in
                    if state.reason != nil || state.gone.remove(id) != nil { return true }
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

    /// Waits for `duration`, until it is raised, or until `bell` rings (which counts as elapsed).
    package func sleep(
        for duration: Duration, on clock: any WallClock, bell: Doorbell? = nil
    ) async -> Wake {
        if isRaised { return .interrupted }
        return await withTaskGroup(of: Wake.self) { group in
            group.addTask {
                do throws(Failure) {
                    try await clock.sleep(for: duration)
                    return .elapsed
                } catch {
                    return .cancelled
                }
            }
            group.addTask {
                await self.wait()
                return self.isRaised ? .interrupted : .cancelled
            }
            if let bell {
                group.addTask {
                    await bell.wait()
                    return .elapsed
                }
            }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            return first
        }
    }
}
