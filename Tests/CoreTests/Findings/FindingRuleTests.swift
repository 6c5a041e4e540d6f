// Each rule of findings: one round that shows the weakness, and its nearest neighbour that does
// not.

import Core
import Testing

struct FindingRuleTests {
    private var world = FindingWorld()

    // MARK: Single point of failure

    @Test(arguments: [
        ("r", 1, Closed.Outcome.harm, true), ("r", 1, .noHarm, false), ("rr", 2, .harm, false),
        ("ru", 2, .harm, true),
    ]) mutating func oneReplica(
        pods: String, desired: Int, outcome: Closed.Outcome, isSeen: Bool
    ) {
        var world = world
        let round = world.round(1, at: 0, outcome: outcome)
        let input = world.input(round, before: FindingWorld.facts(pods, desired: desired))
        let found = world.review(.singlePointOfFailure, input, .closed)
        #expect(found.isEmpty != isSeen)
        #expect(found.allSatisfy { $0.evidence[0].contains("1 was Ready") })
    }

    @Test func allReplicasOnTheStruckNode() {
        var world = world
        let node = Target(kind: .node, namespace: "", name: "node-0", uid: "n")
        let round = world.round(1, at: 0, target: node)
        var facts = FindingWorld.facts("rr")
        facts?.workloads[FindingWorld.db]?.nodes = ["node-0"]
        facts?.workloads[FindingWorld.db]?.zones = ["z0"]
        let found = world.review(
            .singlePointOfFailure, world.input(round, before: facts), .closed)
        #expect(found.map(\.subject.name) == ["Deployment/db"])
        #expect(found[0].evidence[0].contains("All 2 Ready pods"))
        #expect(found[0].evidence[0].contains("all in zone z0"))
        facts?.workloads[FindingWorld.db]?.nodes = ["node-0", "node-1"]
        var other = FindingWorld()
        let spread = other.round(1, at: 0, target: node)
        #expect(
            other.review(.singlePointOfFailure, other.input(spread, before: facts), .closed)
                .isEmpty)
    }

    // MARK: Recovery

    @Test(arguments: [("r", true), ("u", false)]) func noRecoveryWithReadyPods(
        pods: String, isReady: Bool
    ) {
        var world = world
        let round = world.round(1, at: 0)
        world.anomaly(1, round: 1, onset: 2, unrecoveredAt: 700)
        let input = world.input(round, after: FindingWorld.facts(pods), now: 800)
        let found = world.review(.noRecovery, input, .settled)
        #expect(found.isEmpty != isReady)
        #expect(found.allSatisfy { $0.evidence == ["Ready pods, failing traffic."] })
        #expect(found.allSatisfy { $0.remedy.contains("Let app reconnect to db") })
        // Without Ready pods it is a recovery that takes too long.
        let slow = world.state.findings.values.filter { $0.kind == .slowRecovery }
        #expect(slow.isEmpty == isReady)
    }

    /// One weakness, whoever feels it: the caller over the broken edge is told of, the others are
    /// evidence.
    @Test func oneBrokenEdgeIsOneFinding() throws {
        var world = world
        let round = world.round(1, at: 0)
        for (id, name) in [(1, "front"), (2, "app"), (3, "db")] {
            let service = ServiceRef(namespace: "shop", name: name)
            world.anomaly(id, round: 1, onset: 2, service: service, unrecoveredAt: 700)
        }
        let input = world.input(round, after: FindingWorld.facts("r"), now: 800)
        let found = world.review(.noRecovery, input, .settled)
        #expect(found.map(\.subject.name) == ["app"])
        let evidence = try #require(found.first?.evidence)
        #expect(evidence.count == 2 && evidence[1].contains("Felt at db, front as well"))
        #expect(found[0].title.hasPrefix("app does not recover"))
        // Whoever is paged for any of them is told what helps.
        for finding in found {
            var standing = finding
            standing.standing = true
            world.apply(.finding(standing), at: 801)
        }
        let paged = AlertBook.changes(world.state, now: FindingWorld.at(802))
            .filter { $0.name == .unrecovered }
        #expect(paged.count == 3)
        #expect(paged.allSatisfy { $0.annotations["remedy"]?.contains("reconnect to db") == true })
    }

    @Test(arguments: [(299.0, false), (302.0, true)]) func slowByThePolicy(
        seconds: Double, isSlow: Bool
    ) {
        var world = world
        let round = world.round(1, at: 0)
        // The clock starts when the pod is gone, two seconds in.
        world.anomaly(1, round: 1, onset: 1, recoveredAfter: seconds)
        let input = world.input(round, after: FindingWorld.facts(), recovery: 600, now: 800)
        #expect(world.review(.slowRecovery, input, .settled).isEmpty != isSlow)
    }

    @Test(arguments: [(80.0, false), (200.0, true)]) func slowByItsOwnHistory(
        seconds: Double, isSlow: Bool
    ) {
        var world = world
        for number in 1...6 {
            let at = Double(number) * 1000
            world.round(number, at: at)
            world.anomaly(
                number, round: number, onset: at + 1, recoveredAfter: 50 + Double(number))
        }
        let round = world.round(7, at: 7000)
        world.anomaly(7, round: 7, onset: 7001, recoveredAfter: seconds)
        let input = world.input(round, after: FindingWorld.facts(), recovery: 3600, now: 9000)
        let found = world.review(.slowRecovery, input, .settled)
        #expect(found.isEmpty != isSlow)
        // The median of 50...55.
        #expect(found.allSatisfy { $0.evidence.contains { $0.contains("6 recoveries took 53 s") } })
        #expect(found.allSatisfy { ($0.seen, $0.comparable) == (1, 7) })
    }

    // MARK: Residue

    @Test(arguments: [
        ("rr", "rr", 2, [String](), nil), ("rr", "ru", 2, [], "1 of 2 pods are Ready, 2 before"),
        ("rr", "r", 1, [], "It asks for 1 replica, 2 before."),
        ("rr", "rr", 2, ["node-0"], "Node node-0 is cordoned"),
    ]) func residue(
        before: String, after: String, desired: Int, cordoned: [String], said: String?
    ) {
        var world = world
        let round = world.round(1, at: 0)
        let input = world.input(
            round, before: FindingWorld.facts(before),
            after: FindingWorld.facts(after, desired: desired, cordoned: cordoned), now: 700)
        let found = world.review(.stateResidue, input, .settled)
        #expect(found.isEmpty == (said == nil))
        if let said { #expect(found.first?.evidence[0].contains(said) == true) }
        #expect(found.allSatisfy { $0.standing == true })
    }

    @Test func residueIsNotToldFromAnotherStrikeOrARollout() {
        var world = world
        let round = world.round(1, at: 0)
        let before = FindingWorld.facts("rr", hash: "a")
        let rolled = world.input(
            round, before: before, after: FindingWorld.facts("ru", hash: "b"), now: 700)
        #expect(world.review(.stateResidue, rolled, .settled).isEmpty)
        world.round(2, at: 300)
        let struck = world.input(
            round, before: before, after: FindingWorld.facts("ru", hash: "a"), now: 700)
        #expect(world.review(.stateResidue, struck, .settled).isEmpty)
    }

    // MARK: What the judge saw

    private static let app = ServiceRef(namespace: "shop", name: "app")

    private static func change(_ during: Double, failed: Double = 0) -> EdgeChange {
        EdgeChange(
            edge: ServiceEdge(
                sourceNamespace: "shop", source: "app", destination: FindingWorld.service),
            before: .init(served: 1000, attempts: 1000),
            during: .init(served: 1000, attempts: during, failed: failed, exhausted: 3))
    }

    @Test(arguments: [
        (3000.0, Closed.Outcome.noHarm, true), (1050, .noHarm, false), (3000, .harm, false),
    ]) func retriesMaskFailures(during: Double, outcome: Closed.Outcome, isSeen: Bool) {
        var world = world
        let round = world.round(
            1, at: 0, outcome: outcome, harmed: [FindingWorld.evidence(Self.app)])
        let signs = RoundSigns(
            edges: [Self.change(during, failed: 2000)],
            workloads: [Self.app: ["app"], FindingWorld.service: ["db"]])
        let found = world.review(.maskedFailures, world.input(round, signs: signs), .closed)
        #expect(found.isEmpty != isSeen)
        #expect(found.allSatisfy { $0.subject.name == "app -> db" })
        #expect(found.allSatisfy { $0.evidence[0].contains("amplification 3 ") })
        #expect(found.allSatisfy { $0.evidence[1].contains("66.7 %") })
    }

    @Test func collateralVictims() {
        var world = world
        let billing = ServiceRef(namespace: "shop", name: "billing")
        let round = world.round(
            1, at: 0, harmed: [FindingWorld.evidence(), FindingWorld.evidence(billing, now: 0.2)])
        let input = world.input(round, signs: RoundSigns(victims: [billing]))
        let found = world.review(.collateralVictim, input, .closed)
        #expect(found.map(\.subject.name) == ["db -> billing"])
        #expect(found[0].evidence[0].contains("0.1 % to 20 % bad (200 of 1,000)"))
        let next = world.round(2, at: 1000, outcome: .noHarm)
        let later = world.review(.collateralVictim, world.input(next), .closed)
        #expect(later.map(\.comparable) == [2] && later.map(\.seen) == [1])
    }

    @Test(arguments: [(0.0, true), (20, false)]) func latencyOnly(nats: Double, isSeen: Bool) {
        var world = world
        let slow = FindingWorld.evidence(Self.app, .latency, now: 0.6)
        let bad = FindingWorld.evidence(Self.app, .badRatio, now: 0.001, nats: nats)
        let round = world.round(1, at: 0, harmed: [slow])
        let input = world.input(round, signs: RoundSigns(signals: [bad, slow]))
        let found = world.review(.latencyOnly, input, .closed)
        #expect(found.isEmpty != isSeen)
        #expect(found.allSatisfy { $0.evidence[0].contains("0.1 % to 60 %") })
    }

    @Test(arguments: [
        ([Double](), Closed.Outcome.noHarm, true), ([0.9], .inconclusive, true),
        ([0.9, 0.02], .noHarm, false), ([], .harm, false),
        ([.infinity], .inconclusive, true),
    ]) func unobservable(bounds: [Double], outcome: Closed.Outcome, isSeen: Bool) {
        var world = world
        let round = world.round(1, at: 0, outcome: outcome)
        var signs = RoundSigns()
        for (index, bound) in bounds.enumerated() {
            signs.reach[ServiceRef(namespace: "shop", name: "s\(index)")] = bound
        }
        let found = world.review(.unobservable, world.input(round, signs: signs), .closed)
        #expect(found.isEmpty != isSeen)
    }

    // MARK: Faults and budgets

    @Test func notDelivered() {
        var world = world
        let round = world.round(
            1, at: 0, outcome: .notDelivered, notDelivered: "a finalizer holds the pod")
        let found = world.review(.notDelivered, world.input(round), .closed)
        #expect(found.count == 1 && found[0].evidence[0].contains("a finalizer holds the pod"))
        let next = world.round(2, at: 1000, outcome: .noHarm)
        let later = world.review(.notDelivered, world.input(next), .closed)
        #expect(later.map(\.comparable) == [2] && later.map(\.seen) == [1])
    }

    private static func budget(_ allowed: Int) -> Snapshot.DisruptionBudget {
        .init(
            name: "db", namespace: 1,
            selector: LabelSelector([.init(key: "app", operation: .isIn, values: ["db"])]),
            disruptionsAllowed: allowed)
    }

    @Test(arguments: [
        ("pod-evict", "rr", [Int](), true), ("pod-evict", "r", [], false),
        ("pod-evict", "rr", [1], false), ("pod-delete", "rr", [], false),
    ]) func budgetMissing(fault: String, pods: String, budgets: [Int], isSeen: Bool) {
        var world = world
        let round = world.round(1, at: 0, outcome: .noHarm, fault: fault)
        let facts = FindingWorld.facts(pods, budgets: budgets.map(Self.budget))
        let found = world.review(.budgetMissing, world.input(round, before: facts), .closed)
        #expect(found.isEmpty != isSeen)
        #expect(found.allSatisfy { $0.severity == .info })
    }

    @Test(arguments: [("rr", 0, true), ("ru", 0, false), ("rr", 1, false)]) func budgetBlocking(
        pods: String, allowed: Int, isSeen: Bool
    ) {
        var world = world
        let round = world.round(
            1, at: 0, outcome: .skipped, fault: "pod-evict",
            refused: "Cannot evict pod as it would violate the pod's disruption budget")
        let facts = FindingWorld.facts(pods, budgets: [Self.budget(allowed)])
        let found = world.review(.budgetBlocking, world.input(round, before: facts), .closed)
        #expect(found.isEmpty != isSeen)
        #expect(found.allSatisfy { $0.evidence[1].contains("db allowed 0 disruptions") })
    }
}
