// The payloads of events: plain values with memberwise meaning, written once and never changed.

/// The daemon came up.
package struct Started: Codable, Sendable, Hashable {
    package var version: String
    package var seed: UInt64
    /// Who runs it: a host or pod name and a process id.
    package var instance: String
    package init(version: String, seed: UInt64, instance: String) {
        self.version = version
        self.seed = seed
        self.instance = instance
    }
}

/// The daemon ended in order.
package struct Stopped: Codable, Sendable, Hashable {
    package var reason: String
    package init(reason: String) { self.reason = reason }
}

/// The set of policies in force changed, or failed to.
package struct PoliciesLoaded: Codable, Sendable, Hashable {
    package struct Summary: Codable, Sendable, Hashable {
        package var id: String
        package var mode: Policy.Mode
        package var digest: String
        package var source: String
        /// What is counted and earned; nil in journals of earlier versions.
        package var limits: EarnedLimits?
        package init(
            id: String, mode: Policy.Mode, digest: String, source: String,
            limits: EarnedLimits? = nil
        ) {
            self.id = id
            self.mode = mode
            self.digest = digest
            self.source = source
            self.limits = limits
        }
    }

    /// The policies now in force.
    package var policies: [Summary]
    /// Why a newer configuration was refused; empty when all is well.
    package var errors: [String]
    package init(policies: [Summary], errors: [String]) {
        self.policies = policies
        self.errors = errors
    }
}

/// A tick at which no round was started.
package struct Held: Codable, Sendable, Hashable {
    /// `namespace/name`.
    package var policy: String
    package var tick: Timestamp
    /// Machine-readable, e.g. `blind`, `outside-window`, `no-target`.
    package var reasons: [HoldReason]
    /// The same in words.
    package var text: String
    package init(policy: String, tick: Timestamp, reasons: [HoldReason], text: String) {
        self.policy = policy
        self.tick = tick
        self.reasons = reasons
        self.text = text
    }
}

/// What one round drew, and with what probability: enough to redraw it.
package struct Planned: Codable, Sendable, Hashable {
    package enum Assignment: String, Codable, Sendable {
        case strike
        case sham
        /// The policy only observes: drawn as a strike, not injected.
        case observe
    }

    package var round: Int
    package var policy: String
    package var digest: String
    package var tick: Timestamp
    /// The seed of this round's random stream.
    package var seed: UInt64
    package var assignment: Assignment
    package var target: Target
    package var fault: String
    package var parameters: JSON
    /// The chance that this round's draw gave this target (given that it drew one).
    package var targetProbability: Double
    /// The chance of this fault, and of a sham.
    package var faultProbability: Double
    package var shamProbability: Double
    package var eligiblePods: Int
    package var eligibleWorkloads: Int
    /// Pods not eligible, by reason.
    package var excluded: [String: Int]
    /// What was drawn from; nil in journals of earlier versions. The state does not keep it.
    package var pool: DrawPool?
    /// The template hash of the target's workload; nil when it has none, or in earlier journals.
    package var revision: String?
    /// How much of the namespace's limit was free; nil in journals of earlier versions.
    package var radius: RadiusUse?
    /// What the round could show of each service, as far as that was known before it; nil in
    /// journals of earlier versions.
    package var power: [ForeseenPower]?
    /// How many pods the target's workload should have, where only the pods that exist tell; nil
    /// for other workloads, and in journals of earlier versions.
    package var guessedSize: Int?

    package init(
        round: Int, policy: String, digest: String, tick: Timestamp, seed: UInt64,
        assignment: Assignment, target: Target, fault: String, parameters: JSON,
        targetProbability: Double, faultProbability: Double, shamProbability: Double,
        eligiblePods: Int, eligibleWorkloads: Int, excluded: [String: Int],
        pool: DrawPool? = nil, revision: String? = nil, radius: RadiusUse? = nil,
        power: [ForeseenPower]? = nil
    ) {
        self.round = round
        self.policy = policy
        self.digest = digest
        self.tick = tick
        self.seed = seed
        self.assignment = assignment
        self.target = target
        self.fault = fault
        self.parameters = parameters
        self.targetProbability = targetProbability
        self.faultProbability = faultProbability
        self.shamProbability = shamProbability
        self.eligiblePods = eligiblePods
        self.eligibleWorkloads = eligibleWorkloads
        self.excluded = excluded
        self.pool = pool
        self.revision = revision
        self.radius = radius
        self.power = power
    }
}

/// A fault is about to be injected. Written, and durable, before anything is touched.
package struct Injecting: Codable, Sendable, Hashable {
    package var round: Int
    package var policy: String
    package var target: Target
    package var fault: String
    package var parameters: JSON
    /// What the fault needs to undo itself exactly.
    package var undo: JSON
    /// After this instant the fault must be gone, whoever reverts it.
    package var deadline: Timestamp
    /// Grows with every leader; an older one may not write.
    package var fencingToken: Int
    /// Seconds that the fault stays in place; 0 when it is over as soon as it shows. Nil in
    /// journals of earlier versions, whose faults were all of that kind.
    package var lasts: Double?
    package init(
        round: Int, policy: String, target: Target, fault: String, parameters: JSON, undo: JSON,
        deadline: Timestamp, fencingToken: Int, lasts: Double? = nil
    ) {
        self.round = round
        self.policy = policy
        self.target = target
        self.fault = fault
        self.parameters = parameters
        self.undo = undo
        self.deadline = deadline
        self.fencingToken = fencingToken
        self.lasts = lasts
    }
}

