// Recorded series and gauges: what a person gets who tries the judge on a file.

import Core
import RealModule
import Testing

@Suite struct RecordedSeriesTests {
    static func run(_ header: String, _ lines: [String]) throws -> (
        [RecordedSeries.Finding], RecordedSeries.Summary
    ) {
        var series = try RecordedSeries(header: header)
        var findings: [RecordedSeries.Finding] = []
        for line in lines { findings += series.add(line) }
        findings += series.finish()
        return (findings, series.summary)
    }

    static func rows(_ count: Int, from fault: Int, to end: Int, seed: UInt64 = 1) -> [(
        Double, Double
    )] {
        var random = RandomStream(seed: seed)
        return (0..<count).map { index in
            let n = random.poisson(150)
            return (random.binomial(n, (fault..<end).contains(index) ? 0.2 : 0.001), n)
        }
    }

    @Test func countsAreJudged() throws {
        let lines = Self.rows(400, from: 300, to: 340).enumerated().map { index, row in
            "\(1_800_000_000 + index * 15),\(Int(row.0)),\(Int(row.1))"
        }
        let (findings, summary) = try Self.run("timestamp,bad,total", lines)
        #expect(summary.rows == 400 && summary.anomalies == 1 && !summary.isOpen)
        #expect(summary.warmAfter.map { $0 <= 60 } == true)
        guard
            case .anomaly(let onset, let detected, let score, let threshold, let detail) = findings
                .first
        else {
            Issue.record("no anomaly: \(findings)")
            return
        }
        let fault = Timestamp(seconds: 1_800_000_000 + 300 * 15)
        #expect(onset >= fault - .seconds(15) && onset <= fault + .seconds(15))
        #expect(detected - fault <= .seconds(45))
        #expect(score >= threshold && detail.contains("bad"))
        guard case .recovery(let at, _) = findings.last else {
            Issue.record("no recovery: \(findings)")
            return
        }
        #expect(at - fault >= .seconds(39 * 15))
    }

    @Test func countersAndGoodCountsGiveTheSame() throws {
        let rows = Self.rows(400, from: 300, to: 340)
        let good = rows.enumerated().map { index, row in
            "\(1_800_000_000 + index * 15),\(Int(row.1 - row.0)),\(Int(row.1))"
        }
        var sums = (0.0, 0.0)
        var counters = ["1799999985,0,0"]
        for (index, row) in rows.enumerated() {
            sums = (sums.0 + row.0, sums.1 + row.1)
            // Both counters begin again in the middle.
            if index == 200 { sums = row }
            counters.append("\(1_800_000_000 + index * 15),\(Int(sums.0)),\(Int(sums.1))")
        }
        let first = try Self.run("timestamp,good,total", good).0
        let second = try Self.run("timestamp,errors_total,requests_total", counters).0
        #expect(first.count == 2)
        #expect(first == second)
    }

    @Test func aGaugeThatJumpsIsFound() throws {
        var random = RandomStream(seed: 5)
        let lines = (0..<900).map { index in
            "2026-11-21T\(padded(index / 60, 2)):\(padded(index % 60, 2)):00Z,"
                + "\(40 + 3 * random.normal() + ((600..<700).contains(index) ? 60 : 0))"
        }
        let (findings, summary) = try Self.run("time,cpu_percent", lines)
        #expect(summary.anomalies == 1 && !summary.isOpen, "\(findings)")
        guard case .anomaly(let onset, let detected, _, _, _) = findings.first else { return }
        let fault = Timestamp(rfc3339: "2026-11-21T10:00:00Z") ?? .earliest
        #expect(onset >= fault - .seconds(1800) && onset <= fault + .seconds(60))
        #expect(detected - fault <= .seconds(1200))
    }

    @Test func steadyNoiseOfAnyShapeIsNotAnAnomaly() {
        for seed in UInt64(1)...4 {
            var random = RandomStream(seed: seed)
            var judge = GaugeJudge(threshold: .log(43_200), seed: seed)
            var level = 0.0
            var alarms = 0
            for index in 0..<4000 {
                level = 0.9 * level + random.normal()
                let heavy = seed % 2 == 0 ? Double.exp(random.normal()) : level
                let time = Timestamp(seconds: Double(index) * 60)
                if case .alarmed = judge.observe(heavy, at: time) { alarms += 1 }
            }
            #expect(alarms == 0, "seed \(seed)")
        }
    }

    @Test func aLastingLevelIsAcceptedInTheEnd() {
        var random = RandomStream(seed: 2)
        var judge = GaugeJudge(threshold: .log(1000))
        var changes: [GaugeJudge.Change] = []
        for index in 0..<3000 {
            let value = (index < 500 ? 10 : 50) + random.normal()
            let change = judge.observe(value, at: Timestamp(seconds: Double(index) * 60))
            if change != .none { changes.append(change) }
        }
        #expect(changes.count == 2)
        if case .accepted = changes.last {} else { Issue.record("\(changes)") }
        #expect(abs((judge.center ?? 0) - 50) < 1)
    }

    @Test func betsAreFairBets() {
        // The mean of e(p) over uniform p is one: midpoint rule.
        var sum = 0.0
        let steps = 2_000_00
        for index in 0..<steps {
            sum += .exp(GaugeJudge.logBet((Double(index) + 0.5) / Double(steps)))
        }
        #expect(sum / Double(steps) <= 1.001)
        #expect(sum / Double(steps) > 0.85)
    }

