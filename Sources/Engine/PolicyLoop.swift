// The rounds of one policy, one after another: wait for the tick, run the round. A clock that
// jumped is noticed here, before anything is drawn.

import Core
import Platform

/// The loop of one policy.
struct PolicyLoop: Sendable {
    let runner: RoundRunner
    /// Raised when this policy is replaced or removed; rounds in flight still end.
    let retired: Interruption
    let book: PolicyBook
    /// Ticks at most this many times; nil means until told to end.
    let limit: Int?

    /// Longest single wait: a jump of the wall clock is noticed within this time.
    private static let stride = Duration.seconds(15)
    /// Differences between wall and monotonic time that are no jump.
    private static let tolerance = Duration.seconds(5)

    /// Runs until the program ends or the policy is retired. Returns when its last round is closed.
    func run() async {
        var random = RandomStream(
            seed: RandomStream.fork(runner.seed, runner.policy.id + " schedule"))
        var last = await runner.journal.state.lastTicks[runner.policy.id]
        await withDiscardingTaskGroup { group in
            var rounds = 0
            while limit.map({ rounds < $0 }) ?? true {
                let schedule = runner.policy.schedule
                guard
                    let tick = NextTick.next(
                        after: runner.clock.now, schedule: schedule, lastTick: last,
                        random: &random),
                    let jump = await announced(tick)
                else { return }
                let clockJump = jump.magnitude > PolicyLoop.tolerance ? jump : nil
                // After a jump the next one is a whole period away: counted from the old time, it
                // might be due at once, and nothing would hold it.
                last = clockJump == nil ? tick : runner.clock.now
                rounds += 1
                group.addTask { _ = await runner.run(tick: tick, clockJump: clockJump) }
            }
        }
    }

    /// Waits while the book shows what for.
    private func announced(_ tick: Timestamp) async -> Duration? {
        await book.announce(next: tick, of: runner.policy.id)
        let jump = await wait(until: tick)
        if jump == nil { await book.announce(next: nil, of: runner.policy.id) }
        return jump
    }

    /// Waits on the wall clock. Returns how far it jumped meanwhile; nil when told to end. A clock
    /// that was set back ends the wait: it may be days until it shows the tick.
    private func wait(until tick: Timestamp) async -> Duration? {
        let clock = runner.clock
        let wall = clock.now
        let up = clock.uptime
        func jump() -> Duration { (clock.now - wall) - (clock.uptime - up) }
        while clock.now < tick, jump() >= .zero - PolicyLoop.tolerance {
            let rest = min(tick - clock.now, PolicyLoop.stride)
            let wake = await withTaskGroup(of: Wake.self) { group in
                group.addTask { await runner.interruption.sleep(for: rest, on: clock) }
                group.addTask {
                    await retired.wait()
                    return .interrupted
                }
                let first = await group.next() ?? .cancelled
                group.cancelAll()
                return first
            }
            if wake != .elapsed { return nil }
        }
        // Both may have been raised while nobody waited, or in the instant of the tick.
        return runner.interruption.isRaised || retired.isRaised ? nil : jump()
    }
}

extension Duration {
    var magnitude: Duration { self < .zero ? .zero - self : self }
}
