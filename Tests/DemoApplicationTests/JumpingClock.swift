// Time that passes only by sleeping: whoever sleeps moves the clock to the end of it at once.

import Core
import Platform

final class JumpingClock: WallClock {
    private let passed = Lock(Duration.zero)
    private let origin = Timestamp(seconds: 1_790_000_000)

    var now: Timestamp { origin + uptime }
    var uptime: Duration { passed.withLock { $0 } }

    func advance(_ duration: Duration) { passed.withLock { $0 += duration } }

    func sleep(for duration: Duration) async throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        let target = uptime + max(.zero, duration)
        // Others run first, so that a loop that sleeps does not starve them.
        for _ in 0..<8 { await Task.yield() }
        passed.withLock { $0 = max($0, target) }
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
    }
}

/// Polls until `condition` holds; false after 120 real seconds.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(120)
    while clock.now < end {
        if await condition() { return true }
        do { try await clock.sleep(for: .milliseconds(2)) } catch { return false }
    }
    return await condition()
}
