// What the parser reads, in tables: both formats, everything that is written in the wild, and what
// is refused with which reason.

import Core
import Signals
import Testing

/// A sample as a test writes it down.
struct Read: Hashable, CustomStringConvertible {
    var name: String
    var labels: [[String]]
    /// As bits, so that NaN equals itself.
    var bits: UInt64
    var milliseconds: Int64?
    var hasExemplar = false

    init(
        _ name: String, _ labels: [[String]], _ value: Double, at milliseconds: Int64? = nil,
        exemplar: Bool = false
    ) {
        self.name = name
        self.labels = labels
        bits = value.isNaN ? Double.nan.bitPattern : value.bitPattern
        self.milliseconds = milliseconds
        hasExemplar = exemplar
    }

    init(_ name: String, _ value: Double, at milliseconds: Int64? = nil, exemplar: Bool = false) {
        self.init(name, [], value, at: milliseconds, exemplar: exemplar)
    }

    var description: String {
        "\(name)\(labels) \(Double(bitPattern: bits)) @\(milliseconds.map(String.init) ?? "-")"
    }
}

/// Everything `parser` reads from `text`.
func read(
    _ text: [UInt8], _ parser: ExpositionParser = ExpositionParser()
) -> (samples: [Read], report: ExpositionReport) {
    var parser = parser
    var out: [Read] = []
    while let sample = parser.next(in: text.span) {
        let labels = parser.labels.map { label in
            label.text(in: text.span).map { [$0.name, $0.value] } ?? ["not", "UTF-8"]
        }
        out.append(
            Read(
                String(decoding: text[sample.name], as: UTF8.self), labels, sample.value,
                at: sample.time.map { $0.nanoseconds / 1_000_000 },
                exemplar: sample.exemplar != nil))
    }
    return (out, parser.report)
}

