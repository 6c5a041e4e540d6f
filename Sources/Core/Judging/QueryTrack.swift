// Turns the answers to a policy's own PromQL into windows like those of a service: bad events out
// of all, or 0 and 1 for a gauge. What it cannot count is blind, never zero.

/// The answer to one expression of a policy's signal.
package struct QueryAnswer: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// Raw samples of the counters that the expression selects.
        case counters([SampleSeries])
        /// Values of the expression at the ends of windows, in order.
        case values([Sample])
        /// Why there is no answer.
        case failed(String)
    }

    package var service: ServiceRef
    /// `bad`, `total` or `gauge`.
    package var key: String
    package var content: Content

    package init(service: ServiceRef, key: String, content: Content) {
        self.service = service
        self.key = key
        self.content = content
    }
}

/// One signal in PromQL and what its expressions gave.
struct QueryTrack: Sendable {
    /// One expression.
    private struct Side: Sendable {
        var ledger: CounterLedger<Bool>?
        /// Increments by window.
        var counts: [Int64: Double] = [:]
        /// Half windows in which a counter was scraped.
        var scraped: Set<Int64> = []
        /// Values at the ends of windows.
        var values: [Int64: Double] = [:]
        /// No answer up to this window.
        var failure: (until: Int64, reason: String)?
    }

    let query: SignalQuery
    private var sides: [String: Side] = [:]
    private var gauge: GaugeJudge
    private let settings: JudgeSettings

    /// A conformal p-value up to this is unusual.
    static let unusual = 0.05
    private static let memory: Int64 = 16

    init(_ query: SignalQuery, settings: JudgeSettings) {
        self.query = query
        self.settings = settings
        gauge = GaugeJudge(threshold: settings.alarmNats(series: 1))
    }

    /// What is now is normal: a gauge's usual values are learned anew.
    mutating func accept() { gauge = GaugeJudge(threshold: settings.alarmNats(series: 1)) }

    /// Adds the answer to one expression. `index` is the window of an instant; `last` the newest
    /// window that the reading reaches.
    mutating func add(
        _ answer: QueryAnswer, _ reading: Reading, last: Int64, index: (Timestamp) -> Int64
    ) {
        var side = sides[answer.key] ?? Side()
        switch answer.content {
        case .failed(let reason): side.failure = (last, reason)
        case .values(let values):
            for value in values { side.values[index(value.time)] = value.value }
        case .counters(let series):
            var own = reading
            own.series = series
            var ledger =
                side.ledger
                ?? CounterLedger<Bool>(
                    limit: settings.seriesLimit / 10, eviction: settings.eviction,
                    tolerance: settings.interval)
            let result = ledger.ingest(own) { _ in true }
            side.ledger = ledger
            if let problem = result.problems.first { side.failure = (last, problem) }
            if !result.damaged.isEmpty { side.failure = (last, "a counter is not a number") }
            for increment in result.increments {
                side.counts[index(increment.time), default: 0] += increment.amount
            }
            for one in series {
                for sample in one.samples { side.scraped.insert(half(of: sample.time)) }
            }
        }
        if let warning = reading.warnings.first { side.failure = (last, warning) }
        sides[answer.key] = side
    }

    /// Half windows since the epoch.
    private func half(of time: Timestamp) -> Int64 {
        time.nanoseconds / max(settings.interval.nanoseconds / 2, 1)
    }

    /// The window as a service's. To be asked once for each window, in order.
    mutating func window(_ index: Int64) -> RequestWindow {
        var window = RequestWindow(service: query.service, index: index)
        // Its rate is no traffic: what is counted may be anything.
        window.exposure = 0
        do throws(Blindness) {
            switch query.kind {
            case .gauge(let text): try count(&window, text, index)
            case .ratio(let bad, let total):
                window.total = try increase("total", total, index, mayBeAbsent: false)
                window.bad = min(
                    window.total, try increase("bad", bad, index, mayBeAbsent: true))
            }
        } catch {
            window.blind = error.reason
        }
        for key in sides.keys { prune(key, before: index - Self.memory) }
        return window
    }

    private struct Blindness: Error { let reason: String }

