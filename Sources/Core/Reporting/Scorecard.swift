// How each service stood up to each fault: in how many rounds it was harmed, out of how many that
// could have shown it, and above which ratio harm is excluded in the others.

import RealModule

/// Service by fault, over the strikes that were judged.
package struct Scorecard: Sendable, Hashable {
    /// One service under one fault; `service` is nil for any service of the namespace.
    package struct Row: Sendable, Hashable {
        package var namespace: String
        package var service: ServiceRef?
        package var fault: String
        /// Strikes that could show something, and those of them that did harm.
        package var rounds = 0
        package var harmed = 0
        /// Judged strikes that say nothing: too little traffic, blind, or anomalous before.
        package var inconclusive = 0
        /// Strikes without a verdict about users: not delivered, skipped, failed, void or
        /// interrupted.
        package var unjudged = 0
        /// In the rounds without harm, harm above this bad ratio is excluded: the largest p* of
        /// them (detection design 5.9). Nil when there was no such round.
        package var bound: Double?
        /// 1 - alpha of those statements, the smallest.
        package var confidence: Double?
        /// The largest bad ratio of a harmed round, and bad responses beyond the baseline over all
        /// strikes.
        package var worst: Double?
        package var excess = 0.0
        package var lastStruck: Timestamp?

        /// Equal-tailed 95 % interval of the share of strikes that do harm, with Jeffreys' prior:
        /// Beta(k + 1/2, n - k + 1/2). Nil without rounds.
        package var interval: ClosedRange<Double>? {
            Scorecard.jeffreys(harmed, of: rounds)
        }
    }

    /// By namespace, service (any service first), fault.
    package var rows: [Row] = []
    /// Judged strikes of journals that kept no measurements: they count in the rows of any service
    /// only.
    package var unmeasured = 0

    package init(_ rounds: [ReportRound]) {
        struct Key: Hashable {
            var namespace: String
            var service: ServiceRef?
            var fault: String
        }
        var table: [Key: Row] = [:]
        func change(_ key: Key, _ body: (inout Row) -> Void) {
            body(
                &table[
                    key,
                    default: Row(namespace: key.namespace, service: key.service, fault: key.fault)])
        }
        for round in rounds where round.isStrike && round.outcome != nil {
            let any = Key(namespace: round.namespace, service: nil, fault: round.fault)
            change(any) { $0.add(round) }
            guard round.isJudged else { continue }
            guard let outcomes = round.outcomes else {
                unmeasured += 1
                continue
            }
            for (service, signals) in Self.byService(outcomes) {
                let key = Key(namespace: round.namespace, service: service, fault: round.fault)
                change(key) { $0.add(signals, of: round) }
            }
        }
        rows = table.values.sorted { $0.order < $1.order }
    }

    static func byService(
        _ outcomes: [ServiceOutcome]
    ) -> [(service: ServiceRef, signals: [ServiceOutcome])] {
        Dictionary(grouping: outcomes, by: \.service).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    /// Beta(k + 1/2, n - k + 1/2) between 2.5 % and 97.5 %; nil when n is 0.
    package static func jeffreys(_ k: Int, of n: Int) -> ClosedRange<Double>? {
        guard n > 0, k >= 0, k <= n else { return nil }
        let a = Double(k) + 0.5
        let b = Double(n - k) + 0.5
        let low = k == 0 ? 0 : BetaFunctions.inverse(0.025, a, b)
        let high = k == n ? 1 : BetaFunctions.inverse(0.975, a, b)
        return min(low, high)...max(low, high)
    }
}

extension Scorecard.Row {
    fileprivate var order: (String, Int, String, String) {
        (namespace, service == nil ? 0 : 1, service?.description ?? "", fault)
    }

    /// Counts a round by its verdict.
    fileprivate mutating func add(_ round: ReportRound) {
        guard round.isJudged, let verdict = round.verdict else {
            unjudged += 1
            return
        }
        lastStruck = max(lastStruck ?? round.plannedAt, round.plannedAt)
        if verdict.excess.isFinite { excess += verdict.excess }
        switch verdict.kind {
        case .harm:
            rounds += 1
            harmed += 1
            for evidence in verdict.harmed where evidence.now.isFinite {
                worst = max(worst ?? 0, min(evidence.now, 1))
            }
        case .noHarm:
            rounds += 1
            state(verdict.minimumDetectable, verdict.confidence)
        default: inconclusive += 1
        }
    }

    /// Silence, with its limit.
    private mutating func state(_ limit: Double?, _ level: Double?) {
        if let limit, limit.isFinite { bound = max(bound ?? 0, min(limit, 1)) }
        if let level, level.isFinite { confidence = min(confidence ?? 1, level) }
    }

    /// Counts what a round showed of this service.
    fileprivate mutating func add(_ signals: [ServiceOutcome], of round: ReportRound) {
        lastStruck = max(lastStruck ?? round.plannedAt, round.plannedAt)
        let failures = signals.first { $0.signal == .badRatio }
        if let failures, (failures.bad - failures.expected).isFinite {
            excess += max(0, failures.bad - failures.expected)
        }
        if signals.contains(where: \.harmed) {
            rounds += 1
            harmed += 1
            if let failures, failures.requests > 0, failures.bad.isFinite {
                worst = max(worst ?? 0, min(failures.bad / failures.requests, 1))
            }
        } else if let limit = signals.compactMap(\.bound).first,
            !signals.contains(where: \.wasBroken)
        {
            rounds += 1
            state(limit, round.verdict?.confidence)
        } else {
            inconclusive += 1
        }
    }
}
