import Core
import Engine
import Platform
import Simulation
import Testing

/// Blindness is told from the first reading on, and ends when the signals can be read, whichever
/// life it began in.
@Suite struct BlindnessTests {
    /// A wrong address at the start: no window can be blind, for there is none yet.
    @Test func aSourceThatWasNeverReadIsBlind() {
        inVirtualTime { time in
            let world = try await NamespaceWorld(time, watching: ["shop"])
            world.mesh.set("shop", .init())
            for life in 1...2 {
                world.mesh.setAway(true)
                // In the second pass: the judge began anew while the source is away.
                if life == 2 { time.jumpWallClock(by: .seconds(-86_400)) }
                try await world.pass(2)
                let told = world.lines.withLock { lines in
                    lines.filter { $0 == "the signals were not read: no route to the source" }
                }
                #expect(told.count == life)
                try await world.pass(7)
                #expect(await world.state.blind?.reason == "no route to the source")
                #expect(await world.state.firingAlerts.map(\.name) == [.blind])
                world.mesh.setAway(false)
                try await world.pass(8)
                #expect(await world.state.blind == nil)
                #expect(await world.state.firingAlerts.isEmpty)
                #expect(await world.watch.blindReason(for: "shop") == nil)
            }
        }
    }

    @Test func thatOfAnEarlierLifeEndsToo() {
        inVirtualTime { time in
            let storage = SimulatedStorage(clock: time, seed: 1)
            let earlier = try await Journal(storage: storage, clock: time)
            try await earlier.record(.blind(Blind(reason: "no scrape was answered")))
            try await time.sleep(for: .seconds(600))
            let world = try await AbortWorld(time, storage: storage) { _ in }
            #expect(await world.state.blind != nil)
            try await world.whileWatching {
                #expect(await world.watch.blindReason == nil)
                #expect(await world.state.blind == nil)
                await world.watch.updateAlerts()
                #expect(await world.state.firingAlerts.isEmpty)
            }
            // Said once.
            var codec = JournalCodec()
            let kinds = try storage.rows.map { try codec.decode($0).event.kind }
            #expect(kinds.count(where: { $0 == "sighted" }) == 1)
        }
    }
}