    private mutating func count(
        _ window: inout RequestWindow, _ text: String, _ index: Int64
    ) throws(Blindness) {
        let side = try answered("gauge", index)
        guard let value = side.values[index], value.isFinite else {
            throw Blindness(reason: "gauge has no value: \(text)")
        }
        let end = Timestamp(nanoseconds: (index + 1) &* settings.interval.nanoseconds)
        _ = gauge.observe(value, at: end)
        guard let surprise = gauge.surprise else {
            throw Blindness(reason: "the gauge's usual values are not known yet")
        }
        window.total = 1
        window.bad = surprise <= Self.unusual ? 1 : 0
    }

    private func answered(_ key: String, _ index: Int64) throws(Blindness) -> Side {
        guard let side = sides[key] else { throw Blindness(reason: "\(key) was not answered") }
        if let failure = side.failure, index <= failure.until {
            throw Blindness(reason: "\(key): \(failure.reason)")
        }
        return side
    }

    /// The increase of a counter over a window. Raw counters count restarts and new series right;
    /// of an expression the values at both ends are subtracted, and a fall says nothing.
    private func increase(
        _ key: String, _ text: String, _ index: Int64, mayBeAbsent: Bool
    ) throws(Blindness) -> Double {
        let side = try answered(key, index)
        if side.ledger != nil {
            let halves = [2 * index - 1, 2 * index, 2 * index + 1]
            if halves.contains(where: side.scraped.contains) { return side.counts[index] ?? 0 }
            // Counters of failures appear with the first failure.
            if mayBeAbsent { return 0 }
            throw Blindness(reason: "\(key) has no samples: \(text)")
        }
        guard let end = side.values[index], let begin = side.values[index - 1], end.isFinite,
            begin.isFinite
        else { throw Blindness(reason: "\(key) has no value at both ends: \(text)") }
        if end < begin {
            throw Blindness(
                reason: "\(key) fell, perhaps at a restart; a plain selector, or sum of one, is "
                    + "counted right then: \(text)")
        }
        guard end - begin <= 1e15 else {
            throw Blindness(reason: "\(key) grew by more than anything could count: \(text)")
        }
        return end - begin
    }

    private mutating func prune(_ key: String, before oldest: Int64) {
        guard var side = sides[key] else { return }
        side.counts = side.counts.filter { $0.key >= oldest }
        side.values = side.values.filter { $0.key >= oldest }
        side.scraped = side.scraped.filter { $0 >= 2 * oldest }
        sides[key] = side
    }
}

/// All signals in PromQL, and which window of theirs is next. They close later than those of the
/// mesh: a value at the end of a window needs the end.
struct QueryBook: Sendable {
    private var tracks: [QueryTrack] = []
    private var next: Int64?

    var isEmpty: Bool { tracks.isEmpty }

    /// Takes up the signals to judge; those that stay keep what they know.
    mutating func configure(_ queries: [SignalQuery], settings: JudgeSettings) {
        var seen: Set<ServiceRef> = []
        tracks = queries.filter { seen.insert($0.service).inserted }.map { query in
            tracks.first { $0.query.service == query.service && $0.query.kind == query.kind }
                ?? QueryTrack(query, settings: settings)
        }
    }

    mutating func accept(_ service: ServiceRef) {
        for at in tracks.indices where tracks[at].query.service == service { tracks[at].accept() }
    }

    mutating func add(_ reading: Reading, index: (Timestamp) -> Int64) {
        let last = index(reading.completeUntil)
        if next == nil { next = last + 1 }
        for at in tracks.indices {
            for answer in reading.answers where answer.service == tracks[at].query.service {
                tracks[at].add(answer, reading, last: last, index: index)
            }
        }
    }

    /// The windows that ended by `time`, oldest first; a long hole is skipped.
    mutating func close(until time: Timestamp, interval: Duration) -> [WindowSummary] {
        guard let first = next, !tracks.isEmpty else { return [] }
        let length = max(interval.nanoseconds, 1)
        let end = time.nanoseconds / length
        var closed: [WindowSummary] = []
        for index in stride(from: max(first, end - 240), to: end, by: 1) {
            var windows: [RequestWindow] = []
            for at in tracks.indices { windows.append(tracks[at].window(index)) }
            closed.append(
                WindowSummary(
                    index: index, startNanoseconds: index &* length,
                    endNanoseconds: (index + 1) &* length,
                    services: windows.sorted { $0.service < $1.service }, coverage: 1, blind: nil))
        }
        next = max(first, end)
        return closed
    }
}
