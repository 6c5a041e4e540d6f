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
    /// The learned ratio at this hour.
    package private(set) var mean = 0.0
    /// What the neighbours say about a service that is hardly known; set by the owner.
    package private(set) var prior: BaselinePrior?
    /// The level under way after a rollout, one element or none; see `Baseline.seasonal`.
    private var relearnings: [Relearning] = []
    /// The ratio that a person called normal, until it is known; nil when nobody did.
    private var accepted: Double?
    /// What is learned while there is evidence against the baseline, one element or none.
    private var holds: [Hold] = []
    /// What the season multiplies the mean by now.
    private var factor = 1.0
    private var refreshedAt: Int64?
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
        expireRelearning(window)
        // The season moves on while nothing is learned.
        let age = window &- (refreshedAt ?? window)
        if isStale || refreshedAt == nil || age < 0 || age >= Int64(Self.refreshEvery) {
            refresh(settings, window: window)
        }
        detector.observe(total: total, bad: bad, mean: mean, window: window)
    }

    /// Takes what is known of the neighbours.
    mutating func share(_ prior: BaselinePrior) {
        if self.prior == nil { isStale = true }
        self.prior = prior
    }

    /// Learns a fault-free window once it has waited long enough. Returns the decay applied to what
    /// was learned before, for the owner's own statistics; 1 when nothing was learned yet.
    mutating func learn(
        total: Double, bad: Double, window: Int64, settings: JudgeSettings
    ) -> Double {
        settleHold(window, settings)
        backlog.append((window, total, bad))
        var applied = 1.0
        // A baseline that knows nothing yet learns at once.
        let waits = ready || isRelearning ? Self.quarantine : 0
        while backlog.count > waits {
            let due = backlog.removeFirst()
            let length = settings.interval.inSeconds
            let elapsed = Double(due.index &- (lastLearned ?? due.index)) * length
            let halfLife = max(settings.halfLife.inSeconds, 1)
            let decay = Double.exp2(-max(elapsed, 0) / halfLife)
            lastLearned = due.index
            applied *= decay
            learnedSinceRefresh += 1
            let hour = Baseline.Hour(
                time: Double(due.index) * length, factor: factor, halfLife: halfLife)
            if isRelearning {
                let from = relearnings[0].from
                if due.index < from { continue }
                relearnings[0].level.learn(
                    total: due.total, bad: due.bad, seconds: length, decay: decay, hour: hour)
                settleRelearning(due.index, settings)
                continue
            }
            if isHolding {
                holds[0].level.learn(
                    total: due.total, bad: due.bad, seconds: length, decay: decay, hour: hour)
                continue
            }
            baseline.learn(
                total: due.total, bad: due.bad, seconds: length, decay: decay, hour: hour)
            if !ready || learnedSinceRefresh >= Self.refreshEvery { isStale = true }
        }
        return applied
    }

    /// Windows that wait are not learned: something is going on.
    mutating func dropBacklog() { backlog.removeAll(keepingCapacity: true) }

    /// Why small changes are not tested; nil when they are.
    var unready: String? {
        if isRelearning { return "re-learning after a rollout" }
        return ready ? nil : "warming up"
    }

    mutating func resetEvidence() { detector.reset() }

    /// What is now is normal: learns the level anew. Until it is known, nothing below `level` is
    /// gross harm.
    mutating func accept(level: Double? = nil) {
        baseline.forgetLevel()
        accepted = level
        relearnings = []
        // At once: no round may begin against the old level before the next window.
        ready = false
        dropBacklog()
        resetEvidence()
        isStale = true
    }

    /// Recomputes the bounds at `window` and re-arms the alternatives.
    mutating func refresh(_ settings: JudgeSettings, window: Int64? = nil) {
        isStale = false
        learnedSinceRefresh = 0
        refreshedAt = window ?? refreshedAt
        let isKnown = baseline.isReady(settings.warmUp)
        let neighbours = isKnown || prior?.isUsable != true ? nil : prior
        ready =
            !isRelearning
            && (isKnown || baseline.isReady(settings.warmUp, prior: neighbours))
        let season = window.flatMap {
            baseline.season(at: Double($0) * settings.interval.inSeconds)
        }
        factor = season?.value ?? 1
        mean = min(baseline.mean * factor, 1)
        rho = prior.map { $0.shrunk(baseline.rhoEstimate) } ?? baseline.rho
        let bound = baseline.upper(rho: rho, prior: neighbours, season: season)
        upper = baseline.seen >= Baseline.fewest ? bound : min(bound, Self.ignorance)
        if isKnown { accepted = nil }
        if let accepted { upper = max(upper, accepted) }
        switch alternatives {
        case .failures: detector.grid = AlternativeGrid(p0: upper, rho: rho, gross: !ready)
        case .exceedances:
            detector.grid =
                ready || isRelearning
                ? AlternativeGrid(oddsAbove: upper, rho: rho, gross: !ready)
                : AlternativeGrid(p0: 1, rho: rho)
        }
    }
}

