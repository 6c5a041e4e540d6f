// One learned ratio and its detector: baseline, bounds in force, evidence. Whether evidence is
// enough, and which windows may be learned from, is decided by its owner.

import RealModule

/// "x bad of n" of one service and signal, learned and watched (detection design 5.2 and 5.6).
package struct RatioTrack: Sendable {
    package private(set) var baseline: Baseline
    package private(set) var detector: RatioDetector
    /// The bounds in force, refreshed now and then while learning.
    package private(set) var upper: Double
    package private(set) var rho: Double
    package private(set) var ready = false
    private let alternatives: Alternatives
    private var backlog: [(index: Int64, total: Double, bad: Double)] = []
    private var learnedSinceRefresh = 0
    private var isStale = true
    private var lastLearned: Int64?

    /// Which alternatives to the baseline are armed.
    package enum Alternatives: Sendable, Hashable {
        /// Failures: multiples of the baseline and fixed levels (5.0).
        case failures
        /// Exceedances of a latency bound: multiples of the odds (5.3).
        case exceedances
    }

    /// Windows that wait before they are learned, so that the beginning of an anomaly is not.
    static let quarantine = 8
    /// Windows learned between two refreshes of the bounds.
    static let refreshEvery = 16
    /// The largest bound assumed of a service that is not known yet (5.0: gross alternatives only).
    static let ignorance = 0.2

    package init(_ alternatives: Alternatives, baseline: Baseline = Baseline()) {
        self.alternatives = alternatives
        self.baseline = baseline
        upper = Self.ignorance
        rho = Baseline.minimumRho
        detector = RatioDetector(
            grid: AlternativeGrid(p0: Self.ignorance, rho: Baseline.minimumRho, gross: true))
    }

    /// Adds one window to the evidence.
    mutating func observe(total: Double, bad: Double, window: Int64, settings: JudgeSettings) {
        if isStale { refresh(settings) }
        detector.observe(total: total, bad: bad, mean: baseline.mean, window: window)
    }

    /// Learns a fault-free window once it has waited long enough. Returns the decay applied to what
    /// was learned before, for the owner's own statistics; 1 when nothing was learned yet.
    mutating func learn(
        total: Double, bad: Double, window: Int64, settings: JudgeSettings
    ) -> Double {
        backlog.append((window, total, bad))
        var applied = 1.0
        // A baseline that knows nothing yet learns at once.
        while backlog.count > (ready ? Self.quarantine : 0) {
            let due = backlog.removeFirst()
            let length = settings.interval.inSeconds
            let elapsed = Double(due.index - (lastLearned ?? due.index)) * length
            let decay = Double.exp2(-max(elapsed, 0) / max(settings.halfLife.inSeconds, 1))
            baseline.learn(total: due.total, bad: due.bad, seconds: length, decay: decay)
            applied *= decay
            lastLearned = due.index
            learnedSinceRefresh += 1
            if !ready || learnedSinceRefresh >= Self.refreshEvery { isStale = true }
        }
        return applied
    }

    /// Windows that wait are not learned: something is going on.
    mutating func dropBacklog() { backlog.removeAll(keepingCapacity: true) }

    mutating func resetEvidence() { detector.reset() }

    /// What is now is normal: learns the level anew.
    mutating func accept() {
        baseline.forgetLevel()
        dropBacklog()
        resetEvidence()
        isStale = true
    }

    /// Recomputes the bounds and re-arms the alternatives.
    mutating func refresh(_ settings: JudgeSettings) {
        isStale = false
        learnedSinceRefresh = 0
        ready = baseline.isReady(settings.warmUp)
        rho = baseline.rho
        let bound = baseline.upper()
        upper = baseline.seen >= Baseline.fewest ? bound : min(bound, Self.ignorance)
        switch alternatives {
        case .failures: detector.grid = AlternativeGrid(p0: upper, rho: rho, gross: !ready)
        case .exceedances:
            detector.grid =
                ready
                ? AlternativeGrid(oddsAbove: upper, rho: rho)
                : AlternativeGrid(p0: 1, rho: rho)
        }
    }
}
