import Core
import Engine
import Host
import Platform
import Testing

@testable import App

/// `was-it-chaos` over journals on disk.
@Suite(.timeLimit(.minutes(10)))
struct WasItChaosCommandTests {
    /// A journal whose events have times of their own: one strike an hour for ten hours.
    private func write(_ journal: SampleJournal) async throws {
        let clock = SteppedClock(Timestamp(seconds: 1_800_000_000))
        let storage = try SQLiteStorage(path: journal.path)
        let book = try await Journal(storage: storage, clock: clock)
        try await book.record(SampleJournal.start)
        try await book.record(SampleJournal.policies)
        for number in 1...10 {
            clock.set(Timestamp(seconds: 1_800_000_000 + Double(number) * 3600))
            var planned = SampleJournal.planned(number)
            planned.assignment = .strike
            planned.shamProbability = 0
            try await book.record(.planned(planned))
            try await book.record(SampleJournal.injecting(number))
            try await book.record(.injected(RoundMark(round: number)))
            try await book.record(.reverted(RoundMark(round: number)))
            for event in SampleJournal.round(number).dropFirst() { try await book.record(event) }
        }
        clock.set(Timestamp(seconds: 1_800_000_000 + 40_000))
        try await book.record(SampleJournal.stop)
        try storage.close()
    }

    private func ask(
        _ journal: SampleJournal, _ from: String, _ to: String? = nil, services: [String] = [],
        format: OutputFormat = .text
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        let exit = await WasItChaosCommand.run(
            .init(
                journal: journal.path, from: from, to: to, services: services, format: format),
            now: Timestamp(seconds: 1_800_000_000 + 50_000), output: recorded.output)
        return (exit, recorded)
    }

    @Test func theAnswerIsTheExitCode() async throws {
        try await SampleJournal.with { journal in
            try await write(journal)
            let strike = Timestamp(seconds: 1_800_000_000 + 3 * 3600)
            let (related, text) = await ask(
                journal, (strike + .seconds(6)).rfc3339, (strike + .seconds(60)).rfc3339)
            #expect(related == .harm, "\(text.errors)")
            #expect(text.lines[0].hasPrefix("related to chaos: it began 6s after round 3"))
            #expect(text.lines.contains { $0.hasPrefix("ROUND  STRIKE") })
            #expect(text.lines.last?.hasPrefix("3      \(strike.rfc3339Seconds)  6s") == true)
            let (cleared, quiet) = await ask(
                journal, (strike + .seconds(2000)).rfc3339, (strike + .seconds(2100)).rfc3339)
            #expect(cleared == .success)
            #expect(quiet.lines[0].hasPrefix("not chaos: "))
            let (unknown, early) = await ask(
                journal, "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
            #expect(unknown == .unknown && early.lines[0].hasPrefix("cannot be told: "))
        }
    }

    @Test func programsGetTheNumbers() async throws {
        try await SampleJournal.with { journal in
            try await write(journal)
            // -10h47m of 50,000 s after the start is 11,180 s: 380 s after the third strike.
            let (exit, recorded) = await ask(journal, "-10h47m", "-10h40m", format: .json)
            let json = try #require(recorded.json)
            #expect(exit == .unknown || exit == .harm)
            #expect(json["strikes"]?[0]?["number"] == .integer(3))
            #expect(json["strikes"]?[0]?["secondsBefore"]?.double == 380)
            // Armed for 40,000 s; ten strikes of 380 s and 15 s of precision.
            #expect(abs((json["pValue"]?.double ?? 0) - 3950.0 / 40_015) < 1e-6)
            #expect(json["compared"]?["strikes"] == .integer(10))
        }
    }

    @Test func mistakesNameTheOption() async throws {
        try await SampleJournal.with { journal in
            try await write(journal)
            try await journal.write([SampleJournal.anomaly])
            let cases: [(String, String?, [String], String)] = [
                (
                    "2027-01-15T10:00:00", nil, [],
                    "--from: \"2027-01-15T10:00:00\" has no time zone"
                ),
                ("-1h", "-2h", [], "--to: "),
                ("2031-01-01T00:00:00Z", nil, [], "is in the future"),
                (
                    "-1h", nil, ["nobody"],
                    "knows no service \"nobody\"; write one of go-app/go-app-db"
                ),
            ]
            for (from, to, services, message) in cases {
                let (exit, recorded) = await ask(journal, from, to, services: services)
                #expect(exit == .usage, "\(message)")
                #expect(recorded.errors.first?.contains(message) == true, "\(recorded.errors)")
            }
            let (exit, _) = await ask(journal, "-1h", nil, services: ["go-app-db"])
            #expect(exit != .usage)
        }
        try await SampleJournal.with { journal in
            let (exit, recorded) = await ask(journal, "-1h")
            #expect(exit == .failure)
            #expect(recorded.errors.first?.contains("there is no journal") == true)
        }
    }
}

/// A clock that stands where it was set.
private final class SteppedClock: WallClock {
    private let place: Lock<Timestamp>

    init(_ now: Timestamp) { place = Lock(now) }

    func set(_ now: Timestamp) { place.withLock { $0 = now } }
    var now: Timestamp { place.withLock { $0 } }
    var uptime: Duration { .zero }
    func sleep(for duration: Duration) async throws(Failure) {}
}