/// A step of a round that needs no more words.
package struct RoundMark: Codable, Sendable, Hashable {
    package var round: Int
    /// When it was, if the row could only be written later; nil: when the row was written.
    package var at: Timestamp?
    package init(round: Int, at: Timestamp? = nil) {
        self.round = round
        self.at = at
    }
}

/// A step of a round with a reason.
package struct RoundNote: Codable, Sendable, Hashable {
    package var round: Int
    package var reason: String
    package init(round: Int, reason: String) {
        self.round = round
        self.reason = reason
    }
}

/// The injection did not happen.
package struct InjectionFailed: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable {
        /// The cluster refused on purpose, e.g. a disruption budget: a counted skip.
        case refused
        /// The object changed or vanished between the draw and the injection.
        case gone
        /// The window closed, leadership was lost, or a stop was asked for at the last instant.
        case withdrawn
        /// The API server failed; whether it took effect was then checked.
        case error
    }

    package var round: Int
    package var kind: Kind
    package var reason: String
    package init(round: Int, kind: Kind, reason: String) {
        self.round = round
        self.kind = kind
        self.reason = reason
    }
}

/// The verdict of a round, and what it was read from.
package struct Judged: Codable, Sendable, Hashable {
    package var round: Int
    package var verdict: Verdict
    /// The counts of every service, in order; nil in journals of earlier versions. The state keeps
    /// neither them nor the series.
    package var outcomes: [ServiceOutcome]?
    /// The course of the busiest services, in order; nil in journals of earlier versions.
    package var series: [RoundSeries]?
    /// Whether its harm stands up against all strikes before it (e-LOND); nil for shams, rounds
    /// that could not be tested, and in journals of earlier versions.
    package var discovery: Bool?
    /// Where the target came among the root causes found; nil without harm that could be traced,
    /// and in journals of earlier versions.
    package var cause: CauseRank?
    package init(
        round: Int, verdict: Verdict, outcomes: [ServiceOutcome]? = nil,
        series: [RoundSeries]? = nil, discovery: Bool? = nil, cause: CauseRank? = nil
    ) {
        self.round = round
        self.verdict = verdict
        self.outcomes = outcomes
        self.series = series
        self.discovery = discovery
        self.cause = cause
    }
}

/// A round is over; nothing of it is open any more.
package struct Closed: Codable, Sendable, Hashable {
    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case harm
        case noHarm = "no-harm"
        case inconclusive
        case notDelivered = "not-delivered"
        case void
        case skipped
        case failed
        /// The daemon died or was stopped in the middle; its injection was reverted.
        case interrupted
    }

    package var round: Int
    package var outcome: Outcome
    package init(round: Int, outcome: Outcome) {
        self.round = round
        self.outcome = outcome
    }
}

/// The judge found something anomalous.
package struct AnomalyOpened: Codable, Sendable, Hashable {
    /// Stable while it lasts: a number of its own.
    package var id: Int
    package var anomaly: Anomaly
    /// The strike that was open, or had just ended, at its onset; nil when there was none.
    package var round: Int?
    /// The service is expected to be affected by the round: same namespace and not contradicted.
    package var cause: String
    /// How probable it is that the round caused it; nil without a round, and in journals of earlier
    /// versions.
    package var attribution: RoundAttribution?
    /// True: another instance led at its onset, and whether a strike of that one explains it is not
    /// known here. Nil otherwise, and in journals of earlier versions.
    package var isStandby: Bool?
    package init(
        id: Int, anomaly: Anomaly, round: Int?, cause: String,
        attribution: RoundAttribution? = nil, isStandby: Bool? = nil
    ) {
        self.id = id
        self.anomaly = anomaly
        self.round = round
        self.cause = cause
        self.attribution = attribution
        self.isStandby = isStandby
    }

    /// Neither is a round known to explain it, nor would one be known if it did not.
    package var isUnexplained: Bool { round == nil && isStandby != true }
}

/// An anomaly ended.
package struct AnomalyRecovered: Codable, Sendable, Hashable {
    package var id: Int
    package var recovery: Recovery
    package init(id: Int, recovery: Recovery) {
        self.id = id
        self.recovery = recovery
    }
}

/// An anomaly outlived the recovery time.
package struct AnomalyUnrecovered: Codable, Sendable, Hashable {
    package var id: Int
    /// What is known about it, e.g. "Ready pods, failing traffic: …".
    package var finding: String
    package init(id: Int, finding: String) {
        self.id = id
        self.finding = finding
    }
}

/// The signals became unreadable for some namespaces.
package struct Blind: Codable, Sendable, Hashable {
    package var reason: String
    /// The namespace that is not seen; nil (as in older journals) when nothing is.
    package var namespace: String?
    package init(reason: String, namespace: String? = nil) {
        self.reason = reason
        self.namespace = namespace
    }
}

/// The signals are readable again.
package struct Sighted: Codable, Sendable, Hashable {
    package var after: Double
    /// The namespace that is seen again; nil when it is the whole.
    package var namespace: String?
    /// `after`: seconds without sight.
    package init(after: Double, namespace: String? = nil) {
        self.after = after
        self.namespace = namespace
    }
}

/// The kill switch was pulled.
package struct Halted: Codable, Sendable, Hashable {
    package var by: String
    package init(by: String) { self.by = by }
}

/// The kill switch was released.
package struct Resumed: Codable, Sendable, Hashable {
    package var by: String
    package init(by: String) { self.by = by }
}

/// What the judge has learned so far: the next life starts warm with it.
package struct Learned: Codable, Sendable, Hashable {
    /// Of the windows it was learned from, in seconds; another source's windows do not continue it.
    package var interval: Double
    package var sketch: JudgeSketch
    package init(interval: Double, sketch: JudgeSketch) {
        self.interval = interval
        self.sketch = sketch
    }
}
