import Core
import Testing

/// A file of any length is judged in constant memory: what is kept of it does not grow.
@Suite struct RecordedMemoryTests {
    /// How many values `value` holds, all the way down: numbers, elements of collections, bytes of
    /// strings.
    private static func retained(_ value: Any) -> Int {
        if let text = value as? String { return text.utf8.count }
        let children = Mirror(reflecting: value).children
        return children.isEmpty ? 1 : children.reduce(0) { $0 + retained($1.value) }
    }

    private static func add(
        _ rows: Range<Int>, gauge: Bool, to series: inout RecordedSeries,
        random: inout RandomStream
    ) -> Int {
        var findings = 0
        for row in rows {
            let time = 1_800_000_000 + row * 300
            // An outage now and then, and lines that cannot be read.
            let isBad = row % 5000 > 4900
            let noise = Int(random.below(20))
            if row % 1000 == 999 { findings += series.add("\(time),not a number").count }
            let line =
                gauge
                ? "\(time),\(isBad ? 900 + noise : noise)"
                : "\(time),\(isBad ? 400 : noise / 18),\(1000 + noise)"
            findings += series.add(line).count
        }
        return findings
    }

    /// Rows of five minutes over a year: long after the last hour of the week was learned.
    @Test(arguments: [("timestamp,bad,total", false), ("timestamp,depth", true)])
    func whatIsKeptDoesNotGrow(header: String, gauge: Bool) throws {
        var series = try RecordedSeries(header: header)
        var random = RandomStream(seed: 3)
        _ = Self.add(0..<20_000, gauge: gauge, to: &series, random: &random)
        let early = Self.retained(series)
        let findings = Self.add(20_000..<100_000, gauge: gauge, to: &series, random: &random)
        let late = Self.retained(series)
        #expect(series.summary.rows == 100_000 && series.summary.malformed == 100)
        #expect(findings > 80)
        // A window's backlog may be longer or shorter.
        #expect(late - early < 200, "\(early) values after 20,000 rows, \(late) after 100,000")
        #expect(late < 20_000, "\(late)")
    }

    /// What it counts is really there: rows that wait for their interval are held.
    @Test func heldRowsAreCounted() throws {
        var series = try RecordedSeries(header: "timestamp,bad,total")
        let empty = Self.retained(series)
        for row in 0..<10 { _ = series.add("\(1_800_000_000 + row * 15),0,100") }
        #expect(Self.retained(series) >= empty + 30)
    }
}
