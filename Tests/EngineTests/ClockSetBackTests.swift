import Core
import Engine
import Platform
import Simulation
import Testing

/// Windows follow the wall clock; somebody may set it back by days.
@Suite struct ClockSetBackTests {
    @Test(arguments: [300, 86_400 * 30])
    func judgingGoesOnWithWhatWasLearned(seconds: Int) {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await time.sleep(for: .seconds(400))
                time.jumpWallClock(by: .seconds(-seconds))
                try await time.sleep(for: .seconds(60))
                let reached = try #require(await world.watch.completeUntil)
                #expect(time.now - reached < .seconds(20))
                #expect(await world.watch.blindReason(for: AbortWorld.namespace) == nil)
                #expect(await world.watch.isWarm(AbortWorld.namespace))
                #expect(await world.state.anomalies.isEmpty)
                await world.cluster.fail(["s0"])
                try await reaches(time, within: .seconds(60), "an anomaly") {
                    await !world.state.anomalies.isEmpty
                }
                await world.cluster.fail([])
                try await reaches(time, "its end") { await world.state.anomalies.isEmpty }
            }
        }
    }

    /// The judge began anew and counts no harm of it: a fault in place must not stay.
    @Test func aRoundThatNobodyJudgesIsEnded() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { $0.budgetFailedRequests = 1_000_000 }
            try await world.whileWatching {
                try await time.sleep(for: .seconds(400))
                let begun = time.uptime
                try await withThrowingTaskGroup(of: RoundRunner.Result.self) { group in
                    group.addTask { await world.runner.run(tick: time.now) }
                    try await reaches(time, "a strike") {
                        await world.state.rounds.last?.injectedAt != nil
                    }
                    time.jumpWallClock(by: .seconds(-300))
                    #expect(try await group.next() == .ran(round: 1, .void))
                }
                #expect(time.uptime - begun < .seconds(60))
                let round = try #require(await world.state.rounds.last)
                #expect(round.aborted?.cause == .unjudged)
                #expect(round.revertedAt != nil)
                #expect(await world.cluster.struck.isEmpty)
            }
        }
    }

    /// What a daemon does to keep its time right is no reason to begin anew.
    @Test func aSmallCorrectionChangesNothing() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                await world.cluster.fail(["s0"])
                try await reaches(time, "an anomaly") { await !world.state.anomalies.isEmpty }
                time.jumpWallClock(by: .seconds(-12))
                try await time.sleep(for: .seconds(90))
                #expect(await world.state.anomalies.count == 1)
                #expect(await world.watch.services.contains { $0.anomaly != nil })
            }
        }
    }
}
