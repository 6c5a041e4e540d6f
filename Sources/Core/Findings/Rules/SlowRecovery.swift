// A service took far longer to heal than it used to, or a large share of the time that the policy
// grants, or did not heal in time.

/// Recovery that is slow by its own history or by the policy.
struct SlowRecovery: FindingRule {
    static let kind = Finding.Kind.slowRecovery
    static let stage = FindingStage.settled

    /// Share of `judge.recovery` above which a recovery is slow.
    static let share = 0.5
    /// Earlier recoveries that a comparison with the own history needs.
    static let history = 5

    func sightings(_ input: FindingInput) -> [Sighting] {
        input.anomalies.filter(\.opened.anomaly.mustRecover)
            .sorted { ($0.service, $0.id) < ($1.service, $1.id) }
            .compactMap { sighting($0, input) }
    }

    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.hasHarmed(finding.subject)
    }

    private func sighting(_ record: AnomalyRecord, _ input: FindingInput) -> Sighting? {
        let name = record.service.name
        let limit = input.recovery.inSeconds
        let start = record.clockStart(in: input.state)
        guard let recovery = record.recovery else {
            // With all pods Ready it is the other finding.
            guard record.unrecovered != nil, !(input.after?.isReady ?? false) else { return nil }
            return Sighting(
                Self.kind, input.subject(record.service), .critical,
                title: "\(name) did not recover in time",
                evidence: [(record.unrecovered?.finding ?? "") + "."],
                remedy: Self.remedy(name), standing: record.isOpen)
        }
        let took = (recovery.recoveredAt - start).inSeconds
        var reasons: [String] = []
        if took > Self.share * limit {
            reasons.append(
                "That is \(Wording.percent(took / max(limit, 1e-9))) of the "
                    + "\(input.recovery.human) that judge.recovery grants.")
        }
        let past = earlier(record, input)
        if past.count >= Self.history, let fence = Self.fence(past), took > fence {
            reasons.append(
                "Its last \(past.count) recoveries took \(rounded(Self.median(past), 0)) s at the "
                    + "median; more than \(rounded(fence, 0)) s is far out.")
        }
        if reasons.isEmpty { return nil }
        return Sighting(
            Self.kind, input.subject(record.service), .warning,
            title: "\(name) recovers slowly",
            evidence: [
                "\(name) took \(rounded(took, 0)) s to recover after \(input.roundText), with "
                    + "\(recovery.cost(record.opened.anomaly.direction))."
            ] + reasons, remedy: Self.remedy(name), standing: false)
    }

    private static func remedy(_ name: String) -> String {
        "Look at what \(name) waits for after a loss: start-up time, probe delays and periods, "
            + "connection time-outs, DNS caching and back-off of its clients."
    }

    /// Seconds that the same service took after earlier rounds, sorted.
    private func earlier(_ record: AnomalyRecord, _ input: FindingInput) -> [Double] {
        input.state.pastAnomalies.compactMap { past in
            guard past.service == record.service, past.signal == record.signal,
                past.id < record.id, past.opened.round != nil, let recovery = past.recovery
            else { return nil }
            return (recovery.recoveredAt - past.clockStart(in: input.state)).inSeconds
        }.sorted()
    }

    /// Tukey's outer fence, Q3 + 3 (Q3 - Q1) (Exploratory Data Analysis, 1977), and at least twice
    /// the median and half a minute above it: recoveries that are all alike have no spread.
    static func fence(_ sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let spread = quantile(sorted, 0.75) - quantile(sorted, 0.25)
        let middle = median(sorted)
        return max(quantile(sorted, 0.75) + 3 * spread, 2 * middle, middle + 30)
    }

    static func median(_ sorted: [Double]) -> Double { quantile(sorted, 0.5) }

    /// Linear interpolation between order statistics.
    private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }
}
