// What the gate of a policy must have seen before a round was planned: from rows that were durable
// a while before, and from what the simulation did to the world.

import Core
import Engine

/// Checks every planned round against what was known, and what was true, when it was planned.
struct GateOracle: Sendable {
    private let policies: [Policy]
    private var unrecovered: [Int: Timestamp] = [:]
    /// When somebody set the wall clock, in uptime.
    private var jumpedAt: Duration?
    /// When the signals went away, in uptime; nil while they can be read.
    private var silentSince: Duration?

    /// More than the time from a look at the gate to the row of the round that it let through.
    private static let slack = Duration.seconds(1)
    /// More than two windows of the simulated judge and the time until they are complete.
    private static let blindness = Duration.seconds(40)

    init(policies: [Policy]) { self.policies = policies }

    mutating func jumped(at uptime: Duration) { jumpedAt = uptime }
    mutating func silent(since uptime: Duration?) { silentSince = uptime }

    /// What `entry` violates, given the state before it, when it is seen at `uptime`.
    mutating func check(_ entry: JournalEntry, before state: State, uptime: Duration) -> [String] {
        if case .unrecovered(let event) = entry.event { unrecovered[event.id] = entry.at }
        guard case .planned(let planned) = entry.event else { return [] }
        guard let policy = policies.first(where: { $0.id == planned.policy }) else {
            return ["round \(planned.round) is of no policy: \(planned.policy)"]
        }
        // The journal's lane makes it exact.
        if state.halted != nil { return ["round \(planned.round) was planned while halted"] }
        var found: [String] = []
        if let silentSince, uptime - silentSince > Self.blindness {
            found.append("the signals had been gone for \((uptime - silentSince).human)")
        }
        // Across a jump, the times of two rows cannot be compared.
        if jumpedAt.map({ uptime - $0 > .seconds(5) }) ?? true {
            found += holds(policy, state, at: entry.at)
        }
        return found.map { "round \(planned.round) of \(policy.id) was planned although \($0)" }
    }

    private func holds(_ policy: Policy, _ state: State, at instant: Timestamp) -> [String] {
        var found: [String] = []
        let known = instant - Self.slack
        if case .closed(let reason, _) = policy.schedule.isOpen(at: instant),
            case .closed = policy.schedule.isOpen(at: known)
        {
            found.append("its window was closed: \(reason)")
        }
        if policy.gate.holdWhile.contains(.blind), let since = state.blindSince, since < known {
            found.append("the journal said blind since \(since.rfc3339)")
        }
        let mine = state.anomalies.filter { $0.service.namespace == policy.namespace }
        if policy.gate.holdWhile.contains(.alertFiring),
            let old = mine.first(where: { $0.openedAt < known })
        {
            found.append("\(old.service.name) was anomalous since \(old.openedAt.rfc3339)")
        }
        let lost = mine.count { unrecovered[$0.id].map { $0 < known } ?? false }
        if policy.gate.stopAfterUnrecovered > 0, lost >= policy.gate.stopAfterUnrecovered {
            found.append("\(lost) services had not recovered")
        }
        return found
    }
}
