// What one target told in its last scrapes: a bounded window of samples for each series, and how
// the last scrape ended. It does no I/O.

import Core
import Engine
import Platform

/// The memory of one target.
struct TargetHistory: Sendable {
    /// Bounds of one target.
    struct Settings: Sendable {
        /// Sample names to keep.
        var metrics: [String]
        /// Samples older than this, seen from the newest scrape, are dropped.
        var history: Duration
        var limits: ExpositionLimits
        var seriesLimit: Int
    }

    var target: ScrapeTarget
    /// When the last scrape that ended started.
    private(set) var lastAttempt: Timestamp?
    /// When the last successful scrape started.
    private(set) var lastScrape: Timestamp?
    /// Why the last scrape failed; nil after a success.
    private(set) var failure: String?
    /// What could not be read in the last successful scrape.
    private(set) var warnings: [String] = []
    /// What the process says about its own start.
    private(set) var processStart: Timestamp?
    private var cache: SeriesCache
    private var windows: [[Sample]] = []
    private let settings: Settings

    /// Process starts, best first: in Istio's merged answer the agent's own stands for the proxy,
    /// and an application's means something else.
    private static let startMetrics = [
        "istio_agent_process_start_time_seconds", "process_start_time_seconds",
    ]

    init(target: ScrapeTarget, settings: Settings) {
        self.target = target
        self.settings = settings
        cache = SeriesCache(capacity: settings.seriesLimit)
    }

    var reporter: Reading.Reporter {
        Reading.Reporter(
            name: target.name, lastScrape: lastScrape, startedAt: processStart ?? target.startedAt)
    }

    /// Records a scrape that did not work.
    mutating func fail(_ reason: String, at start: Timestamp) {
        lastAttempt = start
        failure = reason
        warnings = []
    }

    /// Records the answer to a scrape that started at `start`; a bad answer is a failed scrape.
    mutating func ingest(_ response: Response, at start: Timestamp) {
        guard response.status == 200 else {
            return fail("HTTP \(response.status)\(Snippet.of(response))", at: start)
        }
        let type = response.headers["Content-Type"] ?? ""
        if type.lowercased().hasPrefix("text/html") {
            return fail("answered a web page instead of metrics\(Snippet.of(response))", at: start)
        }
        var parser = ExpositionParser(
            format: ExpositionFormat(contentType: type), limits: settings.limits,
            metrics: settings.metrics + Self.startMetrics)
        var entries: [SeriesCache.Entry] = []
        cache.begin()
        while let entry = cache.next(in: response.body.span, with: &parser) {
            // Families repeat in merged answers; of one series the first value counts.
            if !entry.repeated { entries.append(entry) }
        }
        let evicted = cache.end()
        let report = parser.report
        for number in evicted where number < windows.count { windows[number] = [] }
        if let exceeded = report.exceeded { return fail(exceeded.description, at: start) }
        if report.malformed > 0, report.samples + report.skipped == 0 {
            return fail("the answer is not a metrics exposition\(Snippet.of(response))", at: start)
        }
        if parser.format == .openMetrics, report.endMarkers == 0 {
            return fail("the answer was cut: it has no # EOF", at: start)
        }
        commit(entries, at: start)
        warnings = []
        if report.malformed > 0 {
            let first = report.problems.first.map { ", first \($0)" } ?? ""
            warnings = ["\(report.malformed) malformed lines\(first)"]
        }
    }

    /// Samples in `(since, until]` of series that the question is about.
    func series(for question: Question, kept metrics: Set<String>) -> [SampleSeries] {
        var out: [SampleSeries] = []
        for number in windows.indices where !windows[number].isEmpty {
            let samples = windows[number].filter {
                $0.time > question.since && $0.time <= question.until
            }
            if samples.isEmpty { continue }
            let series = cache[number]
            guard metrics.contains(series.metric), question.covers(series.labels) else { continue }
            out.append(
                SampleSeries(
                    metric: series.metric, labels: series.labels, reporter: target.name,
                    samples: samples))
        }
        return out
    }

    private mutating func commit(_ entries: [SeriesCache.Entry], at start: Timestamp) {
        // A wall clock that was set back would put new samples before old ones.
        if let lastAttempt, start < lastAttempt { windows = [] }
        if windows.count < cache.bound {
            windows += Array(repeating: [], count: cache.bound - windows.count)
        }
        var started: [Timestamp?] = Self.startMetrics.map { _ in nil }
        for entry in entries {
            let metric = cache[entry.series].metric
            if let rank = Self.startMetrics.firstIndex(of: metric) {
                started[rank] = Timestamp(seconds: entry.value)
                continue
            }
            let sample = Sample(time: entry.time ?? start, value: entry.value)
            if let last = windows[entry.series].last, last.time >= sample.time { continue }
            windows[entry.series].append(sample)
        }
        for number in windows.indices { trim(number, before: start - settings.history) }
        processStart = started.compactMap { $0 }.first
        lastAttempt = start
        lastScrape = start
        failure = nil
    }

    private mutating func trim(_ number: Int, before oldest: Timestamp) {
        let old = windows[number].prefix { $0.time < oldest }.count
        if old > 0 { windows[number].removeFirst(old) }
    }
}
