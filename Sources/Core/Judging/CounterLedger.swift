// Turns raw counter samples into increments: resets, restarts, new and evicted series, repeated and
// damaged samples. It does not know what the counters count.

/// Memory of the last value of every counter series (detection design 5.1). `Tag` is what a series
/// means to the caller, decided once per series.
package struct CounterLedger<Tag: Sendable>: Sendable {
    /// 64 bits of metric, reporter and labels: with half a million series two share a key with
    /// probability 1e-8, and the labels of 25 pairs each need not be kept.
    private struct Key: Hashable, Sendable {
        let hash: Int

        init(_ series: SampleSeries) {
            var hasher = Hasher()
            hasher.combine(series.metric)
            hasher.combine(series.reporter)
            hasher.combine(series.labels)
            hash = hasher.finalize()
        }
    }

    private struct Entry: Sendable {
        let tag: Tag?
        /// The newest finite value; nil before the first.
        var last: Sample?
        /// When it was last reported, which is later if the newest value was not a number.
        var seen = Timestamp.earliest

        init(tag: Tag?) { self.tag = tag }

        /// The increase up to `next`; nil when the sample is not new or not a count. After a reset
        /// or a restart the counter began at zero; of an unknown counter only one born in our sight
        /// did.
        mutating func advance(
            to next: Sample, restart: Timestamp?, isBorn: @autoclosure () -> Bool
        ) -> Double? {
            seen = max(seen, next.time)
            guard CounterValue.isCount(next.value) else { return nil }
            guard let last else {
                self.last = next
                return isBorn() ? next.value : 0
            }
            guard next.time > last.time else { return nil }
            self.last = next
            if next.value < last.value { return next.value }
            if let restart, last.time < restart, restart <= next.time { return next.value }
            return next.value - last.value
        }
    }

    private struct Reporter: Sendable {
        var first: Timestamp
        var last: Timestamp
    }

    /// An increase of one series, ascribed to the instant of the later sample.
    package struct Increment: Sendable {
        package var tag: Tag
        package var time: Timestamp
        package var amount: Double
    }

    /// What one reading gave.
    package struct Result: Sendable {
        /// Increments, series by series in the reading's order.
        package var increments: [Increment] = []
        /// Series seen for the first time, and who reported them.
        package var appeared: [(tag: Tag, reporter: String)] = []
        /// When each reporter was scraped, in time order, instants not known before only.
        package var scrapes: [String: [Timestamp]] = [:]
        /// Tags of series with a new sample that is no count: see `CounterValue.isCount(_:)`.
        package var damaged: [Tag] = []
        /// Tags of series that were refused because the limit is reached.
        package var refused: [Tag] = []
        /// What was wrong with the reading, in sentences.
        package var problems: [String] = []
    }

    /// Nothing counts more between two readings: sums stay finite, and whole numbers exact.
    private static var mostCounted: Double { 1e15 }

    private var entries: [Key: Entry] = [:]
    private var reporters: [String: Reporter] = [:]
    private var completeUntil: Timestamp?
    /// What is known of the past of a series that is new to us.
    private var past: CounterPast
    /// Series refused at the limit, by when they were last: what they counted before they find room
    /// is no increment. Where even these are too many, nothing new in the group is trusted for a
    /// while.
    private var refusals: [Key: Timestamp] = [:]
    private var crowdedUntil: [Timestamp]
    private var lastSweep: Timestamp?
    /// Series of each group, and the most of each.
    private var counts: [Int]
    private let limits: [Int]
    private let eviction: Duration
    private let tolerance: Duration

    /// One group of series. See `init(limits:eviction:tolerance:)`.
    package init(limit: Int, eviction: Duration, tolerance: Duration) {
        self.init(limits: [limit], eviction: eviction, tolerance: tolerance)
    }

    /// `limits`: the most series of each group, so that one kind of series (histograms are twenty
    /// times as many as the rest) cannot crowd out another. Series that are ignored count in the
    /// first group. `tolerance`: how far beyond `completeUntil` a sample may lie before its clock
    /// is distrusted.
    package init(limits: [Int], eviction: Duration, tolerance: Duration) {
        self.limits = limits.isEmpty ? [0] : limits
        counts = self.limits.map { _ in 0 }
        crowdedUntil = self.limits.map { _ in .earliest }
        self.eviction = eviction
        self.tolerance = tolerance
        past = CounterPast(longestGap: eviction / 2)
    }

    /// Series held.
    package var count: Int { entries.count }

    /// Adds one reading. `classify` says what a new series means; nil ignores it for good.
    /// Increments of zero are reported for tags that `keepsZero`.
    /// `group` is a place in the limits. `historyKnown` is false when the question changed, so that
    /// a series may be new to us only; it stays so until a reading is complete.
    package mutating func ingest(
        _ reading: Reading, historyKnown: Bool = true,
        keepsZero: (Tag) -> Bool = { _ in false }, group: (Tag) -> Int = { _ in 0 },
        classify: (SampleSeries) -> Tag?
    ) -> Result {
        var result = Result()
        let horizon = reading.completeUntil + tolerance
        let before = completeUntil
        var restarts: [String: Timestamp] = [:]
        for reporter in reading.reporters { restarts[reporter.name] = reporter.startedAt }
        noteScrapes(of: reading, until: horizon, in: &result)
        let past = notePast(of: reading, historyKnown, scraped: result.scrapes)
        var skewed: Set<String> = []
        var refused = limits.map { _ in 0 }
        for series in reading.series {
            let key = Key(series)
            let known = entries[key]
            let tag = known == nil ? classify(series) : known?.tag
            let place = tag.map { min(max(group($0), 0), limits.count - 1) } ?? 0
            if known == nil, counts[place] >= limits[place] {
                if let tag {
                    result.refused.append(tag)
                    refused[place] += 1
                    refuse(key, place, at: reading.completeUntil)
                }
                continue
            }
            var entry = known ?? Entry(tag: tag)
            if known == nil, let tag { result.appeared.append((tag, series.reporter)) }
            let restart = restarts[series.reporter]
            let isTrusted =
                past.isKnown(of: series.metric) && refusals[key] == nil
                && crowdedUntil[place] < reading.completeUntil
            for sample in Self.ordered(series.samples) {
                if sample.time > horizon {
                    skewed.insert(series.reporter)
                    continue
                }
                let isCount = CounterValue.isCount(sample.value)
                if !isCount, sample.time > entry.seen, let tag { result.damaged.append(tag) }
                guard
                    let amount = entry.advance(
                        to: sample, restart: restart,
                        isBorn: isTrusted
                            && isBorn(
                                series.reporter, at: sample.time, restart: restart, after: before)
                    )
                else { continue }
                if amount > Self.mostCounted {
                    if let tag { result.damaged.append(tag) }
                    continue
                }
                if let tag = entry.tag, amount > 0 || keepsZero(tag) {
                    result.increments.append(
                        Increment(tag: tag, time: sample.time, amount: amount))
                }
            }
            guard entry.last != nil else { continue }
            if known == nil {
                counts[place] += 1
                refusals[key] = nil
            }
            entries[key] = entry
        }
        report(refused: refused, skewed: skewed, in: &result)
        completeUntil = max(completeUntil ?? .earliest, reading.completeUntil)
        sweep(at: reading.completeUntil, group)
        return result
    }

    /// Takes note of what the reading covers. A reporter that the first complete one does not show
    /// may have had anything.
    private mutating func notePast(
        of reading: Reading, _ historyKnown: Bool, scraped: [String: [Timestamp]]
    ) -> CounterPast.View {
        if !historyKnown { past.forget() }
        let noted = past.note(reading, isFirst: completeUntil == nil && historyKnown)
        if noted.shows {
            for name in reporters.keys where scraped[name] == nil {
                reporters[name]?.first = Timestamp(nanoseconds: .max)
            }
        }
        return noted.view
    }

    private mutating func refuse(_ key: Key, _ place: Int, at time: Timestamp) {
        if refusals[key] != nil || refusals.count < limits.reduce(0, +) {
            refusals[key] = time
        } else {
            crowdedUntil[place] = time + eviction
        }
    }

    private func report(refused: [Int], skewed: Set<String>, in result: inout Result) {
        // Without the number of this reading: a problem that lasts is said once.
        for (place, number) in refused.enumerated() where number > 0 {
            let (what, key) =
                place == 0 ? ("series", "seriesLimit") : ("buckets", "histogramLimit")
            result.problems.append(
                "more than \(limits[place]) \(what): new ones are refused; watch fewer namespaces "
                    + "or raise judge.\(key) in the daemon's configuration")
        }
        for name in skewed.sorted() {
            result.problems.append(
                "\(name) reports samples from the future: check its clock; they are ignored")
        }
    }

    /// Whether a series whose first sample is at `time` began at zero within our sight: its target
    /// was scraped before without it, or its process started after what was read before (two
    /// windows of grace, in which a new target is not discovered yet).
    private func isBorn(
        _ reporter: String, at time: Timestamp, restart: Timestamp?, after before: Timestamp?
    ) -> Bool {
        guard let known = reporters[reporter] else { return false }
        // Samples of one scrape may differ by a little: half a window is another scrape.
        if known.first + tolerance / 2 <= time { return true }
        guard let restart, let before else { return false }
        return restart > before - tolerance - tolerance
    }

    private static func ordered(_ samples: [Sample]) -> [Sample] {
        for index in samples.indices.dropFirst()
        where samples[index].time < samples[index - 1].time {
            return samples.sorted { $0.time < $1.time }
        }
        return samples
    }

    /// Finds the instants at which each reporter was scraped: those of its samples and the one that
    /// the source states.
    private mutating func noteScrapes(
        of reading: Reading, until horizon: Timestamp, in result: inout Result
    ) {
        var times: [String: [Timestamp]] = [:]
        for series in reading.series {
            let newest = reporters[series.reporter]?.last ?? .earliest
            for sample in series.samples where sample.time > newest && sample.time <= horizon {
                times[series.reporter, default: []].appendUnlessLast(sample.time)
            }
        }
        for reporter in reading.reporters {
            guard let time = reporter.lastScrape, time <= horizon else { continue }
            if time > reporters[reporter.name]?.last ?? .earliest {
                times[reporter.name, default: []].appendUnlessLast(time)
            }
        }
        for (name, unsorted) in times {
            var sorted: [Timestamp] = []
            for time in unsorted.sorted() { sorted.appendUnlessLast(time) }
            guard let first = sorted.first, let last = sorted.last else { continue }
            let known = reporters[name]
            reporters[name] = Reporter(
                first: known.map { min($0.first, first) } ?? first,
                last: known.map { max($0.last, last) } ?? last)
            result.scrapes[name] = sorted
        }
    }

    /// Forgets the series of which `isGone` is true. When they are read again they are new to us.
    /// `group` is a place in the limits.
    package mutating func forget(where isGone: (Tag) -> Bool, group: (Tag) -> Int = { _ in 0 }) {
        entries = entries.filter { $0.value.tag.map { !isGone($0) } ?? true }
        count(group)
    }

    /// Counts the series of each group.
    private mutating func count(_ group: (Tag) -> Int) {
        counts = limits.map { _ in 0 }
        for entry in entries.values {
            counts[entry.tag.map { min(max(group($0), 0), limits.count - 1) } ?? 0] += 1
        }
    }

    /// Forgets series and reporters that were not seen for the eviction period; looks at most once
    /// a tenth of it.
    private mutating func sweep(at now: Timestamp, _ group: (Tag) -> Int) {
        if let last = lastSweep, now - last < eviction / 10 { return }
        lastSweep = now
        let oldest = now - eviction
        entries = entries.filter { $0.value.seen >= oldest }
        refusals = refusals.filter { $0.value >= oldest }
        count(group)
        reporters = reporters.filter { $0.value.last >= oldest }
    }
}

extension Timestamp {
    /// The first representable instant.
    package static var earliest: Timestamp { Timestamp(nanoseconds: .min) }
}

extension [Timestamp] {
    fileprivate mutating func appendUnlessLast(_ time: Timestamp) {
        if last != time { append(time) }
    }
}
