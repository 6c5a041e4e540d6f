// A clock that only moves when a test moves it, and wakes sleepers in the order of their deadlines.

import Core
import Platform

/// Virtual time by hand.
final class TestClock: WallClock {
    private struct Sleeper {
        var due: Duration
        var id: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var uptime: Duration = .zero
        var next = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }

    private let state = Lock(State())
    private static let start = Timestamp(nanoseconds: 1_780_000_000_000_000_000)

    var uptime: Duration { state.withLock { $0.uptime } }
    var now: Timestamp { Self.start + uptime }

    func sleep(for duration: Duration) async throws(Failure) {
        if duration <= .zero {
            await Task.yield()
            return
        }
        let (id, due) = state.withLock { state in
            state.next += 1
            return (state.next, state.uptime + duration)
        }
        let woke = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let gone = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    state.sleepers.append(Sleeper(due: due, id: id, continuation: continuation))
                    return false
                }
                if gone { continuation.resume(returning: false) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let at = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: at)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !woke { throw Failure(.cancelled, "cancelled") }
    }

    /// The earliest deadline that somebody sleeps for.
    var nextDue: Duration? { state.withLock { $0.sleepers.map(\.due).min() } }

    /// Moves time forward and wakes everybody whose deadline has come.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.uptime += duration
            let due = state.sleepers.filter { $0.due <= state.uptime }.sorted { $0.due < $1.due }
            state.sleepers.removeAll { $0.due <= state.uptime }
            return due
        }
        for sleeper in woken { sleeper.continuation.resume(returning: true) }
    }
}
