// Judges a recorded series line by line, so that people can try the judge on their own data. The
// text is comma-separated; who reads the file decides where lines come from.

import RealModule

/// A streaming judge of `timestamp,value[,total]` lines in constant memory. The header names the
/// kind: `bad`/`errors`/`failed` with `total`/`requests` are counts per row, `good`/`ok`/`success`
/// with a total likewise, the same names ending in `_total` are counters, and one column of any
/// other name is a gauge. Times are those of `RecordedFields.time`.
package struct RecordedSeries: Sendable {
    /// One finding, in the order of the file.
    package enum Finding: Sendable, Hashable {
        /// `score` and `threshold` in nats; `detail` in words.
        case anomaly(
            onset: Timestamp, detectedAt: Timestamp, score: Double, threshold: Double,
            detail: String)
        case recovery(at: Timestamp, detectedAt: Timestamp)
        /// A gauge stayed so long at its new level that this is the usual one now.
        case accepted(since: Timestamp, detectedAt: Timestamp)
        /// A line that could not be read; it is skipped.
        case malformed(line: Int, reason: String)
    }

    /// What was read in all.
    package struct Summary: Sendable, Hashable {
        package var rows = 0
        package var malformed = 0
        package var anomalies = 0
        /// Whether the last anomaly had not ended.
        package var isOpen = false
        /// Rows that the baseline needed before small changes were tested; nil when never.
        package var warmAfter: Int?
        package var from: Timestamp?
        package var to: Timestamp?
        /// The time between two rows: as given, or the median of the first ones.
        package var interval: Duration?
        /// Rows that came more than half an interval late, and the longest time between two.
        package var gaps = 0
        package var longestGap = Duration.zero
        /// Times that counters began again.
        package var resets = 0
    }

    private struct Row: Sendable {
        var time: Timestamp
        var value: Double
        var total: Double
    }

    private let header: RecordedHeader
    /// What was read so far.
    package private(set) var summary = Summary()
    private var settings: JudgeSettings
    private var ratio: SignalJudge
    private var gauge: GaugeJudge?
    private var line: Int
    private var last: Row?
    /// The row of counters before the one at hand.
    private var before: Row?
    /// Rows that wait until the interval is known.
    private var held: [Row] = []
    private var judged = 0

    /// Rows whose distances give the interval.
    private static let measured = 16
    /// Beyond this a double no longer counts in ones.
    private static let largestCount = 9e15
    private static let largestGauge = 1e100

    /// Reads the header, which is at `line` of the file. Throws what is wrong with it and how to
    /// mend it. Without an `interval` the median distance of the first rows is taken.
    package init(
        header: String, line: Int = 1, settings: JudgeSettings = JudgeSettings(),
        interval: Duration? = nil
    ) throws(ConfigError) {
        self.header = try RecordedHeader(header, line: line)
        self.line = line
        self.settings = settings
        ratio = SignalJudge(
            service: ServiceRef(namespace: "", name: self.header.name), signal: .badRatio,
            tracks: [RatioTrack(.failures)])
        if let interval { begin(interval) }
    }

    /// What the header made of the columns, for people.
    package var description: String {
        switch header.kind {
        case .gauge: "\(header.name) is a gauge"
        case .bad, .good:
            "\(header.name) is \(header.isCounter ? "a counter of" : "a count of") "
                + "\(header.kind == .bad ? "bad" : "good") requests"
        }
    }

    /// Adds one line after the header; empty lines and comments (`#`) are skipped.
    package mutating func add(_ text: String) -> [Finding] {
        line += 1
        if text.utf8.first == UInt8(ascii: "#") { return [] }
        let row: Row
        do throws(Malformed) {
            guard let found = try read(text) else { return [] }
            row = found
        } catch {
            return malformed(error.reason)
        }
        if let last {
            let distance = row.time - last.time
            if let interval = summary.interval, distance * 2 > interval * 3 { summary.gaps += 1 }
            summary.longestGap = max(summary.longestGap, distance)
        }
        last = row
        summary.rows += 1
        summary.from = summary.from ?? row.time
        summary.to = row.time
        if summary.interval != nil { return judge(row) }
        held.append(row)
        return held.count < Self.measured ? [] : measure()
    }

    /// Counts a line that its reader could not give as text, e.g. one that is too long.
    package mutating func skip(_ reason: String) -> [Finding] {
        line += 1
        return malformed(reason)
    }

    /// The end of the file: judges what still waits.
    package mutating func finish() -> [Finding] { held.isEmpty ? [] : measure() }

    private mutating func malformed(_ reason: String) -> [Finding] {
        summary.malformed += 1
        return [.malformed(line: line, reason: reason)]
    }

    private mutating func begin(_ interval: Duration) {
        summary.interval = interval
        settings.interval = interval
        if header.kind == .gauge { gauge = GaugeJudge(threshold: settings.alarmNats(series: 1)) }
    }

    /// The interval is the median of the first distances: one gap does not matter.
    private mutating func measure() -> [Finding] {
        let distances = zip(held, held.dropFirst()).map { $1.time - $0.time }.sorted()
        let interval = distances.isEmpty ? settings.interval : distances[distances.count / 2]
        begin(interval)
        summary.gaps = distances.count { $0 * 2 > interval * 3 }
        let rows = held
        held = []
        return rows.flatMap { judge($0) }
    }
}

// MARK: Reading a line

