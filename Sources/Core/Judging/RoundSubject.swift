// What a round tests about one service: its learned baselines, frozen when the round began.

/// One service under test.
package struct RoundSubject: Sendable, Hashable {
    package var service: ServiceRef
    /// The bad ratio first, then the other signals that are armed and known.
    package var channels: [Channel]
    /// What traffic it should get; nil when that is not armed, not known, or was disturbed before.
    package var traffic: RoundTraffic.Expected?
    /// It was anomalous before the round: nothing can be said about the round.
    package var broken: Bool

    /// One ratio of one signal.
    package struct Channel: Sendable, Hashable {
        package var signal: Signal
        /// Latency: the bucket bound that is exceeded.
        package var bound: Double?
        package var mean: Double
        /// 99 % upper bound of the baseline.
        package var upper: Double
        package var rho: Double
        /// The tail calibration of the service itself.
        package var theta: Double
        /// What thresholds are multiplied by while shams show that the judge errs too often.
        package var factor = 1.0
        /// The exponent of the evidence: theta and the factor together.
        package var tempered: Double { theta / factor }
        /// False until its baseline is known: only gross harm can be shown.
        package var ready: Bool
        /// The tail of its errors is so heavy (theta below 0.4, section 5.5) that only gross harm
        /// can be told from its usual bursts, and silence means nothing.
        package var isNoisy: Bool { theta < 0.4 }
        /// Whether only gross harm is tested.
        package var isGross: Bool { !ready || isNoisy }

        package init(
            signal: Signal, bound: Double? = nil, mean: Double, upper: Double, rho: Double,
            theta: Double, factor: Double = 1, ready: Bool
        ) {
            self.signal = signal
            self.bound = bound
            self.mean = mean
            self.upper = upper
            self.rho = rho
            self.theta = theta
            self.factor = max(factor, 1)
            self.ready = ready
        }

        init(
            signal: Signal, bound: Double? = nil, track: RatioTrack, theta: Double, factor: Double
        ) {
            self.init(
                signal: signal, bound: bound, mean: track.mean, upper: track.upper,
                rho: track.rho, theta: theta, factor: factor, ready: track.ready)
        }

        var grid: AlternativeGrid {
            signal == .latency
                ? AlternativeGrid(oddsAbove: upper, rho: rho)
                : AlternativeGrid(p0: upper, rho: rho, gross: isGross)
        }

        /// What a window counts on this channel.
        func count(_ window: RequestWindow) -> (total: Double, bad: Double) {
            switch signal {
            case .badRatio, .traffic: return (window.total, window.bad)
            case .connections: return (window.connections, window.failedConnections)
            case .latency:
                guard let total = window.latency.last?.count,
                    let below = window.latency.first(where: { $0.bound == bound })
                else { return (0, 0) }
                return (total, total - below.count)
            }
        }
    }

    /// Signals that share the error rate.
    var signalCount: Double { Double(channels.count + (traffic == nil ? 0 : 1)) }

    package init(
        service: ServiceRef, channels: [Channel], traffic: RoundTraffic.Expected? = nil,
        broken: Bool
    ) {
        self.service = service
        self.channels = channels
        self.traffic = traffic
        self.broken = broken
    }
}
