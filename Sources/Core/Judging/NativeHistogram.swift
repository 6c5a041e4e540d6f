// Native histograms of Prometheus: sparse buckets with boundaries of their own, read as counts up
// to the bounds that Istio's classic histograms have. One histogram; counting over time is apart.

import RealModule

/// One native histogram as a server shows it: its buckets with their boundaries. The server does
/// not show the schema; the boundaries tell exponential buckets from custom ones (schema -53).
package struct NativeHistogram: Sendable, Hashable {
    /// Which boundaries belong to a bucket, by the number that the HTTP API gives it. Values are
    /// taken to be spread continuously, so the rules decide nothing between two buckets; they tell
    /// kinds of buckets apart.
    package enum Rule: Int, Sendable, Hashable, CaseIterable {
        case leftOpen = 0
        case rightOpen
        case open
        case closed
    }

    package struct Bucket: Sendable, Hashable {
        package var rule: Rule
        /// At most `upper`; minus infinity in the first custom bucket.
        package var lower: Double
        /// Infinite in the last one.
        package var upper: Double
        /// Observations in this bucket alone; not always whole.
        package var count: Double

        package init(_ rule: Rule, _ lower: Double, _ upper: Double, _ count: Double) {
            self.rule = rule
            self.lower = lower
            self.upper = upper
            self.count = count
        }

        fileprivate var holdsZero: Bool { lower <= 0 && upper >= 0 }
    }

    /// What is wrong with numbers that are no histogram.
    package struct Malformed: Error, Sendable, Hashable {
        package let message: String

        package init(_ message: String) { self.message = message }
    }

    /// The most buckets of one histogram: over 14 octaves of the finest schema.
    package static let bucketLimit = 4000

    /// The bounds of Istio's classic histograms in milliseconds, and infinity (Envoy's default
    /// buckets; telemetry facts).
    package static let istioBounds: [Double] = [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
        600_000, 1_800_000, 3_600_000, .infinity,
    ]

    /// All observations, which are those in the buckets.
    package let count: Double
    /// Buckets with observations, by their lower boundary.
    package let buckets: [Bucket]
    /// The boundaries are a list of the histogram's own, not powers of one base.
    package let isCustom: Bool

    /// - Throws: `Malformed` for counts that are negative or no number, boundaries that are not
    /// ascending, buckets that do not hold `count` in all (a millionth of it is rounding), and more
    /// buckets than `bucketLimit`. Observations in no bucket would pass for slow ones: Prometheus
    /// 2.42 stores classic buckets that it scrapes as protobuf like that, with their count alone.
    package init(count: Double, buckets: [Bucket]) throws(Malformed) {
        guard count.isFinite, count >= 0 else { throw Malformed("its count is \(count)") }
        guard buckets.count <= Self.bucketLimit else {
            throw Malformed(
                "it has \(buckets.count) buckets, and at most \(Self.bucketLimit) are "
                    + "read; set native_histogram_min_bucket_factor in the scrape configuration")
        }
        var sum = 0.0
        for bucket in buckets {
            guard bucket.lower <= bucket.upper else {
                throw Malformed(
                    "a bucket reaches from \(bucket.lower) to \(bucket.upper)")
            }
            guard bucket.count.isFinite, bucket.count >= 0 else {
                throw Malformed("a bucket counts \(bucket.count)")
            }
            sum += bucket.count
        }
        guard abs(sum - count) <= 1e-6 * count else {
            throw Malformed("its buckets hold \(sum) of \(count) observations")
        }
        let populated = buckets.filter { $0.count > 0 }
        self.count = count
        self.buckets = populated.sorted { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
        isCustom = !Self.areExponential(self.buckets)
    }

    private init(count: Double, buckets: [Bucket], isCustom: Bool) {
        self.count = count
        self.buckets = buckets
        self.isCustom = isCustom
    }

    // MARK: Kinds

    /// Whether the boundaries are those of one standard schema: powers of 2^(2^-n), n from -4 to 8,
    /// apart from a closed zero bucket that is symmetric (Prometheus: native histograms
    /// specification). Custom boundaries that happen to be so are split like exponential ones.
    private static func areExponential(_ buckets: [Bucket]) -> Bool {
        var width: Double?
        for bucket in buckets {
            if bucket.holdsZero {
                if bucket.rule != .closed || bucket.lower != -bucket.upper { return false }
                continue
            }
            let near = min(abs(bucket.lower), abs(bucket.upper))
            let far = max(abs(bucket.lower), abs(bucket.upper))
            // Beyond the largest number every schema has one bucket.
            if far == .infinity, near == .greatestFiniteMagnitude { continue }
            guard far.isFinite, bucket.rule == (bucket.lower > 0 ? .leftOpen : .rightOpen)
            else { return false }
            let own = Double.log2(far) - Double.log2(near)
            if let width {
                if abs(own - width) > 1e-6 * width { return false }
            } else {
                let schema = -Double.log2(own)
                guard abs(schema - schema.rounded()) < 1e-6, (-4...8).contains(schema.rounded())
                else { return false }
                width = own
            }
            let index = Double.log2(far) / own
            if abs(index - index.rounded()) > 1e-4 { return false }
        }
        return true
    }

    // MARK: Counts up to bounds

    /// How many observations are at most each of `bounds` (ascending): monotone, and `count` at
    /// infinity. A bucket with a bound inside is split as PromQL's `histogram_fraction` does it
    /// (Prometheus documentation, functions, and promql/quantile.go): by the logarithm of the
    /// boundaries for exponential buckets, by the boundaries themselves for the zero bucket and
    /// custom ones. Without negative observations the bucket around zero begins at zero. Of a
    /// bucket without end nothing lies below a bound.
    package func cumulative(at bounds: [Double]) -> [Double] {
        let hasNegative = buckets.first.map { $0.upper <= 0 && $0.lower < 0 } ?? false
        var found: [Double] = []
        found.reserveCapacity(bounds.count)
        var full = 0.0
        var next = 0
        for bound in bounds {
            if bound == .infinity {
                found.append(count)
                continue
            }
            while next < buckets.count, buckets[next].upper <= bound {
                full += buckets[next].count
                next += 1
            }
            var sum = full
            for bucket in buckets[next...] {
                if bucket.lower >= bound { break }
                // Buckets of other histograms' zero thresholds may overlap.
                sum += bucket.count * share(of: bucket, below: bound, hasNegative)
            }
            found.append(min(max(sum, found.last ?? 0), count))
        }
        return found
    }

    /// The share of a bucket below a bound, 0 to 1.
    private func share(of bucket: Bucket, below bound: Double, _ hasNegative: Bool) -> Double {
        if bucket.upper <= bound { return 1 }
        var lower = bucket.lower
        if lower < 0, bucket.upper > 0, !hasNegative { lower = 0 }
        guard lower < bound, lower.isFinite, bucket.upper.isFinite else { return 0 }
        if isCustom || bucket.holdsZero { return (bound - lower) / (bucket.upper - lower) }
        let low = Double.log2(abs(lower))
        let high = Double.log2(abs(bucket.upper))
        return min(max((Double.log2(abs(bound)) - low) / (high - low), 0), 1)
    }

    // MARK: Differences

    /// What was observed between `older` and this; nil when it was reset in between: when its
    /// count or a bucket fell, or a bucket of `older` lies in none of this. Wider buckets and a
    /// wider zero bucket, which a histogram with too many buckets gets, are no reset
    /// (Prometheus: native histograms specification, counter resets).
    package func since(_ older: NativeHistogram) -> NativeHistogram? {
        let rounding = 1e-9 * count
        guard count >= older.count else { return nil }
        var rest = buckets
        var at = 0
        for old in older.buckets {
            while at < rest.count, rest[at].upper < old.upper { at += 1 }
            guard at < rest.count, rest[at].lower <= old.lower else { return nil }
            rest[at].count -= old.count
            if rest[at].count < -rounding { return nil }
        }
        for index in rest.indices { rest[index].count = max(0, rest[index].count) }
        return NativeHistogram(
            count: count - older.count, buckets: rest, isCustom: isCustom)
    }
}
