// A cumulative histogram of durations, as Prometheus counts them, with the round of the newest
// observation for an exemplar.

/// Counts of durations in seconds under fixed upper bounds.
package struct Histogram: Sendable, Hashable {
    /// Upper bounds in seconds; the last bucket, +Inf, is `count`.
    package static let bounds: [Double] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200,
    ]

    /// Observations at or below each bound (cumulative).
    package private(set) var counts = Array(repeating: 0, count: Histogram.bounds.count)
    package private(set) var count = 0
    /// In seconds.
    package private(set) var sum = 0.0
    /// The newest observation and the round it came from.
    package private(set) var newest: Exemplar?

    package struct Exemplar: Sendable, Hashable {
        package let seconds: Double
        package let round: Int
    }

    package init() {}

    /// Counts one duration; negative ones count as zero.
    package mutating func observe(_ seconds: Double, round: Int) {
        let value = max(0, seconds)
        for (index, bound) in Histogram.bounds.enumerated() where value <= bound {
            counts[index] += 1
        }
        count += 1
        sum += value
        newest = Exemplar(seconds: value, round: round)
    }
}
