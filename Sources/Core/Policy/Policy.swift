// The policy of one namespace as a checked value: what may be drawn, when, how hard, and how it is
// judged. Decoding (with positions) is in PolicyDecoder; nothing here reads files.

/// One `ChaosPolicy`. It can never touch another namespace.
package struct Policy: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// Draws, journals and judges; injects nothing.
        case observe
        case enforce
        /// No rounds at all.
        case paused
    }

    package var name: String
    package var namespace: String
    package var mode: Mode
    package var schedule: Schedule
    package var targets: PodTargets
    package var faults: [WeightedFault]
    /// The share of rounds that do everything but inject, 0...1.
    package var sham: Double
    package var blastRadius: BlastRadius
    package var signals: PolicySignals
    package var judge: JudgeTimes
    package var gate: GateRules
    /// Where it was read from (a path), and a digest of the text: journaled with each round.
    package var source: String
    package var digest: String

    package init(
        name: String, namespace: String, mode: Mode, schedule: Schedule, targets: PodTargets,
        faults: [WeightedFault], sham: Double, blastRadius: BlastRadius,
        signals: PolicySignals = PolicySignals(), judge: JudgeTimes, gate: GateRules,
        source: String, digest: String
    ) {
        self.name = name
        self.namespace = namespace
        self.mode = mode
        self.schedule = schedule
        self.targets = targets
        self.faults = faults
        self.sham = sham
        self.blastRadius = blastRadius
        self.signals = signals
        self.judge = judge
        self.gate = gate
        self.source = source
        self.digest = digest
    }

    /// `namespace/name`: unique among loaded policies.
    package var id: String { "\(namespace)/\(name)" }
}

/// One kind of fault with its share of the draws and its checked parameters.
package struct WeightedFault: Sendable, Hashable {
    package var kind: String
    /// Relative to the other faults of the policy; positive.
    package var weight: Double
    package var parameters: Parameters

    package init(kind: String, weight: Double, parameters: Parameters) {
        self.kind = kind
        self.weight = weight
        self.parameters = parameters
    }
}

/// Which pods may be drawn, and how.
package struct PodTargets: Sendable, Hashable {
    package enum Choice: String, Sendable, Hashable, CaseIterable {
        /// Uniform over workloads, then uniform over the workload's eligible pods.
        case workload
        /// Uniform over eligible pods.
        case pod
    }

    package var selector: LabelSelector
    /// Kinds of owning workloads, e.g. `Deployment`; empty means any kind, bare pods included.
    package var owners: [String]
    /// Regular expressions over pod names.
    package var excludeNames: [NamePattern]
    package var minAge: Duration
    package var choose: Choice

    package init(
        selector: LabelSelector = LabelSelector(), owners: [String] = [],
        excludeNames: [NamePattern] = [], minAge: Duration = .zero, choose: Choice = .workload
    ) {
        self.selector = selector
        self.owners = owners
        self.excludeNames = excludeNames
        self.minAge = minAge
        self.choose = choose
    }
}

/// How long a round is watched, and the round's error rate.
package struct JudgeTimes: Sendable, Hashable {
    /// One false alarm in this time, over all series of the daemon.
    package var falseAlarmPeriod: Duration
    /// The chance that a harmless round is called harmful, over all services.
    package var roundAlpha: Double
    /// How long a round is watched after the injection.
    package var observe: Duration
    /// How long a service may take to recover before it counts as unrecovered.
    package var recovery: Duration
    /// Somebody wrote `recovery`: it is a promise then. Only the default is stretched by what
    /// recoveries used to take (`Patience`).
    package var isRecoveryWritten: Bool

    /// `recovery`: nil when it is not written, 15 minutes then.
    package init(
        falseAlarmPeriod: Duration = .seconds(30 * 86_400), roundAlpha: Double = 0.01,
        observe: Duration = .seconds(300), recovery: Duration? = nil
    ) {
        self.falseAlarmPeriod = falseAlarmPeriod
        self.roundAlpha = roundAlpha
        self.observe = observe
        self.recovery = recovery ?? .seconds(900)
        isRecoveryWritten = recovery != nil
    }
}

/// When no round may start.
package struct GateRules: Sendable, Hashable {
    package enum Hold: String, Sendable, Hashable, CaseIterable {
        case alertFiring, rolloutInProgress, blind
    }

    package var holdWhile: Set<Hold>
    /// Stop the policy's rounds while this many services are unrecovered; 0 means never.
    package var stopAfterUnrecovered: Int

    package init(
        holdWhile: Set<Hold> = Set(Hold.allCases), stopAfterUnrecovered: Int = 1
    ) {
        self.holdWhile = holdWhile
        self.stopAfterUnrecovered = stopAfterUnrecovered
    }
}
