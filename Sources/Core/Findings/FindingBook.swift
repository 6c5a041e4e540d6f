// All rules over one round, and what their sightings and silences make of the findings so far.
// Pure: the caller journals what changed.

import RealModule

/// The rules of findings.
package enum FindingBook {
    static let rules: [any FindingRule] = [
        SinglePointOfFailure(), NoRecovery(), StateResidue(), SlowRecovery(), MaskedFailures(),
        CollateralVictims(), LatencyOnly(), BudgetMissing(), BudgetBlocking(), NotDelivered(),
        Unobservable(), SilentAlerts(),
    ]

    /// Findings that are new or changed by the round, sorted by identity. `final` is false while
    /// later looks at the same round may still find more: then silence does not count yet.
    package static func review(
        _ input: FindingInput, stage: FindingStage, final: Bool = true
    ) -> [Finding] {
        var changed: [Finding] = []
        for rule in rules where type(of: rule).stage == stage {
            guard rule.canTell(input) else { continue }
            var shown: Set<String> = []
            for sighting in rule.sightings(input) {
                var finding = input.state.findings[sighting.identity] ?? blank(sighting, input)
                shown.insert(sighting.identity)
                let old = finding
                finding.note(sighting, input, rule)
                if finding != old || input.state.findings[sighting.identity] == nil {
                    changed.append(finding)
                }
            }
            guard final else { continue }
            for known in input.state.findings.values
            where known.kind == type(of: rule).kind && known.namespace == input.namespace
                && !shown.contains(known.identity)
            {
                guard rule.compares(input.round, with: known, in: input.state) else { continue }
                var finding = known
                if finding.noteAbsence(input) { changed.append(finding) }
            }
        }
        return changed.sorted { $0.identity < $1.identity }
    }

    /// A finding whose condition holds or ceased outside of any round: the newest text, and whether
    /// it stands. Nil when that is known already.
    package static func standing(_ known: Finding, holds: Bool, at now: Timestamp) -> Finding? {
        if known.standing == holds { return nil }
        var finding = known
        finding.standing = holds
        if !holds { finding.evidence.append("it was over at \(now.rfc3339Seconds)") }
        return finding
    }

    /// Whether the condition of a finding that stood holds now; nil when that cannot be told.
    /// `input` is the round that left a residue, when this life saw it.
    package static func holds(
        _ finding: Finding, state: State, facts: NamespaceFacts?, input: FindingInput?
    ) -> Bool? {
        switch finding.kind {
        case .noRecovery, .slowRecovery:
            return state.anomalies.contains {
                $0.unrecovered != nil && $0.service.namespace == finding.namespace
                    && $0.service.name == finding.subject.name
            }
        case .stateResidue:
            guard let facts else { return nil }
            guard let workload = finding.subject.workload, let now = facts.workloads[workload]
            else { return false }
            if var input {
                input.after = facts
                return !StateResidue.residue(input).isEmpty
            }
            return now.ready < now.desired
        default: return nil
        }
    }

    private static func blank(_ sighting: Sighting, _ input: FindingInput) -> Finding {
        Finding(
            kind: sighting.kind, subject: sighting.subject, title: sighting.title,
            severity: sighting.severity, at: input.seenAt)
    }
}

extension Sighting {
    var identity: String { "\(kind.rawValue) \(subject.namespace) \(subject.name)" }
}

extension FindingInput {
    /// When the round struck.
    var seenAt: Timestamp { round.injectedAt ?? round.plannedAt }

    /// The revision of a subject at this round, and since when it is known to run.
    fileprivate func revision(
        of subject: Finding.Subject
    ) -> (hash: String, since: Timestamp)? {
        guard let workload = subject.workload ?? (subject.scope == .edge ? target : nil) else {
            return nil
        }
        if workload == target, let hash = round.planned.revision {
            // The pods of a revision die in every round; the rounds remember it for longer.
            // One that came back after another is a new one.
            let known = state.rounds.filter { $0.planned.target.workload == workload }
                .reversed().prefix { $0.planned.revision == hash }.last
            let oldest = before?.workloads[workload]?.revisionSince ?? seenAt
            return (hash, min(oldest, known?.plannedAt ?? seenAt))
        }
        guard let facts = before?.workloads[workload], let hash = facts.revision else { return nil }
        return (hash, facts.revisionSince ?? seenAt)
    }
}

extension Finding {
    /// The round shows it.
    fileprivate mutating func note(
        _ sighting: Sighting, _ input: FindingInput, _ rule: any FindingRule
    ) {
        let number = input.round.number
        let isNew = seen == 0 && comparable == 0 && rounds.isEmpty && clearRounds.isEmpty
        if let target = input.target, !struck.contains(target), struck.count < 20 {
            struck = (struck + [target]).sorted()
        }
        title = sighting.title
        severity = sighting.severity
        remedy = sighting.remedy
        evidence = sighting.evidence
        standing = sighting.standing
        subject.workload = sighting.subject.workload ?? subject.workload
        lastSeen = max(lastSeen, input.seenAt)
        status = .open
        missed = 0
        turn(to: input)
        if isNew {
            let earlier = input.state.rounds.filter {
                $0.number != number && $0.plannedAt >= since
                    && rule.compares($0, with: self, in: input.state)
            }
            comparable = earlier.count
            clearRounds = earlier.suffix(Self.roundLimit).map(\.number)
        }
        if !rounds.contains(number) {
            if let at = clearRounds.firstIndex(of: number) {
                clearRounds.remove(at: at)
            } else {
                comparable += 1
            }
            seen += 1
            rounds.add(number)
        }
        frequency = (Double(seen) + 0.5) / (Double(comparable) + 1)
    }

    /// A comparable round does not show it. False when the round was counted before.
    fileprivate mutating func noteAbsence(_ input: FindingInput) -> Bool {
        let number = input.round.number
        if rounds.contains(number) || clearRounds.contains(number) { return false }
        turn(to: input)
        comparable += 1
        clearRounds.add(number)
        // A late look at an old round says nothing about the time since the last sighting.
        if input.seenAt > lastSeen { missed += 1 }
        if missed >= missesToFix { status = .fixed }
        return true
    }

    /// Begins to count anew when the revision changed.
    private mutating func turn(to input: FindingInput) {
        guard let current = input.revision(of: subject) else {
            since = min(since, input.state.rounds.first?.plannedAt ?? since)
            return
        }
        if current.hash == revision { return }
        if revision != nil {
            seen = 0
            comparable = 0
            since = current.since
        } else {
            // Known for the first time: what was counted before stays, and so does its begin.
            since = comparable > 0 ? since : current.since
        }
        revision = current.hash
    }
}

extension [Int] {
    /// Adds a number, keeps the order and the newest `Finding.roundLimit`.
    fileprivate mutating func add(_ number: Int) {
        append(number)
        sort()
        removeFirst(Swift.max(0, count - Finding.roundLimit))
    }
}
