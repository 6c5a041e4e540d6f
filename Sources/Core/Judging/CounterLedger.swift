// Turns raw counter samples into increments: resets, restarts, new and evicted series, repeated and
// damaged samples. It does not know what the counters count.

/// Memory of the last value of every counter series (detection design 5.1). `Tag` is what a series
/// means to the caller, decided once per series.
package struct CounterLedger<Tag: Sendable>: Sendable {
    private struct Key: Hashable, Sendable {
        var metric: String
        var reporter: String
        var labels: Labels
    }

    private struct Entry: Sendable {
        var tag: Tag?
        var last: Sample
        /// When it was last reported, which is later than `last` if the newest value was not a number.
        var seen: Timestamp
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
        /// Increments above zero, series by series in the reading's order.
        package var increments: [Increment] = []
        /// Series seen for the first time, and who reported them.
        package var appeared: [(tag: Tag, reporter: String)] = []
        /// When each reporter was scraped, in time order, instants not known before only.
        package var scrapes: [String: [Timestamp]] = [:]
        /// Tags of series that were refused because the limit is reached.
        package var refused: [Tag] = []
        /// What was wrong with the reading, in sentences.
        package var problems: [String] = []
    }

    private var entries: [Key: Entry] = [:]
    private var reporters: [String: Reporter] = [:]
    private var completeUntil: Timestamp?
    private var lastSweep: Timestamp?
    private let limit: Int
    private let eviction: Duration
    private let tolerance: Duration

    /// `tolerance`: how far beyond `completeUntil` a sample may lie before its clock is distrusted.
    package init(limit: Int, eviction: Duration, tolerance: Duration) {
        self.limit = limit
        self.eviction = eviction
        self.tolerance = tolerance
    }

    /// Series held.
    package var count: Int { entries.count }

    /// Adds one reading. `classify` says what a new series means; nil ignores it for good.
    /// `historyKnown` is false when the question changed, so that a series may be new to us only.
    package mutating func ingest(
        _ reading: Reading, historyKnown: Bool = true,
        classify: (SampleSeries) -> Tag?
    ) -> Result {
        var result = Result()
        let horizon = reading.completeUntil + tolerance
        let before = completeUntil
        var started: [String: Timestamp] = [:]
        for reporter in reading.reporters { started[reporter.name] = reporter.startedAt }
        noteScrapes(of: reading, until: horizon, in: &result)
        let trusted = historyKnown && reading.warnings.isEmpty
        var skewed: Set<String> = []
        for series in reading.series {
            let key = Key(
                metric: series.metric, reporter: series.reporter, labels: series.labels)
            var entry = entries[key]
            var fresh = entry == nil
            if fresh {
                if entries.count >= limit {
                    if let tag = classify(series) { result.refused.append(tag) }
                    continue
                }
                if let tag = classify(series) {
                    result.appeared.append((tag, series.reporter))
                    entry = Entry(
                        tag: tag, last: Sample(time: .earliest, value: 0), seen: .earliest)
                } else {
                    entry = Entry(
                        tag: nil, last: Sample(time: .earliest, value: 0), seen: .earliest)
                }
            }
            guard var current = entry else { continue }
            let restart = started[series.reporter]
            for sample in Self.ordered(series.samples) {
                if sample.time > horizon {
                    skewed.insert(series.reporter)
                    continue
                }
                current.seen = max(current.seen, sample.time)
                guard sample.value.isFinite, sample.value >= 0 else { continue }
                guard sample.time > current.last.time else { continue }
                let amount: Double
                if fresh {
                    fresh = false
                    let counts =
                        trusted
                        && isBorn(series.reporter, at: sample.time, restart: restart, after: before)
                    amount = counts ? sample.value : 0
                } else {
                    amount = Self.increase(from: current.last, to: sample, restart: restart)
                }
                current.last = sample
                if amount > 0, let tag = current.tag {
                    result.increments.append(
                        Increment(tag: tag, time: sample.time, amount: amount))
                }
            }
            if !fresh { entries[key] = current }
        }
        if result.refused.count > 0 {
            result.problems.append(
                "more than \(limit) series: \(result.refused.count) new ones refused; "
                    + "narrow the question or raise the series limit")
        }
        for name in skewed.sorted() {
            result.problems.append(
                "\(name) reports samples from the future: check its clock; they are ignored")
        }
        completeUntil = max(completeUntil ?? .earliest, reading.completeUntil)
        sweep(at: reading.completeUntil)
        return result
    }

    /// Whether a series whose first sample is at `time` began at zero within our sight: its target was
    /// scraped before without it, or its process started after all that was read before.
    private func isBorn(
        _ reporter: String, at time: Timestamp, restart: Timestamp?, after before: Timestamp?
    ) -> Bool {
        guard let known = reporters[reporter] else { return false }
        if known.first < time { return true }
        guard let restart, let before else { return false }
        return restart > before
    }

    /// The increase between two samples; after a restart or a reset the counter began at zero.
    private static func increase(
        from last: Sample, to next: Sample, restart: Timestamp?
    ) -> Double {
        if next.value < last.value { return next.value }
        if let restart, last.time < restart, restart <= next.time { return next.value }
        return next.value - last.value
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

    /// Forgets series and reporters that were not seen for the eviction period; looks at most once
    /// a tenth of it.
    private mutating func sweep(at now: Timestamp) {
        if let last = lastSweep, now - last < eviction / 10 { return }
        lastSweep = now
        let oldest = now - eviction
        entries = entries.filter { $0.value.seen >= oldest }
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
