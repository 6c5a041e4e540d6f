// What the watch finds out about an anomaly besides that it is there: where it shows, and how
// probable it is that a round caused it.

import Core
import Platform

extension SignalWatch {
    /// Journals the edges that were found out after an anomaly was told.
    func recordTraces() async {
        for traced in AnomalyTraced.changes(of: judge.current, in: await journal.state) {
            do throws(Failure) { try await journal.record(.traced(traced)) } catch {
                log.error("a broken edge was not journaled: \(error.message)")
            }
        }
    }

    /// How probable it is that a round caused an anomaly; nil without a round.
    func attribution(
        of anomaly: Anomaly, to number: Int?, in state: State
    ) -> RoundAttribution? {
        guard let number, let round = state.round(number) else { return nil }
        let planned = round.planned
        let bearing = judge.bearing(
            of: anomaly, on: number, target: planned.target.workload)
        // `Cause` holds what begins two windows before or after the round against it, too.
        let observed = observeTimes[planned.policy] ?? JudgeTimes().observe
        return RoundAttribution(
            of: anomaly, to: round, bearing, in: state, window: observed + source.interval * 4,
            interval: source.interval)
    }
}
