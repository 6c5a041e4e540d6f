// The executor that makes an asynchronous program a function of a seed: one thread, a list of ready
// jobs, a seeded pick among them; when no job is ready, the clock jumps to the earliest timer.

package import Core
package import Platform

/// Virtual time and the jobs that live in it. Run the whole program inside `run`; anything that
/// leaves structured concurrency leaves the simulation too.
package final class VirtualTime: TaskExecutor, WallClock {
    private struct Timer {
        var at: Int64
        var id: Int
        var wake: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var timers: [Timer] = []
        var cancelled: Set<Int> = []
        var random: RandomStream
        var now: Int64
        /// Wall time minus virtual time: moved by clock jumps.
        var offset: Int64
        var lastTimer = 0
        var steps = 0
        var finished = false
    }

    private let state: Lock<State>

    /// Virtual time starts at `start` on the wall clock; `seed` picks the order of ready jobs.
    package init(seed: UInt64, start: Timestamp) {
        state = Lock(
            State(random: RandomStream(seed: seed), now: 0, offset: start.nanoseconds))
    }

    package var now: Timestamp {
        state.withLock { Timestamp(nanoseconds: $0.now &+ $0.offset) }
    }

    package var uptime: Duration { .nanoseconds(state.withLock { $0.now }) }

    /// Jobs run so far: a measure of work that does not depend on the machine.
    package var steps: Int { state.withLock { $0.steps } }

    /// Moves the wall clock without moving time, as a person or NTP would.
    package func jumpWallClock(by duration: Duration) {
        state.withLock { $0.offset &+= duration.nanoseconds }
    }

    package func sleep(for duration: Duration) async throws(Failure) {
        let id = state.withLock { state in
            state.lastTimer += 1
            return state.lastTimer
        }
        let elapsed = await withTaskCancellationHandler {
            await withCheckedContinuation { wake in register(id, after: duration, wake) }
        } onCancel: {
            cancel(id)
        }
        if !elapsed { throw Failure(.cancelled, "the wait was cancelled") }
    }

    private func register(
        _ id: Int, after duration: Duration, _ wake: CheckedContinuation<Bool, Never>
    ) {
        let isCancelled = state.withLock { state in
            if state.cancelled.remove(id) != nil { return true }
            let at = state.now &+ max(0, duration.nanoseconds)
            state.timers.append(Timer(at: at, id: id, wake: wake))
            return false
        }
        if isCancelled { wake.resume(returning: false) }
    }

    private func cancel(_ id: Int) {
        let wake: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard let index = state.timers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.timers.remove(at: index).wake
        }
        wake?.resume(returning: false)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Runs `body` to its end in virtual time, on the calling thread. A program in which nothing is
    /// ready and nothing is due can never end: that is reported as a crash of the simulation.
    package func run(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { $0.finished = false }
        // The one unstructured task of the program: everything else is its child.
        Task(executorPreference: self) {
            await body()
            self.state.withLock { $0.finished = true }
        }
        while !state.withLock({ $0.finished }) {
            if let job = nextJob() {
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let wake = nextTimer() {
                wake.resume(returning: true)
            } else {
                preconditionFailure("deadlock: nothing is ready and no timer is due")
            }
        }
    }

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            state.steps += 1
            let index = state.random.below(state.jobs.count)
            return state.jobs.remove(at: index)
        }
    }

    private func nextTimer() -> CheckedContinuation<Bool, Never>? {
        state.withLock { state in
            let earliest = state.timers.indices.min { left, right in
                (state.timers[left].at, state.timers[left].id)
                    < (state.timers[right].at, state.timers[right].id)
            }
            guard let earliest else { return nil }
            let timer = state.timers.remove(at: earliest)
            state.now = max(state.now, timer.at)
            return timer.wake
        }
    }
}
