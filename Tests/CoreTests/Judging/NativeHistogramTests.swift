// Native histograms as counts at fixed bounds: how buckets are split, what is monotone, what is a
// reset.

import Core
import RealModule
import Testing

@Suite struct NativeHistogramTests {
    private typealias Bucket = NativeHistogram.Bucket

    private func at(_ bound: Double, _ count: Double, _ buckets: [Bucket]) throws -> Double {
        try NativeHistogram(count: count, buckets: buckets).cumulative(at: [bound])[0]
    }

    /// Buckets of a standard schema by their index: (base^(i-1), base^i].
    private static func standard(_ schema: Int, _ counts: [Int: Double]) -> [Bucket] {
        let width = Double.exp2(Double(-schema))
        return counts.map { index, count in
            Bucket(
                .leftOpen, .exp2(width * Double(index - 1)), .exp2(width * Double(index)), count)
        }
    }

    @Test func splitsExponentialBucketsByTheLogarithm() throws {
        // Half of the way from 4 to 16 is 8 on a logarithmic scale: schema -1.
        #expect(try at(8, 10, [Bucket(.leftOpen, 4, 16, 10)]) == 5)
        #expect(try at(16, 10, [Bucket(.leftOpen, 4, 16, 10)]) == 10)
        #expect(try at(4, 10, [Bucket(.leftOpen, 4, 16, 10)]) == 0)
        // PromQL: rank + count * (log2 v - log2 lower) / (log2 upper - log2 lower).
        let buckets = Self.standard(3, [53: 7, 54: 4])
        let position = (Double.log2(100) - 53.0 / 8) * 8
        #expect(abs(try at(100, 11, buckets) - (7 + 4 * position)) < 1e-9)
        // Below zero the same, mirrored.
        #expect(try at(-8, 10, [Bucket(.rightOpen, -16, -4, 10)]) == 5)
    }

