// The judge of one service's bad ratio: learns, detects, and follows an anomaly until recovery. Which
// windows may be learned from is decided by its owner.

import RealModule

/// State per service.
package struct ServiceJudge: Sendable {
    package let service: ServiceRef
    package internal(set) var baseline = Baseline()
    package internal(set) var calibration = TailCalibration()
    package private(set) var detector: RatioDetector
    /// The anomaly under way.
    package internal(set) var open: OpenAnomaly?
    /// Newest last, at most `memory`.
    package private(set) var recent: [RequestWindow] = []
    package private(set) var lastSeen: RequestWindow?
    package private(set) var silentWindows = 0
    /// The bounds in force, refreshed now and then while learning.
    package private(set) var upper = 1.0
    package private(set) var rho = Baseline.minimumRho
    package private(set) var ready = false
    private var backlog: [(index: Int64, total: Double, bad: Double)] = []
    private var sinceRefresh = Int.max
    private var lastLearned: Int64?

    /// Windows kept for the service graph.
    static let memory = 48
    /// Windows that wait before they are learned, so that the beginning of an anomaly is not.
    static let quarantine = 8
    /// Windows learned between two refreshes of the bounds.
    static let refreshEvery = 16
    /// The largest bound assumed of a service that is not known yet (5.0: gross alternatives only).
    static let ignorance = 0.2

    /// An anomaly under way.
    package struct OpenAnomaly: Sendable {
        package var anomaly: Anomaly
        package var recovery: RecoveryTest
        package var onset: Int64
        package var detected: Int64
    }

    /// What one window changed.
    enum Change {
        case none
        case alarmed
        case recovered(Recovery)
    }

    init(service: ServiceRef) {
        self.service = service
        detector = RatioDetector(
            grid: AlternativeGrid(p0: Self.ignorance, rho: Baseline.minimumRho, gross: true))
    }

    /// Whether it ever had requests.
    package var isMeasured: Bool { lastSeen != nil || baseline.seen > 0 }

    /// Starts from a journaled sketch.
    mutating func restore(_ entry: JudgeSketch.Entry, settings: JudgeSettings) {
        baseline = entry.baseline
        calibration = entry.calibration
        refresh(settings)
    }

    /// Adds one window. `clean` is false when the window must not be learned from.
    mutating func observe(
        _ window: RequestWindow, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: (start: (Int64) -> Timestamp, detected: Timestamp)
    ) -> Change {
        recent.append(window)
        if recent.count > Self.memory { recent.removeFirst(recent.count - Self.memory) }
        if window.blind != nil {
            calibration.observe(detector.statistic, clean: false)
            return .none
        }
        if window.total > 0 {
            lastSeen = window
            silentWindows = 0
        } else {
            silentWindows += 1
        }
        if open != nil { return follow(window, settings: settings, instants: instants) }
        if sinceRefresh >= Self.refreshEvery { refresh(settings) }
        detector.observe(
            total: window.total, bad: window.bad, mean: baseline.mean, window: window.index)
        let threshold = alarmNats / calibration.theta
        if detector.statistic >= threshold, let run = detector.run {
            backlog.removeAll()
            calibration.observe(detector.statistic, clean: false)
            begin(run, threshold, window.index, settings: settings, instants: instants)
            return .alarmed
        }
        if window.total > 0 { calibration.observe(detector.statistic, clean: clean) }
        if clean { learn(window, settings: settings) } else { backlog.removeAll() }
        return .none
    }

    private mutating func learn(_ window: RequestWindow, settings: JudgeSettings) {
        backlog.append((window.index, window.total, window.bad))
        // A baseline that knows nothing yet learns at once.
        let wait = ready ? Self.quarantine : 0
        while backlog.count > wait {
            let due = backlog.removeFirst()
            let length = settings.interval.inSeconds
            let elapsed = Double(due.index - (lastLearned ?? due.index)) * length
            let decay = Double.exp2(-max(elapsed, 0) / max(settings.halfLife.inSeconds, 1))
            baseline.learn(total: due.total, bad: due.bad, seconds: length, decay: decay)
            calibration.decay(decay)
            lastLearned = due.index
            sinceRefresh = sinceRefresh == Int.max ? Int.max : sinceRefresh + 1
            if !ready { sinceRefresh = Int.max }
        }
    }

    /// Recomputes the bounds and re-arms the alternatives.
    private mutating func refresh(_ settings: JudgeSettings) {
        sinceRefresh = 0
        ready = baseline.isReady(settings.warmUp)
        rho = baseline.rho
        let bound = baseline.upper()
        upper = baseline.seen >= Baseline.fewest ? bound : min(bound, Self.ignorance)
        detector.grid = AlternativeGrid(p0: upper, rho: rho, gross: !ready)
    }

    private mutating func begin(
        _ run: RatioDetector.Run, _ threshold: Double, _ index: Int64, settings: JudgeSettings,
        instants: (start: (Int64) -> Timestamp, detected: Timestamp)
    ) {
        let level = run.requests > 0 ? run.bad / run.requests : 1
        let evidence = Evidence(
            service: service, signal: .badRatio, before: baseline.mean, baselineUpper: upper,
            now: level, requests: run.requests, bad: run.bad, excess: run.excess,
            nats: detector.statistic, threshold: threshold)
        let recovery = RecoveryTest(
            p0: upper, rho: rho, theta: calibration.theta, alpha: settings.recoveryAlpha,
            level: level, tolerance: settings.recoveryTolerance)
        open = OpenAnomaly(
            anomaly: Anomaly(
                evidence: evidence, onset: instants.start(run.onset),
                detectedAt: instants.detected),
            recovery: recovery, onset: run.onset, detected: index)
    }

    /// An open anomaly: the evidence grows, and the recovery test runs.
    private mutating func follow(
        _ window: RequestWindow, settings: JudgeSettings,
        instants: (start: (Int64) -> Timestamp, detected: Timestamp)
    ) -> Change {
        guard var current = open else { return .none }
        if window.total > 0 {
            detector.observe(
                total: window.total, bad: window.bad, mean: baseline.mean, window: window.index)
            var evidence = current.anomaly.evidence
            evidence.requests += window.total
            evidence.bad += window.bad
            evidence.excess += max(0, window.bad - window.total * baseline.mean)
            evidence.now = evidence.bad / evidence.requests
            evidence.nats = max(evidence.nats, detector.statistic)
            current.anomaly.evidence = evidence
            current.recovery.observe(
                total: window.total, bad: window.bad, window: window.index)
        }
        guard current.recovery.isRecovered else {
            open = current
            return .none
        }
        open = nil
        detector.reset()
        return .recovered(
            Recovery(
                service: service, signal: .badRatio, onset: current.anomaly.onset,
                recoveredAt: instants.start(current.recovery.since ?? window.index),
                detectedAt: instants.detected, excess: current.anomaly.evidence.excess))
    }

    /// The subject of a round's test.
    var subject: RoundTest.Subject {
        RoundTest.Subject(
            service: service, mean: baseline.mean, upper: upper, rho: rho,
            theta: calibration.theta, ready: ready, broken: open != nil)
    }
}
