// The oracle sees what it is there for: each of its checks fires when, and only when, the one thing
// that it is about is wrong.

import Core
import Engine
import LocalCluster
import Testing

@testable import App

@Suite struct OracleTests {
    @Test func nothingIsWrongWithAnOrderlyStrike() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        await world.strike()
        try await world.journal(
            .delivered(RoundMark(round: 1)), .reverted(RoundMark(round: 1)), world.closed())
        #expect(await world.violations == [])
        #expect(await world.oracle.strikes == 1)
    }

    // MARK: rows of the journal

    @Test func roundsHaveOneOrder() async throws {
        let world = try await OracleWorld { $0.blastRadius.concurrentInjections = 3 }
        try await world.journal(world.planned(1, "go-app-1", .sham), world.injecting(1, "go-app-1"))
        try await world.journal(world.planned(1, "go-app-1"))
        try await world.journal(world.planned(2), world.closed(2), world.closed(2))
        let found = await world.violations
        #expect(
            found == [
                "round 1 injects but was not planned as a strike", "round 1 was planned twice",
                "round 2 was closed but was not open",
            ])
    }

    @Test func oneTargetIsHeldByOneRound() async throws {
        let world = try await OracleWorld()
        try await world.journal(world.planned(1), world.injecting(1))
        try await world.journal(world.planned(2), world.injecting(2))
        let found = await world.violations
        #expect(found == ["rounds 1 and 2 hold one target"])
    }

    @Test func openRoundsAndInjectionsAreCounted() async throws {
        let world = try await OracleWorld {
            $0.blastRadius.concurrentInjections = 1
            $0.blastRadius.budgetInjections = 1
        }
        try await world.journal(world.planned(1), world.injecting(1))
        try await world.journal(world.planned(2, "go-app-1"))
        try await world.journal(
            world.closed(1),
            .injectionFailed(
                InjectionFailed(round: 2, kind: .withdrawn, reason: "stopped")), world.closed(2))
        try await world.journal(world.planned(3, "go-app-2"), world.injecting(3, "go-app-2"))
        let found = await world.violations
        #expect(found.contains("2 rounds of go-app/simulated are open at once"))
        #expect(found.contains("2 injections of go-app/simulated within its period"))
    }

    @Test func rowsThatCannotBeReadAreSaid() async throws {
        let world = try await OracleWorld()
        try await world.tornRow()
        let found = await world.violations
        #expect(found.count == 1 && found[0].hasPrefix("the journal cannot be read back: row 1"))
    }

    @Test func theLiveStateMustBeTheReplayedOne() async throws {
        let world = try await OracleWorld()
        try await world.journal(world.planned(1))
        var live = await world.oracle.state
        await world.oracle.compare(live: live)
        #expect(await world.violations == [])
        live.apply(world.closed(1), sequence: live.sequence, at: world.clock.now)
        await world.oracle.compare(live: live)
        let found = await world.violations
        #expect(found.count == 1 && found[0].hasPrefix("the replayed journal is not the live"))
    }

    // MARK: strikes

    @Test func aStrikeIsAnnounced() async throws {
        let world = try await OracleWorld()
        await world.look()
        await world.mark("repeater-1")
        await world.strike()
        #expect(
            await world.violations == ["struck repeater-1 without a journaled announcement"])
    }

    @Test func aStrikeStaysInItsNamespace() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        await world.strike(namespace: "elsewhere")
        #expect(await world.violations == ["struck outside its namespace: elsewhere"])
    }

    @Test func aStrikeComesWhileItsWindowIsOpen() async throws {
        let world = try await OracleWorld {
            let minute = CivilTime(Scenario.start + .seconds(3600))
            let from = minute.hour * 60 + minute.minute
            $0.schedule.windows = [
                TimeWindow(weekdays: Set(1...7), from: (from + 60) % 1440, to: (from + 61) % 1440)
            ]
        }
        try await world.prepare()
        await world.strike()
        let found = await world.violations
        #expect(found.contains { $0.hasPrefix("struck while closed: ") })
        #expect(found.contains { $0.contains("was planned although its window was closed") })
    }

    @Test func nothingIsStruckWhileHalted() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        try await world.journal(.halted(Halted(by: "a person")))
        await world.strike()
        // The request may have been on its way.
        #expect(await world.violations == [])
        world.clock.advance(.seconds(1))
        await world.look()
        await world.strike()
        #expect(await world.violations == ["struck while halted"])
    }

    @Test func aStrikeNamesTheUID() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        await world.strike(uid: "another")
        #expect(await world.violations == ["struck repeater-1 without its uid"])
    }

    @Test func aStrikeIsMarked() async throws {
        let world = try await OracleWorld()
        try await world.journal(world.planned(), world.injecting())
        await world.look()
        await world.strike()
        #expect(await world.violations == ["struck repeater-1, which carries no mark"])
    }

    @Test func aWorkloadHasItsCooldown() async throws {
        let world = try await OracleWorld()
        try await world.prepare(1)
        await world.strike()
        try await world.journal(.reverted(RoundMark(round: 1)), world.closed(1))
        await world.change("repeater-1") { $0[path: ["metadata", "annotations"]] = nil }
        world.clock.advance(.seconds(58))
        try await world.prepare(2)
        await world.strike()
        let found = await world.violations
        #expect(found.count == 1 && found[0].contains("after round 1, within the cooldown of 1m"))
    }

    @Test(arguments: [
        ("its labels are not selected", "selector"), ("its name is excluded", "name"),
        ("it is too young", "age"),
    ])
    func thePolicyChoosesItsTargets(_ reason: String, _ what: String) async throws {
        let world = try await OracleWorld {
            switch what {
            case "selector":
                $0.targets.selector = LabelSelector([
                    .init(key: "app", operation: .isIn, values: ["go-app"])
                ])
            case "name":
                $0.targets.excludeNames = [NamePattern("^repeater-")].compactMap { $0 }
            default: $0.targets.minAge = .seconds(7200)
            }
        }
        try await world.prepare()
        await world.strike()
        #expect(
            await world.violations == ["go-app/simulated struck repeater-1, but \(reason)"])
    }

    @Test func theLimitsNeedALook() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        world.clock.advance(.seconds(3))
        await world.strike()
        #expect(await world.violations == ["struck repeater-1 without a look at the pods"])
    }

    @Test(arguments: [
        ("1 of 2 repeater were broken already", "workload"),
        ("2 of 5 pods of the namespace were broken already", "namespace"),
        ("1 of 2 pods on node-1 were struck already", "node"),
        ("0 ready pods were left", "ready"), ("it did not exist", "gone"),
    ])
    func theLimitsHold(_ reason: String, _ what: String) async throws {
        let world = try await OracleWorld {
            if what == "workload" { $0.blastRadius.minReady = 0 }
        }
        func down(_ name: String) async {
            await world.change(name) {
                $0[path: ["status", "conditions"]] = [["type": "Ready", "status": "False"]]
            }
        }
        var pod = "repeater-1"
        switch what {
        case "workload": await down("repeater-2")
        case "namespace":
            await down("go-app-1")
            await down("go-app-db-1")
        case "node": await world.mark("go-app-1")
        case "ready": pod = "go-app-db-1"
        default:
            await world.change(pod) { $0[path: ["metadata", "uid"]] = "a namesake" }
        }
        try await world.prepare(1, pod)
        await world.strike(pod)
        #expect(await world.violations == ["struck \(pod): \(reason)"])
    }

    @Test func nothingIsStruckInARollout() async throws {
        let world = try await OracleWorld()
        await world.cluster.restore([
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": "go-app", "namespace": .string(Scenario.namespace)],
            "spec": ["template": ["spec": ["containers": [["name": "app", "image": "new"]]]]],
        ])
        await world.oracle.restarted("go-app")
        world.clock.advance(.seconds(3))
        try await world.prepare()
        await world.strike()
        #expect(
            await world.violations == ["struck while go-app was rolling out, 2 pods to go"])
    }

    // MARK: the end

    @Test func nothingIsLeftBehind() async throws {
        let world = try await OracleWorld()
        try await world.prepare()
        try await world.journal(.blind(Blind(reason: "no scrape")))
        await world.oracle.finish(AlertSink())
        let found = await world.violations
        #expect(
            found == [
                "blind, although the signals have long been there",
                "round 1 left pod-delete on pod go-app/repeater-1", "round 1 was never closed",
                "pod repeater-1 still carries a mark",
            ])
    }
}
