// Remembers series across scrapes of one target by their bytes, so that labels are parsed once in a
// series' life. Bounded; series that were not seen for some scrapes make room.

package import Core

/// The series of one target. A series has a small number that stays its own until it is evicted.
///
/// Use: `begin()`, then `next(in:with:)` until nil, then `end()`.
package struct SeriesCache: Sendable {
    /// A series and what it is called.
    package struct Series: Sendable, Hashable {
        package var metric: String
        package var labels: Labels

        package init(metric: String, labels: Labels) {
            self.metric = metric
            self.labels = labels
        }
    }

    /// One sample of a known series.
    package struct Entry: Sendable, Hashable {
        /// The series' number: an index that is dense and reused after an eviction.
        package var series: Int
        package var value: Double
        package var time: Timestamp?
        package var line: Int
        /// The series already had a sample in this scrape.
        package var repeated: Bool
    }

    private struct Slot: Sendable {
        /// The bytes of name and labels as they were written; empty when the slot is free.
        var key: [UInt8] = []
        var hash: UInt64 = 0
        /// The next slot with the same hash, or -1.
        var chained = -1
        /// The slot that followed in the last scrape, or -1: targets keep their order.
        var successor = -1
        var generation = 0
        var series = Series(metric: "", labels: Labels([]))
    }

    /// The most series to hold at once.
    package let capacity: Int
    /// Scrapes without a sample after which a series is forgotten.
    package let retention: Int
    private let seed: UInt64
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var heads: [UInt64: Int] = [:]
    private var texts: Set<String> = []
    private var generation = 0
    private var previous = -1
    private var first = -1

    package init(capacity: Int = 50_000, retention: Int = 20, seed: UInt64 = 0x48a2_4d5f_3e31) {
        self.capacity = capacity
        self.retention = retention
        self.seed = seed
    }

    /// Series held now.
    package var count: Int { slots.count - free.count }

    /// Distinct names and values held for them.
    var textCount: Int { texts.count }

    /// Numbers in use are below this.
    package var bound: Int { slots.count }

    /// The series with that number; the number must come from this cache.
    package subscript(number: Int) -> Series { slots[number].series }

    /// Starts a scrape.
    package mutating func begin() {
        generation += 1
        previous = -1
    }

    /// Ends a scrape: forgets series that were long absent. Returns their numbers, ascending.
    package mutating func end() -> [Int] {
        var evicted: [Int] = []
        for number in slots.indices
        where !slots[number].key.isEmpty && generation - slots[number].generation >= retention {
            remove(number)
            evicted.append(number)
        }
        if !evicted.isEmpty { forgetTexts() }
        return evicted
    }

    /// The next wanted sample of `body`; nil at the end or when a limit was exceeded.
    package mutating func next(
        in body: Span<UInt8>, with parser: inout ExpositionParser
    ) -> Entry? {
        while let line = parser.nextLine(in: body) {
            do throws(ExpositionError) {
                var number = predict(in: body, line)
                if number < 0 {
                    let part = try parser.readSeries(in: body, line)
                    if parser.report.exceeded != nil { return nil }
                    guard part.isWanted else { continue }
                    // The value first: a line without one makes no series.
                    guard let sample = try parser.readSample(in: body, line, part) else {
                        return nil
                    }
                    do throws(ExpositionError) {
                        number = try intern(body, part, parser.labels)
                    } catch {
                        parser.withdraw(error, line: line.number)
                        continue
                    }
                    if number < 0 {
                        parser.exceed(.series(limit: capacity, line: line.number))
                        return nil
                    }
                    return entry(number, sample)
                }
                let range = line.start..<(line.start &+ slots[number].key.count)
                let part = ExpositionParser.SeriesPart(name: range, series: range)
                guard let sample = try parser.readSample(in: body, line, part) else { return nil }
                return entry(number, sample)
            } catch {
                parser.note(error, line: line.number)
            }
        }
        return nil
    }

    // MARK: Looking up

    @inline(__always)
    private mutating func entry(_ number: Int, _ sample: ExpositionSample) -> Entry {
        let repeated = slots[number].generation == generation
        slots[number].generation = generation
        if previous >= 0 { slots[previous].successor = number } else { first = number }
        previous = number
        return Entry(
            series: number, value: sample.value, time: sample.time, line: sample.line,
            repeated: repeated)
    }

    /// The series that followed the previous one last time, when the line begins with its bytes and
    /// a blank; -1 otherwise. The same bytes parse to the same series, so nothing is parsed again.
    @inline(__always)
    private func predict(in body: Span<UInt8>, _ line: ExpositionParser.Line) -> Int {
        let guess = previous >= 0 ? slots[previous].successor : first
        guard guess >= 0 else { return -1 }
        let key = slots[guess].key
        let count = key.count
        guard count > 0, line.start &+ count < line.end,
            ExpositionParser.isBlank(body[line.start &+ count]),
            ByteScan.equal(body, from: line.start, key.span, count: count)
        else { return -1 }
        return guess
    }

    /// The number of the series, new if need be; -1 when the cache is full.
    private mutating func intern(
        _ body: Span<UInt8>, _ part: ExpositionParser.SeriesPart, _ labels: [ExpositionLabel]
    ) throws(ExpositionError) -> Int {
        let hash = ByteScan.hash(body, part.series, seed: seed)
        var candidate = heads[hash] ?? -1
        while candidate >= 0 {
            let key = slots[candidate].key
            if key.count == part.series.count,
                ByteScan.equal(
                    body, from: part.series.lowerBound, key.span, count: part.series.count)
            {
                return candidate
            }
            candidate = slots[candidate].chained
        }
        guard count < capacity else { return -1 }
        var slot = Slot()
        slot.series = try series(body, part, labels)
        slot.key.reserveCapacity(part.series.count)
        for at in part.series { slot.key.append(body[at]) }
        slot.hash = hash
        slot.chained = heads[hash] ?? -1
        let number: Int
        if let reused = free.popLast() {
            number = reused
            slots[number] = slot
        } else {
            number = slots.count
            slots.append(slot)
        }
        heads[hash] = number
        return number
    }

    /// The series in text; `le` and `quantile` are spelled as Prometheus 3 stores them. Equal names
    /// and values are stored once.
    private mutating func series(
        _ body: Span<UInt8>, _ part: ExpositionParser.SeriesPart, _ labels: [ExpositionLabel]
    ) throws(ExpositionError) -> Series {
        guard let metric = ExpositionText.string(body, part.name, escaped: true) else {
            throw .notUTF8
        }
        var texts: [(name: String, value: String)] = []
        texts.reserveCapacity(labels.count)
        for label in labels {
            guard let (name, value) = label.text(in: body) else { throw .notUTF8 }
            texts.append((name, CanonicalLabel.value(name, value)))
        }
        let names = texts.map(\.name).sorted()
        for (left, right) in zip(names, names.dropFirst()) where left == right {
            throw .repeatedLabel
        }
        // Only now: the texts of a series that is refused would never be forgotten.
        let pairs = texts.map { Labels.Pair(shared($0.name), shared($0.value)) }
        return Series(metric: shared(metric), labels: Labels(pairs))
    }

    private mutating func shared(_ text: String) -> String {
        texts.insert(text).memberAfterInsert
    }

    private mutating func remove(_ number: Int) {
        let slot = slots[number]
        if heads[slot.hash] == number {
            heads[slot.hash] = slot.chained >= 0 ? slot.chained : nil
        } else if var at = heads[slot.hash] {
            while slots[at].chained != number, slots[at].chained >= 0 { at = slots[at].chained }
            slots[at].chained = slot.chained
        }
        // A free slot has an empty key, which no prediction matches.
        slots[number] = Slot()
        free.append(number)
    }

    /// Drops texts that no series uses any more, so that churn does not fill memory.
    private mutating func forgetTexts() {
        texts.removeAll(keepingCapacity: true)
        for slot in slots where !slot.key.isEmpty {
            texts.insert(slot.series.metric)
            for pair in slot.series.labels.pairs {
                texts.insert(pair.name)
                texts.insert(pair.value)
            }
        }
    }
}
