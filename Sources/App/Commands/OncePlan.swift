// What a round would draw from now, and why it might not start, in plain lines. Signals are not
// looked at: only the daemon's gates know them.

import Core
import Engine

/// The plan of a round that was not drawn yet.
struct OncePlan: Sendable {
    private let policy: Policy
    private let snapshot: Snapshot
    private let eligibility: Eligibility
    private let holds: [Hold]
    /// Pods shown one by one, at most.
    private static let shown = 50

    init(
        snapshot: Snapshot, policy: Policy, state: State, catalog: FaultCatalog, now: Timestamp
    ) {
        self.policy = policy
        self.snapshot = snapshot
        eligibility = Eligibility(
            snapshot, policy: policy,
            history: StrikeHistory(state, policy: policy, snapshot: snapshot, now: now),
            honoursBudgets: policy.faults.allSatisfy {
                catalog.kinds[$0.kind]?.manifest.honoursDisruptionBudgets ?? false
            }, now: now)
        // As if the signals were well: a dry run does not read them.
        let input = GateInput(
            openness: policy.schedule.isOpen(at: now), isLeader: true, snapshot: snapshot,
            blindReason: nil, isWarm: true)
        holds = Core.holds(input, policy: policy, state: state, now: now)
    }

    /// Nothing that is known here holds it, and something may be struck.
    var mayStart: Bool { holds.isEmpty && !eligibility.eligible.isEmpty }

    var lines: [String] {
        poolLines + holds.map { "held (\($0.reason.rawValue)): \($0.text)" }
    }

    /// Eligible pods with their chances, excluded ones with their reasons, faults and shams.
    var poolLines: [String] {
        let eligible = Plan.probabilities(snapshot, policy: policy, eligibility: eligibility)
        var lines = [
            "\(policy.id) (\(policy.mode.rawValue)): \(eligible.count) of "
                + "\(eligible.count + eligibility.excluded.count) pods may be struck"
        ]
        var table = TextTable(["  POD", "CHANCE", "WHY NOT"])
        for (pod, chance) in eligible.prefix(Self.shown) {
            table.add(["  " + snapshot.pods[Int(pod)].name, percent(chance)])
        }
        for (pod, reason) in eligibility.excluded.prefix(Self.shown) {
            table.add(["  " + snapshot.pods[Int(pod)].name, "0%", reason.text])
        }
        if !eligible.isEmpty || !eligibility.excluded.isEmpty { lines += table.lines }
        let hidden =
            max(0, eligible.count - Self.shown) + max(0, eligibility.excluded.count - Self.shown)
        if hidden > 0 {
            let counts = eligibility.exclusionCounts.sorted { $0.key < $1.key }
            lines.append(
                "  and \(hidden) more; excluded in all: "
                    + counts.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
        }
        let weights = policy.faults.reduce(0) { $0 + $1.weight }
        for fault in policy.faults where weights > 0 {
            lines.append("  fault \(fault.kind): \(percent(fault.weight / weights))")
        }
        lines.append("  sham: \(percent(policy.sham)), which is not in the chances above")
        return lines
    }

    private func percent(_ share: Double) -> String {
        "\(shortNumber(share * 100))%"
    }
}
