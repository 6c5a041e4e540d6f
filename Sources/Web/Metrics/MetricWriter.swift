// Writes samples as bytes of an exposition. One buffer grows; no text is built for a sample. It
// knows both formats and nothing of what is written.

import Core

/// The bytes of an exposition so far, and the family that is being written.
struct MetricWriter {
    private(set) var bytes: [UInt8] = []
    private let format: MetricFormat
    /// The name of the family's samples, without the suffixes of histograms.
    private var name: [UInt8] = []
    /// What stands before each label value: `{first="` or `",next="`.
    private var openings: [[UInt8]] = []
    private static let closing = Array("\"} ".utf8)

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
        self.name = Array((family.type == .histogram ? family.name : family.seriesNames[0]).utf8)
        openings = family.labels.enumerated().map { index, label in
            Array(((index == 0 ? "{" : "\",") + label + "=\"").utf8)
        }
    }

    /// Ends the exposition.
    mutating func end() { if format == .openMetrics { append("# EOF\n") } }

    /// One sample; a nil value writes nothing.
    mutating func add(_ value: Double?, _ values: String...) {
        guard let value else { return }
        bytes.append(contentsOf: name)
        appendLabels(values)
        append(value)
        bytes.append(0x0a)
    }

    /// One sample whose label values are joined by U+001F, as `Counters.key` does.
    mutating func add(_ value: Int, key: String) {
        bytes.append(contentsOf: name)
        appendLabels(key: key)
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
        bytes.append(contentsOf: name)
        append("_count")
        appendLabels(key: key)
        append(histogram.count)
        append("\n")
        bytes.append(contentsOf: name)
        append("_sum")
        appendLabels(key: key)
        append(histogram.sum)
        append("\n")
    }

    private mutating func appendBucket(
        _ key: String, _ bound: Double, _ count: Int, _ exemplar: inout Histogram.Exemplar?
    ) {
        bytes.append(contentsOf: name)
        append("_bucket")
        appendLabels(key: key)
        if openings.isEmpty {
            bytes[bytes.count - 1] = 0x7b
        } else {
            // The labels just written go on instead of ending in `} `.
            bytes.removeLast(2)
            bytes.append(0x2c)
        }
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
        append("\n")
    }

    /// The label set and the space after it; missing values are empty.
    private mutating func appendLabels(_ values: [String]) {
        for index in openings.indices {
            bytes.append(contentsOf: openings[index])
            if index < values.count { appendEscaped(values[index], quotes: true) }
        }
        endLabels()
    }

    private mutating func appendLabels(key: String) {
        var index = 0
        if let first = openings.first { bytes.append(contentsOf: first) }
        for byte in key.utf8 where !openings.isEmpty {
            if byte == 0x1f, index + 1 < openings.count {
                index += 1
                bytes.append(contentsOf: openings[index])
            } else {
                appendEscaped(byte, quotes: true)
            }
        }
        for opening in openings.dropFirst(index + 1) { bytes.append(contentsOf: opening) }
        endLabels()
    }

    private mutating func endLabels() {
        if openings.isEmpty {
            bytes.append(0x20)
        } else {
            bytes.append(contentsOf: Self.closing)
        }
    }

    private mutating func append(_ texts: String...) { for text in texts { bytes += text.utf8 } }

    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        // Most values need no escape and are copied at once.
        if text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) {
            for byte in text.utf8 { appendEscaped(byte, quotes: quotes) }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
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
