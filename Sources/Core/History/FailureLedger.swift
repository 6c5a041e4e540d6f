// Failed requests over time, as small as a sliding budget needs them.

/// How many requests failed in each minute of the last thirty days. A minute counts as long as any
/// part of it may be within the span that is asked for, so that the total is never too small.
package struct FailureLedger: Sendable, Hashable {
    private struct Minute: Sendable, Hashable {
        /// Minutes since the epoch.
        var number: Int64
        var failed: Double
    }

    /// Ascending.
    private var minutes: [Minute] = []

    /// The longest span that can be asked for.
    package static let longest = Duration.seconds(30 * 86_400)
    /// What a number that is none, or none that can be, counts as: more than any budget.
    private static let unreadable = 1e15

    package init() {}

    /// Adds failures at `instant`. Negative ones count as zero, unreadable ones as more than any
    /// budget. An instant before the newest one (the clock was set back) counts as the newest.
    package mutating func add(_ failed: Double, at instant: Timestamp) {
        let failed = FailureLedger.readable(failed)
        if failed <= 0 { return }
        let number = Self.minute(instant)
        if let last = minutes.indices.last, minutes[last].number >= number {
            minutes[last].failed += failed
            return
        }
        minutes.append(Minute(number: number, failed: failed))
        let oldest = Self.minute(instant - Self.longest) - 1
        if let first = minutes.first, first.number < oldest {
            minutes.removeAll { $0.number < oldest }
        }
    }

    /// Failures at or after `instant`.
    package func total(since instant: Timestamp) -> Double {
        let first = Self.minute(instant)
        return minutes.reversed().prefix { $0.number >= first }.reduce(0) { $0 + $1.failed }
    }

    /// A count that budgets can be compared with.
    static func readable(_ failed: Double) -> Double {
        failed.isNaN || failed > unreadable ? unreadable : max(0, failed)
    }

    private static func minute(_ instant: Timestamp) -> Int64 {
        let length: Int64 = 60_000_000_000
        let (quotient, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: length)
        return rest < 0 ? quotient - 1 : quotient
    }
}
