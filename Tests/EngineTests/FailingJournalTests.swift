import Core
import Engine
import Platform
import Simulation
import Testing

/// A journal that fails while a fault is in place: the fault is not kept, its harm is still seen,
/// and what can never be written stops nobody.
@Suite struct FailingJournalTests {
    @Test func harmIsSeenAlthoughTheDiskIsFullFromTheStrikeOn() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                let struckAt = Lock<Timestamp?>(nil)
                await world.cluster.whileStruck {
                    struckAt.withLock { $0 = time.now }
                    world.storage.setFull(true)
                    await world.cluster.fail(["s0"])
                }
                try await withThrowingTaskGroup(of: RoundRunner.Result.self) { group in
                    group.addTask { await world.runner.run(tick: time.now) }
                    try await reaches(time, "the strike") { struckAt.withLock { $0 != nil } }
                    try await reaches(time, within: .seconds(20), "the revert") {
                        await world.cluster.struck.isEmpty
                    }
                    try await time.sleep(for: .seconds(120))
                    await world.cluster.fail([])
                    world.storage.setFull(false)
                    #expect(try await group.next() == .ran(round: 1, .harm))
                }
                let state = await world.state
                let round = try #require(state.rounds.first)
                let at = try #require(struckAt.withLock { $0 })
                #expect(try #require(round.injectedAt) - at < .seconds(1))
                #expect(try #require(round.revertedAt) - at < .seconds(20))
                #expect(state.harm.cells.values.map(\.harmed) == [1])
                let causes = (state.anomalies + state.pastAnomalies).map(\.opened.round)
                #expect(causes == [1])
            }
        }
    }

    @Test func whatCannotBeWrittenAsJSONIsGivenUpAtOnce() {
        inVirtualTime { time in
            let journal = try await Journal(
                storage: SimulatedStorage(clock: time, seed: 1), clock: time)
            let never = Event.sighted(Sighted(after: .infinity))
            #expect(await !journal.insist(never, until: Interruption(), .silent))
            #expect(time.uptime < .seconds(1))
            #expect(await journal.insist(started, until: Interruption(), .silent))
            #expect(await journal.failure == nil)
        }
    }

    /// Takes everything but verdicts.
    private struct NoVerdicts: Storage {
        let inner: SimulatedStorage
        var path: String? { inner.path }
        func append(_ record: [UInt8]) async throws(Failure) {
            if String(decoding: record, as: UTF8.self).contains("\"judged\"") {
                throw Failure(.rejected, "no such row")
            }
            try await inner.append(record)
        }
        func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]] {
            try await inner.records(after: count, upTo: bytes)
        }
    }

    @Test func aRoundWhoseVerdictCannotBeWrittenIsVoid() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, wrap: { NoVerdicts(inner: $0) }) { _ in }
            try await world.whileWatching {
                #expect(await world.runner.run(tick: time.now) == .ran(round: 1, .void))
                let round = try #require(await world.state.rounds.first)
                #expect(round.outcome == .void && round.verdict == nil)
                #expect(round.revertedAt != nil)
            }
        }
    }
}
