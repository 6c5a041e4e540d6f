import Core
import Glibc
import Host
import Platform
import RealModule
import Testing

@testable import App

/// `judge` over files with a fault whose place is known.
@Suite(.timeLimit(.minutes(10)))
struct JudgeCommandTests {
    private func judge(
        _ text: String, _ format: OutputFormat = .text, interval: String? = nil,
        falseAlarms: String = "1 per 30d"
    ) throws -> (App.ExitStatus, Recorded) {
        let path = "/tmp/hazard-judge-\(getpid())-\(UInt64.random(in: 0 ... .max)).csv"
        try FileSystem.writeAtomically(Array(text.utf8), to: path)
        defer { unsafe unlink(path) }
        let recorded = Recorded()
        let exit = JudgeCommand.run(
            .init(path: path, interval: interval, falseAlarms: falseAlarms, format: format),
            output: recorded.output)
        return (exit, recorded)
    }

    private func documents(_ recorded: Recorded) throws -> [JSON] {
        try recorded.lines.map { try JSON(parsing: $0) }
    }

    private func instant(_ json: JSON?, _ name: String) -> Timestamp? {
        json?[name]?.string.flatMap { Timestamp(rfc3339: $0) }
    }

    @Test func theFaultIsFoundWhereItIs() throws {
        let series = RecordedLikeSeries(rows: 1440, fault: 1000..<1080)
        let (exit, recorded) = try judge(series.plain, .json)
        let found = try documents(recorded)
        #expect(exit == .harm)
        #expect(found.compactMap { $0["type"]?.string } == ["anomaly", "recovery", "summary"])
        let onset = try #require(instant(found.first, "onset"))
        let detected = try #require(instant(found.first, "detectedAt"))
        let recovered = try #require(instant(found[1], "recoveredAt"))
        #expect(onset >= series.time(998) && onset <= series.time(1002))
        #expect(detected >= onset && detected <= series.time(1004))
        #expect(recovered >= series.time(1078) && recovered <= series.time(1085))
        let end = try #require(found.last)
        #expect(end["result"] == "anomalous" && end["rows"] == .integer(1440))
        #expect(end["open"] == .bool(false) && end["intervalSeconds"]?.double == 15)
    }

    @Test func withoutAFaultNothingIsFound() throws {
        for seed in UInt64(1)...3 {
            let series = RecordedLikeSeries(rows: 2880, fault: 0..<0, seed: seed)
            let (exit, recorded) = try judge(series.plain)
            #expect(exit == .success, "\(recorded.text)")
            #expect(recorded.lines.last == "nothing anomalous")
            #expect(recorded.errors.isEmpty)
        }
    }

    /// Byte order mark, CRLF, quotes, a comma within quotes, a reset, a gap, jitter: the same fault
    /// at the same place.
    @Test func aFileFromElsewhereIsReadAsItIs() throws {
        let series = RecordedLikeSeries(rows: 1440, fault: 1000..<1080)
        let text = series.counters(reset: 600, gap: 800..<840)
        let (exit, recorded) = try judge(text, .json)
        let found = try documents(recorded)
        #expect(exit == .harm, "\(recorded.text)")
        #expect(found.compactMap { $0["type"]?.string } == ["anomaly", "recovery", "summary"])
        let onset = try #require(instant(found.first, "onset"))
        #expect(onset >= series.time(998) && onset <= series.time(1002))
        let end = try #require(found.last)
        #expect(end["resets"] == .integer(1) && end["gaps"] == .integer(1))
        #expect(abs((end["longestGapSeconds"]?.double ?? 0) - 41 * 15) < 1)
        #expect(end["rows"] == .integer(1400) && end["malformed"] == .integer(0))
    }

    @Test func aFaultThatLastsIsOpenAtTheEnd() throws {
        let series = RecordedLikeSeries(rows: 400, fault: 350..<400, level: 0.5)
        let (exit, recorded) = try judge(series.plain)
        #expect(exit == .harm)
        #expect(recorded.lines.first?.hasPrefix("ANOMALY    since 2026-") == true)
        #expect(recorded.lines.last == "1 anomaly, the last not over at the end")
    }

