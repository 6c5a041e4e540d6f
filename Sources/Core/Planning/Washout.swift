// How long what a strike did may still show, so that the next round does not measure it again:
// the carry-over of switchback experiments (Bojinov, Simchi-Levi and Zhao, arXiv:2009.00148).

extension State {
    /// The washout that holds rounds in `namespace` at `now`; nil when there is none.
    ///
    /// It begins at the close of the last strike there that was not shown to be harmless, or when
    /// the last anomaly that is put down to it was over, and lasts `shortest`, or twice the 95th
    /// percentile of the namespace's recoveries if that is longer (detection design 5.0). What did
    /// not recover in the policy's time is no measure of a recovery and is left out.
    package func washout(
        in namespace: String, shortest: Duration, now: Timestamp
    ) -> Washout? {
        guard
            let round = rounds.last(where: {
                $0.planned.target.namespace == namespace && $0.mayCarryOver
            }), let closed = round.closedAt
        else { return nil }
        let over = pastAnomalies.lazy.filter { $0.opened.round == round.number }
            .compactMap { $0.recovery?.recoveredAt }
        let from = max(closed, over.max() ?? closed)
        let until = from + max(shortest, usualRecovery(in: namespace) * 2)
        // A wall clock that was set back must not hold for longer than a washout lasts.
        return until > now && from <= now ? Washout(round: round.number, until: until) : nil
    }

    /// The 95th percentile (nearest rank) of the recoveries after strikes in a namespace; zero
    /// before the first.
    private func usualRecovery(in namespace: String) -> Duration {
        let times = pastAnomalies.compactMap { record -> Duration? in
            guard record.service.namespace == namespace, record.opened.round != nil,
                record.unrecovered == nil, let recovery = record.recovery
            else { return nil }
            return max(recovery.recoveredAt - recovery.onset, .zero)
        }.sorted()
        if times.isEmpty { return .zero }
        return times[max(0, (times.count * 95 + 99) / 100 - 1)]
    }
}

/// Rounds wait because of an earlier one.
package struct Washout: Sendable, Hashable {
    package var round: Int
    package var until: Timestamp
}

extension RoundRecord {
    /// Whether it did something whose effects may outlast it.
    fileprivate var mayCarryOver: Bool {
        guard planned.assignment == .strike, injecting != nil, let outcome else { return false }
        switch outcome {
        case .harm, .inconclusive, .void, .interrupted: return true
        case .noHarm, .notDelivered, .skipped, .failed: return false
        }
    }
}
