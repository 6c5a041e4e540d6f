// What a round measured, beside its verdict: the counts of every service and their course in time.
// Reports and effects are computed from these values long after the metrics are gone.

/// The counts of one service and signal over one round.
package struct ServiceOutcome: Codable, Sendable, Hashable {
    package var service: ServiceRef
    package var signal: Signal
    /// Responses (or connections) seen while the round was tested, and the bad ones of them.
    package var requests: Double
    package var bad: Double
    /// Bad ones that the baseline explains: requests times its mean.
    package var expected: Double
    /// Evidence of harm on this signal; 0 when nothing could be tested.
    package var nats: Double
    /// Declared harmed, on the signal with the most evidence.
    package var harmed: Bool
    /// It was anomalous before the round: the round says nothing about it.
    package var wasBroken: Bool
    /// The bad ratio above which harm is excluded at the round's confidence; nil when nothing can
    /// be said. On the bad ratio only.
    package var bound: Double?

    package init(
        service: ServiceRef, signal: Signal, requests: Double, bad: Double, expected: Double,
        nats: Double, harmed: Bool, wasBroken: Bool = false, bound: Double? = nil
    ) {
        self.service = service
        self.signal = signal
        self.requests = requests
        self.bad = bad
        self.expected = expected
        self.nats = nats
        self.harmed = harmed
        self.wasBroken = wasBroken
        self.bound = bound
    }

    /// Services kept of one round at most: the harmed ones first, then those with most requests.
    package static let limit = 500
}

/// Requests and bad ones of one service, window by window, from shortly before a round to its end.
package struct RoundSeries: Codable, Sendable, Hashable {
    package var service: ServiceRef
    /// The beginning of the first window.
    package var start: Timestamp
    /// Length of a window, seconds.
    package var window: Double
    /// Per window, oldest first; as many of the one as of the other.
    package var requests: [Double]
    package var bad: [Double]
    /// Places of windows that say nothing (blind), ascending; their counts are zero.
    package var blind: [Int]
    /// What was normal when the round began: the learned mean of the bad ratio and its 99 % upper
    /// bound.
    package var mean: Double
    package var upper: Double

    package init(
        service: ServiceRef, start: Timestamp, window: Double, requests: [Double], bad: [Double],
        blind: [Int] = [], mean: Double, upper: Double
    ) {
        self.service = service
        self.start = start
        self.window = window
        self.requests = requests
        self.bad = bad
        self.blind = blind
        self.mean = mean
        self.upper = upper
    }

    /// Services kept of one round at most: the harmed ones first, then those with most requests.
    package static let limit = 20
    /// Windows kept of one service at most; a longer course is merged pairwise.
    package static let windowLimit = 240
}
