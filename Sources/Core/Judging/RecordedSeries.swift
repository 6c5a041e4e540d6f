// Judges a recorded series line by line, so that people can try the judge on their own data. The
// text is comma-separated; who reads the file decides where lines come from.

import RealModule

/// A streaming judge of `timestamp,value[,total]` lines in constant memory. The header names the
/// kind: `bad`/`errors`/`failed` with `total`/`requests` are counts per row, `good`/`ok`/`success`
/// with a total likewise, the same names ending in `_total` are counters, and one column of any
/// other name is a gauge. Times are RFC 3339 or seconds (or milliseconds) since the epoch.
package struct RecordedSeries: Sendable {
    /// One finding, in the order of the file.
    package enum Finding: Sendable, Hashable {
        /// `score` and `threshold` in nats; `detail` in words.
        case anomaly(
            onset: Timestamp, detectedAt: Timestamp, score: Double, threshold: Double,
            detail: String)
        case recovery(at: Timestamp, detectedAt: Timestamp)
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
    }

    private enum Kind: Sendable { case bad, good, gauge }

    private let kind: Kind
    private let isCounter: Bool
    private let timeColumn: Int
    private let valueColumn: Int
    private let totalColumn: Int?
    private let columns: Int
    /// What was read so far.
    package private(set) var summary = Summary()
    private var settings: JudgeSettings
    private var ratio: SignalJudge
    private var gauge: GaugeJudge?
    private var line = 1
    private var lastTime: Timestamp?
    private var lastCounts: (value: Double, total: Double)?
    private var held: (time: Timestamp, value: Double, total: Double)?
    private var interval: Duration?

    private static let badNames = ["bad", "errors", "error", "failed", "failures"]
    private static let goodNames = ["good", "ok", "success", "successes"]
    private static let totalNames = ["total", "requests", "count", "all"]
    private static let timeNames = ["timestamp", "time", "ts", "date"]

    /// Reads the header line. Throws what is wrong with it and how to mend it.
    package init(
        header: String, settings: JudgeSettings = JudgeSettings()
    ) throws(ConfigError) {
        let names = Self.split(header).map { $0.lowercased() }
        let example = "write a header such as timestamp,bad,total or timestamp,queue_length"
        guard let time = names.firstIndex(where: { Self.timeNames.contains($0) }) else {
            throw ConfigError(
                line: 1, column: 1, message: "no column for the time in \"\(header)\"",
                fix: example)
        }
        let rest = names.indices.filter { $0 != time }
        func find(_ wanted: [String]) -> Int? {
            rest.first { wanted.contains(Self.bare(names[$0])) }
        }
        let total = rest.first { Self.totalNames.contains(Self.bare(names[$0])) }
        if let value = find(Self.badNames) ?? find(Self.goodNames) {
            guard let total else {
                throw ConfigError(
                    line: 1, column: 1,
                    message: "\"\(names[value])\" needs a column total beside it", fix: example)
            }
            kind = Self.badNames.contains(Self.bare(names[value])) ? .bad : .good
            isCounter = names[value].hasSuffix("_total")
            valueColumn = value
            totalColumn = total
        } else if rest.count == 1 {
            kind = .gauge
            isCounter = false
            valueColumn = rest[0]
            totalColumn = nil
        } else {
            throw ConfigError(
                line: 1, column: 1, message: "cannot tell what the columns of \"\(header)\" mean",
                fix: example)
        }
        timeColumn = time
        columns = names.count
        self.settings = settings
        ratio = SignalJudge(
            service: ServiceRef(namespace: "", name: names[valueColumn]), signal: .badRatio,
            tracks: [RatioTrack(.failures)])
    }

    /// A name without the suffix of counters; `total` alone stays.
    private static func bare(_ name: String) -> String {
        name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    }

    private static func split(_ line: String) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { field in
            var text = field.drop { $0.isWhitespace || $0 == "\"" }
            while let last = text.last, last.isWhitespace || last == "\"" { text.removeLast() }
            return String(text)
        }
    }

    /// Adds one line after the header; empty lines and comments (`#`) are skipped.
    package mutating func add(_ text: String) -> [Finding] {
        line += 1
        let fields = Self.split(text)
        if fields == [""] || text.hasPrefix("#") { return [] }
        func malformed(_ reason: String) -> [Finding] {
            summary.malformed += 1
            return [.malformed(line: line, reason: reason)]
        }
        guard fields.count == columns else {
            return malformed("\(fields.count) columns instead of \(columns)")
        }
        guard let time = Self.time(fields[timeColumn]) else {
            return malformed("\"\(fields[timeColumn])\" is not a time")
        }
        if let lastTime, time <= lastTime {
            return malformed("the time does not follow the one before it")
        }
        guard let value = Double(fields[valueColumn]), value.isFinite else {
            return malformed("\"\(fields[valueColumn])\" is not a number")
        }
        var total = 0.0
        if let totalColumn {
            guard let number = Double(fields[totalColumn]), number.isFinite, number >= 0 else {
                return malformed("\"\(fields[totalColumn])\" is not a count")
            }
            total = number
            guard value >= 0, isCounter || value <= total else {
                return malformed("\(fields[valueColumn]) of \(fields[totalColumn]) is no share")
            }
        }
        lastTime = time
        summary.rows += 1
        return accept(time, value, total)
    }

    /// The interval is that between the first two rows, so that the first one is held back.
    private mutating func accept(
        _ time: Timestamp, _ value: Double, _ total: Double
    ) -> [Finding] {
        if interval == nil {
            guard let first = held else {
                held = (time, value, total)
                return []
            }
            held = nil
            let length = time - first.time
            interval = length
            settings.interval = length
            if kind == .gauge {
                gauge = GaugeJudge(threshold: settings.alarmNats(series: 1))
            }
            return judge(first.time, first.value, first.total) + judge(time, value, total)
        }
        return judge(time, value, total)
    }

    private mutating func judge(
        _ time: Timestamp, _ value: Double, _ total: Double
    ) -> [Finding] {
        if kind == .gauge { return judgeGauge(time, value) }
        var counts = (value: value, total: total)
        if isCounter {
            defer { lastCounts = (value, total) }
            guard let last = lastCounts else { return [] }
            counts.value = value >= last.value ? value - last.value : value
            counts.total = total >= last.total ? total - last.total : total
        }
        let bad = kind == .bad ? counts.value : counts.total - counts.value
        let change = ratio.observe(
            [.init(total: counts.total, bad: min(max(bad, 0), counts.total))],
            window: time.nanoseconds / max(settings.interval.nanoseconds, 1), clean: true,
            alarmNats: settings.alarmNats(series: 1), settings: settings,
            instants: .init(interval: settings.interval, detected: time))
        if summary.warmAfter == nil, ratio.tracks[0].ready { summary.warmAfter = summary.rows }
        switch change {
        case .none: return []
        case .alarmed:
            guard let anomaly = ratio.open?.anomaly else { return [] }
            summary.anomalies += 1
            summary.isOpen = true
            let evidence = anomaly.evidence
            return [
                .anomaly(
                    onset: anomaly.onset, detectedAt: time, score: evidence.nats,
                    threshold: evidence.threshold,
                    detail: "\(Wording.percent(evidence.before)) -> "
                        + "\(Wording.percent(evidence.now)) bad "
                        + "(\(Wording.count(evidence.bad)) of \(Wording.count(evidence.requests)))")
            ]
        case .recovered(let recovery):
            summary.isOpen = false
            return [.recovery(at: recovery.recoveredAt, detectedAt: time)]
        }
    }

    private mutating func judgeGauge(_ time: Timestamp, _ value: Double) -> [Finding] {
        guard var judge = gauge else { return [] }
        gauge = nil
        let change = judge.observe(value, at: time)
        defer { gauge = judge }
        if summary.warmAfter == nil, judge.center != nil { summary.warmAfter = summary.rows }
        switch change {
        case .none: return []
        case .alarmed(let since):
            summary.anomalies += 1
            summary.isOpen = true
            let usual = Wording.decimal(judge.center ?? 0, 3)
            return [
                .anomaly(
                    onset: since, detectedAt: time, score: judge.evidence,
                    threshold: settings.alarmNats(series: 1),
                    detail: "\(Wording.decimal(value, 3)) where \(usual) is usual")
            ]
        case .recovered(let since), .accepted(let since):
            summary.isOpen = false
            return [.recovery(at: since, detectedAt: time)]
        }
    }

    private static func time(_ text: String) -> Timestamp? {
        if let number = Double(text), number.isFinite {
            // Milliseconds from the year 5138 on would be seconds.
            return Timestamp(seconds: abs(number) >= 1e11 ? number / 1000 : number)
        }
        if let instant = Timestamp(rfc3339: text) { return instant }
        // A date and a time with a space between them, as spreadsheets write, is taken for UTC.
        let parts = text.split(separator: " ")
        guard parts.count == 2 else { return nil }
        let joined = parts[0] + "T" + parts[1]
        return Timestamp(rfc3339: String(joined)) ?? Timestamp(rfc3339: joined + "Z")
    }
}
