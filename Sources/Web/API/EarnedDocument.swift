// What a policy has earned and used up, as the JSON API shows it. Field names are stable.

import Core

extension MetricInput {
    /// Policies with limits that are counted or earned, in the order of their ids.
    var earning: [(id: String, limits: EarnedLimits)] {
        (state.policies?.policies ?? []).sorted { $0.id < $1.id }.compactMap { policy in
            policy.limits.map { (policy.id, $0) }
        }
    }

    /// The earned radius of a policy; nil when it does not grow.
    func radius(_ id: String, _ limits: EarnedLimits) -> EarnedRadius? {
        limits.growth.map { EarnedRadius($0, track: state.harm.tracks[id]) }
    }

    /// The harm budget of a policy; nil when it has none.
    func harmBudget(_ id: String, _ limits: EarnedLimits) -> HarmBudget? {
        HarmBudget(
            limits, policy: id, namespace: splitPolicy(id).namespace, faults: [], state, now: now)
    }
}

/// `level levels[] limit cleanStrikes cleanRounds since? reason? text`.
func radiusDocument(_ radius: EarnedRadius) -> JSON {
    let growth = radius.growth
    var json: JSON = [
        "level": .integer(Int64(radius.level)),
        "levels": .array(growth.levels.map { .string($0.description) }),
        "cleanStrikes": .integer(Int64(radius.clean)),
        "cleanRounds": .integer(Int64(growth.cleanRounds)),
    ]
    if radius.index < growth.levels.count {
        json["limit"] = .string(growth.levels[radius.index].description)
    }
    json["since"] = radius.since.map { .string($0.rfc3339) }
    json["reason"] = radius.reason.map { .string($0) }
    json["text"] = .string(radius.text)
    return json
}

/// `used limit reserved left periodSeconds text`.
func harmBudgetDocument(_ budget: HarmBudget) -> JSON {
    [
        "used": .number(budget.used), "limit": .number(budget.limit),
        "reserved": .number(budget.reserved), "left": .number(budget.left),
        "periodSeconds": .number(budget.period.inSeconds), "text": .string(budget.text),
    ]
}

/// Cells shown at most: those that may be the most harmful.
private let shownCells = 200

/// `[{fault workload strikes harmed mean low high expectedFailures? upperFailures?}]`: the chance
/// that a strike does harm with its 95 % interval, and what one costs where that is limited.
func confidenceDocument(_ namespace: String, _ state: State, _ budget: HarmBudget?) -> JSON {
    let cells = state.harm.cells.filter { $0.key.workload.namespace == namespace }
    let byFault = Dictionary(grouping: cells, by: \.key.fault)
    var rows: [(cell: HarmCell, record: HarmRecord, chance: HarmPosterior, high: Double)] = []
    for (_, entries) in byFault {
        let prior = HarmPosterior.prior(entries.sorted { $0.key < $1.key }.map(\.value))
        for (cell, record) in entries {
            let chance = prior.updated(strikes: record.strikes, harmed: record.harmed)
            rows.append((cell, record, chance, chance.interval.upperBound))
        }
    }
    rows.sort { ($1.high, $0.cell) < ($0.high, $1.cell) }
    return .array(
        rows.prefix(shownCells).map { row in
            let workload = row.cell.workload
            var json: JSON = [
                "fault": .string(row.cell.fault),
                "workload": [
                    "kind": .string(workload.kind), "namespace": .string(workload.namespace),
                    "name": .string(workload.name),
                ],
                "strikes": .integer(Int64(row.record.strikes)),
                "harmed": .integer(Int64(row.record.harmed)),
                "mean": .number(row.chance.mean),
                "low": .number(row.chance.interval.lowerBound),
                "high": .number(row.high),
            ]
            if let cost = budget?.estimate(row.cell.fault, workload) {
                json["expectedFailures"] = .number(cost.mean)
                json["upperFailures"] = .number(cost.upper)
            }
            return json
        })
}
