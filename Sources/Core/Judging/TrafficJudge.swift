// Judges whether traffic fell: requests per window against what is expected of the recent past. A
// window without requests is evidence here; a blind one is not.

import RealModule

/// Drop of the request rate of one service (detection design 5.10): negative binomial counts with
/// mean m and size k = m^2 / (variance - m), alternatives 0.5 m, 0.1 m and 0.01 m as CUSUMs.
package struct TrafficJudge: Sendable {
    package let service: ServiceRef
    /// Expected requests per window: an exponentially weighted mean over ten minutes of clean
    /// windows.
    package private(set) var expected = 0.0
    private var square = 0.0
    private var evidence = SIMD4<Double>(repeating: 0)
    private var onsets = SIMD4<Int64>(repeating: 0)
    /// ln of the mixture of the alternatives, nats.
    package private(set) var statistic = -Double.infinity
    package private(set) var calibration = TailCalibration()
    package private(set) var windows = 0
    package internal(set) var open: OpenDrop?

    /// A drop under way.
    package struct OpenDrop: Sendable {
        package var anomaly: Anomaly
        var good = 0.0
        var since: Int64?
        /// The window that crossed the threshold.
        package var detected: Int64
    }

    private static let factors = SIMD4<Double>(0.5, 0.1, 0.01, 0)
    private static let armed = 3
    /// Below this many expected requests a window can show nothing.
    private static let fewest = 0.2

    package init(service: ServiceRef) { self.service = service }

    /// Whether enough windows were learned, and a window can show anything.
    package func isReady(_ settings: JudgeSettings) -> Bool {
        windows >= settings.warmUp.windows && expected >= Self.fewest
    }

    /// Size of the negative binomial; large for Poisson traffic. Bounded so that no series is
    /// trusted to be steadier than 2 % from window to window.
    private var size: Double {
        let variance = max(square - expected * expected, 0)
        let excess = max(variance - expected, 0)
        let fitted = excess > 0 ? expected * expected / excess : 2500
        return min(max(fitted, 0.5), 2500)
    }

    /// ln of NB(n; factor m, k) / NB(n; m, k).
    private func logRatio(_ n: Double, _ factor: Double) -> Double {
        let k = size
        let shrunk = (k + expected) / (k + factor * expected)
        return n * .log(factor * shrunk) + k * .log(shrunk)
    }

    /// Adds one window. `callersFell` is asked only at the alarm: whether everybody who calls the
    /// service lost traffic too, so that the cause lies upstream and nothing is said here.
    mutating func observe(
        _ window: RequestWindow, clean: Bool, alarmNats: Double, settings: JudgeSettings,
        instants: SignalJudge.Instants, callersFell: () -> Bool
    ) -> SignalJudge.Change {
        guard window.blind == nil else {
            calibration.observe(statistic, clean: false)
            return .none
        }
        let n = window.total + window.injected
        if open != nil { return follow(n, window.index, instants) }
        guard isReady(settings) else {
            if clean { learn(n, settings) }
            return .none
        }
        var top = -Double.infinity
        for slot in 0..<Self.armed {
            if evidence[slot] <= 0 {
                evidence[slot] = 0
                onsets[slot] = window.index
            }
            evidence[slot] += logRatio(n, Self.factors[slot])
            top = max(top, evidence[slot])
        }
        var sum = 0.0
        for slot in 0..<Self.armed { sum += .exp(evidence[slot] - top) }
        statistic = top + .log(sum / Double(Self.armed))
        let threshold = alarmNats / calibration.theta
        if statistic >= threshold {
            if callersFell() { return .none }
            begin(n, threshold, window.index, instants)
            return .alarmed
        }
        calibration.observe(statistic, clean: clean)
        // A drop in the making is not learned; a slow change is.
        if clean, statistic < 2 || alarmNats == .infinity { learn(n, settings) }
        return .none
    }

    private mutating func learn(_ n: Double, _ settings: JudgeSettings) {
        windows += 1
        let span = 600 / max(settings.interval.inSeconds, 1e-3)
        let weight = 1 / min(Double(windows), max(span, 20))
        expected += weight * (n - expected)
        square += weight * (n * n - square)
    }

    private mutating func begin(
        _ n: Double, _ threshold: Double, _ index: Int64, _ instants: SignalJudge.Instants
    ) {
        var best = 0
        for slot in 1..<Self.armed where evidence[slot] > evidence[best] { best = slot }
        let onset = onsets[best]
        let missing = max(0, expected - n)
        open = OpenDrop(
            anomaly: Anomaly(
                evidence: Evidence(
                    service: service, signal: .traffic, before: 1, baselineUpper: 1,
                    now: min(1, n / expected), requests: n, bad: missing, excess: missing,
                    nats: statistic, threshold: threshold),
                onset: instants.start(onset), detectedAt: instants.detected),
            detected: index)
        calibration.observe(statistic, clean: false)
    }

    /// Ends a drop because somebody said that the present traffic is normal.
    mutating func accept(at time: Timestamp) -> Recovery? {
        guard let current = open else { return nil }
        let found = Recovery(
            service: service, signal: .traffic, onset: current.anomaly.onset, recoveredAt: time,
            detectedAt: time, excess: current.anomaly.evidence.excess)
        let learned = calibration
        self = TrafficJudge(service: service)
        calibration = learned
        return found
    }

    /// Recovery: evidence for the expected rate against half of it, as in 5.11.
    private mutating func follow(
        _ n: Double, _ index: Int64, _ instants: SignalJudge.Instants
    ) -> SignalJudge.Change {
        guard var current = open else { return .none }
        var evidence = current.anomaly.evidence
        evidence.requests += n
        evidence.bad += max(0, expected - n)
        evidence.excess = evidence.bad
        evidence.now = evidence.requests / (evidence.requests + evidence.bad)
        current.anomaly.evidence = evidence
        let gain = -logRatio(n, 0.5)
        if current.good + gain <= 0 {
            current.good = 0
            current.since = nil
        } else {
            if current.since == nil { current.since = index }
            current.good += gain
        }
        open = current
        guard current.good >= -.log(0.01) / calibration.theta else { return .none }
        open = nil
        self.evidence = .init(repeating: 0)
        statistic = -.infinity
        return .recovered(
            Recovery(
                service: service, signal: .traffic, onset: current.anomaly.onset,
                recoveredAt: instants.start(current.since ?? index),
                detectedAt: instants.detected, excess: evidence.excess))
    }
}
