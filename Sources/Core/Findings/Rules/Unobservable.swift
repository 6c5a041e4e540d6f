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
            && input.state.blindNamespaces[input.round.planned.target.namespace] == nil
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
                + "touch, the best, \(best.key), \(shown) at its traffic."
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
        // Of a whole namespace the judge itself says when it is over.
        finding.subject.scope == .workload && round.planned.assignment == .strike
            && [.harm, .noHarm, .inconclusive].contains(round.outcome)
            && round.planned.target.workload == finding.subject.workload
    }
}

extension FindingBook {
    /// The finding that no round in a namespace could show anything, as it begins or ends; nil when
    /// nothing changed. `why` is what the judge says of the traffic, nil when it is enough.
    package static func scantTraffic(
        in namespace: String, why: String?, known: Finding?, at now: Timestamp
    ) -> Finding? {
        guard let why else {
            guard let known, known.standing == true else { return nil }
            var ended = standing(known, holds: false, at: now)
            ended?.status = .fixed
            return ended
        }
        if known?.standing == true { return nil }
        var finding =
            known
            ?? Finding(
                kind: .unobservable, subject: .namespace(namespace), title: "", severity: .info,
                at: now)
        finding.title = "Rounds in \(namespace) would prove nothing"
        finding.evidence = ["At \(now.rfc3339Seconds): \(why)."]
        finding.remedy =
            "Send its services traffic (a synthetic check of one request a second suffices), or "
            + "mend what fails all the time. Until then its rounds are held."
        finding.lastSeen = now
        finding.status = .open
        finding.standing = true
        return finding
    }
}

extension Finding {
    /// The identity of what `FindingBook.scantTraffic` says of a namespace.
    package static func scantTrafficIdentity(_ namespace: String) -> String {
        "\(Kind.unobservable.rawValue) \(namespace) \(namespace)"
    }
}