extension RecordedSeries {
    private struct Malformed: Error { var reason: String }

    /// Nil for an empty line.
    private func read(_ text: String) throws(Malformed) -> Row? {
        guard let fields = RecordedFields.split(text, separator: header.separator) else {
            throw Malformed(reason: "a quote is not closed on this line")
        }
        if fields == [""] { return nil }
        guard fields.count == header.columns else {
            throw Malformed(reason: "\(fields.count) columns instead of \(header.columns)")
        }
        let written = fields[header.time]
        guard let time = RecordedFields.time(written) else {
            throw Malformed(reason: "\"\(written.prefix(80))\" is not a time")
        }
        if let last, time <= last.time {
            throw Malformed(
                reason: time == last.time
                    ? "the time is that of the row before it; one series at a time"
                    : "the time is before that of the row before it; sort the rows by time")
        }
        guard let total = header.total else {
            let value = try number(fields[header.value])
            guard abs(value) <= Self.largestGauge else {
                throw Malformed(reason: "\(value) is too large a number")
            }
            return Row(time: time, value: value, total: 0)
        }
        let value = try count(fields[header.value])
        let all = try count(fields[total])
        guard header.isCounter || value <= all else {
            throw Malformed(reason: "\(fields[header.value]) of \(fields[total]) is no share")
        }
        return Row(time: time, value: value, total: all)
    }

    private func number(_ text: String) throws(Malformed) -> Double {
        if text.isEmpty { throw Malformed(reason: "a value is missing") }
        guard let value = Double(text), value.isFinite else {
            throw Malformed(reason: "\"\(text.prefix(80))\" is not a number")
        }
        return value
    }

    private func count(_ text: String) throws(Malformed) -> Double {
        let value = try number(text)
        guard value >= 0 else { throw Malformed(reason: "\(text.prefix(80)) is not a count") }
        guard value <= Self.largestCount else {
            throw Malformed(reason: "\(text.prefix(80)) is too large a count")
        }
        return value
    }
}

// MARK: Judging a row

extension RecordedSeries {
    private mutating func judge(_ row: Row) -> [Finding] {
        if header.kind == .gauge { return judgeGauge(row) }
        guard let counts = increase(row) else { return [] }
        judged += 1
        let bad = header.kind == .bad ? counts.value : counts.total - counts.value
        // Windows are numbered from the first row, so that an onset is the time of a row.
        let origin = summary.from ?? row.time
        let length = max(settings.interval.nanoseconds, 1)
        let (whole, rest) = (row.time - origin).nanoseconds
            .quotientAndRemainder(dividingBy: length)
        let window = min(whole + (rest >= (length + 1) / 2 ? 1 : 0), .max / length)
        let change = ratio.observe(
            [.init(total: counts.total, bad: min(max(bad, 0), counts.total))],
            window: window, clean: true, alarmNats: settings.alarmNats(series: 1),
            settings: settings, instants: .init(interval: settings.interval, detected: row.time))
        if summary.warmAfter == nil, ratio.tracks[0].ready { summary.warmAfter = judged }
        func place(_ instant: Timestamp) -> Timestamp {
            min(origin + .nanoseconds(instant.nanoseconds), row.time)
        }
        switch change {
        case .none: return []
        case .alarmed:
            guard let anomaly = ratio.open?.anomaly else { return [] }
            summary.anomalies += 1
            summary.isOpen = true
            let evidence = anomaly.evidence
            return [
                .anomaly(
                    onset: place(anomaly.onset), detectedAt: row.time, score: evidence.nats,
                    threshold: evidence.threshold,
                    detail: "\(Wording.percent(evidence.before)) -> "
                        + "\(Wording.percent(evidence.now)) bad "
                        + "(\(Wording.count(evidence.bad)) of \(Wording.count(evidence.requests)))")
            ]
        case .recovered(let recovery):
            summary.isOpen = false
            return [.recovery(at: place(recovery.recoveredAt), detectedAt: row.time)]
        }
    }

    /// Counts of this row alone; nil for the first row of counters. When one counter fell, the
    /// process began again and so did the other.
    private mutating func increase(_ row: Row) -> (value: Double, total: Double)? {
        guard header.isCounter else { return (row.value, row.total) }
        defer { before = row }
        guard let before else { return nil }
        if row.value < before.value || row.total < before.total {
            summary.resets += 1
            return (row.value, row.total)
        }
        return (row.value - before.value, row.total - before.total)
    }

    private mutating func judgeGauge(_ row: Row) -> [Finding] {
        guard var judge = gauge else { return [] }
        judged += 1
        gauge = nil
        let change = judge.observe(row.value, at: row.time)
        defer { gauge = judge }
        if summary.warmAfter == nil, judge.center != nil { summary.warmAfter = judged }
        switch change {
        case .none: return []
        case .alarmed(let since):
            summary.anomalies += 1
            summary.isOpen = true
            let usual = Wording.figure(judge.center ?? 0)
            return [
                .anomaly(
                    onset: since, detectedAt: row.time, score: judge.evidence,
                    threshold: settings.alarmNats(series: 1),
                    detail: "\(Wording.figure(row.value)) where \(usual) is usual")
            ]
        case .recovered(let since):
            summary.isOpen = false
            return [.recovery(at: since, detectedAt: row.time)]
        case .accepted(let since):
            summary.isOpen = false
            return [.accepted(since: since, detectedAt: row.time)]
        }
    }
}
