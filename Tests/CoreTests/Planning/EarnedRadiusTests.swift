import Core
import Testing

/// The level of a radius: what widens it, what shrinks it, and that nothing else does.
@Suite struct EarnedRadiusTests {
    private let growth = Growth(levels: [.count(1), .share(0.1), .share(0.3)], cleanRounds: 3)

    private func level(_ chronicle: Chronicle, _ growth: Growth? = nil) -> Int {
        EarnedRadius(
            growth ?? self.growth, track: chronicle.state.harm.tracks[Chronicle.policy]
        ).level
    }

    @Test func cleanStrikesWidenItAStepAtATime() {
        var chronicle = Chronicle()
        var levels: [Int] = []
        for _ in 0..<8 {
            levels.append(level(chronicle))
            chronicle.strike()
        }
        #expect(levels == [1, 1, 1, 2, 2, 2, 3, 3])
        for _ in 0..<20 { chronicle.strike() }
        #expect(level(chronicle) == 3)
    }

    @Test func harmShrinksItByOneAndTheCountBeginsAgain() {
        var chronicle = Chronicle()
        for _ in 0..<6 { chronicle.strike() }
        chronicle.strike("app", .harm)
        #expect(level(chronicle) == 2)
        chronicle.strike()
        chronicle.strike()
        #expect(level(chronicle) == 2)
        chronicle.strike()
        #expect(level(chronicle) == 3)
        for _ in 0..<5 { chronicle.strike("app", .harm) }
        #expect(level(chronicle) == 1)
    }

    @Test func whatCannotBeCalledCleanEndsTheRun() {
        for kind in [Verdict.Kind.inconclusive, .void] {
            var chronicle = Chronicle()
            chronicle.strike()
            chronicle.strike()
            chronicle.strike("app", kind)
            chronicle.strike()
            #expect(level(chronicle) == 1)
            chronicle.strike()
            chronicle.strike()
            #expect(level(chronicle) == 2)
        }
    }

    @Test func whatTookNoEffectDoesNotCount() {
        var chronicle = Chronicle()
        chronicle.strike()
        chronicle.strike()
        chronicle.strike("app", .notDelivered)
        let skipped = chronicle.begin()
        chronicle.end(skipped, .void, outcome: .skipped)
        for assignment in [Planned.Assignment.sham, .observe] {
            let round = chronicle.begin("app", assignment)
            chronicle.end(round)
        }
        #expect(level(chronicle) == 1)
        chronicle.strike()
        #expect(level(chronicle) == 2)
    }

    @Test func aRoundThatUsedUpTheBudgetDidHarmWhateverItShowed() {
        var chronicle = Chronicle()
        for _ in 0..<3 { chronicle.strike() }
        let round = chronicle.begin()
        chronicle.add(.aborted(Aborted(round: round, cause: .budget, reason: "")))
        chronicle.end(round, .noHarm)
        #expect(level(chronicle) == 1)
    }

    @Test func anUnrecoveredAnomalyADeployAndBlindnessTakeItAllBack() {
        let resets: [(inout Chronicle) -> Void] = [
            { $0.add(.blind(Blind(reason: "no scrape"))) },
            { $0.add(.blind(Blind(reason: "no scrape", namespace: "shop"))) },
            { $0.deploy("app", "v2") },
            { chronicle in
                chronicle.open(1, round: nil)
                chronicle.add(.unrecovered(AnomalyUnrecovered(id: 1, finding: "")))
            },
        ]
        for reset in resets {
            var chronicle = Chronicle()
            for _ in 0..<6 { chronicle.strike() }
            // A strike that began before says nothing of what came after.
            let open = chronicle.begin()
            chronicle.pass(.seconds(1))
            reset(&chronicle)
            #expect(level(chronicle) == 1)
            chronicle.end(open)
            for _ in 0..<2 { chronicle.strike() }
            #expect(level(chronicle) == 1)
            chronicle.strike()
            #expect(level(chronicle) == 2)
        }
    }

    @Test func whatHappensElsewhereDoesNot() {
        var chronicle = Chronicle()
        for _ in 0..<3 { chronicle.strike() }
        chronicle.add(.deployed(Deployed(namespace: "other", revisions: [], changed: [])))
        chronicle.add(.blind(Blind(reason: "no scrape", namespace: "other")))
        // An anomaly that recovers in time.
        chronicle.open(1, round: nil)
        chronicle.recover(1)
        #expect(level(chronicle) == 2)
    }

    @Test func whatIsUnreadableIsTheFirstLevel() {
        #expect(EarnedRadius(growth, track: nil).level == 1)
        var chronicle = Chronicle()
        for _ in 0..<9 { chronicle.strike() }
        #expect(level(chronicle, Growth(levels: [], cleanRounds: 3)) == 1)
        #expect(Growth(levels: []).allowed(at: 0, of: 100) == 0)
        #expect(level(chronicle, Growth(levels: [.count(1), .count(2)], cleanRounds: 0)) == 1)
        #expect(growth.allowed(at: -1, of: 100) == 1)
        #expect(growth.allowed(at: .max - 1, of: 100) == 30)
    }

