// The log of a demo process: lines on standard output, which `kubectl logs` shows.

import Core
import Glibc
import Platform

/// Writes lines with their instant, and failures at most once a second, so that an outage does not
/// fill the disk.
final class ProcessLog: Sendable {
    private struct State {
        var quietUntil = Duration.zero
        var unsaid = 0
    }

    private let clock: any WallClock
    private let state = Lock(State())

    init(clock: any WallClock) { self.clock = clock }

    func write(_ text: String) {
        print("\(clock.now) \(text)")
        // Standard output is a file here, and would otherwise keep lines back.
        fflush(nil)
    }

    /// One line a second; what is left out is counted.
    func failure(_ text: @autoclosure () -> String) {
        let now = clock.uptime
        let unsaid: Int? = state.withLock { state in
            guard now >= state.quietUntil else {
                state.unsaid += 1
                return nil
            }
            defer { state.unsaid = 0 }
            state.quietUntil = now + .seconds(1)
            return state.unsaid
        }
        guard let unsaid else { return }
        write(text() + (unsaid > 0 ? " (and \(unsaid) more like it)" : ""))
    }
}
