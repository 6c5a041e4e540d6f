// What the judge says, as values that the journal keeps: anomalies, recoveries and the verdict of a
// round. Each states the numbers it rests on; none says more than was measured.

/// The numbers behind one statement about one service.
package struct Evidence: Codable, Sendable, Hashable {
    package var service: ServiceRef
    package var signal: Signal
    /// Baseline ratio (posterior mean) before, 0...1.
    package var before: Double
    /// The upper bound of the baseline that the test used (99 % posterior), 0...1.
    package var baselineUpper: Double
    /// Observed ratio since the onset, 0...1; of traffic, the share of what was expected.
    package var now: Double
    /// Responses and bad responses since the onset.
    package var requests: Double
    package var bad: Double
    /// Bad responses beyond what the baseline explains: the cost to users.
    package var excess: Double
    /// The test statistic and the threshold it was compared with, in nats.
    package var nats: Double
    package var threshold: Double

    package init(
        service: ServiceRef, signal: Signal, before: Double, baselineUpper: Double, now: Double,
        requests: Double, bad: Double, excess: Double, nats: Double, threshold: Double
    ) {
        self.service = service
        self.signal = signal
        self.before = before
        self.baselineUpper = baselineUpper
        self.now = now
        self.requests = requests
        self.bad = bad
        self.excess = excess
        self.nats = nats
        self.threshold = threshold
    }
}

/// The always-on detector crossed its threshold for one service and signal.
package struct Anomaly: Codable, Sendable, Hashable {
    package var evidence: Evidence
    /// The detector's own estimate of when it began.
    package var onset: Timestamp
    /// The end of the window that crossed the threshold.
    package var detectedAt: Timestamp
    /// The edge where the failure shows with no failing callee behind it, when one was found.
    package var brokenEdge: ServiceEdge?
    /// Istio response flags seen on failures at that edge, most frequent first, e.g. `["UH",
    /// "UF"]`.
    package var flags: [String]
    /// Traffic: which way it went; nil for other signals.
    package var direction: Direction?

    /// Which way traffic went.
    package enum Direction: String, Codable, Sendable {
        /// Less than expected. `Evidence.bad` counts missing requests.
        case drop
        /// More than expected. `Evidence.bad` counts the requests beyond, `now` exceeds one.
        case surge
    }

    package init(
        evidence: Evidence, onset: Timestamp, detectedAt: Timestamp, brokenEdge: ServiceEdge? = nil,
        flags: [String] = [], direction: Direction? = nil
    ) {
        self.direction = direction
        self.evidence = evidence
        self.onset = onset
        self.detectedAt = detectedAt
        self.brokenEdge = brokenEdge
        self.flags = flags
    }
}

/// An anomaly is over: the recovery test passed.
package struct Recovery: Codable, Sendable, Hashable {
    package var service: ServiceRef
    package var signal: Signal
    /// When the anomaly began, and when the good run began (the recovery time, not the time we
    /// noticed).
    package var onset: Timestamp
    package var recoveredAt: Timestamp
    package var detectedAt: Timestamp
    /// Bad responses beyond the baseline over the whole anomaly.
    package var excess: Double

    package init(
        service: ServiceRef, signal: Signal, onset: Timestamp, recoveredAt: Timestamp,
        detectedAt: Timestamp, excess: Double
    ) {
        self.service = service
        self.signal = signal
        self.onset = onset
        self.recoveredAt = recoveredAt
        self.detectedAt = detectedAt
        self.excess = excess
    }
}

/// What one round showed.
package struct Verdict: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable {
        /// At least one service was worse than its baseline (stopped e-BH at the round's alpha).
        case harm
        /// No service was; an effect above `minimumDetectable` would have been called harmful with
        /// probability 1 - alpha.
        case noHarm = "no-harm"
        /// Too little traffic, blind windows or no baseline: nothing can be said.
        case inconclusive
        /// The fault did not take effect: nothing was tested.
        case notDelivered = "not-delivered"
        /// Something outside the round disturbed it; excluded from every estimate.
        case void
    }

    package var kind: Kind
    /// Services declared harmed, strongest evidence first.
    package var harmed: [Evidence]
    /// p*, the smallest bad ratio that the round would have called harmful with probability
    /// 1 - alpha, or the upper confidence bound of what was seen when that is larger: of the worst
    /// service in the namespace with traffic; nil when none could show anything.
    package var minimumDetectable: Double?
    /// 1 - alpha.
    package var confidence: Double
    /// Bad responses beyond the baseline over all services during the round.
    package var excess: Double
    /// One plain sentence with numbers.
    package var text: String

    package init(
        kind: Kind, harmed: [Evidence] = [], minimumDetectable: Double? = nil, confidence: Double,
        excess: Double = 0, text: String
    ) {
        self.kind = kind
        self.harmed = harmed
        self.minimumDetectable = minimumDetectable
        self.confidence = confidence
        self.excess = excess
        self.text = text
    }
}
