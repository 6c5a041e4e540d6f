// What a report needs of a journal: its rounds with their measurements and its anomalies, folded
// event by event. Unlike the state it keeps every round, and what each one measured.

/// The history that a report is made from.
package struct ReportHistory: Sendable, Hashable {
    /// In the order of the journal.
    package private(set) var rounds: [ReportRound] = []
    package private(set) var anomalies: [ReportAnomaly] = []
    package private(set) var policies: [PoliciesLoaded.Summary] = []
    /// Spans without sight of one namespace, or of anything (nil); the last of each may be open.
    package private(set) var blindness:
        [(namespace: String?, since: Timestamp, until: Timestamp?)] = []
    /// What the team's own alerts said, round by round.
    package private(set) var alertCoverage: [AlertCoverage] = []
    /// Discoveries and root causes over all strikes of the whole journal.
    package private(set) var tally = JudgeTally()
    package private(set) var firstAt: Timestamp?
    package private(set) var lastAt: Timestamp?
    private var places: [Int: Int] = [:]
    private var anomalyPlaces: [Int: Int] = [:]

    package init() {}

    /// Folds one event in; any order is accepted.
    package mutating func add(_ event: Event, at instant: Timestamp) {
        if firstAt == nil { firstAt = instant }
        lastAt = max(lastAt ?? instant, instant)
        switch event {
        case .policies(let loaded): policies = loaded.policies
        case .planned(let planned): add(planned, at: instant)
        case .injecting(let injecting):
            update(injecting.round) {
                $0.isAnnounced = true
                $0.lasts = injecting.lasts ?? 0
            }
        case .injected(let mark): update(mark.round) { $0.injectedAt = mark.at ?? instant }
        case .delivered(let mark):
            // The answer was lost, but the fault is there.
            update(mark.round) {
                $0.deliveredAt = mark.at ?? instant
                if $0.isAnnounced, $0.injectedAt == nil { $0.injectedAt = mark.at ?? instant }
            }
        case .injectionFailed(let failed): update(failed.round) { $0.trouble = failed.reason }
        case .notDelivered(let note): update(note.round) { $0.trouble = note.reason }
        case .reverted(let mark): update(mark.round) { $0.revertedAt = mark.at ?? instant }
        case .revertFailed(let note): update(note.round) { $0.revertTrouble = note.reason }
        case .judged(let judged):
            tally.add(judged)
            update(judged.round) {
                $0.discovery = judged.discovery
                $0.cause = judged.cause
                $0.verdict = judged.verdict
                $0.outcomes = judged.outcomes
                $0.series = judged.series ?? []
            }
        case .closed(let closed):
            update(closed.round) {
                $0.outcome = closed.outcome
                $0.closedAt = instant
            }
        case .anomaly, .recovered, .unrecovered, .accepted, .traced:
            addAnomaly(event, at: instant)
        case .blind(let blind):
            let last = blindness.last { $0.namespace == blind.namespace }
            if last.map({ $0.until != nil }) ?? true {
                blindness.append((blind.namespace, instant, nil))
            }
        case .sighted(let sighted):
            if let last = blindness.lastIndex(where: { $0.namespace == sighted.namespace }) {
                blindness[last].until = instant
            }
        case .learned(let learned): tally.add(learned.sketch)
        case .alertCoverage(let coverage): alertCoverage.append(coverage)
        case .started, .stopped, .held, .alert, .halted, .resumed, .finding, .harmed, .deployed,
            .aborted, .calibrated:
            break
        }
    }

    private mutating func add(_ planned: Planned, at instant: Timestamp) {
        var round = ReportRound(planned, at: instant)
        // Pools hardly change from round to round: equal ones share their memory.
        if let last = rounds.last {
            if last.chances.targets == round.chances.targets {
                round.chances.targets = last.chances.targets
            }
            if last.chances.faults == round.chances.faults {
                round.chances.faults = last.chances.faults
            }
        }
        places[planned.round] = rounds.count
        rounds.append(round)
    }

    private mutating func update(_ number: Int, _ change: (inout ReportRound) -> Void) {
        guard let place = places[number] else { return }
        change(&rounds[place])
    }

    private mutating func addAnomaly(_ event: Event, at instant: Timestamp) {
        switch event {
        case .anomaly(let opened):
            anomalyPlaces[opened.id] = anomalies.count
            anomalies.append(ReportAnomaly(opened: opened))
        case .recovered(let recovered):
            guard let place = anomalyPlaces[recovered.id] else { return }
            anomalies[place].recovery = recovered.recovery
        case .accepted(let accepted):
            guard let place = anomalyPlaces[accepted.id] else { return }
            anomalies[place].accepted = accepted
            anomalies[place].acceptedAt = instant
        case .unrecovered(let unrecovered):
            guard let place = anomalyPlaces[unrecovered.id] else { return }
            anomalies[place].finding = unrecovered.finding
            anomalies[place].unrecoveredAt = instant
        case .traced(let traced):
            guard let place = anomalyPlaces[traced.id] else { return }
            anomalies[place].opened.anomaly.apply(traced)
        default: break
        }
    }

    /// Namespaces that occur, in order.
    package var namespaces: [String] {
        let names =
            rounds.map(\.namespace) + anomalies.map(\.service.namespace)
            + policies.map { String($0.id.prefix { $0 != "/" }) }
        return Set(names).sorted()
    }

    /// Only what belongs to `namespace` (all when nil) and happened at or after `since` (from the
    /// beginning when nil): rounds planned then, anomalies not over by then.
    package func narrowed(to namespace: String?, since: Timestamp?) -> ReportHistory {
        var narrow = self
        narrow.rounds = rounds.filter { round in
            (namespace.map { round.namespace == $0 } ?? true)
                && (since.map { round.plannedAt >= $0 } ?? true)
        }
        narrow.anomalies = anomalies.filter { anomaly in
            (namespace.map { anomaly.service.namespace == $0 } ?? true)
                && (since.map { (anomaly.endedAt ?? .latest) >= $0 } ?? true)
        }
        narrow.alertCoverage = alertCoverage.filter { coverage in
            (namespace.map { coverage.namespace == $0 } ?? true)
                && (since.map { coverage.from >= $0 } ?? true)
        }
        narrow.blindness = blindness.filter { span in
            (namespace == nil || span.namespace == nil || span.namespace == namespace)
                && (since.map { (span.until ?? .latest) >= $0 } ?? true)
        }
        narrow.policies = policies.filter { policy in
            namespace.map { policy.id.hasPrefix($0 + "/") } ?? true
        }
        narrow.places = [:]
        for (place, round) in narrow.rounds.enumerated() { narrow.places[round.number] = place }
        narrow.anomalyPlaces = [:]
        for (place, anomaly) in narrow.anomalies.enumerated() {
            narrow.anomalyPlaces[anomaly.id] = place
        }
        if let since { narrow.firstAt = max(firstAt ?? since, since) }
        return narrow
    }

    /// The round of a number.
    package func round(_ number: Int) -> ReportRound? { places[number].map { rounds[$0] } }

    package static func == (left: Self, right: Self) -> Bool {
        left.rounds == right.rounds && left.anomalies == right.anomalies
            && left.policies == right.policies && left.firstAt == right.firstAt
            && left.lastAt == right.lastAt && left.alertCoverage == right.alertCoverage
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(rounds)
        hasher.combine(anomalies)
    }
}
