import Core
import Platform
import Simulation
import Testing

@testable import Engine

/// What ends a round early, and what a used-up budget and a shrunken radius stop.
@Suite struct AbortTests {
    /// Two rounds may pass the gate while the budget has one place.
    @Test func anInjectionBeyondTheBudgetIsNotAnnounced() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { $0.budgetInjections = 1 }
            for round in 1...2 {
                let target = Target(kind: .pod, namespace: "shop", name: "s\(round)", uid: "u")
                let planned = Planned(
                    round: round, policy: world.policy.id, digest: "", tick: time.now, seed: 1,
                    assignment: .strike, target: target, fault: "lasting", parameters: [:],
                    targetProbability: 1, faultProbability: 1, shamProbability: 0,
                    eligiblePods: 1, eligibleWorkloads: 1, excluded: [:])
                try await world.journal.record(.planned(planned))
                let announced = Injecting(
                    round: round, policy: world.policy.id, target: target, fault: "lasting",
                    parameters: [:], undo: [:], deadline: time.now, fencingToken: 1)
                let objection = try await world.runner.record(announced, planned: planned)
                #expect(objection == (round == 1 ? nil : "1 of 1 injections used in 1h"))
            }
            #expect(await world.state.openInjections.map(\.round) == [1])
        }
    }

    @Test func aUsedUpBudgetRevertsALastingFaultAndOutlivesARestart() {
        inVirtualTime { time in
            let limits: @Sendable (inout BlastRadius) -> Void = { $0.budgetFailedRequests = 5 }
            let world = try await AbortWorld(time, radius: limits)
            try await world.whileWatching {
                let begun = time.uptime
                let result = await world.runner.run(tick: time.now)
                // 33 of 100 requests fail in a window of five seconds: the first one is enough.
                #expect(time.uptime - begun < .seconds(60))
                let round = try #require(await world.state.rounds.first)
                #expect(round.aborted?.cause == .budget)
                #expect(round.aborted?.reason.contains("of 5 failed requests") == true)
                #expect(round.revertedAt != nil)
                #expect(await world.cluster.struck.isEmpty)
                #expect(round.failed >= 5 && round.failed < 200)
                #expect(result == .ran(round: 1, .harm))
                #expect(await world.runner.run(tick: time.now) == .held([.budget, .washout]))
                await world.watch.updateAlerts()
                #expect(await world.state.firingAlerts.contains { $0.name == .roundAborted })
            }
            let again = try await AbortWorld(time, storage: world.storage, radius: limits)
            #expect(await again.state == world.state)
            try await again.whileWatching {
                #expect(await again.runner.run(tick: time.now) == .held([.budget, .washout]))
                try await time.sleep(for: .seconds(3700))
                // The period has passed, and such a strike may cost more than the whole budget.
                #expect(await again.runner.run(tick: time.now) == .held([.noTarget]))
                let held = await again.state.holds[again.policy.id]
                #expect(held?.text.contains("3 harm-budget") == true)
                // What another version costs is not known.
                await again.cluster.deploy("v2")
                let result = await again.runner.run(tick: time.now)
                let state = await again.state
                let round = state.rounds.last
                #expect(round?.injectedAt != nil, "\(result)")
                // However short its verdict, it cost more than the budget.
                #expect(round?.aborted?.cause == .budget)
                #expect(state.harm.cells.values.map(\.harmed) == [1])
            }
        }
    }

    @Test func anExternalIncidentVoidsARoundAtOnce() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, services: 12) { _ in }
            try await world.whileWatching {
                let begun = time.uptime
                await withBackground([
                    {
                        try? await time.sleep(for: .seconds(30))
                        await world.cluster.fail(Set((6..<12).map { "s\($0)" }))
                    }
                ]) {
                    let result = await world.runner.run(tick: time.now)
                    #expect(result == .ran(round: 1, .void))
                }
                #expect(time.uptime - begun < .seconds(90))
                let round = try #require(await world.state.rounds.first)
                #expect(round.aborted?.cause == .externalIncident)
                #expect(round.aborted?.services.count ?? 0 > 3)
                #expect(round.verdict?.kind == .void)
                #expect(await world.cluster.struck.isEmpty)
                await world.watch.updateAlerts()
                let names = Set(await world.state.firingAlerts.map(\.name))
                #expect(names.isSuperset(of: [.externalIncident, .roundAborted]))
                // It ends with what it hit.
                await world.cluster.fail([])
                try await reaches(time, within: .seconds(3600), "the end of the alert") {
                    await world.state.firingAlerts.allSatisfy { $0.name != .externalIncident }
                }
            }
        }
    }

    @Test func harmEndsTheFaultAndNotTheRound() {
        inVirtualTime { time in
            let world = try await AbortWorld(time) { _ in }
            try await world.whileWatching {
                let begun = time.uptime
                #expect(await world.runner.run(tick: time.now) == .ran(round: 1, .harm))
                let round = try #require(await world.state.rounds.first)
                #expect(round.aborted == nil)
                let revertedAt = try #require(round.revertedAt)
                let injectedAt = try #require(round.injectedAt)
                #expect(revertedAt - injectedAt < .seconds(60))
                #expect(time.uptime - begun >= .seconds(300))
            }
        }
    }

    @Test func aDeployTakesTheRadiusBackAtTheNextTick() {
        inVirtualTime { time in
            let world = try await AbortWorld(time, services: 2) {
                $0.growth = Growth(levels: [.count(1), .count(2)], cleanRounds: 1)
            }
            try await world.whileWatching {
                _ = await world.runner.run(tick: time.now)
                let first = try #require(await world.state.rounds.first)
                #expect(
                    first.planned.radius
                        == RadiusUse(
                            level: 1, pods: 6, unavailable: 0, allowed: 1))
                await world.cluster.deploy("v2")
                _ = await world.runner.run(tick: time.now)
                let state = await world.state
                #expect(
                    state.harm.templates["shop"]?.values.allSatisfy { $0.template == "v2" } == true)
                #expect(state.harm.tracks["shop/p"]?.reason.hasPrefix("deployed") == true)
            }
        }
    }
}
