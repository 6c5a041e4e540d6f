// What faults did on average, by randomisation: strikes against shams, with intervals, permutation
// p-values and partial pooling over targets.

import RealModule

/// Effects on the excess bad ratio of a round, (bad - expected) / requests (detection design 5.8).
package struct EffectTable: Sendable, Hashable {
    /// What was compared with sham.
    package struct Row: Sendable, Hashable {
        package var namespace: String
        package var fault: String
        /// Nil: all targets together.
        package var target: String?
        /// Nil: all services of the namespace together.
        package var service: ServiceRef?
        package var estimate: Double
        /// Half the width of the 95 % interval; nil with fewer than `EffectTable.fewest` rounds on
        /// a side, and when all rounds of each side gave the same.
        package var margin: Double?
        package var treated: Int
        package var shams: Int
        /// Of the sharp null that the fault never did anything, by redrawing the assignments
        /// `draws` times; nil when the chances of a round are not all known.
        package var pValue: Double?
        package var draws = 0
        /// The estimate and margin after shrinking towards the other targets of the fault; nil for
        /// all targets, and when there are fewer than two to pool. The margin takes the spread
        /// between targets and their common shams for known, so that it holds the truth less often
        /// than 95 %: in 81 to 95 % of simulated experiments.
        package var pooled: Double?
        package var pooledMargin: Double?
        fileprivate var error: Double?
        /// Student's t at 97.5 % with the smaller arm's degrees of freedom.
        fileprivate var quantile: Double {
            EffectTable.student(0.975, Double(min(treated, shams) - 1))
        }
        /// 0 for a whole fault, 1 for one target or one service, 2 for one service under strikes of
        /// one target.
        fileprivate var detail: Int { (target == nil ? 0 : 1) + (service == nil ? 0 : 1) }
    }

    /// All targets first, then each target; of each, the namespace first, then each service.
    package var rows: [Row] = []
    /// Rounds that count, strikes and shams, and those left out because nothing was measured.
    package var strikes = 0
    package var shams = 0
    package var unmeasured = 0
    /// Rounds whose chances are not all known: permutation is left out where they matter.
    package var partlyKnown = 0
    /// Rows that were not tested because it would take too long.
    package var untested = 0
    /// Services of single targets that were not compared because it would take too long; those of
    /// the most struck targets are.
    package var omitted = 0

    /// Rounds needed on each side before an interval is given.
    package static let fewest = 3
    /// Redraws times rounds over the whole table, so that a long journal does not take minutes.
    package static let effort = 30_000_000.0
    /// P-values above this are not refined.
    static let screen = 0.1

    /// `seed` decides the redraws; `effort` bounds them.
    package init(
        _ rounds: [ReportRound], seed: UInt64, effort: Double = EffectTable.effort
    ) {
        let judged = rounds.filter { $0.isJudged && $0.assignment != .observe }
        let measured = judged.filter { $0.outcomes != nil }
        unmeasured = judged.count - measured.count
        strikes = measured.count(where: \.isStrike)
        shams = measured.count - strikes
        partlyKnown = measured.count { $0.chances.faults == nil || $0.chances.targets == nil }
        let plans: [Row]
        (plans, omitted) = Self.plans(measured, comparisons: effort / 10)
        var tables: [(Row, [ExperimentRound])] = []
        for plan in plans {
            let experiment = Self.experiment(plan, measured)
            guard let effect = Effects.hajek(experiment.rounds, cell: Self.cell) else { continue }
            var row = plan
            row.estimate = effect.estimate
            row.treated = effect.treated
            row.shams = effect.shams
            // Without any spread the jackknife says nothing, not that all is certain.
            if effect.treated >= Self.fewest, effect.shams >= Self.fewest,
                let error = effect.error, error > 0
            {
                row.error = error
                row.margin = error * row.quantile
            }
            tables.append((row, experiment.isComplete ? experiment.rounds : []))
        }
        // Whole faults first: what goes beyond the effort with the fewest redraws is not tested.
        var work = 0.0
        let order = (0...2).flatMap { detail in
            tables.indices.filter { tables[$0].0.detail == detail }
        }
        for index in order {
            let size = Double(tables[index].1.count)
            if work + size > 4 * effort / 199 {
                tables[index].1 = []
                untested += 1
            } else {
                work += size
            }
        }
        let draws = Int(min(max(effort / max(work, 1), 199), 9999))
        for (index, table) in tables.enumerated() {
            var row = table.0
            if !table.1.isEmpty { Self.test(&row, table.1, draws, seed &+ UInt64(index)) }
            rows.append(row)
        }
        pool()
    }

    private static let cell = "cell"

    /// What rounds of one fault in one namespace struck, and how often.
    private struct Group {
        var namespace: String
        var fault: String
        var strikes: [String: Int] = [:]
        var services: [ServiceRef] = []
        /// The services to compare under each target.
        var pairs: [String: [ServiceRef]] = [:]

        func row(_ target: String?, _ service: ServiceRef?) -> Row {
            Row(
                namespace: namespace, fault: fault, target: target, service: service, estimate: 0,
                treated: 0, shams: 0)
        }
    }

    /// The rows without numbers, and how many services of single targets were left out: a row
    /// looks at every round, and their rows look at no more than `comparisons` rounds together.
    private static func plans(
        _ rounds: [ReportRound], comparisons: Double
    ) -> (rows: [Row], omitted: Int) {
        var groups = groups(rounds)
        var left = comparisons
        var omitted = 0
        let cells = groups.indices.flatMap { place in
            groups[place].strikes.map { (place: place, target: $0.key, strikes: $0.value) }
        }.sorted { ($1.strikes, $0.place, $0.target) < ($0.strikes, $1.place, $1.target) }
        for cell in cells {
            for service in groups[cell.place].services {
                left -= Double(rounds.count)
                if left < 0 {
                    omitted += 1
                } else {
                    groups[cell.place].pairs[cell.target, default: []].append(service)
                }
            }
        }
        let rows = groups.flatMap { group in
            [group.row(nil, nil)] + group.services.map { group.row(nil, $0) }
                + group.strikes.keys.sorted().flatMap { target in
                    [group.row(target, nil)]
                        + (group.pairs[target] ?? []).map { group.row(target, $0) }
                }
        }
        return (rows, omitted)
    }

    /// Targets of one fault that get rows of their own: the most struck.
    private static let targetLimit = 50

    /// By namespace and fault.
    private static func groups(_ rounds: [ReportRound]) -> [Group] {
        var groups: [String: Group] = [:]
        var services: [String: Set<ServiceRef>] = [:]
        for round in rounds {
            for outcome in round.outcomes ?? [] where outcome.signal == .badRatio {
                services[round.namespace, default: []].insert(outcome.service)
            }
            guard round.isStrike else { continue }
            let key = Counters.key(round.namespace, round.fault)
            groups[key, default: Group(namespace: round.namespace, fault: round.fault)]
                .strikes[round.target, default: 0] += 1
        }
        return groups.values.sorted { ($0.namespace, $0.fault) < ($1.namespace, $1.fault) }.map {
            var group = $0
            let most = $0.strikes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            group.strikes = Dictionary(
                uniqueKeysWithValues: most.prefix(targetLimit).map { ($0.key, $0.value) })
            group.services = Array((services[$0.namespace] ?? []).sorted().prefix(20))
            return group
        }
    }

    /// At most `limit` rows, in order: when there are more, those of single services under strikes
    /// of single targets go first, the least evident before the others.
    package func rows(atMost limit: Int) -> [Row] {
        guard rows.count > limit else { return rows }
        let coarse = rows.indices.filter { rows[$0].detail < 2 }
        let fine = rows.indices.filter { rows[$0].detail == 2 }.sorted {
            (rows[$0].pValue ?? 2, $0) < (rows[$1].pValue ?? 2, $1)
        }
        return (coarse + fine).prefix(limit).sorted().map { rows[$0] }
    }

    /// The rounds that a row compares, and whether all their chances are known. Rounds that could
    /// not have drawn both the cell and a sham are left out.
    private static func experiment(
        _ row: Row, _ rounds: [ReportRound]
    ) -> (rounds: [ExperimentRound], isComplete: Bool) {
        var found: [ExperimentRound] = []
        var isComplete = true
        for round in rounds where round.namespace == row.namespace {
            guard round.chances.sham > 0, let value = outcome(round, row.service) else { continue }
            let chance = round.chances.of(
                fault: row.fault, target: row.target, drew: (round.fault, round.target))
            if let chance, chance <= 0 { continue }
            if chance == nil { isComplete = false }
            let isTreated =
                round.isStrike && round.fault == row.fault
                && (row.target == nil || row.target == round.target)
            if isTreated, chance == nil { continue }
            found.append(
                ExperimentRound(
                    assignment: isTreated ? cell : round.isStrike ? "other" : ExperimentRound.sham,
                    probabilities: [cell: chance ?? 0, ExperimentRound.sham: round.chances.sham],
                    outcome: value))
        }
        return (found, isComplete)
    }

    /// (bad - expected) / requests of one service, or of all; nil without requests, and when the
    /// service was anomalous before.
    static func outcome(_ round: ReportRound, _ service: ServiceRef?) -> Double? {
        var requests = 0.0
        var excess = 0.0
        for outcome in round.outcomes ?? []
        where outcome.signal == .badRatio && !outcome.wasBroken
            && (service == nil || outcome.service == service)
        {
            requests += outcome.requests
            excess += outcome.bad - outcome.expected
        }
        let ratio = excess / requests
        return requests > 0 && ratio.isFinite ? ratio : nil
    }

    /// A first look with few redraws; only what may matter is refined. The p-value stays valid:
    /// each of the two is, and the second is used only where the first is at most `screen`.
    private static func test(
        _ row: inout Row, _ rounds: [ExperimentRound], _ draws: Int, _ seed: UInt64
    ) {
        row.draws = 199
        row.pValue = Effects.permutation(rounds, cell: cell, draws: 199, seed: seed)
        guard draws > 199, let first = row.pValue, first <= screen else { return }
        row.draws = draws
        row.pValue = Effects.permutation(
            rounds, cell: cell, draws: draws, seed: seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// Shrinks the targets of each fault towards each other, all services together and each one.
    private mutating func pool() {
        let places = rows.indices.filter { rows[$0].target != nil && (rows[$0].error ?? 0) > 0 }
        let groups = Dictionary(grouping: places) {
            Counters.key(
                rows[$0].namespace, rows[$0].fault, rows[$0].service?.description ?? "")
        }
        for group in groups.values where group.count > 1 {
            let shrunk = Effects.pooled(group.map { (rows[$0].estimate, rows[$0].error ?? 0) })
            for (place, value) in zip(group, shrunk) {
                rows[place].pooled = value.estimate
                rows[place].pooledMargin = rows[place].quantile * value.error
            }
        }
    }

    /// The quantile of Student's t with `degrees` of freedom, from the incomplete beta function:
    /// P(|T| > t) = I(nu / (nu + t^2); nu/2, 1/2).
    static func student(_ level: Double, _ degrees: Double) -> Double {
        let nu = max(degrees, 1)
        let x = BetaFunctions.inverse(2 * (1 - level), nu / 2, 0.5)
        return x > 0 ? .sqrt(nu * (1 - x) / x) : .infinity
    }
}
