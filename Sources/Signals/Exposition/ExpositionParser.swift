// Reads Prometheus text 0.0.4 and OpenMetrics 1.0, sample by sample, without copying and without
// ever failing: what is malformed is counted and passed over. It keeps no samples and knows no
// metric.

import Core

/// A cursor over one exposition. Call `next(in:)` with the same bytes until it returns nil, then
/// look at `report`.
package struct ExpositionParser: Sendable {
    package let format: ExpositionFormat
    package let strictness: ExpositionStrictness
    package let limits: ExpositionLimits
    package private(set) var report = ExpositionReport()
    /// The labels of the sample returned last, in written order; the metric's name is not among
    /// them.
    package private(set) var labels: [ExpositionLabel] = []

    /// Wanted names, as bytes; empty means all.
    private let wanted: [[UInt8]]
    private var position = 0

    /// - Parameter metrics: the sample names to hand out (`foo_total`, `foo_bucket`); lines of
    /// others are passed over unchecked. Empty means every name.
    package init(
        format: ExpositionFormat = .text, strictness: ExpositionStrictness = .lenient,
        limits: ExpositionLimits = ExpositionLimits(), metrics: [String] = []
    ) {
        self.format = format
        self.strictness = strictness
        self.limits = limits
        wanted = metrics.map { Array($0.utf8) }
        labels.reserveCapacity(32)
    }

    /// The next wanted sample of `body`; nil at its end or when a limit was exceeded.
    package mutating func next(in body: Span<UInt8>) -> ExpositionSample? {
        while let line = nextLine(in: body) {
            do throws(ExpositionError) {
                let part = try readSeries(in: body, line)
                if report.exceeded != nil { return nil }
                guard part.isWanted else { continue }
                return try readSample(in: body, line, part)
            } catch {
                note(error, line: line.number)
            }
        }
        return nil
    }

    // MARK: Pieces, also used by the series cache

    /// One line that holds a sample: without leading blanks, line end and trailing blanks.
    struct Line {
        var start: Int
        var end: Int
        var number: Int
    }

    /// Name and labels of a line.
    struct SeriesPart {
        var name: Range<Int>
        /// Ends after the closing brace, or after the bare name.
        var series: Range<Int>
        var isWanted = true
    }

    /// The next line that holds a sample; nil at the end or when a limit stops the reading.
    @inline(__always)
    mutating func nextLine(in body: Span<UInt8>) -> Line? {
        if position == 0, body.count > limits.bodyBytes {
            report.exceeded = .bodyBytes(limit: limits.bodyBytes, found: body.count)
        }
        guard report.exceeded == nil else { return nil }
        while position < body.count {
            var start = position
            var end = ByteScan.find(0x0a, in: body, from: start, to: body.count)
            if end == body.count { report.unterminated = true }
            position = end &+ 1
            report.lines &+= 1
            while start < end, Self.isBlank(body[start]) { start &+= 1 }
            while end > start, Self.isBlank(body[end &- 1]) || body[end &- 1] == 0x0d { end &-= 1 }
            if start == end { continue }
            if body[start] == 0x23 {
                noteComment(in: body, start, end)
                continue
            }
            if report.endMarkers > 0, strictness == .strict {
                note(.afterEnd, line: report.lines)
                continue
            }
            return Line(start: start, end: end, number: report.lines)
        }
        return nil
    }

    /// Reads the name and the labels; the labels are left in `labels`. Returns early, without
    /// labels, for a name that nobody asked for.
    @inline(__always)
    mutating func readSeries(
        in body: Span<UInt8>, _ line: Line
    ) throws(ExpositionError) -> SeriesPart {
        labels.removeAll(keepingCapacity: true)
        var at = line.start
        let isQuotedName = body[at] == 0x7b
        if !isQuotedName {
            guard Self.isNameStart(body[at]) else {
                // Nothing that is wanted can begin like this.
                if wanted.isEmpty { throw .noName }
                report.skipped &+= 1
                return SeriesPart(name: at..<at, series: at..<at, isWanted: false)
            }
            at &+= 1
            while at < line.end, Self.isName(body[at]) { at &+= 1 }
        }
        var name = line.start..<at
        if !isQuotedName, !isWanted(body, name) {
            report.skipped &+= 1
            return SeriesPart(name: name, series: name, isWanted: false)
        }
        if name.count > limits.nameBytes {
            report.exceeded = .nameBytes(limit: limits.nameBytes, line: line.number)
        }
        var open = at
        while open < line.end, Self.isBlank(body[open]) { open &+= 1 }
        guard open < line.end, body[open] == 0x7b else {
            return SeriesPart(name: name, series: name)
        }
        var quoted: Range<Int>?
        at = try readLabels(in: body, from: open &+ 1, to: line.end, line: line.number, &quoted)
        if let quoted {
            guard isQuotedName else { throw .secondName }
            guard !quoted.isEmpty else { throw .emptyName }
            name = quoted
            if !isWanted(body, name) {
                report.skipped &+= 1
                return SeriesPart(name: name, series: name, isWanted: false)
            }
        } else if isQuotedName {
            throw .noName
        }
        return SeriesPart(name: name, series: line.start..<at)
    }

    /// Reads value, timestamp and exemplar, which follow the series on its line.
    @inline(__always)
    mutating func readSample(
        in body: Span<UInt8>, _ line: Line, _ part: SeriesPart
    ) throws(ExpositionError) -> ExpositionSample? {
        var at = part.series.upperBound
        // A bare name must be set apart from its value; after a brace blanks may be missing.
        guard at < line.end else { throw .noValue }
        if !Self.isBlank(body[at]), body[at &- 1] != 0x7d { throw .noName }
        let token = Self.token(in: body, from: at, to: line.end)
        guard !token.isEmpty else { throw .noValue }
        guard let value = ExpositionNumber.parse(body, token) else { throw .badValue }
        var sample = ExpositionSample(
            line: line.number, name: part.name, series: part.series, value: value, time: nil,
            exemplar: nil)
        at = token.upperBound
        if at < line.end { try readTail(in: body, from: at, line, into: &sample) }
        guard report.samples < limits.samples else {
            report.exceeded = .samples(limit: limits.samples)
            return nil
        }
        report.samples &+= 1
        return sample
    }

    /// Counts a malformed line, and describes it while there is room.
    mutating func note(_ error: ExpositionError, line: Int) {
        report.malformed += 1
        if report.problems.count < limits.reportedProblems {
            report.problems.append(.init(line: line, error: error))
        }
    }

    mutating func exceed(_ limit: ExpositionLimit) { report.exceeded = limit }

    /// Takes back a sample that was counted but turned out malformed.
    mutating func withdraw(_ error: ExpositionError, line: Int) {
        report.samples -= 1
        note(error, line: line)
    }

    // MARK: Labels

    /// Reads labels up to and with the closing brace; returns the offset after it. A quoted text
    /// without `=` is the metric's name.
    @inline(__always)
    private mutating func readLabels(
        in body: Span<UInt8>, from start: Int, to end: Int, line: Int, _ metric: inout Range<Int>?
    ) throws(ExpositionError) -> Int {
        var at = start
        while true {
            while at < end, Self.isBlank(body[at]) { at &+= 1 }
            guard at < end else { throw .openLabels }
            if body[at] == 0x7d { return at &+ 1 }
            var escaped = false
            let name: Range<Int>
            if body[at] == 0x22 {
                name = try readQuoted(in: body, from: at, to: end, &escaped)
                at = name.upperBound &+ 1
            } else {
                let first = at
                guard Self.isLabelStart(body[at]) else { throw .noLabelName }
                at &+= 1
                while at < end, Self.isLabel(body[at]) { at &+= 1 }
                name = first..<at
            }
            while at < end, Self.isBlank(body[at]) { at &+= 1 }
            guard at < end else { throw .openLabels }
            if body[at] == 0x3d {
                at &+= 1
                while at < end, Self.isBlank(body[at]) { at &+= 1 }
                guard at < end, body[at] == 0x22 else { throw .noQuote }
                let value = try readQuoted(in: body, from: at, to: end, &escaped)
                at = value.upperBound &+ 1
                labels.append(ExpositionLabel(name: name, value: value, escaped: escaped))
                checkLimits(name: name, value: value, line: line)
                // Nothing more of it is kept: one line can be as long as the whole body.
                if report.exceeded != nil { return at }
            } else {
                guard name.lowerBound > start, body[name.lowerBound &- 1] == 0x22 else {
                    throw .noEquals
                }
                guard metric == nil else { throw .secondName }
                metric = name
            }
            while at < end, Self.isBlank(body[at]) { at &+= 1 }
            guard at < end else { throw .openLabels }
            if body[at] == 0x2c {
                at &+= 1
            } else if body[at] != 0x7d {
                throw .noComma
            }
        }
    }

    /// The inside of the quoted text that starts at `from`; escapes are stepped over, not decoded.
    @inline(__always)
    private func readQuoted(
        in body: Span<UInt8>, from: Int, to end: Int, _ escaped: inout Bool
    ) throws(ExpositionError) -> Range<Int> {
        var at = from &+ 1
        while true {
            at = ByteScan.quoteOrEscape(in: body, from: at, to: end)
            guard at < end else { throw .openQuote }
            if body[at] == 0x22 { return (from &+ 1)..<at }
            escaped = true
            at &+= 2
            guard at <= end else { throw .openQuote }
        }
    }

    @inline(__always)
    private mutating func checkLimits(name: Range<Int>, value: Range<Int>, line: Int) {
        if labels.count > limits.labelsPerSample {
            report.exceeded = .labels(limit: limits.labelsPerSample, line: line)
        } else if name.count > limits.nameBytes {
            report.exceeded = .nameBytes(limit: limits.nameBytes, line: line)
        } else if value.count > limits.valueBytes {
            report.exceeded = .valueBytes(limit: limits.valueBytes, line: line)
        }
    }

    // MARK: The rest of a line

    private mutating func readTail(
        in body: Span<UInt8>, from: Int, _ line: Line, into sample: inout ExpositionSample
    ) throws(ExpositionError) {
        var token = Self.token(in: body, from: from, to: line.end)
        if !token.isEmpty, body[token.lowerBound] != 0x23 {
            guard
                let time = ExpositionNumber.milliseconds(body, token, format: format)
            else { throw .badTimestamp }
            sample.time = Timestamp(nanoseconds: time * 1_000_000)
            token = Self.token(in: body, from: token.upperBound, to: line.end)
        }
        guard !token.isEmpty else { return }
        guard body[token.lowerBound] == 0x23 else { throw .trailing }
        sample.exemplar = token.lowerBound..<line.end
        try checkExemplar(in: body, from: token.lowerBound &+ 1, line)
    }

    /// ` # {labels} value [timestamp]`. The sample's own labels stay in `labels`.
    private mutating func checkExemplar(
        in body: Span<UInt8>, from: Int, _ line: Line
    ) throws(ExpositionError) {
        let own = labels
        defer { labels = own }
        labels.removeAll()
        var at = from
        while at < line.end, Self.isBlank(body[at]) { at &+= 1 }
        guard at < line.end, body[at] == 0x7b else { throw .badExemplar }
        var metric: Range<Int>?
        do throws(ExpositionError) {
            at = try readLabels(
                in: body, from: at &+ 1, to: line.end, line: line.number, &metric)
        } catch {
            throw .badExemplar
        }
        let value = Self.token(in: body, from: at, to: line.end)
        let time = Self.token(in: body, from: value.upperBound, to: line.end)
        let rest = Self.token(in: body, from: time.upperBound, to: line.end)
        guard metric == nil, ExpositionNumber.parse(body, value) != nil, rest.isEmpty,
            time.isEmpty
                || ExpositionNumber.milliseconds(body, time, format: .openMetrics) != nil
        else { throw .badExemplar }
    }

    /// The next run of bytes that are not blank, from `from`; empty at `to` when there is none.
    @inline(__always)
    private static func token(in body: Span<UInt8>, from: Int, to: Int) -> Range<Int> {
        var start = from
        while start < to, isBlank(body[start]) { start &+= 1 }
        var end = start
        while end < to, !isBlank(body[end]) { end &+= 1 }
        return start..<end
    }

    /// Only the end marker matters: help, type and unit lines may repeat, and other comments pass.
    private mutating func noteComment(in body: Span<UInt8>, _ start: Int, _ end: Int) {
        guard end &- start == 5 else { return }
        let marker: [UInt8] = [0x23, 0x20, 0x45, 0x4f, 0x46]
        if ByteScan.equal(body, from: start, marker.span, count: 5) { report.endMarkers += 1 }
    }

    @inline(__always)
    private func isWanted(_ body: Span<UInt8>, _ name: Range<Int>) -> Bool {
        if wanted.isEmpty { return true }
        for candidate in wanted where candidate.count == name.count {
            if ByteScan.equal(body, from: name.lowerBound, candidate.span, count: name.count) {
                return true
            }
        }
        return false
    }

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inline(__always) private static func isLabelStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5f
    }

    @inline(__always) private static func isLabel(_ byte: UInt8) -> Bool {
        isLabelStart(byte) || byte &- 0x30 < 10
    }

    @inline(__always) private static func isNameStart(_ byte: UInt8) -> Bool {
        isLabelStart(byte) || byte == 0x3a
    }

    @inline(__always) private static func isName(_ byte: UInt8) -> Bool {
        isLabel(byte) || byte == 0x3a
    }
}
