// One plain sentence on what is anomalous, with its numbers, for every signal.

extension Anomaly {
    /// E.g. "traffic of shop/web surged to 310 % of what is usual at this time (4,650 requests)".
    package var text: String {
        let now = Wording.percent(evidence.now)
        let requests = Wording.count(evidence.requests)
        let change =
            "of \(evidence.service) went from \(Wording.percent(evidence.before)) to \(now)"
        let counts = "(\(Wording.count(evidence.bad)) of \(requests))"
        switch evidence.signal {
        case .badRatio: return "bad responses \(change) \(counts)"
        case .latency: return "slow responses \(change) \(counts)"
        case .connections: return "failed connections \(change) \(counts)"
        case .traffic:
            let verb = direction == .surge ? "surged" : "fell"
            return "traffic of \(evidence.service) \(verb) to \(now) of what is usual at this time "
                + "(\(requests) requests)"
        }
    }
}
