// What must hold of the earned radius and the harm budget in a simulated history. It counts by
// itself, event by event and to the nanosecond, and asks nothing of the code that it checks.

import Core
import Engine

/// The level and the failures of one policy, from its journal's events.
struct EarnedOracle: Sendable {
    private struct Round: Sendable {
        var planned: Planned
        var plannedAt: Timestamp
        var isAnnounced = false
        var isDelivered = false
        var verdict: Verdict.Kind?
        var failed = 0.0
        var wasTooCostly = false
        /// Unavailable pods that the level allowed when it was announced.
        var allowed = Int.max
    }

    private let policy: Policy
    private var rounds: [Int: Round] = [:]
    private var failures: [(at: Timestamp, failed: Double)] = []
    private var level = 0
    private var streak = 0
    private var since = Timestamp(nanoseconds: .min)
    private var restarted: [String: Timestamp] = [:]
    private var namespaces: [Int: String] = [:]
    init(policy: Policy) { self.policy = policy }

    /// Somebody changed the pod template of a workload.
    mutating func restarted(_ workload: String, at instant: Timestamp) {
        restarted[workload] = instant
    }

    /// Takes one event in and says what it violates.
    mutating func check(_ entry: JournalEntry) -> [String] {
        switch entry.event {
        case .planned(let planned) where planned.policy == policy.id:
            rounds[planned.round] = Round(planned: planned, plannedAt: entry.at)
        case .injecting(let injecting):
            rounds[injecting.round]?.isAnnounced = true
            return announced(injecting, at: entry.at)
        case .delivered(let mark): rounds[mark.round]?.isDelivered = true
        case .harmed(let harmed): fail(harmed.round, harmed.failed, harmed.anomaly, entry.at)
        case .judged(let judged):
            rounds[judged.round]?.verdict = judged.verdict.kind
            if let round = rounds[judged.round], round.planned.assignment == .strike {
                fail(judged.round, judged.verdict.excess - round.failed, nil, entry.at)
            }
        case .aborted(let aborted):
            if aborted.cause == .budget { rounds[aborted.round]?.wasTooCostly = true }
        case .closed(let closed): settle(closed)
        case .anomaly(let opened):
            namespaces[opened.id] = opened.anomaly.evidence.service.namespace
        case .unrecovered(let unrecovered):
            if namespaces[unrecovered.id] == policy.namespace { beginAnew(entry.at) }
        case .blind(let blind):
            if blind.namespace.map({ $0 == policy.namespace }) ?? true { beginAnew(entry.at) }
        case .deployed(let deployed) where deployed.namespace == policy.namespace:
            for workload in deployed.changed { restarted[workload.name] = nil }
            if !deployed.changed.isEmpty { beginAnew(entry.at) }
        default: break
        }
        return []
    }

    private mutating func fail(_ round: Int, _ failed: Double, _ anomaly: Int?, _ at: Timestamp) {
        guard failed > 0, rounds[round] != nil else { return }
        if anomaly == nil { rounds[round]?.failed += failed }
        failures.append((at, failed))
    }

    private mutating func announced(_ injecting: Injecting, at instant: Timestamp) -> [String] {
        guard injecting.policy == policy.id else { return [] }
        var violations: [String] = []
        let radius = policy.blastRadius
        if let limit = radius.budgetFailedRequests {
            let from = instant - radius.budgetPeriod
            let used = failures.reduce(0) { $1.at > from ? $0 + $1.failed : $0 }
            if used >= Double(limit) {
                violations.append(
                    "round \(injecting.round) was announced with \(used) of \(limit) failed "
                        + "requests used")
            }
        }
        guard let growth = radius.growth else { return violations }
        guard let use = rounds[injecting.round]?.planned.radius else {
            return violations + ["round \(injecting.round) does not say how far it reaches"]
        }
        var allowed = 0
        for index in 0...min(level, growth.levels.count - 1) {
            allowed = max(allowed, growth.levels[index].allowed(of: use.pods))
        }
        allowed = min(allowed, radius.namespaceMaxUnavailable.allowed(of: use.pods))
        rounds[injecting.round]?.allowed = allowed
        if use.unavailable + 1 > allowed {
            violations.append(
                "round \(injecting.round) strikes with \(use.unavailable) unavailable, where "
                    + "level \(level + 1) allows \(allowed) of \(use.pods)")
        }
        return violations
    }

    /// What it violates that `struck` pods of the true cluster carry marks when a round strikes.
    func strikes(_ round: Int, struck: Int) -> String? {
        guard let allowed = rounds[round]?.allowed, struck > allowed else { return nil }
        return "\(struck) pods are struck at once, where round \(round) was allowed \(allowed)"
    }

    private mutating func settle(_ closed: Closed) {
        guard let round = rounds[closed.round] else { return }
        guard round.planned.assignment == .strike, round.isAnnounced, round.plannedAt >= since,
            let growth = policy.blastRadius.growth
        else { return }
        if closed.outcome == .harm || round.wasTooCostly {
            level = max(0, level - 1)
            streak = 0
        } else if closed.outcome == .noHarm, round.isDelivered, round.verdict == .noHarm {
            streak += 1
            if streak == growth.cleanRounds {
                streak = 0
                level = min(level + 1, growth.levels.count - 1)
            }
        } else if ![.skipped, .failed, .notDelivered].contains(closed.outcome) {
            streak = 0
        }
    }

    private mutating func beginAnew(_ instant: Timestamp) {
        level = 0
        streak = 0
        since = instant
    }

    /// At the end: every deploy that there was time to see was seen.
    func finish(at instant: Timestamp) -> [String] {
        guard EarnedLimits(policy.blastRadius) != nil else { return [] }
        return restarted.sorted { $0.key < $1.key }
            .filter { instant - $0.value > .seconds(150) }
            .map { "the deploy of \($0.key) at \($0.value.rfc3339) was never noticed" }
    }
}
