// What a round asks of its policy's earned radius and harm budget: whether an announcement still
// fits, and whether the round must end early.

import Core
import Platform

extension RoundRunner {
    /// Journals the announcement, unless a budget was used up or the radius shrank since the plan
    /// was made. The reason then, nil when it is announced.
    func record(
        _ announced: Injecting, planned: Planned
    ) async throws(Failure) -> String? {
        let policy = policy
        let now = clock.now
        return try await journal.record(.injecting(announced)) { state in
            let radius = policy.blastRadius
            if let limit = radius.budgetInjections {
                let used = state.injections(of: policy.id, within: radius.budgetPeriod, now: now)
                if used >= limit {
                    return "\(used) of \(limit) injections used in \(radius.budgetPeriod.human)"
                }
            }
            if let budget = HarmBudget(policy, state, now: now), budget.isUsedUp {
                return budget.text
            }
            if let growth = policy.blastRadius.growth, let use = planned.radius {
                let earned = EarnedRadius(growth, track: state.harm.tracks[policy.id])
                if use.unavailable + 1 > earned.allowed(of: use.pods) {
                    return "the earned radius shrank: \(earned.text)"
                }
            }
            return nil
        }
    }

    /// Why a running round must end at once; nil when it may go on.
    func abortion(of planned: Planned) async -> Aborted? {
        if let incident = await watch.externalIncident(planned.round) {
            return Aborted(
                round: planned.round, cause: .externalIncident, reason: incident.text,
                services: incident.services)
        }
        if await !watch.isJudging(planned.round) {
            return Aborted(
                round: planned.round, cause: .unjudged,
                reason: "the wall clock was set back, and the judge began anew: nobody counts harm")
        }
        guard planned.assignment == .strike, policy.blastRadius.budgetFailedRequests != nil,
            let budget = HarmBudget(policy, await journal.state, now: clock.now), budget.isUsedUp
        else { return nil }
        return Aborted(round: planned.round, cause: .budget, reason: budget.text)
    }
}
