// How events change what is known of harm. Older journals lack the counted failures; then the
// verdicts alone tell.

extension State {
    /// Folds in what `event` says of harm; called after everything else of the event is folded in.
    mutating func learnHarm(_ event: Event, at instant: Timestamp) {
        switch event {
        case .harmed(let harmed): count(harmed, at: instant)
        case .judged(let judged):
            guard let round = round(judged.round), round.planned.assignment == .strike else {
                return
            }
            let rest = FailureLedger.readable(judged.verdict.excess) - round.failed
            if rest > 0 { count(Harmed(round: judged.round, failed: rest), at: instant) }
        case .closed(let closed): settle(closed, at: instant)
        case .aborted(let aborted):
            guard let round = round(aborted.round), round.planned.assignment == .strike else {
                return
            }
            countAborted(round, aborted.cause.rawValue)
        case .unrecovered(let unrecovered):
            guard let record = anomalies.first(where: { $0.id == unrecovered.id }) else { return }
            beginAnew(
                in: record.service.namespace, "\(record.service.name) did not recover", at: instant)
        case .blind(let blind):
            beginAnew(in: blind.namespace, "blind: \(blind.reason)", at: instant)
        case .deployed(let deployed): take(deployed, at: instant)
        default: return
        }
    }

    /// The clock was set back.
    mutating func setBack(to instant: Timestamp) {
        for policy in harm.failures.keys { harm.failures[policy]?.setBack(to: instant) }
    }

    private mutating func count(_ harmed: Harmed, at instant: Timestamp) {
        let failed = FailureLedger.readable(harmed.failed)
        var policy = round(harmed.round)?.planned.policy
        if let id = harmed.anomaly {
            for index in anomalies.indices where anomalies[index].id == id {
                anomalies[index].failed += failed
                policy = policy ?? anomalies[index].policy
            }
            // What lasts beyond its round belongs to what was struck.
            if let cell = round(harmed.round)?.cell, harm.cells[cell] != nil {
                harm.cells[cell]?.harmfulFailures += failed
            }
        } else if let index = rounds.lastIndex(where: { $0.number == harmed.round }) {
            rounds[index].failed += failed
        }
        guard let policy else { return }
        harm.failures[policy, default: FailureLedger()].add(failed, at: instant)
    }

    private mutating func settle(_ closed: Closed, at instant: Timestamp) {
        guard let round = round(closed.round), round.planned.assignment == .strike,
            round.injecting != nil
        else { return }
        let didHarm = closed.outcome == .harm || round.aborted?.cause == .budget
        let isClean =
            closed.outcome == .noHarm && round.deliveredAt != nil
            && round.verdict?.kind == .noHarm && !didHarm && !hasAnomaly(of: round)
        if didHarm || isClean { learn(round, didHarm: didHarm, at: instant) }
        // Nobody of this life ended it: the one before was killed.
        if closed.outcome == .interrupted, round.verdict == nil { countAborted(round, "died") }
        let policy = round.planned.policy
        var track =
            harm.tracks[policy] ?? CleanTrack(since: round.plannedAt, reason: "the first strike")
        guard round.plannedAt >= track.since else { return }
        if didHarm {
            track.end(by: .harm)
        } else if isClean {
            track.addClean()
        } else if [.noHarm, .inconclusive, .void, .interrupted].contains(closed.outcome) {
            track.end(by: .unclear)
        }
        harm.tracks[policy] = track
    }

    /// Whether something anomalous is put down to a round, also of a signal that its verdict does
    /// not speak of.
    private func hasAnomaly(of round: RoundRecord) -> Bool {
        (anomalies + pastAnomalies).contains { $0.opened.round == round.number }
    }

    private mutating func learn(_ round: RoundRecord, didHarm: Bool, at instant: Timestamp) {
        guard let cell = round.cell else { return }
        var record = harm.cells[cell] ?? HarmRecord()
        record.strikes += 1
        record.lastAt = instant
        if didHarm {
            record.harmed += 1
            record.harmfulFailures += round.failed
        } else {
            record.calmFailures += round.failed
        }
        harm.cells[cell] = record
        guard harm.cells.count > HarmHistory.cellLimit else { return }
        let oldest = harm.cells.min { ($0.value.lastAt, $0.key) < ($1.value.lastAt, $1.key) }
        if let oldest { harm.cells[oldest.key] = nil }
    }

    private mutating func countAborted(_ round: RoundRecord, _ reason: String) {
        let namespace = String(round.planned.policy.prefix { $0 != "/" })
        counters.aborted[Counters.key(namespace, reason), default: 0] += 1
    }

    /// Confidence of the policies of `namespace`, or of all, begins anew.
    private mutating func beginAnew(in namespace: String?, _ reason: String, at instant: Timestamp)
    {
        let loaded = policies?.policies.map(\.id) ?? []
        for id in Set(harm.tracks.keys).union(loaded).sorted() {
            if let namespace, !id.hasPrefix(namespace + "/") { continue }
            harm.tracks[id] = CleanTrack(since: instant, reason: reason)
        }
    }

    private mutating func take(_ deployed: Deployed, at instant: Timestamp) {
        var templates: [WorkloadRef: Deployed.Revision] = [:]
        for entry in deployed.revisions { templates[entry.workload] = entry }
        harm.templates[deployed.namespace] = templates
        var rollouts = harm.rollouts[deployed.namespace] ?? [:]
        rollouts = rollouts.filter { templates[$0.key] != nil }
        for workload in deployed.rolledOut ?? [] { rollouts[workload] = instant }
        harm.rollouts[deployed.namespace] = rollouts
        if deployed.changed.isEmpty { return }
        let changed = Set(deployed.changed)
        // What a former version did says little about this one.
        harm.cells = harm.cells.filter { !changed.contains($0.key.workload) }
        let names = deployed.changed.sorted().map { "\($0.kind) \($0.name)" }
        let shown = names.prefix(3).joined(separator: ", ")
        let rest = names.count > 3 ? " and \(names.count - 3) more" : ""
        beginAnew(in: deployed.namespace, "deployed: \(shown)\(rest)", at: instant)
    }
}

extension RoundRecord {
    /// The kind of fault and the workload that it strikes; nil for a target without a workload.
    package var cell: HarmCell? {
        planned.target.workload.map { HarmCell(fault: planned.fault, workload: $0) }
    }
}