    @Test func tooLittleIsSaidSo() throws {
        let short = RecordedLikeSeries(rows: 20, fault: 0..<0)
        let (exit, recorded) = try judge(short.plain)
        #expect(exit == .unknown)
        #expect(recorded.lines.last == "nothing can be said")
        let (none, nothing) = try judge("timestamp,bad,total\n", .json)
        #expect(none == .unknown)
        #expect(nothing.json?["result"] == "unknown")
    }

    @Test func badLinesAreNamedWithTheirPlace() throws {
        var lines = RecordedLikeSeries(rows: 100, fault: 0..<0).plain
        lines += "soon,1,2\n\n2036-01-01T00:00:00Z,3\n\"2036\n2036-01-01T00:00:00Z,5,4\n"
        lines += String(repeating: "x", count: 70_000) + "\n"
        let (exit, recorded) = try judge(lines)
        #expect(exit == .success)
        let places = recorded.errors.map { $0.split(separator: ":")[1] }
        #expect(places == ["102", "104", "105", "106", "107"], "\(recorded.errors)")
        #expect(recorded.errors[0].hasSuffix(":102: \"soon\" is not a time; skipped"))
        #expect(recorded.text.contains("5 bad lines skipped"))
        // Newest first: every line after the first is refused, and that is no answer.
        let rows = RecordedLikeSeries(rows: 100, fault: 0..<0).plain.split(separator: "\n")
        let upside = ([rows[0]] + rows.dropFirst().reversed()).joined(separator: "\n")
        let (down, refused) = try judge(upside)
        #expect(down == .unknown)
        #expect(refused.errors.first?.contains("sort the rows by time") == true)
        #expect(refused.errors.count == 21)
    }

    @Test func mistakesNameWhatToWrite() throws {
        let good = RecordedLikeSeries(rows: 3, fault: 0..<0).plain
        let runs: [(String, String?, String, String)] = [
            ("a,b,c\n1,2,3\n", nil, "1 per 30d", "write a header such as timestamp,bad,total"),
            ("", nil, "1 per 30d", "is empty"),
            ("# only\n\n", nil, "1 per 30d", "is empty"),
            ("\n#\n1800000000,1,2\n", nil, "1 per 30d", ":3:1: the first line holds data"),
            ("t\0i\0m\0e\0", nil, "1 per 30d", "not UTF-8"),
            (good, "soon", "1 per 30d", "--interval: \"soon\""),
            (good, nil, "often", "--false-alarms: \"often\""),
        ]
        for (text, interval, alarms, message) in runs {
            let (exit, recorded) = try judge(text, interval: interval, falseAlarms: alarms)
            #expect(exit == .usage, "\(message)")
            #expect(recorded.errors.count == 1 && recorded.lines.isEmpty)
            #expect(recorded.errors.first?.contains(message) == true, "\(recorded.errors)")
        }
        let recorded = Recorded()
        #expect(
            JudgeCommand.run(.init(path: "/nowhere/a.csv"), output: recorded.output) == .failure)
        #expect(recorded.errors.first?.contains("/nowhere/a.csv") == true)
    }

    /// The file that people try first says what the help promises. RECORD=1 writes it again.
    @Test func theExampleIsFresh() throws {
        let series = RecordedLikeSeries(rows: 300, fault: 220..<248, seed: 3)
        let path = Project.root + "/config/checkout-errors.csv"
        if unsafe getenv("RECORD") != nil {
            try FileSystem.writeAtomically(Array(series.plain.utf8), to: path)
        }
        let text = String(decoding: try FileSystem.read(path), as: UTF8.self)
        #expect(text == series.plain, "run this test with RECORD=1")
        let (exit, recorded) = try judge(text)
        #expect(exit == .harm)
        #expect(recorded.lines.last == "1 anomaly, all over", "\(recorded.text)")
    }
}
