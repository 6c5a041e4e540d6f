// Native histograms of a server's answers as series of buckets at Istio's bounds, beside the
// classic ones. What a bucket means is decided in Core.

import Core
import Engine
import Platform

/// A series of native histograms with the labels of the metric apart from those of its target.
struct NativeSeries: Sendable {
    /// What tells this series from all others of the server, replicas included.
    var key: Int
    /// Metric, labels and reporter; its samples are empty.
    var identity: SampleSeries
    var samples: [PrometheusAnswer.HistogramSample]
}

/// Remembers native histograms between readings: their counts must never fall at one bound only.
/// It also remembers which of both forms a set of labels is counted in.
struct NativeHistograms: Sendable {
    private struct Identity: Sendable, Hashable {
        var reporter: String
        var labels: Labels
    }

    private struct Memory: Sendable {
        var identity: Identity
        /// Nil: it is counted by its classic buckets.
        var counter: NativeCounter?
        var seen: Timestamp
    }

    private var known: [Int: Memory] = [:]

    /// Longer than the judge remembers a series that is gone.
    private static let retention = Duration.seconds(7200)
    /// Histograms held at most; 20 bounds of each are as many series as the judge takes.
    static let limit = 20_000

    /// The series of one reading in which each set of labels is counted once: by its classic
    /// buckets where there are some, unless its native histogram was counted before. `problem` says
    /// why latency cannot be judged by this reading, e.g. since the form changed, whose counts
    /// differ a little.
    mutating func merge(
        classic: [SampleSeries], native: [NativeSeries]
    ) -> (series: [SampleSeries], problem: String?) {
        guard !native.isEmpty || !known.isEmpty else { return (classic, nil) }
        let classicSets = Set(classic.map { Identity(reporter: $0.reporter, labels: $0.bare) })
        let present = Set(native.map(\.key))
        var dropped: Set<Identity> = []
        var found: [SampleSeries] = []
        var changed = 0
        var refused = 0
        for (key, memory) in known
        where memory.counter != nil && !present.contains(key)
            && classicSets.contains(memory.identity)
        {
            known[key] = nil
            changed += 1
        }
        for series in native {
            guard let newest = series.samples.last?.time else { continue }
            let identity = Identity(
                reporter: series.identity.reporter, labels: series.identity.bare)
            let isBoth = classicSets.contains(identity)
            let before = known[series.key]
            if before == nil, known.count >= Self.limit {
                refused += 1
                continue
            }
            if isBoth, before?.counter == nil {
                known[series.key] = Memory(identity: identity, counter: nil, seen: newest)
                continue
            }
            if let before, before.counter == nil { changed += 1 }
            if isBoth { dropped.insert(identity) }
            var counter = before?.counter ?? NativeCounter()
            for sample in series.samples { counter.add(sample.histogram, at: sample.time) }
            if let oldest = series.samples.first?.time { counter.forget(before: oldest) }
            known[series.key] = Memory(identity: identity, counter: counter, seen: newest)
            found += Self.series(of: series.identity, counter.bounds, counter.points)
        }
        forget()
        var kept = classic
        if !dropped.isEmpty {
            kept.removeAll { dropped.contains(Identity(reporter: $0.reporter, labels: $0.bare)) }
        }
        return (kept + found, Self.problem(changed: changed, refused: refused))
    }

    private static func problem(changed: Int, refused: Int) -> String? {
        if refused > 0 {
            return "more than \(limit) native histograms: \(refused) new ones refused; "
                + "watch fewer namespaces"
        }
        return changed > 0
            ? "\(changed) histograms changed between native and classic buckets" : nil
    }

    private mutating func forget() {
        guard let newest = known.values.map(\.seen).max() else { return }
        known = known.filter { $0.value.seen >= newest - Self.retention }
    }

    /// One series of cumulative counts for each bound.
    static func series(
        of identity: SampleSeries, _ bounds: [Double], _ points: [NativeCounter.Point]
    ) -> [SampleSeries] {
        bounds.indices.map { at in
            let bound = bounds[at] == .infinity ? "+Inf" : bounds[at].description
            return SampleSeries(
                metric: identity.metric + "_bucket",
                labels: Labels(identity.labels.pairs + [Labels.Pair("le", bound)]),
                reporter: identity.reporter,
                samples: points.map { Sample(time: $0.time, value: $0.counts[at]) })
        }
    }
}

extension SampleSeries {
    /// The labels that all buckets of one histogram share.
    fileprivate var bare: Labels { Labels(labels.pairs.filter { $0.name != "le" }) }
}

extension PrometheusSource {
    /// The increases of native histograms as increases at Istio's bounds; sets of labels that have
    /// classic buckets too are left out.
    static func increases(
        of native: [NativeSeries], besides classic: [SampleSeries]
    ) -> [SampleSeries] {
        if native.isEmpty { return [] }
        let both = Set(classic.map(\.bare))
        let bounds = NativeHistogram.istioBounds
        return native.filter { !both.contains($0.identity.bare) }.flatMap { series in
            let points = series.samples.map {
                NativeCounter.Point(
                    time: $0.time, counts: $0.histogram.cumulative(at: bounds))
            }
            return NativeHistograms.series(of: series.identity, bounds, points)
        }
    }
}

extension PrometheusAnswer {
    /// A sample of a native histogram.
    struct HistogramSample: Sendable, Hashable {
        var time: Timestamp
        var histogram: NativeHistogram
    }

    /// A series of native histograms.
    struct HistogramSeries: Sendable, Hashable {
        var labels: [String: String]
        var samples: [HistogramSample]
    }

    /// `[seconds, {"count":"12","sum":"34.5","buckets":[[0,"1","2","12"]]}]` (Prometheus, HTTP API,
    /// native histograms). Numbers are strings or numbers; a histogram without observations has no
    /// buckets.
    static func histogram(
        _ pair: JSON
    ) throws(NativeHistogram.Malformed) -> HistogramSample {
        guard let time = pair[0].flatMap(time), let body = pair[1], body.object != nil,
            let count = number(body["count"])
        else { throw NativeHistogram.Malformed("it has no time or no count") }
        let all = body["buckets"]?.array ?? []
        var buckets: [NativeHistogram.Bucket] = []
        buckets.reserveCapacity(all.count)
        for bucket in all {
            guard bucket.array?.count == 4,
                let rule = number(bucket[0]).flatMap(Int.init(exactly:))
                    .flatMap(NativeHistogram.Rule.init), let lower = number(bucket[1]),
                let upper = number(bucket[2]), let own = number(bucket[3])
            else {
                throw NativeHistogram.Malformed(
                    "a bucket is not [rule, lower, upper, count]")
            }
            buckets.append(NativeHistogram.Bucket(rule, lower, upper, own))
        }
        return HistogramSample(
            time: time, histogram: try NativeHistogram(count: count, buckets: buckets))
    }

    private static func number(_ json: JSON?) -> Double? {
        json.flatMap { $0.double ?? $0.string.flatMap(value) }
    }
}