    @Test func aLevelNeverAllowsLessThanTheOnesBeforeIt() {
        // 10% of 5 is floored to 0: without the rule, growth would end there for ever.
        #expect((0..<3).map { growth.allowed(at: $0, of: 5) } == [1, 1, 1])
        #expect((0..<3).map { growth.allowed(at: $0, of: 40) } == [1, 4, 12])
        for total in 0..<200 {
            #expect(growth.allowed(at: 0, of: total) <= growth.allowed(at: 1, of: total))
            #expect(growth.allowed(at: 1, of: total) <= growth.allowed(at: 2, of: total))
        }
    }

    /// Against a plain walk through random histories, and with a history that was cut off.
    @Test func itIsWhatAWalkThroughHistoryGives() {
        var random = RandomStream(seed: 11)
        for _ in 0..<300 {
            let growth = Growth(
                levels: (1...(1 + random.below(4))).map { .count($0) },
                cleanRounds: 1 + random.below(4))
            var track = CleanTrack(since: Chronicle.start, reason: "")
            var tail = track
            var level = 0
            var streak = 0
            let length = random.below(60)
            let cut = random.below(length + 1)
            for step in 0..<length {
                let roll = random.unit()
                let end: CleanTrack.End? = roll < 0.7 ? nil : roll < 0.85 ? .harm : .unclear
                if let end { track.end(by: end) } else { track.addClean() }
                if step >= cut {
                    if let end { tail.end(by: end) } else { tail.addClean() }
                }
                if end == nil {
                    streak += 1
                    if streak == growth.cleanRounds {
                        streak = 0
                        level = min(level + 1, growth.levels.count - 1)
                    }
                } else {
                    streak = 0
                    if end == .harm { level = max(0, level - 1) }
                }
            }
            let earned = EarnedRadius(growth, track: track)
            #expect(earned.index == level)
            if level < growth.levels.count - 1 { #expect(earned.clean == streak) }
            // What is forgotten never widens it.
            #expect(EarnedRadius(growth, track: tail).index <= level)
        }
    }

    @Test func tracksAreBounded() {
        var track = CleanTrack(since: Chronicle.start, reason: "")
        for _ in 0..<(3 * CleanTrack.limit) {
            track.addClean()
            track.end(by: .unclear)
            track.end(by: .unclear)
        }
        #expect(track.runs.count == CleanTrack.limit)
    }

    // MARK: In the planner

    private func policy(_ growth: Growth?, written: Amount = .share(1)) throws -> Policy {
        var radius = SmallCluster.open
        radius.namespaceMaxUnavailable = written
        radius.growth = growth
        return try SmallCluster.policy(radius: radius)
    }

    /// Twelve pods of which some are broken: how many may still be struck?
    private func use(
        _ policy: Policy, _ chronicle: Chronicle, broken: Int
    ) -> (RadiusUse?, eligible: Int) {
        let pods =
            String(repeating: "u", count: broken) + String(repeating: "r", count: 12 - broken)
        let snapshot = SmallCluster.snapshot([.init(name: "app", desired: 12, pods: pods)])
        let found = Eligibility(
            snapshot, policy: policy,
            history: StrikeHistory(
                chronicle.state, policy: policy, snapshot: snapshot, now: chronicle.now),
            honoursBudgets: true, now: chronicle.now)
        return (found.radius, found.eligible.count)
    }

    @Test func itCapsTheNamespacesLimitAndNeverWidensIt() throws {
        var chronicle = Chronicle()
        let growth = Growth(levels: [.count(1), .count(3), .share(1)], cleanRounds: 1)
        for (written, allowed) in [
            (Amount.share(1), [1, 3, 12]), (.count(2), [1, 2, 2]), (.count(0), [0, 0, 0]),
        ] {
            chronicle = Chronicle()
            let policy = try policy(growth, written: written)
            for (index, most) in allowed.enumerated() {
                #expect(use(policy, chronicle, broken: 0).0?.allowed == most)
                #expect(use(policy, chronicle, broken: 0).0?.level == index + 1)
                for broken in 0..<12 {
                    let eligible = use(policy, chronicle, broken: broken).eligible
                    #expect((eligible > 0) == (broken + 1 <= most))
                }
                chronicle.strike()
            }
        }
    }

    @Test func withoutGrowTheWrittenLimitHolds() throws {
        let found = use(try policy(nil, written: .share(0.5)), Chronicle(), broken: 5)
        #expect(found.0 == RadiusUse(pods: 12, unavailable: 5, allowed: 6))
        #expect(found.eligible == 7)
    }

    @Test func aTemplateThatTheJournalDoesNotKnowIsTheFirstLevel() throws {
        let policy = try policy(
            Growth(levels: [.count(1), .count(3)], cleanRounds: 1))
        var chronicle = Chronicle()
        chronicle.deploy("app", "v1")
        chronicle.pass(.seconds(1))
        chronicle.strike()
        func level(_ template: String?) -> Int? {
            var snapshot = SmallCluster.snapshot([.init(name: "app", desired: 3, pods: "rrr")])
            snapshot.labelSets[0]["pod-template-hash"] = template
            return EarnedRadius(policy, chronicle.state, snapshot)?.level
        }
        #expect(level("v1") == 2)
        #expect(level("v2") == 1)
        // Pods without a hash tell nothing new.
        #expect(level(nil) == 2)
        #expect(EarnedRadius(policy, chronicle.state, nil)?.level == 1)
    }
}
