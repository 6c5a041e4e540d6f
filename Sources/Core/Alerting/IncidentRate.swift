// How often something goes wrong by itself: what an anomaly during a round is compared with.

import RealModule

/// Incidents that no strike explains, over the time in which strikes could have been drawn.
package struct IncidentRate: Sendable, Hashable {
    package private(set) var incidents = 0
    /// Armed time outside rounds, seconds.
    package private(set) var seconds = 0.0

    /// What is assumed of a namespace of which nothing is known: Gamma(1/2, half a week), Jeffreys'
    /// shape with a mean of one incident a week.
    package static let priorIncidents = 0.5
    package static let priorSeconds = 0.5 * 7 * 86_400

    /// Of one namespace as far as `state` remembers, up to `end`. Anomalies that begin within two
    /// windows (`interval`) of each other are one incident.
    package init(namespace: String, in state: State, until end: Timestamp, interval: Duration) {
        let margin = interval * 2
        let strikes = state.rounds.compactMap { round -> Range<Timestamp>? in
            guard round.planned.target.namespace == namespace, let begun = round.strikeBegan
            else { return nil }
            let from = begun - margin
            return from..<max(from, (round.closedAt ?? end) + margin)
        }
        let known = Self.knownFrom(state)
        let quiet = Self.without(
            ArmedTime.union(strikes), state.armed.spans(of: [namespace], until: end)
        ).compactMap { span -> Range<Timestamp>? in
            let from = max(span.lowerBound, known ?? span.lowerBound)
            return from < span.upperBound ? from..<span.upperBound : nil
        }
        seconds = quiet.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).inSeconds }
        let onsets = (state.pastAnomalies + state.anomalies).filter { record in
            record.opened.isUnexplained && record.service.namespace == namespace
        }
        .map(\.opened.anomaly.onset).sorted()
        var last: Timestamp?
        for onset in onsets where quiet.contains(where: { $0.contains(onset) }) {
            if last.map({ onset - $0 > margin }) ?? true { incidents += 1 }
            last = onset
        }
    }

    /// Incidents a second: the mean of the posterior.
    package var perSecond: Double {
        (Double(incidents) + Self.priorIncidents) / (seconds + Self.priorSeconds)
    }

    /// The probability of an incident within `window`.
    package func probability(in window: Duration) -> Double {
        1 - Double.exp(-perSecond * max(0, window.inSeconds))
    }

    /// Before this instant rounds, anomalies or armed time may have been forgotten.
    private static func knownFrom(_ state: State) -> Timestamp? {
        var from = [state.armed.forgottenUntil]
        if state.lastRound > state.rounds.count { from.append(state.rounds.first?.plannedAt) }
        // What was dropped was over before the oldest that is kept.
        if state.pastAnomalies.count >= State.pastAnomalyLimit {
            let oldest = state.pastAnomalies.first
            from.append(oldest?.recovery?.detectedAt ?? oldest?.acceptedAt)
        }
        return from.compactMap { $0 }.max()
    }

    /// `spans` without `holes`; both are in order and apart.
    private static func without(
        _ holes: [Range<Timestamp>], _ spans: [Range<Timestamp>]
    ) -> [Range<Timestamp>] {
        var rest: [Range<Timestamp>] = []
        for span in spans {
            var from = span.lowerBound
            for hole in holes where hole.upperBound > from && hole.lowerBound < span.upperBound {
                if hole.lowerBound > from { rest.append(from..<hole.lowerBound) }
                from = hole.upperBound
            }
            if from < span.upperBound { rest.append(from..<span.upperBound) }
        }
        return rest
    }
}
