// The tables of the bench in a quick run: they have their rows, they are a function of the seed,
// and what they claim holds within the error of so small a simulation.

import Core
import FoundationEssentials
import Testing

@Suite struct JudgeReportTests {
    private static let quick = JudgeReport(replications: 2, seed: 5).tables()

    private func table(_ title: String) throws -> ReportTable {
        try #require(Self.quick.first { $0.title == title })
    }

    @Test func aFunctionOfItsSeed() {
        #expect(Self.quick == JudgeReport(replications: 2, seed: 5).tables())
    }

    @Test func everyTableHasItsRows() throws {
        #expect(Self.quick.count == 12)
        for table in Self.quick {
            #expect(!table.rows.isEmpty)
            for row in table.rows { #expect(row.count == table.columns.count, "\(table.title)") }
            #expect(Set(table.labels).count == table.rows.count, "\(table.title)")
        }
        #expect(try table("Delay").rows.count == 2 * delayCases.count)
        #expect(try table("Rules side by side").rows.count == 3 * AlarmRule.allCases.count)
        let delays = try table("Delay").labels
        #expect(delays.contains(["0.1 % -> 5 %", "10", "600"]))
        #expect(delays.contains(["0.1 % -> 1 %", "0.1", "1"]))
    }

    /// The documentation has the rows that the code makes, in its order. Their figures take minutes
    /// to make: whether those are of this code only a run of the command tells.
    @Test func thePageHasTheSameRows() throws {
        let root = "/" + "\(#filePath)".split(separator: "/").dropLast(4).joined(separator: "/")
        let path = root + "/Sources/App/Documentation.docc/Judge-Bench.md"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        let page = String(decoding: bytes, as: UTF8.self)
        let lines = page.split(separator: "\n").map(String.init)
        for table in Self.quick {
            let heading = try #require(
                lines.firstIndex(of: "### \(table.title)"), "no table \(table.title)")
            let section = lines[(heading + 1)...].prefix { !$0.hasPrefix("#") }
            let rows = section.filter { $0.hasPrefix("| ") }.dropFirst()
                .map { line in
                    line.split(separator: "|").map { cell in
                        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                    }
                }
            #expect(
                rows.map { Array($0.prefix(table.names)) } == table.labels,
                "\(table.title) has other rows: run `hazard bench judge --markdown`")
        }
    }
}

@Suite struct JudgeClaimTests {
    /// 0.1 % to 50 % of one request a second: the target of 1.2 with room for 39 faults.
    @Test func delayIsNearTheOracle() {
        let row = delayRow(
            before: 0.001, after: 0.5, rate: 1, series: 600, replications: 39, seed: 3)
        #expect(row.missed == 0)
        #expect(row.ratio < 1.3, "\(row)")
    }

    /// 10,000 windows at A = 2,000 would have five alarms: the bounds are what Poisson allows once
    /// in a hundred, more for bursts after so short a past.
    @Test func falseAlarmsAreRare() throws {
        let rows = falseAlarmBench(windows: 10_000, learned: 500)
        #expect(rows.count == 11)
        for row in rows {
            #expect(row.alarms <= (row.name.hasPrefix("bursts") ? 20 : 11), "\(row)")
        }
        let known = correlationRow(
            ratio: 0.001, rho: 0.01, rate: 10, limit: 2000, windows: 10_000, seed: 7)
        let ignored = correlationRow(
            ratio: 0.001, rho: 0.01, rate: 10, limit: 2000, windows: 20_000, modelRho: 1e-4, seed: 7
        )
        #expect(known.alarms <= 11 && ignored.alarms > 25, "\(known) \(ignored)")
    }

    @Test func certainIsThePoissonBound() {
        // The exact upper 95 % bounds for 0, 3 and 10 events are 2.996, 7.754 and 16.96.
        for (alarms, bound) in [(0, 2.996), (3, 7.754), (10, 16.96)] {
            let row = FalseAlarmRow(name: "", windows: 1000, alarms: alarms, limit: 1)
            #expect(abs(1000 / row.certain / bound - 1) < 0.01)
        }
    }

    @Test func countersThatResetOrAreLateRaiseNoAlarm() {
        // 300 windows would have 0.15 alarms in ten services together.
        for row in rawBench(windows: 300) { #expect(row.alarms <= 2, "\(row)") }
    }

    @Test func shamsAreSeldomBlamed() {
        for row in shamBench(rounds: 20, warmUp: 300) {
            #expect(row.calibration.shams == 20)
            #expect(row.calibration.blamed <= 2, "\(row)")
        }
    }

    @Test func effectsKeepTheirPromises() throws {
        for row in coverageBench(experiments: 100) {
            #expect(row.student > 0.9 && row.coverage > 0.88, "\(row)")
            #expect(row.student >= row.coverage)
        }
        for row in nullBench(experiments: 100, draws: 99) {
            // Twice the distance that chance exceeds once in twenty.
            #expect(row.distance < 2 * row.critical, "\(row)")
        }
    }

    @Test func whatPowerSaysShowsDoesShow() throws {
        let rows = powerBench(rounds: 40)
        #expect(rows.count == 12)
        for row in rows {
            let detectable = try #require(row.detectable)
            #expect(detectable > row.before)
            #expect(row.shown >= 0.9, "\(row)")
            #expect(row.wrong <= 0.1, "\(row)")
        }
    }

    /// Against brute force: the binomial tail at the fewest bad responses that alarm.
    @Test func detectableIsTheBinomialTail() throws {
        let n = 200.0
        let grid = AlternativeGrid(p0: 0.01, rho: 1e-9)
        let fewest = try #require(
            (0...200).first {
                grid.logMean(grid.logRatios(total: n, bad: Double($0))) >= 4.6
            })
        let ratio = try #require(
            Power.detectable(Power.Requests(n), p0: 0.01, nats: 4.6, confidence: 0.9))
        var term = 1.0
        for _ in 0..<200 { term *= 1 - ratio }
        var below = 0.0
        for k in 0..<fewest {
            below += term
            term *= (n - Double(k)) / Double(k + 1) * ratio / (1 - ratio)
        }
        #expect(abs(below - 0.1) < 1e-9)
        func nothing(_ n: Double, nats: Double) -> Bool {
            Power.detectable(Power.Requests(n), p0: 0.01, nats: nats, confidence: 0.9) == nil
        }
        #expect(nothing(1, nats: 40) && nothing(.nan, nats: 4) && nothing(0, nats: 4))
        #expect(nothing(.infinity, nats: 4))
    }

    @Test func brokenServicesAreFound() {
        let rows = causeBench(sizes: [5, 20], trials: 6)
        #expect(rows.count == 2 + CauseMesh.Fault.allCases.count + 1)
        for row in rows.prefix(2) {
            #expect(row.injected == 6 && row.score.strikes >= 3)
            #expect(row.score.hits >= row.score.strikes - 1, "\(row)")
            #expect(row.score.hitsInThree >= row.score.hits)
        }
    }
}