    @Test func badLinesAreNamedAndSkipped() throws {
        let (findings, summary) = try Self.run(
            "timestamp,bad,total",
            [
                "1800000000,0,100", "soon,0,100", "1800000015,x,100", "1800000030,5",
                "1800000045,200,100", "", "# note", "1800000000,0,100", "1800000060,0,nan",
                "1800000075,1,100",
            ])
        #expect(summary.rows == 2 && summary.malformed == 6)
        #expect(
            findings.map { finding in
                if case .malformed(let line, _) = finding { line } else { 0 }
            } == [3, 4, 5, 6, 9, 10])
    }

    @Test func quotesSeparatorsAndMarksAreUnderstood() throws {
        let plain = ["1800000000,1,100", "1800000015,0,100", "1800000030,2,100"]
        let wanted = try Self.run("timestamp,bad,total", plain).1
        #expect(wanted.rows == 3 && wanted.interval == .seconds(15))
        let semicolons = plain.map { $0.replacing(",", with: ";") + "\r" }
        #expect(try Self.run("\u{feff}Time; Bad; Total\r", semicolons).1 == wanted)
        let quoted = plain.map { line in
            "\"a, \"\"b\"\"\","
                + line.split(separator: ",").map { "\"\($0)\" " }.joined(separator: ",")
        }
        #expect(try Self.run("note,timestamp,bad,total", quoted).1 == wanted)
        let (open, _) = try Self.run("timestamp,bad,total", ["\"1800000000,1,100"])
        #expect(open == [.malformed(line: 2, reason: "a quote is not closed on this line")])
    }

    @Test func timesAreReadInEveryForm() {
        let wanted = Timestamp(seconds: 1_795_000_000)
        for text in [
            "1795000000", "1795000000000", "1795000000000000", "1795000000000000000", "1.795e9",
            wanted.rfc3339, "2026-11-18T11:06:40", "2026-11-18 11:06:40",
            "2026-11-18 12:06:40+01:00",
        ] {
            var series = try? RecordedSeries(header: "time,x")
            _ = series?.add("\(text),1")
            #expect(series?.summary.from == wanted, "\(text)")
        }
    }

    @Test func oneGapOrAGivenIntervalDoesNotMoveTheWindows() throws {
        let rows = Self.rows(400, from: 300, to: 340)
        func lines(_ late: Int) -> [String] {
            rows.enumerated().map { index, row in
                let shift = index == 0 ? 0 : late
                return "\(1_800_000_000 + shift + index * 15),\(Int(row.0)),\(Int(row.1))"
            }
        }
        let (plain, summary) = try Self.run("timestamp,bad,total", lines(0))
        let (late, other) = try Self.run("timestamp,bad,total", lines(3600))
        #expect(summary.gaps == 0 && other.gaps == 1 && other.longestGap == .seconds(3615))
        #expect(other.interval == .seconds(15) && late.count == plain.count)
        guard case .anomaly(let early, _, _, _, _) = plain[0],
            case .anomaly(let later, _, _, _, _) = late[0]
        else {
            Issue.record("\(plain) \(late)")
            return
        }
        #expect(later - early == .seconds(3600))
        var given = try RecordedSeries(header: "time,bad,total", interval: .seconds(15))
        #expect(lines(0).flatMap { given.add($0) } == plain)
    }

    @Test(arguments: ["timestamp,bad,total", "timestamp,errors_total,requests_total", "time,x"])
    func nothingThatCanBeWrittenCrashes(header: String) throws {
        let values = [
            "0", "1", "-1", "1e15", "9e15", "1e100", "-1e100", "1e308", "1e-320", "nan", "inf", "",
            "0x1p3", "\"", "\"\"", "१", "18446744073709551616",
        ]
        var random = RandomStream(seed: 3)
        var series = try RecordedSeries(header: header)
        let columns = header.split(separator: ",").count
        for index in 0..<4000 {
            var fields = [random.below(50) == 0 ? values[random.below(values.count)] : "\(index)"]
            for _ in 1..<columns { fields.append(values[random.below(values.count)]) }
            _ = series.add(fields.joined(separator: ","))
        }
        _ = series.finish()
        #expect(series.summary.rows + series.summary.malformed == 4000)
    }

    @Test(arguments: [
        "value", "a,b", "timestamp,bad", "timestamp,x,y", "", "timestamp",
        "time,bad,errors,total", "time,errors_total,requests", "time,errors,requests_total",
        "\"time,bad", "1,2,3", "time,\u{fffd}",
    ])
    func badHeadersAreExplained(header: String) {
        #expect(throws: ConfigError.self) { try RecordedSeries(header: header) }
    }

    /// 292 years lie between the first row and the last, as many as an instant can hold.
    @Test(arguments: ["bad,total", "value"])
    func rowsMayLieFarApart(columns: String) throws {
        let values = columns == "value" ? "5" : "0,100"
        let lines = ["0", "15", "9223372036"].map { "\($0),\(values)" }
        let (_, summary) = try Self.run("timestamp,\(columns)", lines)
        #expect(summary.rows == 3)
    }
}
