// How much one exposition may hold before it is refused, and which of the two text formats it is.

/// Bounds on one exposition. A scrape that exceeds one is refused as a whole, as Prometheus does,
/// so that half an answer is never taken for a whole one.
package struct ExpositionLimits: Sendable, Hashable {
    /// Bytes of the whole body.
    package var bodyBytes: Int
    /// Samples that are wanted (lines of other metrics are not counted).
    package var samples: Int
    package var labelsPerSample: Int
    /// Bytes of one label name or metric name.
    package var nameBytes: Int
    /// Bytes of one label value, as written.
    package var valueBytes: Int
    /// Malformed lines that are described; the others are only counted.
    package var reportedProblems: Int

    package init(
        bodyBytes: Int = 10 << 20, samples: Int = 100_000, labelsPerSample: Int = 64,
        nameBytes: Int = 512, valueBytes: Int = 4096, reportedProblems: Int = 8
    ) {
        self.bodyBytes = bodyBytes
        self.samples = samples
        self.labelsPerSample = labelsPerSample
        self.nameBytes = nameBytes
        self.valueBytes = valueBytes
        self.reportedProblems = reportedProblems
    }
}

/// The two text formats. They differ in how a timestamp is written and in the end marker.
package enum ExpositionFormat: Sendable, Hashable {
    /// Prometheus text 0.0.4: timestamps are whole milliseconds.
    case text
    /// OpenMetrics 1.0: timestamps are seconds; the last line is `# EOF`.
    case openMetrics

    /// The format that a `Content-Type` names; anything but OpenMetrics reads as text 0.0.4.
    package init(contentType: String) {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        self = type.hasPrefix("application/openmetrics-text") ? .openMetrics : .text
    }
}

/// How much is forgiven.
package enum ExpositionStrictness: Sendable, Hashable {
    /// For scraping what others wrote: samples after `# EOF`, blank lines and a missing final
    /// newline pass. Istio's merged endpoint needs this.
    case lenient
    /// For checking our own output: samples after `# EOF` are malformed.
    case strict
}
