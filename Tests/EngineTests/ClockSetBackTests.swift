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
