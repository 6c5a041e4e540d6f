// What a person may set about judging, and the documented defaults. Two knobs matter (false alarms
// and the round's alpha); the rest describes the source and the warm-up.

import RealModule

/// Settings of the judge. Every default is the one of the detection design (section 5.0).
package struct JudgeSettings: Codable, Hashable, Sendable {
    /// Signals that may raise anomalies and that rounds test (traffic only raises anomalies). The
    /// others are learned if they are read, and not shown. `Judge.arm` says otherwise for a
    /// namespace. Default: all.
    package var signals: [Signal]
    /// Length of a window: the scrape interval of the source. Default 15 s.
    package var interval: Duration
    /// One false alarm per this time over all services and signals together. Default 30 days.
    package var falseAlarmPeriod: Duration
    /// Error rate of one round over all its services (stopped e-BH). Default 0.01.
    package var roundAlpha: Double
    /// Probability of calling a service recovered that is not. Default 0.01.
    package var recoveryAlpha: Double
    /// When the recovery test may call a service recovered although it is still at up to this share
    /// of the alarmed level; nil asks for the baseline itself. Default nil.
    package var recoveryTolerance: Double?
    /// Age at which a window weighs half in the baseline. Default 7 days.
    package var halfLife: Duration
    /// What a baseline needs before small changes are tested. See `WarmUp`.
    package var warmUp: WarmUp
    /// After the end of a strike anomalies are still attributed to it for this long, and nothing is
    /// learned unless its verdict was "no harm". Default 5 min.
    package var washout: Duration
    /// How long after its end a window is kept open for late samples. Default zero: the source's
    /// own `completeUntil` already accounts for its delay.
    package var lag: Duration
    /// Below this share of reporting reporters a window is blind. Default 0.5.
    package var minimumCoverage: Double
    /// Blind windows in a row before `JudgeOutput.blind` is said. Default 2.
    package var blindAfter: Int
    /// How long a round is watched, for what it could show; `Judge.arm` says otherwise for a
    /// namespace. Default 5 min.
    package var observe: Duration
    /// A series or reporter not seen for this long is forgotten (Istio's idle eviction). Default 1
    /// h.
    package var eviction: Duration
    /// Series held at most; more are refused, and the services they belong to are blind.
    /// Default 200,000.
    package var seriesLimit: Int
    /// Buckets of duration histograms held at most, apart from `seriesLimit`; where more are
    /// refused only latency is blind. Default 400,000, which is about 100 MB.
    package var histogramLimit: Int
    /// gRPC statuses that are the client's doing and not a failure of the service (telemetry 1.8):
    /// CANCELLED, INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED,
    /// FAILED_PRECONDITION, OUT_OF_RANGE, UNAUTHENTICATED.
    package var benignGRPC: [Int]

    /// Until a baseline has seen `windows` windows and either `requests` requests or `time`, only
    /// gross alternatives (at least half of all responses bad) are armed.
    package struct WarmUp: Codable, Hashable, Sendable {
        /// Default 40.
        package var windows: Int
        /// Default 1,000.
        package var requests: Double
        /// Default 1 h.
        package var time: Duration

        package init(
            windows: Int = 40, requests: Double = 1000, time: Duration = .seconds(3600)
        ) {
            self.windows = windows
            self.requests = requests
            self.time = time
        }
    }

    package init(
        signals: Set<Signal> = Set(Signal.allCases), interval: Duration = .seconds(15),
        falseAlarmPeriod: Duration = .seconds(30 * 86_400),
        roundAlpha: Double = 0.01, recoveryAlpha: Double = 0.01,
        recoveryTolerance: Double? = nil, halfLife: Duration = .seconds(7 * 86_400),
        warmUp: WarmUp = WarmUp(), washout: Duration = .seconds(300), lag: Duration = .zero,
        minimumCoverage: Double = 0.5, blindAfter: Int = 2, eviction: Duration = .seconds(3600),
        observe: Duration = .seconds(300),
        seriesLimit: Int = 200_000, histogramLimit: Int = 400_000,
        benignGRPC: Set<Int> = [1, 3, 5, 6, 7, 9, 11, 16]
    ) {
        // In a fixed order: the journal's bytes are a function of what is journaled.
        self.signals = Signal.allCases.filter { signals.contains($0) }
        self.interval = interval
        self.falseAlarmPeriod = falseAlarmPeriod
        self.roundAlpha = roundAlpha
        self.recoveryAlpha = recoveryAlpha
        self.recoveryTolerance = recoveryTolerance
        self.halfLife = halfLife
        self.warmUp = warmUp
        self.washout = washout
        self.lag = lag
        self.minimumCoverage = minimumCoverage
        self.blindAfter = blindAfter
        self.eviction = eviction
        self.observe = observe
        self.seriesLimit = seriesLimit
        self.histogramLimit = histogramLimit
        self.benignGRPC = benignGRPC.sorted()
    }

    /// ln A: what a detector of one of `series` must reach so that all together raise one false
    /// alarm per period (detection design 5.0: A = S * period / window).
    package func alarmNats(series: Int) -> Double {
        let windows = falseAlarmPeriod.inSeconds / max(interval.inSeconds, 1e-3)
        return .log(max(Double(max(series, 1)) * windows, 2))
    }
}
