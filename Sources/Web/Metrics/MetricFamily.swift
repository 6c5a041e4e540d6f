// What one metric family is, as data, together with the pure function that reads its values.
// Rendering, the dashboard, the alert rules and the tests all work from these.

/// The types of OpenMetrics that are used here.
package enum MetricType: String, Sendable, Hashable {
    case counter
    case gauge
    case histogram
    case info
}

/// One metric family.
package struct MetricFamily: Sendable {
    /// Without the suffix that the type adds (`_total`, `_info`), e.g. `hazard_rounds`.
    package let name: String
    package let type: MetricType
    /// One sentence that ends with a full stop.
    package let help: String
    /// `seconds`, `bytes` or `ratio`: a suffix of `name`; empty for none.
    package let unit: String
    package let labels: [String]
    /// Writes the family's samples: label values in the order of `labels`, each set once.
    let read: @Sendable (MetricInput, inout MetricWriter) -> Void

    init(
        _ type: MetricType, _ name: String, unit: String = "", labels: [String] = [],
        _ help: String, read: @escaping @Sendable (MetricInput, inout MetricWriter) -> Void
    ) {
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit
        self.labels = labels
        self.read = read
    }

    /// The names of the series as PromQL sees them, e.g. `hazard_rounds_total`.
    package var seriesNames: [String] {
        switch type {
        case .counter: [name + "_total"]
        case .gauge: [name]
        case .histogram: [name + "_bucket", name + "_count", name + "_sum"]
        case .info: [name + "_info"]
        }
    }
}
