// A native histogram over time as counters with fixed bounds, so that everything that reads classic
// buckets reads native ones too.

/// Cumulative counts of one native histogram at fixed bounds. What is new between two samples is
/// split, not each sample as a whole: a histogram whose buckets become wider would otherwise fall
/// at some bounds, which would look like a restart.
package struct NativeCounter: Sendable {
    /// Counts at all bounds at one instant.
    package struct Point: Sendable, Hashable {
        package var time: Timestamp
        /// At each bound; the last is all observations.
        package var counts: [Double]

        package init(time: Timestamp, counts: [Double]) {
            self.time = time
            self.counts = counts
        }
    }

    package let bounds: [Double]
    private var last: NativeHistogram?
    private var exact: [Double] = []
    /// The newest points, in order of time.
    package private(set) var points: [Point] = []

    /// - Parameter bounds: ascending, the last one infinite.
    package init(bounds: [Double] = NativeHistogram.istioBounds) { self.bounds = bounds }

    /// Adds a sample; one that is not newer than the last is ignored. Each count rises or stays
    /// unless the histogram was reset; then all begin anew from zero. Counts are whole multiples of
    /// 1/1024, so that differences and sums of them are exact.
    package mutating func add(_ histogram: NativeHistogram, at time: Timestamp) {
        if let newest = points.last, time <= newest.time { return }
        if let last, let new = histogram.since(last) {
            for (at, count) in new.cumulative(at: bounds).enumerated() { exact[at] += count }
        } else {
            exact = histogram.cumulative(at: bounds)
        }
        last = histogram
        let all = histogram.count
        points.append(
            Point(
                time: time,
                counts: bounds.indices.map { at in
                    let count = bounds[at] == .infinity ? all : min(exact[at], all)
                    return (count * 1024).rounded(.down) / 1024
                }))
    }

    /// Forgets points before `time`, but not the newest.
    package mutating func forget(before time: Timestamp) {
        let kept = points.suffix(1)
        points.removeAll { $0.time < time }
        if points.isEmpty { points = Array(kept) }
    }
}
