// The port to metrics: read raw samples. What they mean is the judge's business.

package import Core
package import Platform

/// What to read.
package struct Question: Sendable, Hashable {
    /// Services of these namespaces, as destinations.
    package var namespaces: [String]
    /// Metric names to read, e.g. `istio_requests_total`.
    package var metrics: [String]
    /// Samples after this instant; the source may return older ones again (same timestamps).
    package var since: Timestamp
    package var until: Timestamp
    /// Signals in PromQL: raw samples of an expression that selects counters, the values at the
    /// ends of windows of any other. A source that cannot answer one says so in the answer.
    package var queries: [SignalQuery]

    package init(
        namespaces: [String], metrics: [String], since: Timestamp, until: Timestamp,
        queries: [SignalQuery] = []
    ) {
        self.queries = queries
        self.namespaces = namespaces
        self.metrics = metrics
        self.since = since
        self.until = until
    }
}

/// A source of raw samples: the Prometheus HTTP API, or the daemon's own scrape.
package protocol SignalSource: Sendable {
    /// How often new samples appear: the judge's window.
    var interval: Duration { get }
    /// One reading. Partial answers carry warnings; a source that cannot answer throws, and never
    /// returns an empty reading instead.
    func read(_ question: Question) async throws(Failure) -> Reading

    /// A page of what the source remembers of the question's metrics before `question.until`, page
    /// 0 being the newest; nil when there is no such page.
    func history(_ question: Question, page: Int) async throws(Failure) -> HistoryPage?
}

extension SignalSource {
    package func history(_ question: Question, page: Int) async throws(Failure) -> HistoryPage? {
        nil
    }
}
