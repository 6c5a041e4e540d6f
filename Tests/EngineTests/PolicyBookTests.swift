import Core
import Engine
import Platform
import Simulation
import Testing

/// A set of policies is taken whole or not at all.
@Suite struct PolicyBookTests {
    @Test func aRefusedSetLeavesTheLastGoodOne() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            let book = PolicyBook([world.policy], journal: world.journal, clock: time)
            let begun = time.now
            await book.announce()
            try await time.sleep(for: .seconds(60))
            let mistake = ConfigError(file: "a.yaml", line: 3, column: 5, message: "no such fault")
            await book.replace([], errors: [mistake])
            #expect(await book.policies == [world.policy])
            #expect(await book.errors == [mistake])
            #expect(await book.failures == 1)
            #expect(await book.lastGoodAt == begun)
            #expect(await world.state.policies?.policies.map(\.id) == [world.policy.id])
            #expect(await world.state.policies?.errors == [mistake.description])
            #expect(await !Self.rings(book, time))

            let before = time.now
            var other = world.policy
            other.name = "other"
            await book.replace([other], errors: [])
            #expect(await book.policies == [other])
            #expect(await book.errors.isEmpty)
            #expect(await book.lastGoodAt == before)
            #expect(await world.state.policies?.policies.map(\.id) == [other.id])
            #expect(await world.state.policies?.errors == [])
            #expect(await Self.rings(book, time))
        }
    }

    /// Whether somebody who waits for the next change hears of one.
    private static func rings(_ book: PolicyBook, _ time: VirtualTime) async -> Bool {
        let begun = time.uptime
        let wake = await Interruption().sleep(for: .seconds(5), on: time, bell: book.bell)
        return wake == .elapsed && time.uptime - begun < .seconds(5)
    }
}
