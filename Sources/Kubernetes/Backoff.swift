// How long to wait before the next try: longer each time, up to a bound, and never in step with
// other clients.

import Core

/// Exponential back-off with jitter from a seed.
struct Backoff: Sendable {
    private var random: RandomStream
    private var attempts = 0
    private let first: Duration
    private let longest: Duration

    init(seed: UInt64, first: Duration = .milliseconds(500), longest: Duration = .seconds(30)) {
        random = RandomStream(seed: seed)
        self.first = first
        self.longest = longest
    }

    /// After a success.
    mutating func reset() { attempts = 0 }

    /// Half to all of the bound that has doubled with each attempt; what the server asked for is
    /// the least.
    mutating func next(after asked: Duration? = nil) -> Duration {
        let doubled = first * (1 << min(attempts, 16))
        attempts += 1
        let bound = min(doubled, longest)
        return max(bound * (0.5 + random.unit() / 2), asked ?? .zero)
    }
}
