import Core
import Engine
import Platform
import Simulation
import Testing

/// What the watch makes of pod templates that change, with no round under way.
@Suite struct RolloutWatchTests {
    private static let shop = WorkloadRef(kind: "Deployment", namespace: "shop", name: "s0")

    private static func status(_ world: AbortWorld) async -> ServiceStatus? {
        await world.watch.services.first { $0.service.name == "s0" && $0.signal == .badRatio }
    }

    @Test func aNewVersionIsLearnedWhileRoundsGoOnAndOnlyOnce() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                // What is seen for the first time is no rollout.
                try await reaches(time, "the templates") {
                    await world.state.harm.templates["shop"]?[Self.shop]?.template == "v1"
                }
                #expect(await world.state.harm.rollouts["shop"] == [:])
                await world.cluster.deploy("v2")
                let begun = time.now
                try await reaches(time, within: .seconds(15), "re-learning") {
                    await Self.status(world)?.isRelearning == true
                }
                #expect(await world.state.harm.rollouts["shop"]?[Self.shop] != nil)
                #expect(await Self.status(world)?.unready == "re-learning after a rollout")
                #expect(await world.watch.isWarm("shop"))
                let input = GateInput(
                    openness: .open, isLeader: true, snapshot: try await world.cluster.snapshot(),
                    blindReason: nil, isWarm: await world.watch.isWarm("shop"))
                let reasons = holds(
                    input, policy: world.policy, state: await world.state, now: time.now)
                #expect(reasons.isEmpty, "\(reasons)")
                try await time.sleep(for: .seconds(1700))
                #expect(await Self.status(world)?.isRelearning == true)
                try await reaches(time, "the end of re-learning") {
                    await Self.status(world)?.ready == true
                }
                #expect(time.now - begun < .seconds(2100))
                try await time.sleep(for: .seconds(60))
                #expect(await Self.status(world)?.ready == true, "it was taken twice")
            }
            let rollouts = await world.state.harm.rollouts
            let again = try await AbortWorld(time, storage: world.storage) { _ in }
            await again.cluster.deploy("v2")
            try await again.whileWatching {
                try await time.sleep(for: .seconds(60))
                #expect(await Self.status(again)?.ready == true)
                #expect(await again.state.harm.rollouts == rollouts)
            }
        }
    }

    @Test func aRolloutWhileNobodyWatchedIsLearnedFromTheBeginning() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await reaches(time, "a sketch") { await world.state.learned != nil }
                try await time.sleep(for: .seconds(10))
            }
            try await time.sleep(for: .seconds(600))
            let again = try await AbortWorld(time, storage: world.storage) { _ in }
            await again.cluster.deploy("v2")
            try await again.whileWatching {
                try await reaches(time, within: .seconds(30), "re-learning") {
                    await Self.status(again)?.isRelearning == true
                }
            }
        }
    }

    @Test func aRestartChangesNothing() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await time.sleep(for: .seconds(10))
                await world.cluster.deploy("v1-again", restart: true)
                try await reaches(time, within: .seconds(15), "the restart is noted") {
                    await world.state.harm.templates["shop"]?[Self.shop]?.template == "v1-again"
                }
                for _ in 0..<6 {
                    try await time.sleep(for: .seconds(5))
                    #expect(await Self.status(world)?.ready == true)
                }
                #expect(await world.state.harm.rollouts["shop"] == [:])
            }
        }
    }

    @Test func aBadVersionIsAGrossAnomaly() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await time.sleep(for: .seconds(10))
                await world.cluster.deploy("v2")
                try await reaches(time, within: .seconds(15), "re-learning") {
                    await Self.status(world)?.isRelearning == true
                }
                await world.cluster.fail(["s0"])
                try await reaches(time, within: .seconds(60), "an anomaly") {
                    await !world.state.anomalies.isEmpty
                }
                // Nothing of it becomes normal, and it recovers against the old level.
                try await time.sleep(for: .seconds(2400))
                #expect(await world.state.anomalies.count == 1)
                await world.cluster.fail([])
                try await reaches(time, within: .seconds(120), "recovery") {
                    await world.state.anomalies.isEmpty
                }
            }
        }
    }

    @Test func aFullDiskOnlyDelaysIt() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await time.sleep(for: .seconds(10))
                world.storage.setFull(true)
                await world.cluster.deploy("v2")
                try await time.sleep(for: .seconds(60))
                #expect(await Self.status(world)?.ready == true)
                world.storage.setFull(false)
                try await reaches(time, within: .seconds(15), "re-learning") {
                    await Self.status(world)?.isRelearning == true
                }
            }
        }
    }
}
