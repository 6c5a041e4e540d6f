import Core
import Engine
import Platform
import Simulation
import Testing

/// A person's "this is normal", from the request to the rounds that go on.
@Suite struct AcceptanceTests {
    private static let service = ServiceRef(namespace: "shop", name: "s0")

    private static func request(
        _ service: ServiceRef = service, _ signal: Signal? = nil
    ) -> AcceptanceRequest {
        AcceptanceRequest(service: service, signal: signal, by: "ada", reason: "a new codec")
    }

    private static func holdReasons(
        _ world: AbortWorld, _ now: Timestamp
    ) async throws -> [HoldReason] {
        var policy = world.policy
        policy.gate = GateRules()
        let input = GateInput(
            openness: .open, isLeader: true, snapshot: try await world.cluster.snapshot(),
            blindReason: nil, isWarm: await world.watch.isWarm("shop"))
        return holds(input, policy: policy, state: await world.state, now: now).map(\.reason)
    }

    /// A service that fails since a minute ago and will not recover, accepted by nobody yet.
    private static func broken(
        _ time: VirtualTime, _ world: AbortWorld, unrecovered: Bool
    ) async throws {
        try await time.sleep(for: .seconds(10))
        await world.cluster.fail(["s0"])
        try await reaches(time, "an anomaly") { await !world.state.anomalies.isEmpty }
        guard unrecovered else { return }
        try await reaches(time, within: .seconds(1200), "the recovery time is over") {
            await world.state.anomalies.first?.unrecovered != nil
        }
    }

    @Test func itEndsTheAnomalyWithoutARecoveryAndRoundsGoOn() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, services: 2) { _ in }
            try await world.whileWatching {
                try await Self.broken(time, world, unrecovered: true)
                await world.watch.updateAlerts()
                let firing = await world.state.firingAlerts
                #expect(Set(firing.map(\.name)) == [.anomaly, .unrecovered])
                let command = "hazard accept shop/s0 --signal bad-ratio"
                #expect(firing.allSatisfy { $0.annotations["to_accept"] == command })
                #expect(
                    try await Self.holdReasons(world, time.now) == [.unrecovered, .alertFiring])
                let ended = try await world.watch.accept(Self.request())
                #expect(ended.map(\.service) == [Self.service])
                let state = await world.state
                #expect(state.anomalies.isEmpty && state.firingAlerts.isEmpty)
                for alert in state.alerts.values where alert.labels["service"] == "s0" {
                    #expect(
                        alert.annotations["resolution"] == "accepted as normal by ada: a new codec")
                    #expect(alert.annotations["recovered_at"] == nil)
                    #expect(alert.annotations["recovery_time"] == nil)
                }
                let past = try #require(state.pastAnomalies.last)
                #expect(past.recovery == nil && !past.isOpen)
                #expect(past.acceptedAt.map { time.now - $0 < .seconds(1) } == true)
                #expect((past.accepted?.excess ?? 0) > 1000)
                #expect(state.counters.recoveries.isEmpty && state.counters.recoveryTimes.isEmpty)
                // The new level is not known yet.
                #expect(try await Self.holdReasons(world, time.now) == [.warmingUp])
                try await reaches(time, "the new level") { await world.watch.isWarm("shop") }
                #expect(try await Self.holdReasons(world, time.now) == [])
                try await time.sleep(for: .seconds(900))
                #expect(await world.state.anomalies.isEmpty, "a third failing is normal now")
                let status = await world.watch.services.first {
                    $0.service == Self.service && $0.signal == .badRatio
                }
                #expect(abs((status?.baseline ?? 0) - 0.33) < 0.02)
            }
        }
    }

    @Test func theNextLifeKnowsTheNewLevel() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await reaches(time, "a sketch") { await world.state.learned != nil }
                try await Self.broken(time, world, unrecovered: false)
                _ = try await world.watch.accept(Self.request(Self.service, .badRatio))
            }
            // Killed right after: nothing more was written.
            let again = try await AbortWorld(time, storage: world.storage) { _ in }
            #expect(await again.state == world.state)
            await again.cluster.fail(["s0"])
            // At 33 % of failures no round could show harm: the namespace would not be struck.
            await again.watch.configure([again.policy]) { nil }
            try await withBackground([{ await again.watch.run() }]) {
                try await time.sleep(for: .seconds(900))
                #expect(await again.watch.completeUntil != nil)
                #expect(await again.state.anomalies.isEmpty)
            }
        }
    }

    /// The judge of a new life has not seen the anomaly yet; the journal has.
    @Test func anAnomalyOfAnEarlierLifeCanBeAccepted() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                try await reaches(time, "a sketch") { await world.state.learned != nil }
                try await Self.broken(time, world, unrecovered: false)
            }
            let again = try await AbortWorld(time, storage: world.storage) { _ in }
            await again.cluster.fail(["s0"])
            await again.watch.configure([again.policy]) { nil }
            try await withBackground([{ await again.watch.run() }]) {
                try await reaches(time, "a reading") { await again.watch.completeUntil != nil }
                _ = try await again.watch.accept(Self.request())
                try await time.sleep(for: .seconds(900))
                #expect(await again.state.anomalies.isEmpty)
            }
        }
    }

    @Test func whatIsNotAnomalousCannotBeAccepted() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, services: 2) { _ in }
            try await world.whileWatching {
                let calm = await #expect(throws: Failure.self) {
                    try await world.watch.accept(Self.request())
                }
                #expect(
                    calm?.message == "shop/s0 is not anomalous, so there is nothing to accept; "
                        + "nothing else is either")
                try await Self.broken(time, world, unrecovered: false)
                let before = await world.state
                for request in [
                    Self.request(Self.service, .latency),
                    Self.request(ServiceRef(namespace: "shop", name: "s1")),
                ] {
                    let failure = await #expect(throws: Failure.self) {
                        try await world.watch.accept(request)
                    }
                    #expect(failure?.kind == .rejected)
                    #expect(
                        failure?.message.contains("anomalous now: shop/s0 bad-ratio") == true)
                }
                #expect(await world.state.anomalies == before.anomalies)
                world.storage.setFull(true)
                await #expect(throws: Failure.self) {
                    try await world.watch.accept(Self.request())
                }
                #expect(await world.state.anomalies.count == 1)
                world.storage.setFull(false)
            }
        }
    }
}
