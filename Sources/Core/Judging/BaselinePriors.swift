// Keeps the priors of all namespaces fresh and hands them to their services.

/// Priors by namespace, refitted now and then.
struct BaselinePriors: Sendable {
    private struct Pair: Sendable {
        var errors: BaselinePrior?
        var connections: BaselinePrior?
    }

    private var pairs: [String: Pair] = [:]
    private var services = 0

    /// Windows between two fits.
    static let every: Int64 = 40

    /// Fits every 40 windows and whenever a service is new, and hands out: within the mesh, because
    /// signals in PromQL count something else.
    mutating func share(
        among judges: inout [ServiceRef: ServiceJudge], _ window: WindowSummary,
        _ settings: JudgeSettings
    ) {
        guard window.services.contains(where: { !$0.service.isQuery }) else { return }
        let isDue = window.index % Self.every == 0
        guard isDue || judges.count != services else { return }
        services = judges.count
        if isDue || pairs.isEmpty { fit(judges, window, settings) }
        for counts in window.services where !counts.service.isQuery {
            guard let pair = pairs[counts.service.namespace] else { continue }
            judges[counts.service]?.share(pair.errors, pair.connections)
        }
    }

    /// Only what is known by itself tells something about others, and only in the order of the
    /// window: sums depend on the order of their terms.
    private mutating func fit(
        _ judges: [ServiceRef: ServiceJudge], _ window: WindowSummary, _ settings: JudgeSettings
    ) {
        var known: [String: (errors: [Baseline], connections: [Baseline])] = [:]
        for counts in window.services where !counts.service.isQuery {
            guard let judge = judges[counts.service] else { continue }
            let namespace = counts.service.namespace
            let errors = judge.errors.tracks[0].baseline
            if errors.isReady(settings.warmUp) {
                known[namespace, default: ([], [])].errors.append(errors)
            }
            let connections = judge.connections.tracks[0].baseline
            if connections.isReady(settings.warmUp) {
                known[namespace, default: ([], [])].connections.append(connections)
            }
        }
        pairs = known.mapValues { known in
            Pair(
                errors: known.errors.isEmpty ? nil : BaselinePrior(known.errors),
                connections: known.connections.isEmpty ? nil : BaselinePrior(known.connections))
        }
    }
}
