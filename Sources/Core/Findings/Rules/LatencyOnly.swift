// Users waited longer, and no request failed more often: an alert on errors would not see it.

/// Harm that only latency shows.
struct LatencyOnly: FindingRule {
    static let kind = Finding.Kind.latencyOnly

    func canTell(_ input: FindingInput) -> Bool { input.signs != nil }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard input.round.isJudgedStrike, let signs = input.signs else { return [] }
        return (input.round.verdict?.harmed ?? []).sorted { $0.service < $1.service }
            .compactMap { harmed in
                guard harmed.signal == .latency,
                    let bad = signs.signals.first(where: {
                        $0.service == harmed.service && $0.signal == .badRatio
                    }), bad.nats < bad.threshold, bad.requests > 0
                else { return nil }
                return Sighting(
                    Self.kind, input.subject(harmed.service), .warning,
                    title: "\(harmed.service.name) becomes slow without failing",
                    evidence: [
                        "Slow responses of \(harmed.service.name) went from "
                            + "\(Wording.percent(harmed.before)) to \(Wording.percent(harmed.now)) "
                            + "in \(input.roundText) (\(Wording.count(harmed.bad)) of "
                            + "\(Wording.count(harmed.requests))).",
                        "Bad responses stayed at \(Wording.percent(bad.now)) "
                            + "(\(Wording.percent(bad.before)) before).",
                    ],
                    remedy:
                        "Alert on latency beside errors, and look at time-outs and queues towards "
                        + "\(input.target?.name ?? "the target"): they turn slow into failed."
                )
            }
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.isJudgedStrike && round.hasHarmed(finding.subject)
    }
}
