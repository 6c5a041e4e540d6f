// Failed requests over time, as small as a sliding budget needs them.

/// How many requests failed in each minute, of thirty days at least. A minute counts as long as any
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
    /// As many minutes as that span touches. Nothing is forgotten by its age: a clock that is ahead
    /// for a while would make everything old.
    private static let most = 30 * 1440 + 1
    /// What a number that is none, or none that can be, counts as: more than any budget.
    private static let unreadable = 1e15

    package init() {}

    /// Adds failures at `instant`. Negative ones count as zero, unreadable ones as more than any
    /// budget.
    package mutating func add(_ failed: Double, at instant: Timestamp) {
        let failed = FailureLedger.readable(failed)
        if failed <= 0 { return }
        setBack(to: instant)
        let number = Self.minute(instant)
        if let last = minutes.indices.last, minutes[last].number == number {
            minutes[last].failed += failed
            return
        }
        minutes.append(Minute(number: number, failed: failed))
        minutes.removeFirst(max(0, minutes.count - Self.most))
    }

    /// The clock shows `instant` now. What was counted at later ones, while it was ahead, counts as
    /// of now: it is not lost, and does not fill a budget until the clock gets there again.
    package mutating func setBack(to instant: Timestamp) {
        let number = Self.minute(instant)
        guard let last = minutes.last, last.number > number else { return }
        let first = minutes.firstIndex { $0.number >= number } ?? minutes.endIndex
        let failed = minutes[first...].reduce(0) { $0 + $1.failed }
        minutes.removeSubrange(first...)
        minutes.append(Minute(number: number, failed: failed))
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
