// The shape of a rule that finds one kind of weakness in one round, and what it is given.

/// Everything that rules may look at. All of it is of one round.
package struct FindingInput: Sendable {
    package var state: State
    /// Closed, and a strike.
    package var round: RoundRecord
    /// The namespace right before the round, and after the recovery time; nil when it could not be
    /// seen, e.g. after a restart.
    package var before: NamespaceFacts?
    package var after: NamespaceFacts?
    package var signs: RoundSigns?
    /// How long a service may take to recover, by policy (`judge.recovery`).
    package var recovery: Duration
    package var now: Timestamp

    package init(
        state: State, round: RoundRecord, before: NamespaceFacts? = nil,
        after: NamespaceFacts? = nil, signs: RoundSigns? = nil, recovery: Duration, now: Timestamp
    ) {
        self.state = state
        self.round = round
        self.before = before
        self.after = after
        self.signs = signs
        self.recovery = recovery
        self.now = now
    }

    /// The workload that was struck, and how it stood before.
    var target: WorkloadRef? { round.planned.target.workload }
    var struck: NamespaceFacts.Workload? { target.flatMap { before?.workloads[$0] } }
    var namespace: String { round.namespace }

    /// Anomalies that the round is named as the cause of, open or over.
    var anomalies: [AnomalyRecord] {
        (state.pastAnomalies + state.anomalies).filter { $0.opened.round == round.number }
    }

    /// A service as a subject, with its workload when that is known.
    func subject(_ service: ServiceRef) -> Finding.Subject {
        let names = signs?.workloads(of: service) ?? [service.name]
        return .service(service, workload: (before ?? after)?.owner(of: service, names: names))
    }

    /// "round 7 (pod-delete of pod go-app/db-0)"
    var roundText: String {
        "round \(round.number) (\(round.planned.fault) of \(round.planned.target))"
    }
}

/// One weakness as one round shows it.
package struct Sighting: Sendable, Hashable {
    package var kind: Finding.Kind
    package var subject: Finding.Subject
    package var severity: Alert.Severity
    package var title: String
    package var evidence: [String]
    package var remedy: String
    package var standing: Bool?

    package init(
        _ kind: Finding.Kind, _ subject: Finding.Subject, _ severity: Alert.Severity,
        title: String, evidence: [String], remedy: String, standing: Bool? = nil
    ) {
        self.kind = kind
        self.subject = subject
        self.severity = severity
        self.title = title
        self.evidence = evidence
        self.remedy = remedy
        self.standing = standing
    }
}

/// When a round can be looked at.
package enum FindingStage: Sendable, Hashable {
    /// As soon as it is closed.
    case closed
    /// After the recovery time has passed: what it left behind can be told then.
    case settled
}

/// Finds one kind of weakness. It decides on numbers alone and never throws.
package protocol FindingRule: Sendable {
    static var kind: Finding.Kind { get }
    static var stage: FindingStage { get }
    init()

    /// What the round shows; empty when nothing, or when nothing can be told.
    func sightings(_ input: FindingInput) -> [Sighting]
    /// Whether a round could have shown this finding: the n of "k of n".
    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool
    /// Whether this round can be told about at all, e.g. only when the cluster could be seen.
    func canTell(_ input: FindingInput) -> Bool
}

extension FindingRule {
    static var stage: FindingStage { .closed }

    /// A judged strike at a workload whose strikes have shown it.
    func compares(_ round: RoundRecord, with finding: Finding, in state: State) -> Bool {
        round.isJudgedStrike
            && round.planned.target.workload.map { finding.struck.contains($0) } ?? false
    }

    func canTell(_ input: FindingInput) -> Bool { true }
}

extension RoundRecord {
    /// Of its policy; that of its target when it has one.
    package var namespace: String {
        let own = planned.target.namespace
        return own.isEmpty ? String(planned.policy.prefix { $0 != "/" }) : own
    }

    /// A strike that took effect and ended in "harm" or "no harm".
    package var isJudgedStrike: Bool {
        planned.assignment == .strike && (outcome == .harm || outcome == .noHarm)
    }

    /// Services that the verdict declares harmed.
    var harmedServices: Set<ServiceRef> { Set((verdict?.harmed ?? []).map(\.service)) }

    func hasHarmed(_ subject: Finding.Subject) -> Bool {
        planned.assignment == .strike
            && harmedServices.contains(
                ServiceRef(namespace: subject.namespace, name: subject.name))
    }
}
