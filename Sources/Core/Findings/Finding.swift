// A weakness of what runs in the cluster: what it is, the numbers that show it, what to do about
// it, and in how many rounds it was seen. Its identity stays the same from round to round.

import RealModule

/// One weakness with evidence and remedy. The journal keeps every change of it whole.
package struct Finding: Codable, Sendable, Hashable {
    /// Which weakness. Names are stable: they are label values of metrics and part of identities.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case singlePointOfFailure = "single-point-of-failure"
        case noRecovery = "no-recovery-with-ready-pods"
        case stateResidue = "state-residue"
        case slowRecovery = "slow-recovery"
        case maskedFailures = "retries-mask-failures"
        case collateralVictim = "collateral-victim"
        case latencyOnly = "latency-only"
        case budgetMissing = "disruption-budget-missing"
        case budgetBlocking = "disruption-budget-blocking"
        case notDelivered = "not-delivered"
        case unobservable
        case silentAlerts = "silent-alerts"
    }

    /// Whether the weakness is still there.
    package enum Status: String, Codable, Sendable, CaseIterable {
        case open
        /// Not seen in so many comparable rounds that chance does not explain it. Kept, never
        /// dropped; one more sighting opens it again.
        case fixed
    }

    package var kind: Kind
    package var subject: Subject
    /// One line without numbers.
    package var title: String
    /// Sentences with numbers, of the newest round that showed it.
    package var evidence: [String]
    /// What to do, in one or two sentences.
    package var remedy: String
    package var severity: Alert.Severity
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    /// Rounds that showed it, out of those that could have, since the subject's revision changed
    /// last.
    package var seen: Int
    package var comparable: Int
    /// The revision (pod template hash) that the two counts belong to; nil when it is not known.
    package var revision: String?
    /// The earliest instant that the counts reach back to.
    package var since: Timestamp
    /// The newest rounds that showed it, and the newest comparable ones that did not, ascending.
    package var rounds: [Int]
    package var clearRounds: [Int]
    package static let roundLimit = 50
    /// Comparable rounds in a row without it, since it was last seen.
    package var missed: Int
    /// The share of comparable rounds that show it, estimated at the last sighting (Jeffreys).
    package var frequency: Double
    /// Workloads whose strikes showed it, sorted; at most 20.
    package var struck: [WorkloadRef]
    package var status: Status
    /// The condition holds now, round or not; nil when that is not watched.
    package var standing: Bool?

    /// A finding that was not seen yet, at `instant`.
    package init(
        kind: Kind, subject: Subject, title: String, severity: Alert.Severity, at instant: Timestamp
    ) {
        self.kind = kind
        self.subject = subject
        self.title = title
        evidence = []
        remedy = ""
        self.severity = severity
        firstSeen = instant
        lastSeen = instant
        seen = 0
        comparable = 0
        since = instant
        rounds = []
        clearRounds = []
        missed = 0
        frequency = 1
        struck = []
        status = .open
    }

    /// `kind namespace name`: the same in every round.
    package var identity: String { "\(kind.rawValue) \(subject.namespace) \(subject.name)" }
    package var namespace: String { subject.namespace }
}

extension Finding {
    /// What a finding is about.
    package struct Subject: Codable, Sendable, Hashable {
        /// What kind of thing a subject is.
        package enum Scope: String, Codable, Sendable {
            case workload, service, edge, namespace
        }

        package var scope: Scope
        package var namespace: String
        /// `Deployment/go-app-db`, `go-app-db`, `go-app -> go-app-db`; of a namespace its name.
        package var name: String
        /// The workload whose revision matters, when one does.
        package var workload: WorkloadRef?

        private init(_ scope: Scope, _ namespace: String, _ name: String, _ owner: WorkloadRef?) {
            self.scope = scope
            self.namespace = namespace
            self.name = name
            workload = owner
        }

        /// A workload; its revision is the one that counts.
        package static func workload(_ ref: WorkloadRef) -> Self {
            Self(.workload, ref.namespace, "\(ref.kind)/\(ref.name)", ref)
        }

        /// A service, and the workload that answers for it when it is known to be one.
        package static func service(_ ref: ServiceRef, workload: WorkloadRef? = nil) -> Self {
            Self(.service, ref.namespace, ref.name, workload)
        }

        /// A call, from a workload's name to a service. It belongs to the callee's namespace; a
        /// service of another one is written with it.
        package static func edge(
            _ source: String, _ destination: ServiceRef, in namespace: String
        ) -> Self {
            let callee =
                destination.namespace == namespace ? destination.name : destination.description
            return Self(.edge, namespace, "\(source) -> \(callee)", nil)
        }

        /// A whole namespace.
        package static func namespace(_ name: String) -> Self { Self(.namespace, name, name, nil) }
    }

    /// "seen in 4 of 6 comparable rounds since revision 5d4f (2026-01-02T03:04:05Z)", and for how
    /// long not.
    package var history: String {
        var text: String
        if comparable == 0 {
            text =
                rounds.isEmpty && clearRounds.isEmpty
                ? "seen outside of rounds" : "no comparable round yet"
        } else {
            text =
                "seen in \(seen) of \(Wording.plural(comparable, "comparable round"))"
        }
        text += revision.map { " since revision \($0)" } ?? " since"
        text += revision == nil ? " \(since.rfc3339Seconds)" : " (\(since.rfc3339Seconds))"
        if missed > 0 {
            text +=
                "; not seen since \(lastSeen.rfc3339Seconds), in \(Wording.plural(missed, "round"))"
        }
        return text
    }

    /// Misses in a row after which it counts as fixed: if it still showed with its `frequency` p,
    /// so many would have a chance of at most 5 %: (1 - p)^m <= 0.05. At least 3, at most 100.
    package var missesToFix: Int {
        let p = min(max(frequency, 0.01), 0.99)
        let needed = (Double.log(0.05) / Double.log(1 - p)).rounded(.up)
        return Int(min(max(needed, 3), 100))
    }
}
