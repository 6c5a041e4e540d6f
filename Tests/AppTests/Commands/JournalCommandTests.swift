import Core
import Engine
import Host
import Platform
import Testing

@testable import App

/// `status`, `rounds` and `replay` over journals on disk.
@Suite(.timeLimit(.minutes(10)))
struct JournalCommandTests {
    private func status(
        _ journal: SampleJournal, _ format: OutputFormat = .text
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        let exit = await StatusCommand.run(
            journal: journal.path, url: nil, format: format, output: recorded.output)
        return (exit, recorded)
    }

    @Test func aStoppedDaemonWithNothingWrongIsWell() async throws {
        try await SampleJournal.with { journal in
            try await journal.write(
                [SampleJournal.start, SampleJournal.policies] + SampleJournal.round(1)
                    + [SampleJournal.stop])
            let (exit, recorded) = await status(journal)
            #expect(exit == .success)
            #expect(recorded.errors.isEmpty)
            #expect(recorded.lines[0].hasPrefix("daemon: stopped in order at "))
            #expect(recorded.text.contains("last round: 1, "))
            #expect(recorded.text.contains("no harm above 0.4 % (99 %)"))
            #expect(recorded.text.contains("go-app/demo: enforce"))
        }
    }

    @Test func whatAPolicyHasEarnedIsTold() async throws {
        try await SampleJournal.with { journal in
            let limits = EarnedLimits(
                failedRequests: 5000, injections: 20, period: 86_400,
                growth: Growth(levels: [.count(1), .share(0.1), .share(0.3)]))
            let policies = PoliciesLoaded(
                policies: [
                    .init(
                        id: SampleJournal.policy, mode: .enforce, digest: "d", source: "demo.yaml",
                        limits: limits)
                ], errors: [])
            var planned = SampleJournal.planned(1)
            planned.assignment = .strike
            try await journal.write(
                [
                    SampleJournal.start, .policies(policies), .planned(planned),
                    SampleJournal.injecting(1), .delivered(RoundMark(round: 1)),
                    .reverted(RoundMark(round: 1)),
                ] + SampleJournal.round(1).dropFirst() + [SampleJournal.stop])
            let (_, recorded) = await status(journal)
            #expect(
                recorded.text.contains("earned radius: level 1 of 3 (1), 1 of 20 clean strikes"))
            #expect(recorded.text.contains("of 5,000 failed requests used in 1d"))
            #expect(recorded.text.contains("pod-delete at "))
            #expect(recorded.text.contains(", 0 of 1 seen"))
        }
    }

    @Test func theDaemonsLockTellsRunningFromDead() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([SampleJournal.start])
            let (_, dead) = await status(journal, .json)
            #expect(dead.json?["daemon"]?.string == "died")
            let holder = try SQLiteStorage(path: journal.path)
            let (exit, running) = await status(journal, .json)
            #expect(exit == .success)
            #expect(running.json?["daemon"]?.string == "running")
            #expect(running.json?[path: ["status", "instance"]]?.string == "host-1")
            try holder.close()
            let (_, after) = await status(journal, .json)
            #expect(after.json?["daemon"]?.string == "died")
        }
    }

    @Test func anomaliesAndOpenInjectionsDecideTheExitCode() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([SampleJournal.start, SampleJournal.anomaly])
            let (harm, recorded) = await status(journal)
            #expect(harm == .harm)
            #expect(recorded.text.contains("go-app/go-app-db"))
            #expect(recorded.text.contains("0.1% before, 98% now"))
            try await journal.write([
                .unrecovered(AnomalyUnrecovered(id: 1, finding: "Ready pods, failing traffic")),
                .planned(SampleJournal.planned(1)), SampleJournal.injecting(1),
            ])
            let (left, again) = await status(journal)
            #expect(left == .leftBehind)
            #expect(again.text.contains("NOT RECOVERED"))
            #expect(again.text.contains("Ready pods, failing traffic"))
            #expect(again.text.contains("hazard revert --all --journal \(journal.path)"))
            let holder = try SQLiteStorage(path: journal.path)
            #expect(await status(journal).0 == .harm)
            try holder.close()
        }
    }

    @Test func findingsAreShownWithTheirRounds() async throws {
        var finding = Finding(
            kind: .singlePointOfFailure,
            subject: .workload(
                WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db")),
            title: "Deployment go-app-db is a single point of failure", severity: .warning,
            at: Timestamp(seconds: 1_800_000_000))
        finding.evidence = ["It asks for 1 replica."]
        finding.remedy = "Run at least 2 replicas."
        (finding.seen, finding.comparable, finding.rounds) = (1, 3, [1])
        let seen = finding
        try await SampleJournal.with { journal in
            try await journal.write(
                [SampleJournal.start] + SampleJournal.round(1) + [.finding(seen)])
            let (exit, recorded) = await status(journal)
            #expect(exit == .success)
            #expect(recorded.text.contains("go-app-db is a single point of failure (warning"))
            #expect(recorded.text.contains("seen in 1 of 3 comparable rounds"))
            #expect(recorded.text.contains("Run at least 2 replicas."))
            let (_, json) = await status(journal, .json)
            #expect(json.json?["findings"]?[0] == seen.json)
            let replayed = Recorded()
            _ = await ReplayCommand.run(
                round: 1, journal: journal.path, format: .text, output: replayed.output)
            #expect(replayed.text.contains("finding: Deployment go-app-db is a single point"))
            #expect(replayed.text.contains("  It asks for 1 replica."))
        }
    }

    @Test func aMissingOrForeignFileIsSaidSo() async throws {
        try await SampleJournal.with { journal in
            let (missing, recorded) = await status(journal)
            #expect(missing == .failure)
            #expect(recorded.errors.count == 1)
            #expect(recorded.errors[0].contains(journal.path))
            #expect(recorded.errors[0].contains("--journal"))
            #expect(recorded.lines.isEmpty)
            try FileSystem.writeAtomically(
                Array(repeating: UInt8(ascii: "x"), count: 5000), to: journal.path)
            let (foreign, other) = await status(journal)
            #expect(foreign == .failure)
            #expect(other.errors[0].contains(journal.path))
        }
    }

    @Test func damageNamesItsRow() async throws {
        let damages: [(String, (inout [[UInt8]]) -> Void, String)] = [
            ("a flipped byte", { $0[2][80] ^= 1 }, "row 3 was changed"),
            (
                "a torn tail", { $0[$0.count - 1] = Array($0[$0.count - 1].prefix(40)) },
                "row 5 is torn"
            ),
            ("half a row", { $0[4] = Array($0[4].prefix(90)) }, "row 5 was changed"),
            ("a missing row", { $0.remove(at: 1) }, "row 2 was changed, or a row before it"),
        ]
        for (name, change, message) in damages {
            try await SampleJournal.with { journal in
                try await journal.write(
                    [SampleJournal.start] + SampleJournal.round(1) + [SampleJournal.stop])
                try await journal.damage(change)
                let runs: [(Output) async -> App.ExitStatus] = [
                    {
                        await StatusCommand.run(
                            journal: journal.path, url: nil, format: .json, output: $0)
                    },
                    {
                        await RoundsCommand.run(
                            journal: journal.path, limit: 5, policy: nil, format: .text, output: $0)
                    },
                    {
                        await ReplayCommand.run(
                            round: 1, journal: journal.path, format: .text, output: $0)
                    },
                ]
                for run in runs {
                    let recorded = Recorded()
                    #expect(await run(recorded.output) == .failure, "\(name)")
                    #expect(recorded.errors.count == 1)
                    #expect(recorded.errors.first?.contains(message) == true, "\(recorded.errors)")
                    #expect(recorded.lines.isEmpty)
                }
            }
        }
    }

    @Test func roundsAreNewestFirstAndBeyondTheStatesMemory() async throws {
        try await SampleJournal.with { journal in
            let count = State.roundLimit + 7
            var events = [SampleJournal.start]
            for number in 1...count { events += SampleJournal.round(number) }
            try await journal.write(events)
            let all = Recorded()
            #expect(
                await RoundsCommand.run(
                    journal: journal.path, limit: 10_000, policy: nil, format: .json,
                    output: all.output) == .success)
            let numbers = all.json?.array?.compactMap { $0["number"]?.integer }
            #expect(numbers == Array((1...count).reversed()))
            let few = Recorded()
            _ = await RoundsCommand.run(
                journal: journal.path, limit: 2, policy: SampleJournal.policy, format: .text,
                output: few.output)
            #expect(few.lines.count == 3)
            #expect(few.lines[1].contains("go-app-\(count)"))
            #expect(few.lines[1].hasSuffix("no harm above 0.4 % (99 %)"))
            let old = Recorded()
            #expect(
                await ReplayCommand.run(
                    round: 3, journal: journal.path, format: .text, output: old.output)
                    == .success)
        }
    }

    @Test func wrongArgumentsAreUsageErrors() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([SampleJournal.start] + SampleJournal.round(1))
            let recorded = Recorded()
            #expect(
                await RoundsCommand.run(
                    journal: journal.path, limit: 0, policy: nil, format: .text,
                    output: recorded.output) == .usage)
            #expect(
                await RoundsCommand.run(
                    journal: journal.path, limit: 1, policy: "go-app/other", format: .text,
                    output: recorded.output) == .usage)
            #expect(recorded.errors.last?.contains("known: go-app/demo") == true)
            #expect(
                await ReplayCommand.run(
                    round: 9, journal: journal.path, format: .text, output: recorded.output)
                    == .usage)
            #expect(recorded.errors.last?.contains("it holds 1 to 1") == true)
        }
    }

    @Test func replayRedrawsOrNamesWhatDiffers() async throws {
        try await SampleJournal.with { journal in
            var tampered = SampleJournal.planned(2)
            tampered.target.name = "another"
            var old = SampleJournal.planned(3)
            old.pool = nil
            try await journal.write([
                SampleJournal.start, .planned(SampleJournal.planned(1)), .planned(tampered),
                .planned(old),
            ])
            let good = Recorded()
            #expect(
                await ReplayCommand.run(
                    round: 1, journal: journal.path, format: .text, output: good.output)
                    == .success)
            #expect(good.lines.last == "round 1 redraws bit for bit")
            let bad = Recorded()
            #expect(
                await ReplayCommand.run(
                    round: 2, journal: journal.path, format: .json, output: bad.output)
                    == .failure)
            #expect(bad.json?[path: ["redraw", "agrees"]] == .bool(false))
            let differing = bad.json?[path: ["redraw", "steps"]]?.array?.filter {
                $0["agrees"] == .bool(false)
            }
            #expect(differing?.map { $0["name"]?.string } == ["pod"])
            let part = Recorded()
            #expect(
                await ReplayCommand.run(
                    round: 3, journal: journal.path, format: .text, output: part.output)
                    == .unknown)
        }
    }

    @Test func aDaemonThatIsNotThereIsAFailureThatSaysWhere() async {
        let recorded = Recorded()
        // Port 1 is never served on a loopback address.
        #expect(
            await StatusCommand.run(
                journal: "", url: "http://127.0.0.1:1", format: .text, output: recorded.output)
                == .failure)
        #expect(recorded.errors.first?.contains("127.0.0.1:1") == true)
        #expect(
            await StatusCommand.run(
                journal: "", url: "nowhere", format: .text, output: recorded.output) == .failure)
    }
}
