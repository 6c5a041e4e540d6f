// The current view of everything: a fold over the journal's events. It can always be rebuilt;
// whoever holds a State value holds an instant of history. It decides nothing.

/// What is known after some number of events.
package struct State: Sendable, Hashable {
    /// Sequence number of the last event folded in; 0 before the first.
    package var sequence = 0
    package var lastEventAt: Timestamp?
    /// The newest `started`, and whether a `stopped` followed it.
    package var instance: Started?
    package var startedAt: Timestamp?
    package var stoppedInOrder = true
    package var policies: PoliciesLoaded?

    /// Highest round number ever planned.
    package var lastRound = 0
    /// The newest rounds, oldest first, at most `roundLimit`; open ones are never dropped.
    package var rounds: [RoundRecord] = []
    package static let roundLimit = 500

    /// The last tick of each policy, held or not: after a restart the schedule goes on from here.
    package var lastTicks: [String: Timestamp] = [:]
    /// The newest hold of each policy.
    package var holds: [String: Held] = [:]
    /// The newest injections of each policy in the journal's order (at most 100,000).
    package var injectionTimes: [String: [StrikeTime]] = [:]
    /// When each workload was last struck.
    package var struckAt: [WorkloadRef: StrikeTime] = [:]
    /// What was there before, where nothing else tells.
    package var struckPods = StruckPods()

    package var lastAnomaly = 0
    /// Anomalies that have not recovered, by id.
    package var anomalies: [AnomalyRecord] = []
    /// The newest anomalies that are over, oldest first (at most `pastAnomalyLimit`).
    package var pastAnomalies: [AnomalyRecord] = []
    package static let pastAnomalyLimit = 200

    package var blind: Blind?
    package var blindSince: Timestamp?
    /// Namespaces that are not seen although others are, by name, and since when.
    package var blindNamespaces: [String: BlindNamespace] = [:]
    package struct BlindNamespace: Sendable, Hashable {
        package var reason: String
        package var since: Timestamp
    }
    package var halted: Halted?

    /// Firing alerts, and resolved ones of the last hour, by fingerprint.
    package var alerts: [String: Alert] = [:]
    package var counters = Counters()
    /// Weaknesses by identity, open and fixed.
    package var findings: [String: Finding] = [:]
    package static let findingLimit = 5000
    /// What the team's own alerts said, of the newest rounds, oldest first (at most `roundLimit`).
    package var alertCoverage: [AlertCoverage] = []
    /// The newest sketch of what the judge learned.
    package var learned: Learned?
    package var learnedAt: Timestamp?
    /// Discoveries and root causes over all strikes.
    package var tally = JudgeTally()
    /// What strikes cost, and what was earned.
    package var harm = HarmHistory()
    /// Set while sham rounds say that the judge errs more often than promised, and since when.
    package var miscalibrated: Calibrated?
    package var miscalibratedSince: Timestamp?
    /// When strikes could be drawn.
    package var armed = ArmedTime()

    package init() {}
}

/// One round so far.
package struct RoundRecord: Sendable, Hashable, Codable {
    package var planned: Planned
    package var plannedAt: Timestamp
    package var injecting: Injecting?
    /// When the injection was announced: nothing was touched before.
    package var announcedAt: Timestamp?
    package var injectedAt: Timestamp?
    /// From when on its strike counts for the cooldown: when it was announced, or injected.
    package var coolsFrom: StrikeTime?
    package var failure: InjectionFailed?
    package var deliveredAt: Timestamp?
    package var notDelivered: String?
    package var revertedAt: Timestamp?
    package var revertFailures = 0
    package var lastRevertFailure: String?
    package var verdict: Verdict?
    /// Whether its harm is a discovery, and where its target came among the root causes found.
    package var discovery: Bool?
    package var cause: CauseRank?
    package var outcome: Closed.Outcome?
    package var closedAt: Timestamp?
    /// Requests that failed in it, as far as they were counted.
    package var failed = 0.0
    /// Why it was ended early, and when.
    package var aborted: Aborted?
    package var abortedAt: Timestamp?

    package init(planned: Planned, plannedAt: Timestamp) {
        self.planned = planned
        self.plannedAt = plannedAt
    }

    package var number: Int { planned.round }
    package var isOpen: Bool { outcome == nil }
    /// A fault may be in place: announced and not yet reverted.
    package var holdsInjection: Bool { injecting != nil && revertedAt == nil }
    /// When the strike began, as far as it is known; nil for rounds that injected nothing.
    package var strikeBegan: Timestamp? {
        guard planned.assignment == .strike else { return nil }
        return injectedAt ?? (injecting == nil ? nil : announcedAt ?? plannedAt)
    }
}

