// Storage in memory that fails as disks fail: appends that are refused, and a fill level. What was
// appended survives the crash of the program that appended it.

import Core
package import Platform

/// One append-only log with seeded failures.
package final class SimulatedStorage: Storage, Sendable {
    private struct State {
        var rows: [[UInt8]] = []
        var random: RandomStream
        var failureRate: Double
        var isFull = false
    }

    /// It is in memory.
    package var path: String? { nil }
    private let state: Lock<State>
    private let clock: any WallClock

    /// `failureRate` is the share of appends that are refused, 0...1.
    package init(clock: any WallClock, seed: UInt64, failureRate: Double = 0) {
        self.clock = clock
        state = Lock(State(random: RandomStream(seed: seed), failureRate: failureRate))
    }

    package func append(_ record: [UInt8]) async throws(Failure) {
        let (delay, fails) = state.withLock { state in
            (state.random.below(3), state.random.unit() < state.failureRate)
        }
        try await clock.sleep(for: .milliseconds(delay))
        if state.withLock({ $0.isFull }) { throw Failure(.transient, "no space left on device") }
        if fails { throw Failure(.transient, "input/output error") }
        state.withLock { $0.rows.append(record) }
    }

    package func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]] {
        state.withLock { state in
            var page: [[UInt8]] = []
            var size = 0
            for row in state.rows.dropFirst(count) where size < bytes {
                size += row.count
                page.append(row)
            }
            return page
        }
    }

    /// What is stored, for the oracle.
    package var rows: [[UInt8]] { state.withLock { $0.rows } }

    package func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    package func setFailureRate(_ rate: Double) { state.withLock { $0.failureRate = rate } }

    /// Changes stored bytes, as a bad disk would.
    package func damage(row: Int, _ change: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard state.rows.indices.contains(row) else { return }
            change(&state.rows[row])
        }
    }
}
