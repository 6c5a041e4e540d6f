// Metrics that answer "how far may it go?": the radius that was earned, the harm budget, and rounds
// that had to end early.

import Core

extension MetricRegistry {
    static let earned: [MetricFamily] = [
        MetricFamily(
            .gauge, "hazard_radius_level", labels: ["namespace", "policy"],
            "Level of blastRadius.grow that the policy has earned, from 1."
        ) { input, out in
            for (id, limits) in input.earning {
                let (namespace, name) = splitPolicy(id)
                out.add(input.radius(id, limits).map { Double($0.level) }, namespace, name)
            }
        },
        MetricFamily(
            .gauge, "hazard_budget_failed_requests", labels: ["namespace", "policy"],
            "Requests that failed because of strikes within the budget's period."
        ) { input, out in
            for (id, limits) in input.earning where limits.failedRequests != nil {
                let (namespace, name) = splitPolicy(id)
                let since = input.now - .inSeconds(limits.period)
                out.add(input.state.failedRequests(of: id, since: since), namespace, name)
            }
        },
        MetricFamily(
            .gauge, "hazard_budget_failed_requests_limit", labels: ["namespace", "policy"],
            "Requests that may fail because of strikes within the budget's period."
        ) { input, out in
            for (id, limits) in input.earning {
                let (namespace, name) = splitPolicy(id)
                out.add(limits.failedRequests.map { Double($0) }, namespace, name)
            }
        },
        MetricFamily(
            .counter, "hazard_rounds_aborted", labels: ["namespace", "reason"],
            "Strikes that were ended early, by reason."
        ) { input, out in
            let known = input.namespaces.flatMap { namespace in
                abortReasons.map { Counters.key(namespace, $0) }
            }
            out.add(input.state.counters.aborted, known: known)
        },
    ]

    /// Why a round ends early; `died` is the daemon's own death.
    private static let abortReasons = Aborted.Cause.allCases.map(\.rawValue) + ["died"]
}
