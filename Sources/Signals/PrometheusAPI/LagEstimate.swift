// How far a server's newest samples are behind the clock, from what recent readings showed.

import Core

/// The last 64 observed lags.
struct LagEstimate: Sendable {
    private var lags: [Duration] = []

    mutating func add(_ lag: Duration) {
        lags.append(max(.zero, lag))
        if lags.count > 64 { lags.removeFirst() }
    }

    /// The smallest lag that 95 % of the observations do not exceed (nearest rank); nil without
    /// any.
    var percentile95: Duration? {
        guard !lags.isEmpty else { return nil }
        return lags.sorted()[(lags.count * 95 + 99) / 100 - 1]
    }
}
