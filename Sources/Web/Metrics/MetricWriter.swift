// Writes samples as bytes of an exposition. One buffer grows; no text is built for a sample. It knows
// both formats and nothing of what is written.

import Core

/// The bytes of an exposition so far, and the family that is being written.
struct MetricWriter {
    private(set) var bytes: [UInt8] = []
    private let format: MetricFormat
    private var head: [UInt8] = []
    private var labels: [[UInt8]] = []

    init(format: MetricFormat, capacity: Int) {
        self.format = format
        bytes.reserveCapacity(capacity)
    }

    /// Writes a family's metadata; samples of it follow.
    mutating func begin(_ family: MetricFamily) {
        let openMetrics = format == .openMetrics
        let name = openMetrics || family.type == .histogram ? family.name : family.seriesNames[0]
        let type = openMetrics || family.type != .info ? family.type : .gauge
        append("# HELP ", name, " ")
        appendEscaped(family.help, quotes: openMetrics)
        append("\n# TYPE ", name, " ", type.rawValue, "\n")
        if openMetrics, !family.unit.isEmpty { append("# UNIT ", name, " ", family.unit, "\n") }
        head = Array((family.type == .histogram ? family.name : family.seriesNames[0]).utf8)
        labels = family.labels.map { Array($0.utf8) }
    }

    /// Ends the exposition.
    mutating func end() { if format == .openMetrics { append("# EOF\n") } }

    /// One sample; a nil value writes nothing.
    mutating func add(_ value: Double?, _ values: String...) {
        guard let value else { return }
        bytes.append(contentsOf: head)
        appendLabels(values)
        bytes.append(0x20)
        append(value)
        bytes.append(0x0a)
    }

    /// One sample whose label values are joined by U+001F, as `Counters.key` does.
    mutating func add(_ value: Int, key: String) {
        bytes.append(contentsOf: head)
        appendLabels(key: key)
        bytes.append(0x20)
        append(value)
        bytes.append(0x0a)
    }

    /// One histogram; the newest observation becomes the exemplar of its bucket (OpenMetrics only).
    mutating func add(_ histogram: Histogram, key: String) {
        var exemplar = format == .openMetrics ? histogram.newest : nil
        for (index, bound) in Histogram.bounds.enumerated() {
            appendBucket(key, bound, histogram.counts[index], &exemplar)
        }
        appendBucket(key, .infinity, histogram.count, &exemplar)
        for (suffix, isCount) in [("_count", true), ("_sum", false)] {
            bytes.append(contentsOf: head)
            append(suffix)
            appendLabels(key: key)
            bytes.append(0x20)
            if isCount { append(histogram.count) } else { append(histogram.sum) }
            bytes.append(0x0a)
        }
    }

    private mutating func appendBucket(
        _ key: String, _ bound: Double, _ count: Int, _ exemplar: inout Histogram.Exemplar?
    ) {
        bytes.append(contentsOf: head)
        append("_bucket")
        appendLabels(key: key)
        // The label set is not empty by construction, or `le` opens it.
        if labels.isEmpty { bytes.append(0x7b) } else { bytes[bytes.count - 1] = 0x2c }
        append("le=\"")
        append(bound, canonical: true)
        append("\"} ")
        append(count)
        if let newest = exemplar, newest.seconds <= bound {
            append(" # {round=\"")
            append(newest.round)
            append("\"} ")
            append(newest.seconds)
            exemplar = nil
        }
        bytes.append(0x0a)
    }

    private mutating func appendLabels(_ values: [String]) {
        guard !labels.isEmpty else { return }
        for index in labels.indices {
            openLabel(index)
            if index < values.count { appendEscaped(values[index], quotes: true) }
            bytes.append(0x22)
        }
        bytes.append(0x7d)
    }

    private mutating func appendLabels(key: String) {
        guard !labels.isEmpty else { return }
        var index = 0
        openLabel(0)
        for byte in key.utf8 {
            if byte == 0x1f, index + 1 < labels.count {
                bytes.append(0x22)
                index += 1
                openLabel(index)
            } else {
                appendEscaped(byte, quotes: true)
            }
        }
        bytes.append(0x22)
        while index + 1 < labels.count {
            index += 1
            openLabel(index)
            bytes.append(0x22)
        }
        bytes.append(0x7d)
    }

    private mutating func openLabel(_ index: Int) {
        bytes.append(index == 0 ? 0x7b : 0x2c)
        bytes.append(contentsOf: labels[index])
        bytes.append(0x3d)
        bytes.append(0x22)
    }

    private mutating func append(_ texts: String...) { for text in texts { bytes += text.utf8 } }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 { appendEscaped(byte, quotes: quotes) }
    }

    private mutating func appendEscaped(_ byte: UInt8, quotes: Bool) {
        switch byte {
        case 0x5c:
            bytes.append(0x5c)
            bytes.append(0x5c)
        case 0x0a:
            bytes.append(0x5c)
            bytes.append(0x6e)
        case 0x22 where quotes:
            bytes.append(0x5c)
            bytes.append(0x22)
        default: bytes.append(byte)
        }
    }

    private mutating func append(_ value: Int) {
        var digits: (UInt64, Int) = (UInt64(value.magnitude), 1)
        if value < 0 { bytes.append(0x2d) }
        while digits.0 / UInt64(digits.1) >= 10 { digits.1 *= 10 }
        while digits.1 > 0 {
            bytes.append(0x30 + UInt8(digits.0 / UInt64(digits.1) % 10))
            digits.1 /= 10
        }
    }

    /// A number; canonical ones (bounds) always have a fraction or an exponent: `1.0`, `+Inf`.
    private mutating func append(_ value: Double, canonical: Bool = false) {
        if value.isNaN {
            append("NaN")
        } else if value.isInfinite {
            append(value < 0 ? "-Inf" : "+Inf")
        } else if !canonical, value.magnitude < 1e15, value == value.rounded(.towardZero) {
            append(Int(value))
        } else {
            append(value.description)
        }
    }
}
