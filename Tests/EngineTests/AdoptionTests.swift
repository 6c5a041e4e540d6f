// Anomalies that outlive the daemon: a new life ends them by evidence only.

import Core
import Engine
import Platform
import Simulation
import Testing

@Suite struct AdoptionTests {
    private static let calm = [Flow(service: "web", count: 100)]
    private static let failing = [
        Flow(service: "web", count: 80), Flow(service: "web", count: 20, code: "500"),
    ]
    private static let faint = [Flow(service: "web", count: 5)]

    /// A life in which `web` becomes anomalous, and the next one, which knows nothing of web but
    /// what the journal says of the anomaly.
    private static func lives(
        _ time: VirtualTime, _ signal: Signal, _ flows: [Flow]
    ) async throws -> (AnomalyRecord, WatchWorld) {
        let storage = SimulatedStorage(clock: time, seed: 1)
        let first = try await WatchWorld(time, storage: storage)
        try await first.pass(60, calm)
        try await first.pass(6, flows)
        let record = try #require(await first.state.anomalies.first)
        #expect(await first.state.anomalies.map(\.signal) == [signal])
        return (record, try await WatchWorld(time, storage: storage))
    }

    @Test(arguments: [Signal.badRatio, .traffic])
    func whatGoesOnStaysOpenAndWhatIsOverEnds(signal: Signal) {
        inVirtualTime { time in
            let flows = signal == .traffic ? Self.faint : Self.failing
            let (record, second) = try await Self.lives(time, signal, flows)
            try await second.pass(200, flows)
            let open = await second.state.anomalies
            #expect(open.map(\.id) == [record.id])
            let healed = time.now
            try await second.pass(20, Self.calm)
            #expect(await second.state.anomalies.isEmpty)
            let past = try #require(await second.state.pastAnomalies.last)
            #expect(past.id == record.id && past.opened == record.opened)
            let recovery = try #require(past.recovery)
            #expect(recovery.recoveredAt >= healed - .seconds(5))
            #expect(recovery.recoveredAt <= healed + .seconds(30))
            try await second.pass(40, Self.calm)
            #expect(await second.state.anomalies.isEmpty)
        }
    }

    /// What nobody calls any more did not recover.
    @Test func silenceEndsNothing() {
        inVirtualTime { time in
            let (record, second) = try await Self.lives(time, .badRatio, Self.failing)
            try await second.pass(100, [Flow(service: "other", count: 100)])
            #expect(await second.state.anomalies.map(\.id) == [record.id])
        }
    }
}
