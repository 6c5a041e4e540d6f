// Which round an anomaly may be due to. Coincidence in time and namespace is stated as such: it is
// no proof.

/// The likely cause of one anomaly, from the rounds around its onset.
package struct Cause: Sendable, Hashable {
    /// The newest strike of the same namespace that was in place at the onset, or ended just
    /// before.
    package var round: Int?
    /// For people.
    package var text: String

    /// `interval` is the judge's window: an onset is only known to that precision.
    package init(of anomaly: Anomaly, in state: State, interval: Duration) {
        let namespace = anomaly.evidence.service.namespace
        let onset = anomaly.onset
        let candidates = state.rounds.filter { round in
            guard round.planned.target.namespace == namespace, let began = round.strikeBegan
            else { return false }
            // The window that holds the injection began before it.
            let from = began - interval * 2
            let until = (round.closedAt ?? onset) + interval * 2
            return from <= anomaly.detectedAt && began <= anomaly.detectedAt && onset >= from
                && onset <= until
        }
        guard let best = candidates.last else {
            text = "no strike of Hazard was in place at its onset"
            return
        }
        round = best.number
        let began = best.strikeBegan ?? best.plannedAt
        let distance = onset >= began ? (onset - began) : .zero
        text =
            "round \(best.number) (\(best.planned.fault) of \(best.planned.target)) struck "
            + (distance < interval * 2
                ? "at its onset" : "\(rounded(distance.inSeconds, 0)) s before its onset")
    }
}
