// A small strict reader of the two exposition formats, written from their specifications and apart
// from the writer: it collects every rule that a body breaks, and the samples it holds.

import Web

struct ExpositionChecker {
    struct Family {
        var type = ""
        var help: String?
        var unit = ""
        var samples: [ExpositionSample] = []
    }

    let format: MetricFormat
    private(set) var families: [String: Family] = [:]
    private(set) var order: [String] = []
    private(set) var problems: [String] = []
    private var seen: Set<String> = []

    init(_ body: [UInt8], _ format: MetricFormat) {
        self.format = format
        guard let text = String(validating: body, as: UTF8.self) else {
            problems.append("not UTF-8")
            return
        }
        if !text.hasSuffix("\n") { problems.append("no line feed at the end") }
        if text.unicodeScalars.contains("\r") { problems.append("a carriage return") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        if format == .openMetrics {
            if lines.last != "# EOF" { problems.append("no # EOF at the end") }
            lines = lines.dropLast()
        }
        for line in lines { read(String(line)) }
        for name in order { check(name) }
    }

    /// All samples by their text `name{labels}`.
    var values: [String: Double] {
        Dictionary(
            families.values.flatMap(\.samples).map { ($0.id, $0.value) }, uniquingKeysWith: { $1 })
    }

    private mutating func read(_ line: String) {
        if line.isEmpty { return problems.append("a blank line") }
        if line.hasPrefix("#") { return readMetadata(line) }
        guard let sample = ExpositionSample(line) else {
            return problems.append("not a sample: \(line)")
        }
        if sample.exemplar != nil, format == .text { problems.append("exemplar in text: \(line)") }
        guard let name = order.last, belongs(sample.name, to: name) else {
            return problems.append("not in the family that is open: \(line)")
        }
        if !seen.insert(sample.id).inserted { problems.append("twice: \(sample.id)") }
        families[name]?.samples.append(sample)
    }

    private mutating func readMetadata(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count >= 3, words[0] == "#" else { return problems.append("comment: \(line)") }
        let name = String(words[2])
        let rest = words.count > 3 ? String(words[3]) : ""
        if order.last != name {
            if families[name] != nil { problems.append("interleaved: \(name)") }
            if let last = order.last, plain(last) >= plain(name) {
                problems.append("out of order: \(name)")
            }
            order.append(name)
            families[name] = families[name] ?? Family()
        }
        if families[name]?.samples.isEmpty == false { problems.append("late metadata: \(line)") }
        switch words[1] {
        case "HELP":
            if families[name]?.help != nil { problems.append("second HELP: \(name)") }
            families[name]?.help = rest
        case "TYPE":
            if families[name]?.type != "" { problems.append("second TYPE: \(name)") }
            families[name]?.type = rest
        case "UNIT" where format == .openMetrics:
            if !name.hasSuffix("_" + rest) { problems.append("unit is no suffix: \(line)") }
            families[name]?.unit = rest
        default: problems.append("comment: \(line)")
        }
    }

    /// The family's own name: in text, counters are named with their suffix.
    private func plain(_ name: String) -> String {
        for suffix in ["_total", "_info"] where format == .text && name.hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return name
    }

    private func suffixes(_ type: String) -> [String] {
        switch (type, format) {
        case ("counter", .openMetrics): ["_total"]
        case ("info", .openMetrics): ["_info"]
        case ("histogram", _): ["_bucket", "_count", "_sum"]
        case ("gauge", _), ("counter", .text): [""]
        default: []
        }
    }

    private func belongs(_ sample: String, to family: String) -> Bool {
        suffixes(families[family]?.type ?? "").contains { family + $0 == sample }
    }

    private mutating func check(_ name: String) {
        guard let family = families[name] else { return }
        if family.help?.isEmpty != false { problems.append("no HELP: \(name)") }
        if suffixes(family.type).isEmpty { problems.append("bad TYPE: \(name) \(family.type)") }
        if family.type == "counter", format == .text, !name.hasSuffix("_total") {
            problems.append("counter without _total: \(name)")
        }
        for sample in family.samples {
            if family.type != "gauge", sample.value.isNaN || sample.value < 0 {
                problems.append("bad value: \(sample.id)")
            }
            if family.type == "info", sample.value != 1 { problems.append("info: \(sample.id)") }
            if let exemplar = sample.exemplar {
                if !sample.name.hasSuffix("_bucket") && !sample.name.hasSuffix("_total") {
                    problems.append("exemplar at \(sample.id)")
                }
                if exemplar.unicodeScalars.count > 128 { problems.append("long exemplar") }
            }
        }
        if family.type == "histogram" { checkHistogram(name, family) }
    }

    private mutating func checkHistogram(_ name: String, _ family: Family) {
        var groups: [[ExpositionSample.Label]: [ExpositionSample]] = [:]
        for sample in family.samples {
            groups[sample.labels.filter { $0.name != "le" }, default: []].append(sample)
        }
        for (labels, samples) in groups {
            let buckets = samples.filter { $0.name == name + "_bucket" }
            let bounds = buckets.compactMap { $0.labels.last?.value }
            let numbers = bounds.compactMap { $0 == "+Inf" ? Double.infinity : Double($0) }
            if bounds.contains(where: { $0 != "+Inf" && !$0.contains(".") && !$0.contains("e") }) {
                problems.append("le is not canonical: \(bounds)")
            }
            if numbers != numbers.sorted() || Set(numbers).count != buckets.count
                || numbers.last != .infinity
            {
                problems.append("bounds of \(name) \(labels): \(bounds)")
            }
            let counts = buckets.map(\.value)
            if counts != counts.sorted() { problems.append("not cumulative: \(name) \(labels)") }
            if samples.first(where: { $0.name == name + "_count" })?.value != counts.last {
                problems.append("_count is not the +Inf bucket: \(name) \(labels)")
            }
            if samples.count(where: { $0.name == name + "_sum" }) != 1 {
                problems.append("no _sum: \(name) \(labels)")
            }
        }
    }
}