struct ExpositionParserTests {
    static let lines: [(String, [Read])] = [
        ("up 1\n", [Read("up", 1)]),
        ("up 1", [Read("up", 1)]),
        ("up 1\r\nup 2\r\n", [Read("up", 1), Read("up", 2)]),
        ("\n  \t\n\nup{} 0.5\n", [Read("up", 0.5)]),
        (
            " \tup\t{ a = \"b\" , c=\"d\", }\t 2 \t 1700000000123 \n",
            [Read("up", [["a", "b"], ["c", "d"]], 2, at: 1_700_000_000_123)]
        ),
        ("up{a=\"b\"}3\n", [Read("up", [["a", "b"]], 3)]),
        (#"e{v="a\\b\"c\nd\te"} 1"#, [Read("e", [["v", "a\\b\"c\nd\\te"]], 1)]),
        (#"e{v="}, x=\"y\" 1 #"} 1"#, [Read("e", [["v", #"}, x="y" 1 #"#]], 1)]),
        (
            #"{"my.metric","label.x"="v",y="ü"} 1"#,
            [Read("my.metric", [["label.x", "v"], ["y", "ü"]], 1)]
        ),
        (#"{"only.name"} 7"#, [Read("only.name", 7)]),
        (":rule:x_total 1e3\n_a 1E-3\n", [Read(":rule:x_total", 1000), Read("_a", 0.001)]),
        (
            "# HELP up text\n# TYPE up gauge\nup 1\n# TYPE up gauge\n# a comment\n#\nup 2\n",
            [Read("up", 1), Read("up", 2)]
        ),
        ("up 1\n# EOF\nup 2\n", [Read("up", 1), Read("up", 2)]),
        (
            "b{le=\"0.5\"} 3 # {trace_id=\"abc\"} 0.25 1600000000.1\n",
            [Read("b", [["le", "0.5"]], 3, exemplar: true)]
        ),
        ("b 3 1600000000000 # {} 0.25\n", [Read("b", 3, at: 1_600_000_000_000, exemplar: true)]),
    ]

    @Test(arguments: lines)
    func reads(text: String, expected: [Read]) {
        let result = read(Array(text.utf8))
        #expect(result.samples == expected)
        #expect(result.report.malformed == 0)
        #expect(result.report.exceeded == nil)
        #expect(result.report.unterminated == (text.utf8.last != 0x0a))
    }

    @Test(arguments: [
        ("0", 0.0), ("-0", -0.0), ("+5", 5), ("12345678901234567890", 12_345_678_901_234_567_168),
        ("9007199254740993", 9_007_199_254_740_992), ("0.1", 0.1), ("123.456", 123.456),
        ("1e+06", 1e6), ("1.5E3", 1500), ("4.9e-324", .leastNonzeroMagnitude), ("1e999", .infinity),
        ("0x1p-2", 0.25), ("0x1F", 31), ("-0X1.8p1", -3), ("1_000.5", 1000.5), ("0x_10p0", 16),
        ("NaN", .nan), ("nan", .nan), ("+Inf", .infinity), ("-Inf", -.infinity),
        ("infinity", .infinity), (".5", 0.5), ("5.", 5),
        ("1.7976931348623157e308", .greatestFiniteMagnitude),
        ("0.30000000000000004", 0.30000000000000004), ("1.000000000000000001", 1),
    ])
    func readsNumbers(text: String, value: Double) {
        #expect(read(Array("x \(text)\n".utf8)).samples == [Read("x", value)])
    }

    @Test(arguments: [
        ("x", ExpositionError.noValue), ("x ", .noValue), ("x{a=\"b\"}", .noValue),
        ("x y", .badValue), ("x 1x", .badValue), ("x nan(7)", .badValue), ("x --1", .badValue),
        ("x _1", .badValue), ("x 1__0", .badValue), ("x .", .badValue), ("x 0x", .badValue),
        ("x 1 y", .badTimestamp), ("x 1 NaN", .badTimestamp), ("x 1 1e30", .badTimestamp),
        ("x 1 2 3", .trailing), ("9x 1", .noName), ("é 1", .noName), ("x-y 1", .noName),
        ("x{a} 1", .noEquals), ("x{\"a\"} 1", .secondName), ("{\"a\",\"b\"} 1", .secondName),
        ("{a=\"b\"} 1", .noName), ("{\"\"} 1", .emptyName), ("x{a=b} 1", .noQuote),
        ("x{a=\"b} 1", .openQuote), ("x{a=\"b\\", .openQuote), ("x{a=\"b\\\"} 1", .openQuote),
        ("x{a=\"b\" 1", .noComma), ("x{a=\"b\",", .openLabels), ("x{", .openLabels),
        ("x{,} 1", .noLabelName), ("x{9=\"b\"} 1", .noLabelName), ("x{a=\"b\"c=\"d\"} 1", .noComma),
        ("x 1 # {a=\"b\"}", .badExemplar), ("x 1 # 5", .badExemplar),
        ("x 1 # {a=\"b\"} 1 2 3", .badExemplar), ("x 1 # {a=} 1", .badExemplar),
    ])
    func countsMalformedLines(text: String, error: ExpositionError) {
        let result = read(Array("up 1\n\(text)\nup 2\n".utf8))
        #expect(result.samples == [Read("up", 1), Read("up", 2)])
        #expect(result.report.malformed == 1)
        #expect(result.report.problems == [.init(line: 2, error: error)])
    }

    @Test func describesOnlyTheFirstMalformedLines() {
        let text = String(repeating: "x\n", count: 100)
        let report = read(Array(text.utf8)).report
        #expect(report.malformed == 100)
        #expect(report.problems.map(\.line) == Array(1...8))
        #expect(report.problems[0].description == "line 1: expected a value")
    }

    @Test(arguments: [
        (ExpositionFormat.text, "1700000000123", 1_700_000_000_123 as Int64),
        (.text, "1700000000.123", 1_700_000_000_123), (.text, "17", 17), (.text, "-5", -5),
        (.openMetrics, "1700000000.123", 1_700_000_000_123),
        (.openMetrics, "1700000000", 1_700_000_000_000), (.openMetrics, "0.5", 500),
        (.openMetrics, "1700000000123", 1_700_000_000_123),
        (.openMetrics, "1.7e9", 1_700_000_000_000),
    ])
    func readsTimestamps(format: ExpositionFormat, text: String, milliseconds: Int64) {
        let result = read(Array("x 1 \(text)\n".utf8), ExpositionParser(format: format))
        #expect(result.samples == [Read("x", 1, at: milliseconds)])
    }

    @Test func strictModeRefusesSamplesAfterTheEnd() {
        let result = read(
            Array("up 1\n# EOF\nup 2\n".utf8), ExpositionParser(strictness: .strict))
        #expect(result.samples == [Read("up", 1)])
        #expect(result.report.problems == [.init(line: 3, error: .afterEnd)])
        #expect(result.report.endMarkers == 1)
    }

    @Test func handsOutOnlyWantedMetrics() {
        let text = """
            foo_total{a="b"} 1
            foo_total_more 2
            foo 3
            broken{{{ 4
            {"foo_total",q="r"} 5
            {"other.name"} 6
            foo_total 7
            """
        let result = read(Array(text.utf8), ExpositionParser(metrics: ["foo_total", "bar"]))
        #expect(
            result.samples == [
                Read("foo_total", [["a", "b"]], 1), Read("foo_total", [["q", "r"]], 5),
                Read("foo_total", 7),
            ])
        #expect(result.report.skipped == 4)
        #expect(result.report.malformed == 0)
    }

    @Test(arguments: [
        (ExpositionLimits(bodyBytes: 8), ExpositionLimit.bodyBytes(limit: 8, found: 35), 0),
        (ExpositionLimits(samples: 1), .samples(limit: 1), 1),
        (ExpositionLimits(labelsPerSample: 1), .labels(limit: 1, line: 2), 1),
        (ExpositionLimits(nameBytes: 4), .nameBytes(limit: 4, line: 3), 2),
        (ExpositionLimits(valueBytes: 2), .valueBytes(limit: 2, line: 2), 1),
    ])
    func stopsAtLimits(limits: ExpositionLimits, reason: ExpositionLimit, samples: Int) {
        let text = Array("a 1\nb{x=\"y\",z=\"why\"} 2\nclong 3\nd 4\n".utf8)
        let result = read(text, ExpositionParser(limits: limits))
        #expect(result.report.exceeded == reason)
        #expect(result.samples.count == samples)
    }

    /// One line can be as long as the whole body: its labels are not all kept.
    @Test func labelsBeyondTheLimitAreNotRead() {
        let line = "a{" + String(repeating: "b=\"\",", count: 100_000) + "} 1\n"
        let bytes = Array(line.utf8)
        var parser = ExpositionParser()
        #expect(parser.next(in: bytes.span) == nil)
        let limit = ExpositionLimits().labelsPerSample
        #expect(parser.report.exceeded == .labels(limit: limit, line: 1))
        #expect(parser.labels.count == limit + 1)
    }

    @Test func countsTextThatIsNotUTF8WhenTheLabelIsRead() {
        let text = Array("x{a=\"".utf8) + [0xff, 0xfe] + Array("\"} 1\n".utf8)
        #expect(read(text).samples == [Read("x", [["not", "UTF-8"]], 1)])
    }
}
