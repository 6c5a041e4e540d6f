// Was it chaos? Whether an incident lies closer behind a strike than chance would put it, and how
// probable it is that a given round caused a given anomaly.

import RealModule

/// The answer for one incident.
package struct ChaosAnswer: Sendable, Hashable {
    /// Seconds from the last strike before the incident's beginning; nil when there was none in
    /// reach.
    package var delay: Double?
    /// Probability that a random instant of the reference period lies this close behind a strike; 1
    /// when no strike is in reach.
    package var pValue: Double
    /// Whether no strike is in reach: chaos did not do it.
    package var isExonerated: Bool
    /// One plain sentence.
    package var text: String
}

/// Questions of cause (detection design 5.8).
package enum ChaosQuestion {
    /// Compares an incident that began at `onset` with the `strikes` (instants of injection, in any
    /// order) inside the `reference` period. A strike more than `reach` earlier is not held to
    /// account. Under the null the onset is uniform over the period, so the p-value is the share of
    /// the period that lies within the observed delay behind some strike: exact, whatever the
    /// schedule.
    package static func wasItChaos(
        onset: Timestamp, strikes: [Timestamp], from start: Timestamp, to end: Timestamp,
        reach: Duration
    ) -> ChaosAnswer {
        let known = strikes.filter { $0 >= start - reach && $0 <= end }.sorted()
        guard let last = known.last(where: { $0 <= onset }), onset - last <= reach else {
            return ChaosAnswer(
                delay: nil, pValue: 1, isExonerated: true,
                text: "not chaos: no strike in the \(reach.human) before it")
        }
        let delay = (onset - last).inSeconds
        var covered = 0.0
        var reached = start
        for strike in known {
            let from = max(strike, reached)
            let until = min(strike + .inSeconds(delay), end)
            if until > from {
                covered += (until - from).inSeconds
                reached = until
            }
        }
        let length = max((end - start).inSeconds, 1e-9)
        // One second more than nothing: a delay of zero is not impossible by chance.
        let share = min(1, max(covered, min(1, length)) / length)
        let verb = share <= 0.05 ? "related to chaos" : "cannot be told from coincidence"
        return ChaosAnswer(
            delay: delay, pValue: share, isExonerated: false,
            text: "\(verb): it began \(Duration.inSeconds(delay).human) after a strike; by chance "
                + "that happens with probability \(Wording.percent(share))")
    }

    /// Probability that a round caused an anomaly: posterior odds = prior probability that this
    /// fault harms this target over the base rate of incidents per round, times the round's
    /// evidence, times the topology's weight (1 inside the target's cone, 0.1 outside).
    package static func probability(
        harmPrior: Double, incidentsPerRound: Double, nats: Double, insideCone: Bool
    ) -> Double {
        let prior = min(max(harmPrior, 1e-6), 1 - 1e-6)
        let base = min(max(incidentsPerRound, 1e-9), 1)
        let logOdds =
            Double.log(prior / base) + min(max(nats, -50), 50) + (insideCone ? 0 : .log(0.1))
        return 1 / (1 + .exp(-logOdds))
    }
}