    @Test func splitsTheZeroBucketAndCustomBucketsLinearly() throws {
        // Without negative observations the zero bucket begins at zero.
        let zero = Bucket(.closed, -2, 2, 8)
        #expect(try at(0.5, 8, [zero]) == 2)
        let negative = Bucket(.rightOpen, -4, -2, 3)
        #expect(try at(1, 11, [negative, zero]) == 3 + 6)
        // 100 to 250 is no exponential bucket; the first one begins at zero, the last has no end.
        let custom = [
            Bucket(.closed, -.infinity, 50, 4), Bucket(.leftOpen, 100, 250, 6),
            Bucket(.leftOpen, 250, .infinity, 2),
        ]
        #expect(try at(25, 12, custom) == 2)
        #expect(try at(100, 12, custom) == 4)
        #expect(try at(175, 12, custom) == 7)
        #expect(try at(250, 12, custom) == 10)
        #expect(try at(1e9, 12, custom) == 10)
        #expect(try at(.infinity, 12, custom) == 12)
        // One such boundary is enough: the whole histogram is custom.
        #expect(
            try at(6, 9, [Bucket(.leftOpen, 4, 8, 8), Bucket(.leftOpen, 8, 11, 1)]) == 4)
    }

    @Test func takesEveryRule() throws {
        for rule in NativeHistogram.Rule.allCases {
            let whole = [Bucket(rule, 10, 25, 3)]
            #expect(try at(25, 3, whole) == 3)
            #expect(try at(10, 3, whole) == 0)
            #expect(try NativeHistogram(count: 3, buckets: whole).isCustom)
        }
        // A zero bucket without width is a point.
        #expect(try at(0.5, 3, [Bucket(.closed, 0, 0, 3)]) == 3)
    }

    @Test func refusesWhatIsNoHistogram() {
        let many = Array(
            repeating: Bucket(.leftOpen, 1, 2, 0), count: NativeHistogram.bucketLimit + 1)
        for (count, buckets, said) in [
            (Double.nan, [], "count"), (-1, [], "count"), (.infinity, [], "count"),
            (3, [Bucket(.leftOpen, 2, 1, 3)], "reaches from 2.0 to 1.0"),
            (3, [Bucket(.leftOpen, .nan, 1, 3)], "reaches from nan"),
            (3, [Bucket(.leftOpen, 1, 2, -3)], "counts -3"),
            (3, [Bucket(.leftOpen, 1, 2, .nan)], "counts nan"),
            (3, [Bucket(.leftOpen, 1, 2, 4)], "hold 4.0 of 3.0"), (3, many, "at most 4000"),
            (3, [], "hold 0.0 of 3.0"),
        ] {
            #expect {
                _ = try NativeHistogram(count: count, buckets: buckets)
            } throws: { error in
                (error as? NativeHistogram.Malformed)?.message.contains(said) == true
            }
        }
    }

    /// A random histogram: whole counts in some of the buckets of a schema, custom ones or a zero
    /// bucket among them.
    private static func random(_ random: inout RandomStream) -> [Bucket] {
        if random.below(4) == 0 {
            var bounds = (0..<(1 + random.below(12))).map { _ in 1 + random.unit() * 9000 }
            bounds.sort()
            var buckets = [Bucket(.closed, -.infinity, bounds[0], Double(random.below(9)))]
            for (low, high) in zip(bounds, bounds.dropFirst() + [.infinity]) {
                buckets.append(Bucket(.leftOpen, low, high, Double(random.below(9))))
            }
            return buckets
        }
        let schema = random.below(9) - 2
        var counts: [Int: Double] = [:]
        for _ in 0..<random.below(40) {
            let exponent = (random.unit() * 26 - 3) * Double.exp2(Double(schema))
            counts[Int(exponent), default: 0] += Double(1 + random.below(50))
        }
        var buckets = standard(schema, counts)
        if random.below(2) == 0 {
            buckets.append(Bucket(.closed, -0.001, 0.001, Double(random.below(5))))
        }
        return buckets
    }

    @Test func isMonotoneOverBoundsAndEndsAtTheCount() throws {
        var stream = RandomStream(seed: 5)
        for _ in 0..<3000 {
            let buckets = Self.random(&stream)
            let count = buckets.reduce(0) { $0 + $1.count }
            let found = try NativeHistogram(count: count, buckets: buckets)
                .cumulative(at: NativeHistogram.istioBounds)
            #expect(found.count == 20 && found.last == count)
            #expect(found[0] >= 0)
            #expect(zip(found, found.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    /// Counts rise in every bucket, at times in wider buckets than before: no bound ever falls, and
    /// the increments of the last bound are those of the count.
    @Test func neverFallsWithoutAReset() throws {
        var stream = RandomStream(seed: 6)
        for _ in 0..<200 {
            var counter = NativeCounter()
            var schema = 4
            var counts: [Int: Double] = [:]
            for step in 1...12 {
                for _ in 0..<stream.below(20) {
                    let exponent = (stream.unit() * 14) * Double.exp2(Double(schema))
                    counts[Int(exponent), default: 0] += Double(1 + stream.below(9))
                }
                if stream.below(4) == 0, schema > -2 {
                    // Index i of a schema lies in index ceil(i / 2) of the next wider one.
                    schema -= 1
                    counts = counts.reduce(into: [:]) { wider, pair in
                        let half = (Double(pair.key) / 2).rounded(.up)
                        wider[Int(half), default: 0] += pair.value
                    }
                }
                let count = counts.values.reduce(0, +)
                let histogram = try NativeHistogram(
                    count: count, buckets: Self.standard(schema, counts))
                counter.add(histogram, at: Timestamp(seconds: Double(step)))
                #expect(counter.points.last?.counts.last == count)
            }
            #expect(counter.points.count == 12)
            for (before, after) in zip(counter.points, counter.points.dropFirst()) {
                let increments = zip(before.counts, after.counts).map { $1 - $0 }
                #expect(increments.allSatisfy { $0 >= 0 })
                // What is above a bound is never negative nor more than all.
                #expect(increments.allSatisfy { $0 <= (increments.last ?? 0) + 1.0 / 512 })
            }
        }
    }

    @Test func aResetBeginsAnewAtAllBounds() throws {
        var counter = NativeCounter(bounds: [8, .infinity])
        let first = try NativeHistogram(count: 100, buckets: Self.standard(0, [3: 60, 6: 40]))
        counter.add(first, at: Timestamp(seconds: 1))
        let restarted = try NativeHistogram(count: 7, buckets: Self.standard(0, [3: 5, 6: 2]))
        counter.add(restarted, at: Timestamp(seconds: 2))
        #expect(counter.points.map(\.counts) == [[60, 100], [5, 7]])
        // A sample that was read before changes nothing.
        counter.add(first, at: Timestamp(seconds: 1))
        counter.add(first, at: Timestamp(seconds: 2))
        #expect(counter.points.count == 2)
        // A bucket that fell, or is gone, is a reset too, whatever the count says.
        #expect(
            try NativeHistogram(count: 200, buckets: Self.standard(0, [3: 59, 6: 141]))
                .since(first) == nil)
        #expect(
            try NativeHistogram(count: 200, buckets: Self.standard(0, [3: 200])).since(first) == nil
        )
        // Finer buckets than before are one.
        #expect(
            try NativeHistogram(count: 200, buckets: Self.standard(1, [6: 100, 12: 100]))
                .since(first) == nil)
        counter.forget(before: Timestamp(seconds: 9))
        #expect(counter.points.map(\.time) == [Timestamp(seconds: 2)])
    }

    /// A wider zero bucket takes what lay beside zero.
    @Test func aWiderZeroBucketIsNoReset() throws {
        let first = try NativeHistogram(
            count: 9,
            buckets: [Bucket(.closed, -0.001, 0.001, 2)] + Self.standard(0, [0: 3, 3: 4]))
        let wider = try NativeHistogram(
            count: 12, buckets: [Bucket(.closed, -1, 1, 6)] + Self.standard(0, [3: 6]))
        let new = try #require(wider.since(first))
        #expect(new.count == 3)
        #expect(new.cumulative(at: [1, 8, .infinity]) == [1, 3, 3])
    }
}
