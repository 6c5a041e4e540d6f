// Anomalies that an earlier life left open: they go on here, and end as all others do, by evidence.

import RealModule

extension Judge {
    /// Takes up an anomaly of the journal that this life has not seen, so that its recovery is
    /// tested (5.11) and nothing is learned from what is not normal. To be called once what was
    /// learned is restored, before the first reading. False when the signal is anomalous already,
    /// or when it is not known by what it was measured: the buckets of a latency are in the sketch
    /// only.
    package mutating func adopt(_ anomaly: Anomaly) -> Bool {
        let service = anomaly.evidence.service
        let own = settings(of: service)
        let place = SignalJudge.Place(
            onset: builder.index(of: anomaly.onset),
            detected: builder.index(of: anomaly.detectedAt))
        return changeService(service) { judge in
            switch anomaly.evidence.signal {
            case .badRatio: judge.errors.adopt(anomaly, at: place, own)
            case .connections: judge.connections.adopt(anomaly, at: place, own)
            // Bounds that were learned since may be those of what is slow.
            case .latency:
                judge.latency.isRestored && judge.latency.judge.adopt(anomaly, at: place, own)
            case .traffic: judge.traffic.adopt(anomaly, at: place, own)
            }
        }
    }
}

extension SignalJudge {
    /// The windows of an anomaly.
    struct Place: Sendable {
        var onset: Int64
        var detected: Int64
    }

    /// Opens an anomaly of an earlier life. It is over by the same bound as in that life.
    mutating func adopt(_ anomaly: Anomaly, at place: Place, _ settings: JudgeSettings) -> Bool {
        let evidence = anomaly.evidence
        // Of several latency bounds, the one whose baseline it was.
        func distance(_ index: Int) -> Double { abs(tracks[index].mean - evidence.before) }
        guard open == nil, let at = tracks.indices.min(by: { distance($0) < distance($1) })
        else { return false }
        dropWhatWaits()
        open = OpenAnomaly(
            anomaly: anomaly,
            recovery: RecoveryTest(
                p0: evidence.baselineUpper, rho: tracks[at].rho, theta: calibration.theta,
                alpha: settings.recoveryAlpha, level: evidence.now,
                tolerance: settings.recoveryTolerance),
            track: at, onset: place.onset, detected: place.detected)
        return true
    }
}

extension TrafficJudge {
    /// Opens a change of an earlier life. The level is not in the sketch, and learned anew it would
    /// be that of the change: what was expected when it began is in the journal.
    mutating func adopt(
        _ anomaly: Anomaly, at place: SignalJudge.Place, _ settings: JudgeSettings
    ) -> Bool {
        let evidence = anomaly.evidence
        let isDrop = anomaly.direction != .surge
        let usual = evidence.requests + (isDrop ? evidence.bad : -evidence.bad)
        guard open == nil, usual >= TrafficLevel.fewest else { return false }
        level.adopt(usual, window: place.detected, settings)
        open = OpenChange(anomaly: anomaly, expected: usual, detected: place.detected)
        return true
    }
}
