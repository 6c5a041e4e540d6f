// How long services take to recover from each fault, with what has not recovered yet counted as
// such.

import RealModule

/// One curve per namespace and fault (detection design 5.11).
package struct RecoveryCurves: Sendable, Hashable {
    /// Rounds of one fault that broke something.
    package struct Curve: Sendable, Hashable {
        package var namespace: String
        package var fault: String
        /// One observation per round: from the injection until the last service that broke had
        /// recovered; censored as long as one is broken, at the end of the journal, and where a
        /// person accepted what was left as normal.
        package var curve: SurvivalCurve
        /// The longest observation, seconds.
        package var longest: Double

        /// Observations without an end, as a share.
        package var censoredShare: Double {
            curve.count > 0 ? Double(curve.censored) / Double(curve.count) : 0
        }
    }

    /// By namespace and fault.
    package var curves: [Curve] = []
    /// Anomalies that no strike explains, and those of them that are open.
    package var unattributed = 0
    package var unattributedOpen = 0

    package init(_ history: ReportHistory) {
        struct Key: Hashable, Comparable {
            var namespace: String
            var fault: String
            static func < (left: Self, right: Self) -> Bool {
                (left.namespace, left.fault) < (right.namespace, right.fault)
            }
        }
        struct Span {
            var start: Timestamp
            /// When the last one was over, or was looked at last.
            var end: Timestamp
            var isHealed: Bool
        }
        var spans: [Int: Span] = [:]
        let now = history.lastAt ?? Timestamp(nanoseconds: 0)
        for anomaly in history.anomalies {
            guard let number = anomaly.opened.round, let round = history.round(number) else {
                unattributed += 1
                if anomaly.isOpen { unattributedOpen += 1 }
                continue
            }
            let start = round.injectedAt ?? anomaly.onset
            let end = anomaly.endedAt ?? now
            var span = spans[number] ?? Span(start: start, end: end, isHealed: true)
            span.start = min(span.start, start)
            span.end = max(span.end, end)
            span.isHealed = span.isHealed && anomaly.recovery != nil
            spans[number] = span
        }
        var observations: [Key: [SurvivalCurve.Observation]] = [:]
        for (number, span) in spans.sorted(by: { $0.key < $1.key }) {
            guard let round = history.round(number) else { continue }
            let seconds = max(0, (span.end - span.start).inSeconds)
            observations[Key(namespace: round.namespace, fault: round.fault), default: []]
                .append(.init(seconds: seconds, isOver: span.isHealed))
        }
        curves = observations.sorted { $0.key < $1.key }.map { key, values in
            Curve(
                namespace: key.namespace, fault: key.fault, curve: SurvivalCurve(values),
                longest: values.reduce(0) { max($0, $1.seconds) })
        }
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
