// Judges one signal of one service by one or more ratios: decides when it is anomalous and when
// that is over. An anomaly keeps its identity until recovery.

import RealModule

/// The always-on test of one signal (detection design 5.2, 5.3, 5.5 and 5.11).
package struct SignalJudge: Sendable {
    package let service: ServiceRef
    package let signal: Signal
    /// One ratio, or one per latency bound.
    package private(set) var tracks: [RatioTrack]
    package private(set) var calibration: TailCalibration
    /// The anomaly under way.
    package internal(set) var open: OpenAnomaly?
    /// ln of the mean over the tracks of their mixtures, nats.
    package private(set) var statistic = -Double.infinity

    /// An anomaly under way.
    package struct OpenAnomaly: Sendable {
        package var anomaly: Anomaly
        package var recovery: RecoveryTest
        /// The track that showed it.
        package var track: Int
        package var onset: Int64
        package var detected: Int64
    }

    /// What one window changed.
    package enum Change: Sendable {
        case none
        case alarmed
        case recovered(Recovery)
    }

    /// Responses and bad ones of one window on one track.
    package struct Count: Sendable, Hashable {
        package var total: Double
        package var bad: Double
        package init(total: Double, bad: Double) {
            self.total = total
            self.bad = bad
        }
    }

    /// Instants that belong to windows.
    package struct Instants: Sendable {
        package var interval: Duration
        /// When the window at hand was complete.
        package var detected: Timestamp
        package init(interval: Duration, detected: Timestamp) {
            self.interval = interval
            self.detected = detected
        }
        func start(_ index: Int64) -> Timestamp {
            Timestamp(nanoseconds: index &* interval.nanoseconds)
        }
    }

    package init(
        service: ServiceRef, signal: Signal, tracks: [RatioTrack],
        calibration: TailCalibration = TailCalibration()
    ) {
        self.service = service
        self.signal = signal
        self.tracks = tracks
        self.calibration = calibration
    }

    mutating func refresh(_ settings: JudgeSettings) {
        for index in tracks.indices { tracks[index].refresh(settings) }
    }

    /// Takes what is known of the neighbours.
    mutating func share(_ prior: BaselinePrior) {
        for index in tracks.indices { tracks[index].share(prior) }
    }

    /// A new version of what answers: its level is learned (`Judge.rolledOut`). What is anomalous
    /// stays so until it recovers.
    mutating func rollOut(_ settings: JudgeSettings, window: Int64) {
        for index in tracks.indices { tracks[index].rollOut(settings, window: window) }
    }

    /// A blind window: no evidence, and the cycle at hand does not calibrate.
    mutating func skip() { calibration.observe(statistic, clean: false) }

    /// Adds one window, one count per track. `clean` is false when it must not be learned from.
    mutating func observe(
        _ counts: [Count], window: Int64, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: Instants
    ) -> Change {
        let silent = counts.allSatisfy { $0.total <= 0 }
        for (index, count) in counts.enumerated() {
            tracks[index].observe(
                total: count.total, bad: count.bad, window: window, settings: settings)
        }
        if !silent { statistic = combined }
        if open != nil { return follow(counts, window: window, instants: instants) }
        let threshold = alarmNats / calibration.theta
        if statistic >= threshold, begin(threshold, window, settings, instants) {
            dropWhatWaits()
            calibration.observe(statistic, clean: false)
            return .alarmed
        }
        if !silent { calibration.observe(statistic, clean: clean) }
        guard clean else {
            for index in tracks.indices { tracks[index].dropBacklog() }
            return .none
        }
        for (index, count) in counts.enumerated() {
            let decay = tracks[index].learn(
                total: count.total, bad: count.bad, window: window, settings: settings)
            if index == 0 { calibration.decay(decay) }
        }
        return .none
    }

    /// An anomaly: what was about to be learned may be the beginning of it.
    mutating func dropWhatWaits() {
        for index in tracks.indices {
            tracks[index].dropBacklog()
            tracks[index].dropHold()
            tracks[index].restartRelearning()
        }
    }

    /// ln of the mean of exp(T) over the armed tracks: a mean of e-detectors is an e-detector.
    private var combined: Double {
        if tracks.count == 1 { return tracks[0].detector.statistic }
        var top = -Double.infinity
        var armed = 0.0
        for track in tracks where track.detector.grid.count > 0 {
            top = max(top, track.detector.statistic)
            armed += 1
        }
        guard top.isFinite else { return top }
        var sum = 0.0
        for track in tracks where track.detector.grid.count > 0 {
            sum += .exp(track.detector.statistic - top)
        }
        return top + .log(sum / armed)
    }

    private mutating func begin(
        _ threshold: Double, _ window: Int64, _ settings: JudgeSettings, _ instants: Instants
    ) -> Bool {
        var strongest = 0
        for index in tracks.indices
        where tracks[index].detector.statistic > tracks[strongest].detector.statistic {
            strongest = index
        }
        let track = tracks[strongest]
        guard let run = track.detector.run else { return false }
        let level = run.requests > 0 ? run.bad / run.requests : 1
        let evidence = Evidence(
            service: service, signal: signal, before: track.mean,
            baselineUpper: track.upper, now: level, requests: run.requests, bad: run.bad,
            excess: run.excess, nats: statistic, threshold: threshold)
        let recovery = RecoveryTest(
            p0: track.upper, rho: track.rho, theta: calibration.theta,
            alpha: settings.recoveryAlpha, level: level, tolerance: settings.recoveryTolerance)
        open = OpenAnomaly(
            anomaly: Anomaly(
                evidence: evidence, onset: instants.start(run.onset),
                detectedAt: instants.detected),
            recovery: recovery, track: strongest, onset: run.onset, detected: window)
        return true
    }

    /// Learns the level anew because somebody said that what is now is normal, and ends an anomaly;
    /// nil when none is open here.
    mutating func accept(at time: Timestamp) -> Recovery? {
        statistic = -.infinity
        for index in tracks.indices {
            let level = open?.track == index ? open?.anomaly.evidence.now : nil
            tracks[index].accept(level: level)
        }
        guard let current = open else { return nil }
        open = nil
        return Recovery(
            service: service, signal: signal, onset: current.anomaly.onset, recoveredAt: time,
            detectedAt: time, excess: current.anomaly.evidence.excess)
    }

    /// An open anomaly: the evidence grows, and the recovery test runs.
    private mutating func follow(
        _ counts: [Count], window: Int64, instants: Instants
    ) -> Change {
        guard var current = open, current.track < counts.count else { return .none }
        let count = counts[current.track]
        if count.total > 0 {
            let mean = tracks[current.track].mean
            var evidence = current.anomaly.evidence
            evidence.requests += count.total
            evidence.bad += count.bad
            evidence.excess += max(0, count.bad - count.total * mean)
            evidence.now = evidence.bad / evidence.requests
            evidence.nats = max(evidence.nats, statistic)
            current.anomaly.evidence = evidence
            current.recovery.observe(total: count.total, bad: count.bad, window: window)
        }
        guard current.recovery.isRecovered else {
            open = current
            return .none
        }
        open = nil
        for index in tracks.indices { tracks[index].resetEvidence() }
        statistic = -.infinity
        return .recovered(
            Recovery(
                service: service, signal: signal, onset: current.anomaly.onset,
                recoveredAt: instants.start(current.recovery.since ?? window),
                detectedAt: instants.detected, excess: current.anomaly.evidence.excess))
    }
}
