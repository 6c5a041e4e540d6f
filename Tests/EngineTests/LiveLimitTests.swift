import Core
import Engine
import Platform
import Simulation
import Testing

/// The view that a round is planned on may be old; what it strikes is counted on a live reading.
@Suite struct LiveLimitTests {
    /// One round against a cluster that looks fine, and is `truth`.
    private static func round(
        truth: String, rolling: Bool = false, failures: Int = 0,
        _ check: @escaping @Sendable (RoundRunner.Result, State, LaggingCluster) async -> Void
    ) {
        inVirtualTime { time in
            let world = try await LaggingWorld(
                time,
                LaggingCluster(
                    seen: pods("rr"), truth: pods(truth, rolling: rolling), failures: failures))
            let result = await world.runner.run(tick: time.now)
            await check(result, await world.journal.state, world.cluster)
        }
    }

    private static func pods(_ letters: String, rolling: Bool = false) -> Snapshot {
        LaggingCluster.pods(letters, rolling: rolling)
    }

    @Test func whatStillHoldsIsStruck() {
        Self.round(truth: "rr") { result, state, cluster in
            #expect(state.rounds.first?.injectedAt != nil)
            #expect(await cluster.removed.count == 1)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test(arguments: ["ur", "ru", "uu", ""])
    func whatBrokeMeanwhileIsLeftAlone(_ truth: String) {
        Self.round(truth: truth) { result, state, cluster in
            #expect(result == .ran(round: 1, .skipped))
            #expect(state.rounds.first?.failure?.kind == .withdrawn)
            #expect(await cluster.removed.isEmpty)
            #expect(await cluster.marked.isEmpty)
        }
    }

    @Test func aRolloutThatBeganMeanwhileIsLeftAlone() {
        Self.round(truth: "rr", rolling: true) { result, state, cluster in
            #expect(state.rounds.first?.failure?.reason == "rolling out: web")
            #expect(await cluster.removed.isEmpty)
        }
    }

    @Test func oneLostAnswerIsAskedForAgainAndMoreAreNot() {
        Self.round(truth: "rr", failures: 1) { _, state, cluster in
            #expect(await cluster.removed.count == 1)
        }
        Self.round(truth: "rr", failures: 2) { result, state, cluster in
            #expect(result == .ran(round: 1, .skipped))
            #expect(state.rounds.first?.failure?.reason.contains("live reading") == true)
            #expect(await cluster.removed.isEmpty)
        }
    }
}
