import Core
import Engine
import Platform
import Simulation
import Testing

/// A standby knows of no strike, so it does not say that none explains what it sees.
@Suite struct StandbyTests {
    /// In a new world: what a standby sees, and when.
    private static func attribution(
        _ lead: @escaping @Sendable (Seat, NamespaceWorld) async throws -> Void,
        _ check: @escaping @Sendable (AnomalyOpened, State) throws -> Void
    ) {
        inVirtualTime { time in
            let seat = Seat()
            let world = try await NamespaceWorld(time, leadership: seat, watching: ["shop"])
            world.mesh.set("shop", .init())
            try await world.pass(100)
            try await lead(seat, world)
            world.mesh.set("shop", .init(bad: 60))
            try await world.pass(10)
            let state = await world.state
            try check(try #require(state.anomalies.first).opened, state)
        }
    }

    @Test func aStandbyDoesNotSayThatNoRoundExplainsAnAnomaly() {
        let isUnknown: @Sendable (AnomalyOpened, State) throws -> Void = { opened, state in
            #expect(opened.isStandby == true && !opened.isUnexplained)
            #expect(
                opened.cause == "another instance led at its onset; its journal knows its strikes")
            let counted = state.counters.anomalies.map { Counters.parts($0.key).last }
            #expect(counted == ["unknown"])
        }
        Self.attribution({ seat, _ in seat.set(false) }, isUnknown)
        // What the one before struck last may still show.
        Self.attribution(
            { seat, world in
                seat.set(false)
                try await world.pass(4)
                seat.set(true)
                try await world.pass(1)
            }, isUnknown)
        Self.attribution(
            { seat, world in
                seat.set(false)
                try await world.pass(4)
                seat.set(true)
                try await world.pass(60)
            },
            { opened, state in
                #expect(opened.isStandby == nil && opened.isUnexplained)
                let counted = state.counters.anomalies.map { Counters.parts($0.key).last }
                #expect(counted == ["false"])
            })
    }
}
