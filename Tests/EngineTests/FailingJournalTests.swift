import Core
import Engine
import Platform
import Simulation
import Testing

/// A journal that fails while a fault is in place: the fault is not kept, its harm is still seen.
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

}
