// Properties over seeds: what is rendered is read back, and no change of bytes makes the parser
// fail or lose its place.

import Core
import Signals
import Testing

/// Writes samples in either format, with the freedoms the formats give.
private struct Rendering {
    var random: RandomStream
    var format: ExpositionFormat

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[random.below(elements.count)]
    }

    mutating func text() -> String {
        let pieces = ["a", "Z", "7", " ", "}", "{", ",", "=", "\"", "\\", "\n", "é", "𝄞", "#", "n"]
        return (0..<random.below(12)).map { _ in pick(pieces) }.joined()
    }

    mutating func sample() -> Read {
        let name = pick(["foo_total", "a", ":r", "_x9", "my.metric", "größe", "with space"])
        let names = ["a", "le", "_z", "dot.ted", "reporter", "x1"].prefix(random.below(7))
        let values: [Double] = [
            0, 1, -1, 0.5, 1e300, .leastNonzeroMagnitude, 12_345_678, 0.1, .nan, .infinity,
            -.infinity,
            Double(random.next()), random.unit(),
        ]
        return Read(
            name, names.map { [$0, text()] }, pick(values),
            at: random.below(3) == 0 ? Int64(random.below(4_000_000_000)) * 1000 : nil,
            exemplar: random.below(4) == 0)
    }

    func quoted(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out + "\""
    }

    mutating func line(_ sample: Read) -> String {
        func isPlain(_ text: String) -> Bool {
            text.utf8.allSatisfy { $0 < 0x80 && $0 != 0x2e && $0 != 0x20 }
        }
        let blank = pick(["", "", " ", "\t "])
        var parts = sample.labels.map { pair in
            (isPlain(pair[0]) ? pair[0] : quoted(pair[0])) + blank + "=" + blank + quoted(pair[1])
        }
        var out = ""
        if isPlain(sample.name) {
            out += sample.name
        } else {
            parts.insert(quoted(sample.name), at: 0)
        }
        if !parts.isEmpty || random.below(2) == 0 {
            out += "{" + parts.joined(separator: "," + blank) + pick(["", ","]) + "}"
            if parts.isEmpty { out = sample.name + "{}" }
        }
        let value = Double(bitPattern: sample.bits)
        out +=
            " "
            + (value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)")
        if let time = sample.milliseconds {
            out += format == .text ? " \(time)" : " \(time / 1000).0"
        }
        if sample.hasExemplar { out += pick([" # {} 1", " # {trace_id=\"a\\\"b\"} 0.5 16.25"]) }
        return out + pick(["\n", "\n", "\r\n", "\n\n", " \n", "\n# HELP foo {a=\"\n"])
    }
}

struct ExpositionFuzzTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func whatIsRenderedIsReadBack(seed: UInt64) {
        var rendering = Rendering(
            random: RandomStream(seed: seed), format: seed % 2 == 0 ? .text : .openMetrics)
        let samples = (0..<50).map { _ in rendering.sample() }
        let text = Array(samples.map { rendering.line($0) }.joined().utf8)
        let result = read(text, ExpositionParser(format: rendering.format))
        #expect(result.samples == samples)
        #expect(result.report.malformed == 0)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func noBytesMakeItFail(seed: UInt64) {
        var rendering = Rendering(random: RandomStream(seed: seed), format: .text)
        var text = Array((0..<20).map { _ in rendering.line(rendering.sample()) }.joined().utf8)
        let spice = Array("{}\",=\\\n\r \t#.eE+-xX_0iInN".utf8) + [0, 0x80, 0xff, 0xc3]
        for _ in 0..<(1 + rendering.random.below(30)) where !text.isEmpty {
            let at = rendering.random.below(text.count)
            switch rendering.random.below(4) {
            case 0: text[at] = rendering.pick(spice)
            case 1: text.insert(rendering.pick(spice), at: at)
            case 2: text.removeSubrange(at..<min(text.count, at + 1 + rendering.random.below(9)))
            default: text.insert(contentsOf: text[at...].prefix(rendering.random.below(40)), at: at)
            }
        }
        let (samples, report) = read(text)
        #expect(report.samples == samples.count)
        let newlines = text.count { $0 == 0x0a }
        #expect(report.lines == newlines + (report.unterminated ? 1 : 0))
        #expect(report.samples + report.malformed <= report.lines)

        // The cache sees the same samples, whether series are new or known.
        var cache = SeriesCache()
        for _ in 0..<2 {
            var parser = ExpositionParser()
            cache.begin()
            var found: [Read] = []
            while let entry = cache.next(in: text.span, with: &parser) {
                found.append(Read(cache[entry.series].metric, entry.value))
            }
            _ = cache.end()
            // It also refuses repeated label names and text that is not UTF-8.
            let readable = samples.filter { sample in
                !sample.labels.contains(["not", "UTF-8"])
                    && Set(sample.labels.map { $0[0] }).count == sample.labels.count
                    && !sample.name.unicodeScalars.contains("\u{fffd}")
            }
            #expect(found.map(\.bits) == readable.map(\.bits))
        }
    }
}
