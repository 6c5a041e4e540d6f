import Core
import Engine
import Platform
import Simulation
import Testing

/// Who does not lead any more cannot know what else is struck, and its rounds claim nothing.
@Suite struct LostLeadershipTests {
    @Test(arguments: [Policy.Mode.enforce, .observe], [5, 200, 304])
    func aRoundThatLosesItIsInterrupted(mode: Policy.Mode, after: Int) {
        inVirtualTime { time in
            let seat = Seat()
            let world = try await AbortWorld(time, leadership: seat, mode: mode) { _ in }
            try await world.whileWatching {
                let begun = time.uptime
                try await withThrowingTaskGroup(of: RoundRunner.Result.self) { group in
                    group.addTask { await world.runner.run(tick: time.now) }
                    try await time.sleep(for: .seconds(after))
                    seat.set(false)
                    // It is another one, although it leads again.
                    if after > 5 { seat.set(true) }
                    #expect(try await group.next() == .ran(round: 1, .interrupted))
                }
                #expect(time.uptime - begun < .seconds(after + 15))
                let round = try #require(await world.state.rounds.first)
                #expect(round.verdict?.kind == .void)
                #expect(round.verdict?.text.contains("leadership was lost") == true)
                #expect(round.revertedAt != nil || mode == .observe)
                #expect(await world.cluster.struck.isEmpty)
            }
        }
    }
}
