// Anomalies that this life finds open in the journal.

import Core

extension SignalWatch {
    /// Hands the judge the open anomalies of the journal that it does not see: those of an earlier
    /// life, and those whose end could not be journaled. They end when the judge has evidence that
    /// they are over, or when a person says so.
    func adoptForgotten() async {
        let seen = Set(
            judge.current.map { HarmMeter.Source($0.evidence.service, $0.evidence.signal) })
        for record in await journal.state.anomalies where isWatched(record.service) {
            if seen.contains(HarmMeter.Source(record.service, record.signal)) { continue }
            _ = judge.adopt(record.opened.anomaly)
        }
    }
}
