// Nothing that a fault at the workload can touch has enough traffic: its rounds prove nothing
// (detection design 5.9).

/// A target whose strikes nobody could notice.
struct Unobservable: FindingRule {
    static let kind = Finding.Kind.unobservable

    /// The worst p* that still counts as something shown.
    static let bound = 0.5

    /// Blind windows say nothing about traffic.
    func canTell(_ input: FindingInput) -> Bool {
        input.signs != nil && input.state.blind == nil
    }

    func sightings(_ input: FindingInput) -> [Sighting] {
        guard let target = input.target, let signs = input.signs,
            input.round.outcome == .noHarm || input.round.outcome == .inconclusive
        else { return [] }
        let best = signs.reach.min { ($0.value, $0.key) < ($1.value, $1.key) }
        if let best, best.value <= Self.bound { return [] }
        let evidence: String
        if let best {
            let shown =
                best.value.isFinite
                ? "could show no less than \(Wording.percent(best.value)) bad responses"
                : "could not show even that all responses are bad"
            evidence =
                "Of \(Wording.plural(signs.reach.count, "service")) that \(input.roundText) could "
                + "touch, the best, \(best.key), \(shown) in five minutes of its traffic."
        } else {
            evidence =
                "No service with traffic calls \(target.name) or answers for it, as far as the "
                + "mesh counts, at the time of \(input.roundText)."
        }
        return [
            Sighting(
                Self.kind, .workload(target), .info,
                title: "Rounds on \(target.kind) \(target.name) prove nothing",
                evidence: [evidence],
                remedy: "Send it traffic during rounds (a synthetic check of one request a second "
                    + "suffices), or take it out of the policy's targets.")
        ]
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.planned.assignment == .strike
            && [.harm, .noHarm, .inconclusive].contains(round.outcome)
            && round.planned.target.workload == finding.subject.workload
    }
}
