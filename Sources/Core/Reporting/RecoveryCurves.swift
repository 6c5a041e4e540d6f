// How long services take to recover from each fault, with what has not recovered yet counted as
// such.

import RealModule

/// One curve for each fault and struck workload, by two clocks (detection design 5.11).
package struct RecoveryCurves: Sendable, Hashable {
    /// Rounds of one fault that broke something.
    package struct Curve: Sendable, Hashable {
        package var namespace: String
        package var fault: String
        /// Nil: all targets together.
        package var target: String?
        /// Time to repair. One observation per round: from the injection until the last service
        /// that broke had recovered; censored as long as one is broken, at the end of the journal,
        /// and where a person accepted what was left as normal.
        package var curve: SurvivalCurve
        /// Time to heal: the same from the end of the fault, without rounds that were over while a
        /// lasting fault was in place, or whose fault still is.
        package var healing: SurvivalCurve
        /// The longest time to repair observed, seconds.
        package var longest: Double

        /// Observations without an end, as a share.
        package var censoredShare: Double {
            curve.count > 0 ? Double(curve.censored) / Double(curve.count) : 0
        }
    }

    /// By namespace and fault: all targets together where there are several, then each target.
    package var curves: [Curve] = []
    /// Anomalies that no strike explains, and those of them that are open.
    package var unattributed = 0
    package var unattributedOpen = 0

    /// What one round broke: from when, and when the last of it was over or was looked at last.
    private struct Outage {
        var start: Timestamp
        var end: Timestamp
        var isHealed: Bool
    }

    package init(_ history: ReportHistory) {
        var outages: [Int: Outage] = [:]
        let now = history.lastAt ?? Timestamp(nanoseconds: 0)
        for anomaly in history.anomalies {
            guard let number = anomaly.opened.round, let round = history.round(number) else {
                guard anomaly.opened.isUnexplained else { continue }
                unattributed += 1
                if anomaly.isOpen { unattributedOpen += 1 }
                continue
            }
            let start = round.injectedAt ?? anomaly.onset
            let end = anomaly.endedAt ?? now
            var outage = outages[number] ?? Outage(start: start, end: end, isHealed: true)
            outage.start = min(outage.start, start)
            outage.end = max(outage.end, end)
            outage.isHealed = outage.isHealed && anomaly.recovery != nil
            outages[number] = outage
        }
        let rounds = outages.keys.sorted().compactMap { history.round($0) }
        let groups = Dictionary(grouping: rounds) { Counters.key($0.namespace, $0.fault) }
        for group in groups.values.sorted(by: { Self.order($0) < Self.order($1) }) {
            let targets = Dictionary(grouping: group, by: \.target).sorted { $0.key < $1.key }
            if targets.count > 1 { add(group, nil, outages) }
            for target in targets { add(target.value, target.key, outages) }
        }
    }

    private static func order(_ group: [ReportRound]) -> (String, String) {
        (group.first?.namespace ?? "", group.first?.fault ?? "")
    }

    /// Adds the curve of some rounds of one fault.
    private mutating func add(
        _ rounds: [ReportRound], _ target: String?, _ outages: [Int: Outage]
    ) {
        var repairs: [SurvivalCurve.Observation] = []
        var heals: [SurvivalCurve.Observation] = []
        for round in rounds {
            guard let outage = outages[round.number] else { continue }
            func observation(_ start: Timestamp) -> SurvivalCurve.Observation {
                .init(
                    seconds: max(0, (outage.end - start).inSeconds), isOver: outage.isHealed)
            }
            repairs.append(observation(outage.start))
            guard let end = round.faultEndedAt, round.lasts == 0 || outage.end >= end
            else { continue }
            heals.append(observation(end))
        }
        guard let first = rounds.first else { return }
        curves.append(
            Curve(
                namespace: first.namespace, fault: first.fault, target: target,
                curve: SurvivalCurve(repairs), healing: SurvivalCurve(heals),
                longest: repairs.reduce(0) { max($0, $1.seconds) }))
    }
}

extension SurvivalCurve.Step {
    /// The 95 % band by the log-log transform, which stays within 0 and 1 (Kalbfleisch and Prentice
    /// 1980, section 1.3): S^exp(±1.96 se / (S |ln S|)). Nil where the estimate is 0 or 1:
    /// Greenwood's error says nothing there.
    package var band: ClosedRange<Double>? {
        guard share > 0, share < 1, error > 0 else { return nil }
        let width = 1.959964 * error / (share * abs(Double.log(share)))
        return Double.pow(share, .exp(width))...Double.pow(share, .exp(-width))
    }
}
