// One level of a season: a weighted mean per hour of the day or of the week, and the moments that
// say how much of it repeats.

/// Means by bucket that are shrunk to a parent (detection design 5.6).
struct SeasonTable: Codable, Sendable, Hashable {
    /// Value and the variance of its posterior.
    struct Estimate: Sendable, Hashable {
        var value: Double
        var variance: Double
    }

    /// Weight and weighted sum of each bucket in turn. Single precision: seven digits are more than
    /// hours have, and there may be tens of thousands of tables.
    private var cells: [Float] = []
    private let size: Int
    /// Values are ratios of counts: their variance is in proportion to them.
    private let isCount: Bool
    /// Hours learned, unweighted.
    private(set) var visits = 0.0
    /// Moments over hours that were seen before, fading: their number and the weighted squares of
    /// their difference to the same hour earlier; weights and products of the deviations of both
    /// from the parent.
    private var count = 0.0
    private var squares = 0.0
    private var pairs = 0.0
    private var products = 0.0

    init(size: Int, isCount: Bool) {
        self.size = size
        self.isCount = isCount
    }

    /// The weighted mean over all buckets; zero when empty.
    var mean: Double {
        var weight: Float = 0
        var sum: Float = 0
        for index in stride(from: 0, to: cells.count - 1, by: 2) {
            weight += cells[index]
            sum += cells[index + 1]
        }
        return weight > 0 ? Double(sum / weight) : 0
    }

    /// Learns the value of one hour. `fade` is the decay of the bucket's past, `forget` that of the
    /// moments.
    mutating func learn(
        _ value: Double, weight size: Double, at bucket: Int, parent: Double, fade: Double,
        forget: Double
    ) {
        if cells.isEmpty { cells = Array(repeating: 0, count: 2 * max(0, min(self.size, 168))) }
        guard 2 * bucket + 1 < cells.count, size > 0 else { return }
        let past = Double(cells[2 * bucket])
        if past > 0 {
            let earlier = Double(cells[2 * bucket + 1]) / past
            let shared = min(size, past)
            pairs = pairs * forget + shared
            products = products * forget + shared * (value - parent) * (earlier - parent)
            let pooled = (past * earlier + size * value) / (past + size)
            if !isCount || pooled > 0 {
                let difference = value - earlier
                count = count * forget + 1
                squares =
                    squares * forget + size * past / (size + past) * difference * difference
                    / (isCount ? pooled : 1)
            }
        }
        cells[2 * bucket] = Float(past * fade + size)
        cells[2 * bucket + 1] = Float(
            Double(cells[2 * bucket + 1]) * fade + size * value)
        visits += 1
    }

    /// Variance between buckets; zero when nothing repeats.
    var between: Double { pairs > 0 ? max(0, products / pairs) : 0 }

    /// Variance of one unit of weight inside a bucket; of counts, as a multiple of the value, and
    /// at least Poisson.
    private var within: Double {
        max(count > 0 ? squares / count : 0, isCount ? 1 : 1e-6)
    }

    /// k = max(1, u / tau²), in units of weight; infinite when nothing repeats.
    var shrinkage: Double {
        let between = between
        return between > 0 ? max(1, within * (isCount ? mean : 1) / between) : .infinity
    }

    /// The bucket's mean shrunk to `parent`; the variance is that of the posterior.
    func estimate(
        _ bucket: Int, parent: Double, parentVariance: Double = 0
    ) -> Estimate {
        let k = shrinkage
        guard k.isFinite, 2 * bucket + 1 < cells.count else {
            return Estimate(value: parent, variance: parentVariance)
        }
        let own = Double(cells[2 * bucket])
        let share = k / (own + k)
        let value = (Double(cells[2 * bucket + 1]) + k * parent) / (own + k)
        return Estimate(
            value: value,
            variance: within * (isCount ? value : 1) / (own + k)
                + share * share * parentVariance)
    }
}