// MARK: While there is evidence

extension RatioTrack {
    /// Whether what is learned waits in a copy of the baseline, and the one in force stands still.
    package var isHolding: Bool { !holds.isEmpty }

    /// The baseline that takes over once the evidence is gone.
    fileprivate struct Hold: Sendable {
        var level: Baseline
        /// The window in which it began.
        let since: Int64
    }

    /// Evidence above which the baseline stands still, nats: less is the jump of one error.
    static let holdAbove = 2.0
    /// A hold ends after this long, whatever the evidence: a small new level that never alarms
    /// becomes the normal one.
    static let holdAtMost = 86_400.0

    /// A small change at little traffic gathers evidence for hours. Learned meanwhile it would
    /// become normal before it shows, so it is learned beside the baseline in force, and becomes
    /// that once the evidence is back at zero. What is not ready, or is learning the level of a new
    /// version, must go on learning.
    fileprivate mutating func settleHold(_ window: Int64, _ settings: JudgeSettings) {
        guard ready, !isRelearning else { return dropHold() }
        if let hold = holds.first {
            let elapsed = Double(window &- hold.since) * settings.interval.inSeconds
            guard detector.statistic <= 0 || elapsed >= Self.holdAtMost else { return }
            baseline = hold.level
            holds = []
            isStale = true
        }
        if detector.statistic > Self.holdAbove {
            holds = [Hold(level: baseline, since: window)]
        }
    }

    /// An alarm: what was learned while its evidence grew is not normal.
    mutating func dropHold() { holds = [] }
}

// MARK: After a rollout

extension RatioTrack {
    /// Whether a rollout's level is being learned.
    package var isRelearning: Bool { !relearnings.isEmpty }

    /// A level that may become the normal one: what was learned since a rollout.
    package struct Relearning: Sendable {
        /// The old season and overdispersion, and of the old ratio what 200 responses are worth.
        package fileprivate(set) var level: Baseline
        fileprivate let carried: Baseline
        /// The window of the rollout: earlier ones are not learned.
        fileprivate let from: Int64
        /// The window by which it ends in any case.
        fileprivate let deadline: Int64
        /// The first window since the rollout or the last alarm.
        fileprivate var since: Int64?
    }

    /// What must be seen without an alarm before the new level is taken: both.
    package static let relearnSeconds = 1800.0
    static let relearnRequests = 1000.0
    /// Re-learning ends after this long, whatever was seen, and new rollouts do not prolong it.
    static let relearnAtMost = 4 * 3600.0

    /// A new version since `window`: begins to learn its level. A baseline that is not ready is
    /// learning anyway.
    mutating func rollOut(_ settings: JudgeSettings, window: Int64) {
        guard baseline.isReady(settings.warmUp, prior: prior) else { return }
        let length = max(settings.interval.inSeconds, 1e-3)
        let span = Int64((Self.relearnAtMost / length).rounded(.up))
        var fresh = baseline
        fresh.forgetLevel(carried: BaselinePrior.heaviest)
        let deadline = relearnings.first?.deadline ?? (window &+ max(span, 1))
        relearnings = [
            Relearning(level: fresh, carried: fresh, from: window, deadline: deadline)
        ]
        dropBacklog()
        isStale = true
    }

    /// An alarm: what was learned since the rollout may be the beginning of it.
    mutating func restartRelearning() {
        guard isRelearning else { return }
        relearnings[0].level = relearnings[0].carried
        relearnings[0].since = nil
    }

    /// Takes the new level once it is known, unless it is so bad that a recovery test would not
    /// call it recovered: then the old one stays, with every alternative armed.
    fileprivate mutating func settleRelearning(_ window: Int64, _ settings: JudgeSettings) {
        guard let current = relearnings.first else { return }
        let since = current.since ?? window
        relearnings[0].since = since
        let elapsed = Double(window &- since) * settings.interval.inSeconds
        guard elapsed >= Self.relearnSeconds, current.level.seen >= Self.relearnRequests,
            current.level.isReady(settings.warmUp)
        else { return }
        isStale = true
        relearnings = []
        let tolerated = max(3 * upper, upper + 0.005)
        if current.level.lower(rho: rho) <= tolerated { baseline = current.level }
    }

    fileprivate mutating func expireRelearning(_ window: Int64) {
        guard isRelearning, window >= relearnings[0].deadline else { return }
        // Too little was seen, or too much happened: the old level is still the best guess.
        relearnings = []
        isStale = true
    }
}
