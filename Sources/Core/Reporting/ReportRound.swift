// One round as a report sees it, and one anomaly: folded from the journal's events.

/// A round from its plan to its end, with what it measured.
package struct ReportRound: Sendable, Hashable {
    package var number: Int
    package var policy: String
    package var namespace: String
    package var assignment: Planned.Assignment
    package var fault: String
    /// The workload that was drawn, or the bare pod or node.
    package var target: String
    /// The very object.
    package var object: String
    package var plannedAt: Timestamp
    package var injectedAt: Timestamp?
    package var deliveredAt: Timestamp?
    package var revertedAt: Timestamp?
    package var closedAt: Timestamp?
    package var outcome: Closed.Outcome?
    package var verdict: Verdict?
    /// Whether its harm is a discovery, and where its target came among the root causes found.
    package var discovery: Bool?
    package var cause: CauseRank?
    /// Why it was not injected, or did not take effect.
    package var trouble: String?
    /// Why the fault could not be reverted, the last time.
    package var revertTrouble: String?
    /// An injection was announced.
    package var isAnnounced = false
    /// Seconds that its fault stays in place; 0 when it is over as soon as it shows.
    package var lasts = 0.0
    package var chances: DrawChances
    /// Nil in journals of earlier versions.
    package var outcomes: [ServiceOutcome]?
    package var series: [RoundSeries] = []
    /// What it could show of each service, before it; nil in journals of earlier versions.
    package var power: [ForeseenPower]?

    package init(_ planned: Planned, at instant: Timestamp) {
        number = planned.round
        policy = planned.policy
        let own = planned.target.namespace
        namespace = own.isEmpty ? String(planned.policy.prefix { $0 != "/" }) : own
        assignment = planned.assignment
        fault = planned.fault
        target = DrawChances.name(planned.target)
        object = planned.target.description
        plannedAt = instant
        chances = DrawChances(planned)
        power = planned.power
    }

    package var isStrike: Bool { assignment == .strike }
    /// When its fault was over, as `RoundRecord.faultEndedAt`.
    package var faultEndedAt: Timestamp? { lasts > 0 ? revertedAt : deliveredAt ?? injectedAt }
    /// A fault was announced and is not known to be gone.
    package var holdsInjection: Bool { isAnnounced && revertedAt == nil && outcome == nil }

    /// Its verdict says something about users, or that too little was seen: it was not void, and
    /// the fault took effect.
    package var isJudged: Bool {
        if outcome == .interrupted { return false }
        switch verdict?.kind {
        case .harm, .noHarm, .inconclusive: return true
        case .notDelivered, .void, nil: return false
        }
    }

    /// What people see of it: the outcome once it is closed.
    package var state: String { outcome?.rawValue ?? "open" }
}

/// An anomaly from its detection to its end.
package struct ReportAnomaly: Sendable, Hashable {
    package var opened: AnomalyOpened
    /// What was said when it outlived the recovery time.
    package var finding: String?
    package var unrecoveredAt: Timestamp?
    package var recovery: Recovery?
    /// A person's word that ended it instead, and when.
    package var accepted: Accepted?
    package var acceptedAt: Timestamp?

    package var id: Int { opened.id }
    package var service: ServiceRef { opened.anomaly.evidence.service }
    package var signal: Signal { opened.anomaly.evidence.signal }
    package var onset: Timestamp { opened.anomaly.onset }
    package var isOpen: Bool { recovery == nil && accepted == nil }
    /// When it recovered or was accepted; nil while it lasts.
    package var endedAt: Timestamp? { recovery?.recoveredAt ?? acceptedAt }
}
