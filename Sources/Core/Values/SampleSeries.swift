// Raw samples as a metrics source read them: no extrapolation, no rounding, the source's own
// timestamps. What they mean is decided elsewhere (Judging).

/// A label set, sorted by name; missing labels are absent, not empty.
package struct Labels: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let pairs: [Pair]

    package struct Pair: Hashable, Sendable {
        package let name: String
        package let value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Sorts by name and drops empty values, as Prometheus does.
    package init(_ pairs: [Pair]) {
        self.pairs = pairs.filter { !$0.value.isEmpty }.sorted { $0.name < $1.name }
    }

    package init(_ dictionary: [String: String]) {
        self.init(dictionary.map { Pair($0.key, $0.value) })
    }

    /// The value of `name`; empty when the label is absent.
    package subscript(name: String) -> String {
        for pair in pairs where pair.name == name { return pair.value }
        return ""
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.pairs.lexicographicallyPrecedes(right.pairs) {
            ($0.name, $0.value) < ($1.name, $1.value)
        }
    }

    package var description: String {
        "{" + pairs.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "}"
    }
}

/// One value at one instant, as scraped.
package struct Sample: Hashable, Sendable {
    package var time: Timestamp
    package var value: Double
    package init(time: Timestamp, value: Double) {
        self.time = time
        self.value = value
    }
}

/// One series: its metric name, its labels without target labels, the target that reported it, and
/// its samples in time order.
package struct SampleSeries: Hashable, Sendable {
    package var metric: String
    package var labels: Labels
    /// Who reported it: a stable name of the scraped target, e.g. `go-app/repeater-5d9c-x2` (a
    /// pod).
    package var reporter: String
    package var samples: [Sample]

    package init(metric: String, labels: Labels, reporter: String, samples: [Sample]) {
        self.metric = metric
        self.labels = labels
        self.reporter = reporter
        self.samples = samples
    }
}
