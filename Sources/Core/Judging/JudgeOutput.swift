// What the judge says after a reading, in order.

/// One statement of the judge.
package enum JudgeOutput: Sendable, Hashable {
    /// A window is complete.
    case window(WindowSummary)
    /// A service became anomalous. Said once; the evidence grows in `Judge.current`.
    case anomaly(Anomaly)
    /// An anomaly is over.
    case recovery(Recovery)
    /// Nothing can be said about anything since an instant.
    case blind(since: Timestamp, reason: String)
    /// The judge sees again.
    case sighted(at: Timestamp)
}

/// What is known of one service, for metrics and status pages.
package struct ServiceStatus: Sendable, Hashable {
    package var service: ServiceRef
    package var signal: Signal
    /// The ratio of the last window with responses (bad ones; traffic: of what is expected); nil
    /// before the first.
    package var ratio: Double?
    /// Learned ratio, its 99 % upper bound and overdispersion.
    package var baseline: Double
    package var baselineUpper: Double
    package var rho: Double
    /// Tail calibration; thresholds are divided by it.
    package var theta: Double
    /// Evidence and threshold, nats.
    package var nats: Double
    package var threshold: Double
    /// p*: the smallest bad ratio that a round over the recent traffic, watched for as long as its
    /// policy says, calls harmful with probability 1 - alpha; nil when not even all bad would be.
    package var minimumDetectable: Double?
    /// Whether small changes are tested yet.
    package var ready: Bool
    /// Why not, e.g. "warming up" or "re-learning after a rollout"; nil when ready.
    package var unready: String? = nil
    /// Not ready because of a rollout: the old level still holds, and gross harm is tested.
    package var isRelearning = false
    /// Why the last window was blind.
    package var blind: String?
    /// Windows in a row without a response.
    package var silentWindows: Int
    package var lastWindow: RequestWindow?
    package var anomaly: Anomaly?

    /// Whether a round would show that half of all responses are bad; of a service that is known to
    /// be so bad that no alternative below that is armed (2 p0), whether it would show anything.
    package var isObservable: Bool {
        Self.isEnough(minimumDetectable, upper: baselineUpper, ready: ready)
    }

    /// The same of any p*, for a baseline with its upper bound. A verdict claims less than 90 %
    /// (`RoundProcess.bound`).
    static func isEnough(_ detectable: Double?, upper: Double, ready: Bool) -> Bool {
        guard let detectable else { return false }
        return detectable <= 0.5 || (ready && upper > 0.25 && detectable < 0.9)
    }
}

/// What the journal keeps of the learned: enough to start warm.
package struct JudgeSketch: Codable, Sendable, Hashable {
    package var services: [Entry]
    package var shams: ShamCalibration
    package var causes: CauseScore
    package var online: OnlineTests

    /// What was learned of one service.
    package struct Entry: Codable, Sendable, Hashable {
        package var service: ServiceRef
        package var signals: [SignalSketch]
    }

    /// One learned signal: a baseline, or one per latency bound.
    package struct SignalSketch: Codable, Sendable, Hashable {
        package var signal: Signal
        /// Latency: the bucket bounds that the baselines belong to.
        package var bounds: [Double]
        package var baselines: [Baseline]
        package var calibration: TailCalibration
        /// Traffic: what was learned of the days; nil in older journals and before a day.
        package var season: Season? = nil
    }
}