/// One anomaly so far.
package struct AnomalyRecord: Sendable, Hashable, Codable {
    package var opened: AnomalyOpened
    package var openedAt: Timestamp
    package var unrecovered: AnomalyUnrecovered?
    package var recovery: Recovery?
    /// A person's word that ended it instead, and when.
    package var accepted: Accepted?
    package var acceptedAt: Timestamp?
    /// How long the recovery took since the strike that caused it.
    package var healing: Healing?
    /// The policy of its round, and requests that failed because of it after that round.
    package var policy: String?
    package var failed = 0.0

    package init(opened: AnomalyOpened, openedAt: Timestamp) {
        self.opened = opened
        self.openedAt = openedAt
    }

    package var id: Int { opened.id }
    package var service: ServiceRef { opened.anomaly.evidence.service }
    package var signal: Signal { opened.anomaly.evidence.signal }
}

/// Totals since the journal began; keys are label values joined by U+001F.
package struct Counters: Sendable, Hashable {
    /// namespace, fault, outcome.
    package var rounds: [String: Int] = [:]
    /// namespace, fault, outcome of sham rounds.
    package var shams: [String: Int] = [:]
    /// namespace, fault.
    package var injections: [String: Int] = [:]
    /// namespace, fault, kind of failure.
    package var injectionFailures: [String: Int] = [:]
    /// namespace, reason.
    package var holds: [String: Int] = [:]
    /// namespace, service, signal, attributed (`true`/`false`, `unknown` while another leads).
    package var anomalies: [String: Int] = [:]
    /// namespace, service, signal.
    package var recoveries: [String: Int] = [:]
    package var revertFailures = 0
    /// namespace, reason: strikes that were ended early.
    package var aborted: [String: Int] = [:]
    /// Seconds from injection to detection; keys are namespace, fault.
    package var detectionDelays: [String: Histogram] = [:]
    /// Seconds from onset to recovery; keys are namespace, fault.
    package var recoveryTimes: [String: Histogram] = [:]
    /// Seconds from the injection, and from the end of the fault, to the recovery, as measured;
    /// keys are namespace, fault.
    package var repairTimes: [String: Histogram] = [:]
    package var healTimes: [String: Histogram] = [:]

    package init() {}

    /// The key of some label values.
    package static func key(_ parts: String...) -> String { parts.joined(separator: "\u{1f}") }
    /// The label values of a key.
    package static func parts(_ key: String) -> [String] {
        key.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
    }
}

extension State {
    package func round(_ number: Int) -> RoundRecord? { rounds.last { $0.number == number } }

    /// Rounds that are not closed.
    package var openRounds: [RoundRecord] { rounds.filter(\.isOpen) }

    /// Injections that may be in place.
    package var openInjections: [Injecting] {
        rounds.filter(\.holdsInjection).compactMap(\.injecting)
    }

    package var firingAlerts: [Alert] {
        alerts.values.filter(\.isFiring).sorted { $0.identity < $1.identity }
    }

    /// Findings, open ones first, then the severest, then by identity.
    package var sortedFindings: [Finding] {
        findings.values.sorted {
            ($0.status == .open ? 0 : 1, $0.severity.rank, $0.identity)
                < ($1.status == .open ? 0 : 1, $1.severity.rank, $1.identity)
        }
    }

    /// Injections of `policy` in the last `period` before `now`, also when the clock was set.
    package func injections(
        of policy: String, within period: Duration, now: Timestamp
    ) -> Int {
        let since = now - period
        return (injectionTimes[policy] ?? []).count { $0.counted(at: now) >= since }
    }
}
