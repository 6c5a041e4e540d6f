// Judges whether traffic fell or surged: requests per window against what is expected of the hour
// and the recent past. A window without requests is evidence here; a blind one is not.

import RealModule

/// Change of the request rate of one service (detection design 5.10): negative binomial counts,
/// CUSUMs of the alternatives 0.5 m, 0.1 m and 0.01 m (a drop) and 2 m, 5 m and 10 m (a surge).
///
/// A rate that stays between 0.72 m and 1.44 m gathers no evidence for either. Because m follows
/// within ten minutes, traffic that takes twenty minutes or more to double or halve is no anomaly
/// even before the season of the day is known.
package struct TrafficJudge: Sendable {
    package let service: ServiceRef
    var level: TrafficLevel
    private var evidence = SIMD8<Double>(repeating: 0)
    private var onsets = SIMD8<Int64>(repeating: 0)
    /// ln of the mixture of the alternatives, nats.
    package private(set) var statistic = -Double.infinity
    package private(set) var calibration: TailCalibration
    package internal(set) var open: OpenChange?

    /// A drop or surge under way.
    package struct OpenChange: Sendable {
        package var anomaly: Anomaly
        var good = 0.0
        var since: Int64?
        /// Requests expected since the alarm.
        var expected: Double
        /// The window that crossed the threshold.
        package var detected: Int64
    }

    private static let factors = SIMD8<Double>(0.5, 0.1, 0.01, 2, 5, 10, 0, 0)
    private static let armed = 6
    private static let drops = 3
    /// A surge that lasts as long is the normal level.
    private static let acceptAfter = 86_400.0

    package init(
        service: ServiceRef, season: Season? = nil,
        calibration: TailCalibration = TailCalibration()
    ) {
        self.service = service
        self.calibration = calibration
        level = TrafficLevel(season: season)
    }

    /// Expected requests per window.
    package var expected: Double { level.expected }
    /// Windows learned.
    package var windows: Int { level.windows }
    /// What was learned of the days, once there is a day of it.
    package var season: Season? { level.learnedSeason }
    /// Whether a drop is under way.
    package var hasDropped: Bool { open?.anomaly.direction == .drop }

    /// Whether enough windows were learned, and a window can show anything.
    package func isReady(_ settings: JudgeSettings) -> Bool {
        level.windows >= settings.warmUp.windows && expected >= TrafficLevel.fewest
    }

    /// What a round expects, with the thresholds raised by `thresholdFactor`.
    func roundLevel(thresholdFactor: Double) -> RoundTraffic.Expected {
        RoundTraffic.Expected(
            mean: expected, size: level.size, theta: calibration.theta / thresholdFactor)
    }

    /// ln of NB(n; factor m, k) / NB(n; m, k).
    package static func logRatio(
        _ n: Double, mean: Double, size: Double, factor: Double
    ) -> Double {
        let shrunk = (size + mean) / (size + factor * mean)
        return n * .log(factor * shrunk) + size * .log(shrunk)
    }

    /// Adds one window. `callersFell` is asked only at the alarm of a drop: whether everybody who
    /// calls the service lost traffic too, so that the cause lies upstream and nothing is said
    /// here.
    mutating func observe(
        _ window: RequestWindow, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: SignalJudge.Instants, callersFell: () -> Bool
    ) -> SignalJudge.Change {
        guard window.blind == nil else {
            calibration.observe(statistic, clean: false)
            return .none
        }
        let n = window.total + window.injected
        level.move(to: window.index, settings)
        if open != nil { return follow(n, window.index, settings, instants) }
        guard isReady(settings) else {
            if clean { level.learn(n, window: window.index, settings) }
            return .none
        }
        let best = gather(n, window.index)
        let threshold = alarmNats / calibration.theta
        if statistic >= threshold {
            let isDrop = best < Self.drops
            if isDrop, callersFell() { return .none }
            begin(n, isDrop ? .drop : .surge, onsets[best], threshold, window.index, instants)
            return .alarmed
        }
        calibration.observe(statistic, clean: clean)
        // A change in the making is not learned; a slow one is. How much traffic varies is learned
        // from all windows: from the calm ones alone batches would look steady.
        if clean {
            level.learn(
                n, window: window.index, settings,
                isFrozen: statistic >= 2 && alarmNats.isFinite)
        }
        return .none
    }

    /// Adds the evidence of one window and returns the strongest alternative.
    private mutating func gather(_ n: Double, _ index: Int64) -> Int {
        let mean = expected
        let size = level.size
        var best = 0
        for slot in 0..<Self.armed {
            if evidence[slot] <= 0 {
                evidence[slot] = 0
                onsets[slot] = index
            }
            evidence[slot] += Self.logRatio(
                n, mean: mean, size: size, factor: Self.factors[slot])
            if evidence[slot] > evidence[best] { best = slot }
        }
        var sum = 0.0
        for slot in 0..<Self.armed { sum += .exp(evidence[slot] - evidence[best]) }
        statistic = evidence[best] + .log(sum / Double(Self.armed))
        return best
    }

    private mutating func begin(
        _ n: Double, _ direction: Anomaly.Direction, _ onset: Int64, _ threshold: Double,
        _ index: Int64, _ instants: SignalJudge.Instants
    ) {
        let difference = max(0, direction == .drop ? expected - n : n - expected)
        open = OpenChange(
            anomaly: Anomaly(
                evidence: Evidence(
                    service: service, signal: .traffic, before: 1, baselineUpper: 1,
                    now: n / expected, requests: n, bad: difference, excess: difference,
                    nats: statistic, threshold: threshold),
                onset: instants.start(onset), detectedAt: instants.detected,
                direction: direction),
            expected: expected, detected: index)
        calibration.observe(statistic, clean: false)
    }

    /// Learns the level anew because somebody said that the present traffic is normal, and ends a
    /// change; nil when none is open here.
    mutating func accept(at time: Timestamp) -> Recovery? {
        let current = open
        close()
        level.forget()
        return current.map {
            Recovery(
                service: service, signal: .traffic, onset: $0.anomaly.onset, recoveredAt: time,
                detectedAt: time, excess: $0.anomaly.evidence.excess)
        }
    }

    /// The level was not followed for a while: it is learned anew, as at a start. What is
    /// anomalous stays so until it recovers.
    mutating func beginAnew() {
        guard open == nil else { return }
        close()
        level.forget()
    }

    private mutating func close() {
        open = nil
        evidence = .init(repeating: 0)
        statistic = -.infinity
    }

    /// Recovery: evidence for the expected rate against half or twice of it, as in 5.11.
    private mutating func follow(
        _ n: Double, _ index: Int64, _ settings: JudgeSettings,
        _ instants: SignalJudge.Instants
    ) -> SignalJudge.Change {
        guard var current = open else { return .none }
        let isDrop = hasDropped
        var evidence = current.anomaly.evidence
        evidence.requests += n
        evidence.bad += max(0, isDrop ? expected - n : n - expected)
        evidence.excess = evidence.bad
        current.expected += expected
        evidence.now = current.expected > 0 ? evidence.requests / current.expected : evidence.now
        current.anomaly.evidence = evidence
        let gain = -Self.logRatio(
            n, mean: expected, size: level.size, factor: isDrop ? 0.5 : 2)
        if current.good + gain <= 0 {
            current.good = 0
            current.since = nil
        } else {
            if current.since == nil { current.since = index }
            current.good += gain
        }
        open = current
        let age = Double(index &- current.detected) * settings.interval.inSeconds
        if !isDrop, age >= Self.acceptAfter {
            return accept(at: instants.detected).map { .recovered($0) } ?? .none
        }
        guard current.good >= -.log(0.01) / calibration.theta else { return .none }
        close()
        return .recovered(
            Recovery(
                service: service, signal: .traffic, onset: current.anomaly.onset,
                recoveredAt: instants.start(current.since ?? index),
                detectedAt: instants.detected, excess: evidence.excess))
    }
}
