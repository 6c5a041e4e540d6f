// Who reports, and when each reporter was scraped: what a window saw, and for how much time its
// counts stand.

/// The reporters of a metrics source.
struct ReporterBook: Sendable {
    private let interval: Duration
    private var scrapes: [String: [Scrape]] = [:]
    private var known: [String: Timestamp] = [:]
    private(set) var expected: [String] = []
    private var isExpected: Set<String> = []
    /// Those that ever counted calls, and when each was last heard of: a node exporter says nothing
    /// about how well the mesh is seen.
    private var speakers: [String: Timestamp] = [:]

    /// An instant at which a reporter was scraped, and the one that its increments are counted at:
    /// what is read after its window was closed counts in the first window that is open.
    private struct Scrape: Sendable {
        var time: Timestamp
        var counted: Timestamp
    }

    init(interval: Duration) { self.interval = interval }

    /// Who should have been scraped in a window, and who was.
    struct Roll: Sendable {
        var awaited: Set<String> = []
        var reporting: Set<String> = []
        /// Share of those that count calls (of all, when none of these is awaited).
        var coverage = 0.0
        var text = ""
    }

    /// Adds the reporters of a reading, and when they were scraped. Windows up to `closed` are
    /// over; nil before the first.
    mutating func add(
        _ reading: Reading, _ found: [String: [Timestamp]], closed: Timestamp?
    ) {
        expected = reading.reporters.map(\.name).sorted()
        isExpected = Set(expected)
        for (name, times) in found {
            // The first of a reporter counts nothing: it is what later ones are compared with.
            let open = closed.map { $0 + .nanoseconds(1) } ?? .earliest
            let isNew = scrapes[name] == nil
            scrapes[name, default: []] += times.enumerated().map { place, time in
                Scrape(time: time, counted: isNew && place == 0 ? time : max(time, open))
            }
            if known[name] == nil { known[name] = times.first }
            if speakers[name] != nil { speakers[name] = times.last }
        }
    }

    /// A reporter counted calls, by `time`.
    mutating func speaks(_ reporter: String, at time: Timestamp) {
        speakers[reporter] = max(speakers[reporter] ?? .earliest, time)
    }

    func isAwaited(_ reporter: String) -> Bool { isExpected.contains(reporter) }

    /// The first window in which anybody is scraped after `from`.
    func firstScrape(after from: Timestamp) -> Timestamp? {
        scrapes.values.compactMap { $0.first { $0.time > from }?.time }.min()
    }

    /// Whether everyone who still answers was scraped after `begin`, since each reports once a
    /// window.
    func hasAll(since begin: Timestamp) -> Bool {
        var seen = false
        for name in expected {
            guard let last = scrapes[name]?.last?.time else { continue }
            if last > begin {
                seen = true
            } else if last > begin - interval - interval {
                return false
            }
        }
        return seen
    }

    /// Windows' worth of time between the last scrape of each reporter before a window and the last
    /// one in it: what its increments in the window stand for. Zero for one that was not scraped in
    /// it, also when it is just gone with what it counted last; none for one that is long gone or
    /// new, whose counters are younger than the window.
    func spans(from begin: Timestamp, to end: Timestamp) -> [String: Double] {
        var spans: [String: Double] = [:]
        for (name, times) in scrapes {
            guard let before = times.last(where: { $0.counted <= begin })?.time
            else { continue }
            if let last = times.last(where: { $0.counted <= end }), last.counted > begin {
                spans[name] = (last.time - before).inSeconds / interval.inSeconds
            } else if before > begin - interval - interval / 2 || isAwaited(name) {
                spans[name] = 0
            }
        }
        return spans
    }

    /// Who is awaited in a window, and who was scraped in it or up to half a window before.
    func roll(from begin: Timestamp, to end: Timestamp) -> Roll {
        var roll = Roll()
        var speaking = 0
        var heard = 0
        for name in expected {
            guard let first = known[name], first <= end else { continue }
            roll.awaited.insert(name)
            let from = begin - interval / 2
            let isScraped = scrapes[name]?.contains { $0.time > from && $0.time <= end } ?? false
            if isScraped { roll.reporting.insert(name) }
            guard speakers[name] != nil else { continue }
            speaking += 1
            if isScraped { heard += 1 }
        }
        if speaking == 0 { (heard, speaking) = (roll.reporting.count, roll.awaited.count) }
        roll.coverage = speaking == 0 ? 0 : Double(heard) / Double(speaking)
        roll.text = "\(heard) of \(speaking) reporters were scraped"
        return roll
    }

    /// Forgets instants of scrapes before `time`. Returns the reporters that are gone since two
    /// windows, and those that nothing was heard of since `oldest`.
    mutating func forget(
        before time: Timestamp, unheardSince oldest: Timestamp
    ) -> (gone: [String], unheard: [String]) {
        var gone: [String] = []
        for (name, times) in scrapes {
            guard let first = times.first, first.counted < time else { continue }
            let kept = times.drop { $0.counted < time }
            if kept.isEmpty, !isAwaited(name) {
                scrapes[name] = nil
                known[name] = nil
                gone.append(name)
            } else {
                // The newest of the old instants stays: it tells a silent reporter from one that is
                // new, and since when the next scrape's increments count.
                scrapes[name] = times.filter { $0.counted < time }.suffix(1) + kept
            }
        }
        let unheard = speakers.filter { $0.value < oldest && !isAwaited($0.key) }
        return (gone, unheard.keys.sorted())
    }

    mutating func forget(_ reporter: String) { speakers[reporter] = nil }
}
