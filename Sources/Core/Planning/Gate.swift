// Reasons not to start a round, from what is known at this instant. Everything that cannot be read
// counts as a reason: the gate fails closed.

/// What the gate looks at. Each part is what its reader could find out; nil means it could not.
package struct GateInput: Sendable {
    package var openness: Openness
    package var isLeader: Bool
    /// Why this instance does not lead, as far as that is known.
    package var leadershipObstacle: String?
    /// From whom this leader took over, when it did.
    package var takeover: Takeover?
    /// Nil when the cluster could not be read; the text says why.
    package var snapshot: Snapshot?
    package var snapshotFailure: String
    /// Why the signals cannot be trusted now, or nil when they can.
    package var blindReason: String?
    /// Whether the judge has learned enough of the namespace's services.
    package var isWarm: Bool
    /// Why no round of the namespace could show anything; nil when one could, or while that is not
    /// known.
    package var scantTraffic: String?
    /// Why the journal cannot be written, or nil when it can.
    package var journalFailure: String?
    /// The wall clock moved against the monotonic one since the last tick by more than allowed.
    package var clockJump: Duration?
    /// What a strike did may show for so long after it, at least.
    package var washout: Duration

    package init(
        openness: Openness, isLeader: Bool, snapshot: Snapshot?, snapshotFailure: String = "",
        blindReason: String?, isWarm: Bool, scantTraffic: String? = nil,
        journalFailure: String? = nil, clockJump: Duration? = nil,
        washout: Duration = .seconds(300)
    ) {
        self.openness = openness
        self.isLeader = isLeader
        self.snapshot = snapshot
        self.snapshotFailure = snapshotFailure
        self.blindReason = blindReason
        self.isWarm = isWarm
        self.scantTraffic = scantTraffic
        self.journalFailure = journalFailure
        self.clockJump = clockJump
        self.washout = washout
    }
}

/// A change of leadership between two instances, each with a journal of its own.
package struct Takeover: Sendable, Hashable {
    /// The identity of the one that led before.
    package var from: String
    /// How long ago, by this instance's monotonic clock.
    package var ago: Duration
    package init(from: String, ago: Duration) {
        self.from = from
        self.ago = ago
    }
}

/// One reason, with words for people.
package struct Hold: Sendable, Hashable {
    package var reason: HoldReason
    package var text: String
    package init(_ reason: HoldReason, _ text: String) {
        self.reason = reason
        self.text = text
    }
}

/// The gate: every reason that holds, in a fixed order; empty when a round may start.
package func holds(
    _ input: GateInput, policy: Policy, state: State, now: Timestamp
) -> [Hold] {
    var found: [Hold] = []
    if policy.mode == .paused { found.append(Hold(.paused, "the policy's mode is paused")) }
    if let halted = state.halted { found.append(Hold(.halted, "halted by \(halted.by)")) }
    if case .closed(let reason, _) = input.openness {
        found.append(Hold(.outsideWindow, reason))
    }
    if !input.isLeader {
        found.append(Hold(.notLeader, input.leadershipObstacle ?? "this instance does not lead"))
    }
    // What the other one struck last is not known here, but no later than this.
    if let takeover = input.takeover, takeover.ago < policy.blastRadius.cooldown {
        let text =
            "took over from \(takeover.from), whose strikes are not in this journal; nothing is "
            + "struck within the cooldown of \(policy.blastRadius.cooldown.human) from then on"
        found.append(Hold(.warmingUp, text))
    }
    if let failure = input.journalFailure { found.append(Hold(.journalFailing, failure)) }
    if let jump = input.clockJump {
        found.append(Hold(.clockJump, "the wall clock jumped by \(jump.human)"))
    }
    if input.snapshot == nil {
        found.append(Hold(.clusterUnreadable, input.snapshotFailure))
    }
    found += signalHolds(input, policy: policy)
    found += historyHolds(policy: policy, state: state, now: now)
    if let rest = state.washout(in: policy.namespace, shortest: input.washout, now: now) {
        let text = "what round \(rest.round) did may still show until \(rest.until.rfc3339Seconds)"
        found.append(Hold(.washout, text))
    }
    if let snapshot = input.snapshot { found += rolloutHolds(snapshot, policy: policy) }
    return found
}

private func signalHolds(_ input: GateInput, policy: Policy) -> [Hold] {
    guard policy.gate.holdWhile.contains(.blind) else { return [] }
    if let reason = input.blindReason {
        return [Hold(.blind, "the signals cannot be read: \(reason)")]
    }
    // Without it nothing is learned either: the reason behind the reason.
    if let text = input.scantTraffic { return [Hold(.tooLittleTraffic, text)] }
    if !input.isWarm {
        return [Hold(.warmingUp, "the baseline of \(policy.namespace) is still being learned")]
    }
    return []
}

private func historyHolds(policy: Policy, state: State, now: Timestamp) -> [Hold] {
    var found: [Hold] = []
    let mine = state.anomalies.filter { $0.service.namespace == policy.namespace }
    let lost = mine.filter { $0.unrecovered != nil }
    if policy.gate.stopAfterUnrecovered > 0, lost.count >= policy.gate.stopAfterUnrecovered {
        let names = lost.map { $0.service.name }.joined(separator: ", ")
        found.append(Hold(.unrecovered, "not recovered: \(names)"))
    }
    if policy.gate.holdWhile.contains(.alertFiring), !mine.isEmpty {
        let names = mine.map { $0.service.name }.joined(separator: ", ")
        found.append(Hold(.alertFiring, "anomalous now: \(names)"))
    }
    if let stuck = state.rounds.last(where: {
        $0.planned.policy == policy.id && $0.holdsInjection
            && ($0.revertFailures > 0 || !$0.isOpen)
    }) {
        found.append(
            Hold(.stuckInjection, "round \(stuck.number) could not be reverted yet"))
    }
    let open = state.openRounds.filter { $0.planned.policy == policy.id }.count
    if open >= policy.blastRadius.concurrentInjections {
        found.append(Hold(.concurrency, "\(open) rounds of this policy are open"))
    }
    if let limit = policy.blastRadius.budgetInjections {
        let period = policy.blastRadius.budgetPeriod
        let used = state.injections(of: policy.id, within: period, now: now)
        if used >= limit {
            found.append(Hold(.budget, "\(used) of \(limit) injections used in \(period.human)"))
        }
    }
    if let budget = HarmBudget(policy, state, now: now), budget.isUsedUp {
        found.append(Hold(.budget, budget.text))
    }
    return found
}

/// Workloads of the policy's namespace that are rolling out, when the policy holds for them.
package func rolloutHolds(_ snapshot: Snapshot, policy: Policy) -> [Hold] {
    guard policy.gate.holdWhile.contains(.rolloutInProgress) else { return [] }
    let rolling = snapshot.workloads.filter {
        $0.rollingOut && snapshot.namespaces[Int($0.namespace)] == policy.namespace
    }
    if rolling.isEmpty { return [] }
    let names = rolling.map { $0.ref.name }.sorted().joined(separator: ", ")
    return [Hold(.rolloutInProgress, "rolling out: \(names)")]
}
