// Findings over rounds: one identity, k of n, revisions, "not seen since", and the journal.

import Core
import Testing

struct FindingBookTests {
    private let kind = Finding.Kind.singlePointOfFailure

    @Test func countsComparableRoundsFromBeforeTheFirstSighting() throws {
        var world = FindingWorld()
        for number in 1...2 {
            world.round(number, at: Double(number) * 1000, outcome: .noHarm)
        }
        // Neither a sham, nor a round that tested nothing, nor another workload's can be compared.
        world.round(3, at: 3000, outcome: .noHarm, assignment: .sham)
        world.round(4, at: 4000, outcome: .inconclusive)
        let other = WorkloadRef(kind: "Deployment", namespace: "shop", name: "app")
        world.round(5, at: 5000, outcome: .noHarm, target: FindingWorld.target(other))
        let harmful = world.round(6, at: 6000)
        let found = world.review(kind, world.input(harmful), .closed)
        let finding = try #require(found.first)
        #expect(found.count == 1)
        #expect(finding.identity == "single-point-of-failure shop Deployment/db")
        #expect((finding.seen, finding.comparable) == (1, 3))
        #expect(finding.rounds == [6] && finding.clearRounds == [1, 2])
        #expect(finding.history.hasPrefix("seen in 1 of 3 comparable rounds since "))
    }

    @Test func theSameWeaknessKeepsItsIdentityAndAddsUp() throws {
        var world = FindingWorld()
        var last: Finding?
        for number in 1...6 {
            let isHarm = number != 2 && number != 5
            let round = world.round(
                number, at: Double(number) * 1000, outcome: isHarm ? .harm : .noHarm,
                revision: "5d4f")
            last = world.review(kind, world.input(round), .closed).first ?? last
        }
        let finding = try #require(last)
        #expect(world.state.findings.values.filter { $0.kind == kind }.count == 1)
        #expect((finding.seen, finding.comparable) == (4, 6))
        #expect(finding.rounds == [1, 3, 4, 6] && finding.clearRounds == [2, 5])
        #expect(finding.history.contains("seen in 4 of 6 comparable rounds since revision 5d4f"))
        #expect(finding.firstSeen == FindingWorld.at(1001))
        #expect(finding.lastSeen == FindingWorld.at(6001))
    }

    @Test func aRoundCountsOnceHoweverOftenItIsReviewed() throws {
        var world = FindingWorld()
        let round = world.round(1, at: 1000)
        world.review(kind, world.input(round), .closed)
        #expect(world.review(kind, world.input(round), .closed).isEmpty)
        let finding = try #require(world.state.findings.values.first { $0.kind == kind })
        #expect((finding.seen, finding.comparable) == (1, 1))
    }

    @Test func aNewRevisionCountsAnew() throws {
        var world = FindingWorld()
        for number in 1...3 {
            let round = world.round(number, at: Double(number) * 1000, revision: "old")
            world.review(kind, world.input(round), .closed)
        }
        let round = world.round(4, at: 4000, outcome: .noHarm, revision: "new")
        let finding = try #require(world.review(kind, world.input(round), .closed).first)
        #expect((finding.seen, finding.comparable) == (0, 1))
        #expect(finding.revision == "new")
        #expect(finding.status == .open && finding.missed == 1)
        #expect(finding.history.contains("not seen since"))
    }

    @Test func aRevisionThatCameBackIsANewOne() throws {
        var world = FindingWorld()
        for (number, revision) in [(1, "a"), (2, "b"), (3, "a")] {
            world.round(
                number, at: Double(number) * 1000, outcome: .noHarm, revision: revision)
        }
        let round = world.round(4, at: 4000, revision: "a")
        // Pods of `a` that are older than the round 3 there are none.
        var facts = FindingWorld.facts(hash: "a")
        facts?.workloads[FindingWorld.db]?.revisionSince = FindingWorld.at(3500)
        let finding = try #require(
            world.review(kind, world.input(round, before: facts), .closed).first)
        #expect((finding.seen, finding.comparable) == (1, 2))
        #expect(finding.clearRounds == [3] && finding.since == FindingWorld.at(3000))
    }

    @Test(arguments: [(1, 1), (1, 9), (3, 4)]) func isFixedWhenChanceCannotExplainTheSilence(
        seen: Int, of comparable: Int
    ) throws {
        var world = FindingWorld()
        for number in 1...comparable {
            // The sighting comes last, so that the frequency is the same whatever the order.
            let isHarm = number > comparable - seen
            let round = world.round(
                number, at: Double(number) * 1000, outcome: isHarm ? .harm : .noHarm)
            world.review(kind, world.input(round), .closed)
        }
        // Multiplied out instead of by logarithms.
        let p = (Double(seen) + 0.5) / (Double(comparable) + 1)
        var chance = 1.0
        var needed = 0
        while chance > 0.05 || needed < 3 {
            chance *= 1 - p
            needed += 1
        }
        for miss in 1...needed {
            let number = comparable + miss
            let round = world.round(number, at: Double(number) * 1000, outcome: .noHarm)
            let finding = try #require(world.review(kind, world.input(round), .closed).first)
            #expect(finding.status == (miss == needed ? .fixed : .open), "miss \(miss)")
        }
        #expect(world.state.findings.values.contains { $0.kind == kind })
        let again = world.round(900, at: 900_000)
        let finding = try #require(world.review(kind, world.input(again), .closed).first)
        #expect(finding.status == .open && finding.missed == 0)
    }

    @Test func survivesTheJournalAndBoundsItsLists() throws {
        var world = FindingWorld()
        for number in 1...120 {
            let round = world.round(number, at: Double(number) * 1000)
            world.review(kind, world.input(round), .closed)
        }
        let finding = try #require(world.state.findings.values.first { $0.kind == kind })
        #expect((finding.seen, finding.comparable) == (120, 120))
        #expect(finding.rounds == Array(71...120))
        #expect(world.state.findings(of: 100).contains(finding))
        #expect(finding.json["rounds"]?.array?.count == 50)
        #expect(finding.sentences.last == finding.remedy)
        var copy = State()
        copy.apply(.finding(finding), sequence: 1, at: FindingWorld.start)
        #expect(copy.findings == [finding.identity: finding])
    }

    @Test func whatStandsEndsWithTheAnomaly() throws {
        var world = FindingWorld()
        let round = world.round(1, at: 1000)
        world.anomaly(1, round: 1, onset: 1001, unrecoveredAt: 1700)
        let input = world.input(round, after: FindingWorld.facts(), now: 1700)
        let finding = try #require(
            world.review(.noRecovery, input, .settled, final: false).first)
        #expect(finding.standing == true)
        let facts = FindingWorld.facts()
        #expect(
            FindingBook.holds(finding, state: world.state, facts: facts, input: nil) == true)
        let recovery = Recovery(
            service: FindingWorld.service, signal: .badRatio, onset: FindingWorld.at(1001),
            recoveredAt: FindingWorld.at(1800), detectedAt: FindingWorld.at(1815), excess: 1)
        world.apply(.recovered(AnomalyRecovered(id: 1, recovery: recovery)), at: 1815)
        #expect(
            FindingBook.holds(finding, state: world.state, facts: facts, input: nil) == false)
        let ended = try #require(
            FindingBook.standing(finding, holds: false, at: FindingWorld.at(1815)))
        #expect(ended.standing == false && ended.status == .open)
        #expect(FindingBook.standing(ended, holds: false, at: FindingWorld.at(1900)) == nil)
    }
}
