// Was it chaos? The question about a window of time, what the journal knows towards it, and the
// answer as values; and how probable it is that a given round caused a given anomaly. How an answer
// is found is in ChaosInquiry.

import RealModule

/// A window in which something was wrong.
package struct ChaosQuestion: Sendable, Hashable {
    /// When it began and ended, as far as the asker knows.
    package var from: Timestamp
    package var to: Timestamp
    /// The services that suffered; any when empty. Only strikes in their namespaces count.
    package var services: [ServiceRef]
    /// A strike longer before the beginning than this is not held to account, unless its fault was
    /// still in place.
    package var reach: Duration
    /// How exactly the beginning is known: a strike that much later may still have come before it.
    package var precision: Duration

    package static let usualReach = Duration.seconds(900)
    /// One window of the usual length: the onsets that the judge finds are no better.
    package static let usualPrecision = Duration.seconds(15)

    package init(
        from: Timestamp, to: Timestamp, services: [ServiceRef] = [],
        reach: Duration = usualReach, precision: Duration = usualPrecision
    ) {
        self.from = from
        self.to = to
        self.services = services
        self.reach = reach
        self.precision = precision
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

/// What a journal knows: the evidence.
package struct ChaosRecord: Sendable {
    package var rounds: [RoundRecord]
    package var anomalies: [AnomalyRecord]
    package var armed: ArmedTime
    /// Rounds before this instant are not known; nil when nothing was recorded yet.
    package var knownFrom: Timestamp?
    /// What happened later is not recorded: now while the daemon lives, else its last event.
    package var knownTo: Timestamp

    package init(
        rounds: [RoundRecord], anomalies: [AnomalyRecord], armed: ArmedTime,
        knownFrom: Timestamp?, knownTo: Timestamp
    ) {
        self.rounds = rounds
        self.anomalies = anomalies
        self.armed = armed
        self.knownFrom = [knownFrom, armed.forgottenUntil].compactMap { $0 }.max()
        self.knownTo = knownTo
    }

    /// As far as a state remembers: its newest rounds and anomalies.
    package init(_ state: State, until end: Timestamp) {
        let isComplete = state.lastRound <= state.rounds.count
        self.init(
            rounds: state.rounds, anomalies: state.pastAnomalies + state.anomalies,
            armed: state.armed,
            knownFrom: isComplete ? state.armed.begun : state.rounds.first?.plannedAt,
            knownTo: end)
    }
}

/// The answer.
package struct ChaosAnswer: Sendable, Hashable {
    /// What can be said.
    package enum Kind: String, Sendable {
        /// No strike was in reach when it began.
        case notChaos = "not-chaos"
        /// A strike was, and chance seldom puts one that close.
        case related
        /// A strike was, but chance often does.
        case undecided
        /// The journal does not cover that time.
        case unknown
    }

    /// One strike in reach of the window.
    package struct Strike: Sendable, Hashable {
        package var round: RoundRecord
        package var at: Timestamp
        /// Seconds from the strike to the beginning; negative when it came after it.
        package var secondsBefore: Double
        /// Services that its verdict, or an anomaly attributed to it, names.
        package var harmed: [ServiceRef]
    }

    package var kind: Kind
    /// One plain sentence.
    package var text: String
    /// When it began: as asked, or as the journal's earliest anomaly in the window says.
    package var begin: Timestamp
    package var anomaly: Int?
    /// Probability that chance alone puts a strike this close; nil without a strike before it.
    package var pValue: Double?
    /// The same by the draw of strike or sham alone, with the rounds where they were.
    package var coin: Double?
    /// Strikes in reach, the latest before the beginning first.
    package var strikes: [Strike]
    /// What it was compared with: strikes and shams in seconds of armed time.
    package var comparedStrikes: Int
    package var comparedShams: Int
    package var comparedSeconds: Double
    package var method: String
    package var notes: [String]
}
