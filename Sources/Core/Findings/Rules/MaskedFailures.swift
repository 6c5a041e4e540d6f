// A caller asks more often for each of its own requests than before, while its users see nothing:
// retries hide failures and multiply load. What cannot be told is said in Detection.md.

/// Retries that mask failures, by the amplification factor of an edge.
struct MaskedFailures: FindingRule {
    static let kind = Finding.Kind.maskedFailures

    /// Amplification below this is not worth a finding.
    static let factor = 1.1
    /// Standard errors that ln(factor) must exceed: one-sided 0.1 %.
    static let deviations = 3.09

    func canTell(_ input: FindingInput) -> Bool { !(input.signs?.edges.isEmpty ?? true) }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard input.round.isJudgedStrike, let signs = input.signs else { return [] }
        let harmed = input.round.harmedServices
        return signs.edges.compactMap { change in
            guard let factor = change.amplification, factor >= Self.factor,
                let deviation = change.deviation, deviation >= Self.deviations
            else { return nil }
            let edge = change.edge
            // The caller's own users were harmed: nothing is masked.
            let own = signs.workloads.keys.filter {
                $0.namespace == edge.sourceNamespace
                    && signs.workloads(of: $0).contains(edge.source)
            }
            if own.isEmpty || own.contains(where: { harmed.contains($0) }) { return nil }
            return sighting(change, factor, input)
        }
    }

    private func sighting(
        _ change: EdgeChange, _ factor: Double, _ input: FindingInput
    ) -> Sighting {
        let edge = change.edge
        let before = change.before.ratio ?? 0
        let during = change.during.ratio ?? 0
        let share = change.during.attempts > 0 ? change.during.failed / change.during.attempts : 0
        var evidence = [
            "\(edge.source) called \(edge.destination.name) \(rounded(during, 2)) times for "
                + "each of its own requests during \(input.roundText), "
                + "\(rounded(before, 2)) times before: amplification \(rounded(factor, 2)) "
                + "(\(Wording.count(change.during.attempts)) calls).",
            "\(Wording.percent(share)) of these calls failed, while the users of \(edge.source) "
                + "were not harmed.",
        ]
        if change.during.exhausted > 0 {
            evidence.append(
                "On \(Wording.count(change.during.exhausted)) of them the proxy had used up its "
                    + "own retries (URX).")
        }
        evidence.append(
            "Retries that the caller's proxy makes itself are not counted here, so the real factor "
                + "may be larger.")
        return Sighting(
            Self.kind, .edge(edge.source, edge.destination, in: input.namespace), .warning,
            title: "Retries of \(edge.source) mask failures of \(edge.destination.name)",
            evidence: evidence,
            remedy: "Give the retries a budget (e.g. at most 20 % of the requests), back-off with "
                + "jitter, and one layer that retries; a longer outage turns them into an overload."
        )
    }
}
