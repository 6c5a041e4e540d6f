// From which windows nothing may be learned, beyond the rounds that the judge was told of: strikes
// of an earlier life, and everything while another instance leads.

/// What disturbs learning although no round of this life is to blame.
package struct LearningSpan: Sendable, Hashable {
    /// Strikes that the journal knows, by round.
    private var strikes: [Int: HistoryLearner.Disturbance] = [:]
    /// Windows that begin earlier are not learned from; nil: no such instant.
    private var from: Timestamp?

    package init() {}

    /// Another instance leads: its strikes are not told here.
    package var isStandby: Bool { from == .latest }

    /// Whether another instance led at `onset`, or its last strike may not have been over.
    func mayBeForeign(_ onset: Timestamp) -> Bool { from.map { onset < $0 } ?? false }

    /// Replaces the strikes of earlier lives, each with the washout after it.
    mutating func recall(_ found: [Int: HistoryLearner.Disturbance]) { strikes = found }

    mutating func standBy() { from = .latest }

    /// This instance leads since `instant`. False when it did before.
    mutating func lead(since instant: Timestamp, washout: Duration) -> Bool {
        guard isStandby else { return false }
        // What the one before struck last may not be over.
        from = instant + washout
        return true
    }

    /// Whether a span of time may be learned from. `isKnown` tells which rounds the judge watched
    /// itself: of those it knows more, e.g. that one was harmless.
    func allows(
        _ namespace: String, from start: Timestamp, to end: Timestamp, isKnown: (Int) -> Bool
    ) -> Bool {
        if let from, start < from { return false }
        return !strikes.contains { round, strike in
            strike.namespace == namespace && strike.from <= end && start <= strike.to
                && !isKnown(round)
        }
    }
}

extension Judge {
    /// Tells the judge of strikes that earlier lives made, by round: nothing is learned from the
    /// time of each. Those that it watched itself it knows better.
    package mutating func recall(_ strikes: [Int: HistoryLearner.Disturbance]) {
        learning.recall(strikes)
    }

    /// Whether what began at `onset` may be due to a strike that is not told here.
    package func mayBeForeign(_ onset: Timestamp) -> Bool { learning.mayBeForeign(onset) }

    /// Another instance leads from now on: its strikes are not told here, so nothing is learned.
    /// Traffic, whose level would stand still, is not judged either; the rest is.
    package mutating func standBy() { learning.standBy() }

    /// This instance leads. After having stood by, learning begins once a strike of the instance
    /// before would have washed out, and the level of traffic is learned anew.
    package mutating func lead(since instant: Timestamp) {
        guard learning.lead(since: instant, washout: settings.washout) else { return }
        changeServices { _, judge, _ in judge.traffic.beginAnew() }
    }
}
