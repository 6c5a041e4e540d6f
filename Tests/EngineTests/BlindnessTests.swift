import Core
import Engine
import Platform
import Simulation
import Testing

/// Blindness ends when the signals can be read, whichever life it began in.
@Suite struct BlindnessTests {
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
