// How probable it is that a round caused an anomaly. It is a figure for people: nothing is decided
// by it.

/// The posterior of one round as the cause of one anomaly (detection design 5.8), with what it was
/// computed from.
package struct RoundAttribution: Codable, Sendable, Hashable {
    package var round: Int
    /// 0...1, both excluded.
    package var probability: Double
    /// The chance that a strike with this fault at this workload does harm.
    package var harmPrior: Double
    /// The chance that something else goes wrong in a window as long as the round's.
    package var incidentsPerRound: Double
    /// ln E of the service's signal since the round began; 0 when it is not tested.
    package var nats: Double
    /// Whether the target can touch the service: it calls it or is called by it, directly or not.
    package var inReach: Bool

    /// What the judge knows of a round and an anomaly.
    package struct Bearing: Sendable, Hashable {
        package var nats: Double
        package var inReach: Bool
        package init(nats: Double, inReach: Bool) {
            self.nats = nats
            self.inReach = inReach
        }
    }

    package init(
        round: Int, probability: Double, harmPrior: Double, incidentsPerRound: Double,
        nats: Double, inReach: Bool
    ) {
        self.round = round
        self.probability = probability
        self.harmPrior = harmPrior
        self.incidentsPerRound = incidentsPerRound
        self.nats = nats
        self.inReach = inReach
    }

    /// `window` is the time in which an anomaly is held against the round, `interval` the judge's
    /// window. Of the evidence E only what speaks against the round counts, min(E, 1): that a
    /// service became worse since the strike is just what another incident would show too, so
    /// more of it makes neither likelier than the other.
    package init(
        of anomaly: Anomaly, to round: RoundRecord, _ bearing: Bearing, in state: State,
        window: Duration, interval: Duration
    ) {
        let rate = IncidentRate(
            namespace: anomaly.evidence.service.namespace, in: state, until: anomaly.onset,
            interval: interval)
        self.round = round.number
        harmPrior = Self.harmPrior(round.planned, state)
        incidentsPerRound = rate.probability(in: window)
        nats = bearing.nats
        inReach = bearing.inReach
        probability = ChaosQuestion.probability(
            harmPrior: harmPrior, incidentsPerRound: incidentsPerRound, nats: min(nats, 0),
            insideCone: inReach)
    }

    /// Beta posterior of the cell; of a target without a workload, the fault's prior.
    private static func harmPrior(_ planned: Planned, _ state: State) -> Double {
        let cells = state.harm.cells.filter {
            $0.key.fault == planned.fault && $0.key.workload.namespace == planned.target.namespace
        }
        let prior = HarmPosterior.prior(cells.sorted { $0.key < $1.key }.map(\.value))
        guard let workload = planned.target.workload,
            let record = cells[HarmCell(fault: planned.fault, workload: workload)]
        else { return prior.mean }
        return prior.updated(strikes: record.strikes, harmed: record.harmed).mean
    }

    /// E.g. "attributed to round 4 with probability 0.97"; never 0 and never 1.
    package var text: String { "attributed to round \(round) with probability \(figure)" }

    private var figure: String {
        if probability > 0.9985 { return "above 0.998" }
        if probability < 0.005 { return "below 0.01" }
        return Wording.decimal(probability, probability > 0.985 ? 3 : 2)
    }
}
