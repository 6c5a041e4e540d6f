// What a metrics source answers: raw series, which targets were reached, and what could not be
// read.

/// One answer of a metrics source.
package struct Reading: Sendable, Hashable {
    /// Raw samples since the previous reading (or within the lookback of the first one), per
    /// series.
    package var series: [SampleSeries]
    /// Every target that should report, by its stable name, and when each was last scraped
    /// successfully; nil when it could not be. A target that vanished is absent.
    package var reporters: [Reporter]
    /// Up to which instant the source's samples are complete.
    package var completeUntil: Timestamp
    /// Partial answers, limits hit, malformed lines: each makes the affected windows incomplete.
    package var warnings: [String]
    /// Metrics that were asked for and are missing altogether, and why: the signals counted from
    /// them are blind, the others are not.
    package var unread: [String: String] = [:]
    /// Answers to the policies' own PromQL.
    package var answers: [QueryAnswer] = []

    package struct Reporter: Sendable, Hashable {
        package var name: String
        package var lastScrape: Timestamp?
        /// Start of the process that reports, when known: counters begin at zero there.
        package var startedAt: Timestamp?

        package init(name: String, lastScrape: Timestamp?, startedAt: Timestamp? = nil) {
            self.name = name
            self.lastScrape = lastScrape
            self.startedAt = startedAt
        }
    }

    package init(
        series: [SampleSeries], reporters: [Reporter], completeUntil: Timestamp,
        warnings: [String] = []
    ) {
        self.series = series
        self.reporters = reporters
        self.completeUntil = completeUntil
        self.warnings = warnings
    }
}
