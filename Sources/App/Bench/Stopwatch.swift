// Process CPU time of repeated work: what the machine's other programs do counts as little as
// possible.

import Glibc

/// Times of several runs, in seconds of CPU.
struct Stopwatch: Sendable {
    private var times: [Double] = []

    /// Runs `work` `runs` times.
    init(runs: Int, _ work: () -> Void) {
        for _ in 0..<max(1, runs) {
            let start = Self.now
            work()
            times.append(Self.now - start)
        }
        times.sort()
    }

    var least: Double { times[0] }
    var median: Double { times[times.count / 2] }
    var most: Double { times[times.count - 1] }

    /// CPU seconds of this process so far.
    static var now: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
