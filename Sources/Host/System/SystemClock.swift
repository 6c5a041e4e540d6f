// Door 1 for real: the kernel's clocks.

package import Core
import Glibc
package import Platform

/// The wall clock, and time since boot for deadlines.
package struct SystemClock: WallClock {
    package init() {}

    package var now: Timestamp {
        Timestamp(nanoseconds: Self.read(CLOCK_REALTIME))
    }

    /// Time since boot, suspended time included, so that a deadline set before a laptop slept has
    /// passed when it wakes.
    package var uptime: Duration { .nanoseconds(Self.read(CLOCK_BOOTTIME)) }

    package func sleep(for duration: Duration) async throws(Failure) {
        do {
            if duration > .zero {
                try await Task.sleep(for: duration, clock: .continuous)
            } else {
                await Task.yield()
                try Task.checkCancellation()
            }
        } catch {
            throw Failure(.cancelled, "a wait of \(duration.human) was cancelled")
        }
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        unsafe withUnsafeTemporaryAllocation(of: timespec.self, capacity: 1) { buffer in
            guard let time = buffer.baseAddress else { return 0 }
            unsafe clock_gettime(clock, time)
            // Seconds and nanoseconds, 64 bits each. Not read by their names: one of NIO's modules
            // claims the header that defines them, and with it their visibility.
            let words = UnsafeRawPointer(time)
            return unsafe words.load(as: Int64.self) * 1_000_000_000
                + words.load(fromByteOffset: 8, as: Int64.self)
        }
    }
}
