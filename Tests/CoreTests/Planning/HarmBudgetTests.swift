import Core
import RealModule
import Testing

/// The user-harm budget: what is used up, and what a strike is expected to cost.
@Suite struct HarmBudgetTests {
    private func policy(
        limit: Int? = 1000, injections: Int? = 10, period: Duration = .seconds(3600),
        faults: [(String, Double)] = [("pod-delete", 1)]
    ) throws -> Policy {
        var radius = SmallCluster.open
        radius.budgetInjections = injections
        radius.budgetPeriod = period
        radius.budgetFailedRequests = limit
        return try SmallCluster.policy(radius: radius, faults: faults)
    }

    private func budget(_ chronicle: Chronicle, _ policy: Policy) -> HarmBudget? {
        HarmBudget(policy, chronicle.state, now: chronicle.now)
    }

    @Test func aBudgetThatIsUsedUpHoldsUntilThePeriodHasPassed() throws {
        let policy = try policy()
        var chronicle = Chronicle()
        func reasons() -> [Hold] {
            let input = GateInput(
                openness: .open, isLeader: true,
                snapshot: SmallCluster.snapshot([.init(name: "app", desired: 2, pods: "rr")]),
                blindReason: nil, isWarm: true, washout: .zero)
            return holds(input, policy: policy, state: chronicle.state, now: chronicle.now)
        }
        chronicle.strike("app", .harm, failed: 999)
        #expect(reasons().isEmpty)
        chronicle.strike("app", .harm, failed: 1)
        #expect(reasons().map(\.reason) == [.budget])
        #expect(reasons().map(\.text) == ["1,000 of 1,000 failed requests used in 1h"])
        chronicle.pass(.seconds(3200))
        #expect(reasons().map(\.reason) == [.budget])
        chronicle.pass(.seconds(200))
        #expect(reasons().isEmpty)
        #expect(budget(chronicle, try self.policy(limit: nil)) == nil)
    }

    @Test func aStrikeOfWhichNothingIsKnownCostsItsShareAtMost() throws {
        let found = try #require(budget(Chronicle(), try policy()))
        let estimate = found.estimate("pod-delete", Chronicle.workload("app"))
        #expect(abs(estimate.upper - 100) < 1e-9)
        // Half of an exponential with the mean of the scale: 100 / (sqrt 10 - 1).
        #expect(abs(estimate.mean - 0.5 * 100 / (Double.sqrt(10) - 1)) < 1e-9)
        #expect(found.fits(Chronicle.workload("app")) && found.fits(nil))
        // A single injection may use the whole budget, and fits as long as nothing was used.
        let single = try policy(injections: 1)
        var chronicle = Chronicle()
        #expect(budget(chronicle, single)?.fits(nil) == true)
        chronicle.strike("other", .harm, failed: 2)
        #expect(budget(chronicle, single)?.fits(nil) == false)
    }

    /// The quantile against draws from the model itself.
    @Test func theQuantileIsTheModels() {
        var random = RandomStream(seed: 5)
        var record = HarmRecord()
        record.strikes = 6
        record.harmed = 2
        record.harmfulFailures = 300
        record.calmFailures = 8
        let chance = HarmPosterior.jeffreys.updated(strikes: 6, harmed: 2)
        let estimate = HarmEstimate(record, chance: chance, share: 100)
        let scale = 300 + 100 / (Double.sqrt(10) - 1)
        let n = 400_000
        var above = 0
        var sum = 0.0
        for _ in 0..<n {
            var cost = 2.0
            if random.unit() < 2.5 / 7 {
                // A rate from Gamma(4, scale): four exponentials; then one with that rate.
                var rate = 0.0
                for _ in 0..<4 { rate -= Double.log(1 - random.unit()) / scale }
                cost = -Double.log(1 - random.unit()) / rate
            }
            sum += cost
            if cost > estimate.upper { above += 1 }
        }
        #expect(abs(Double(above) / Double(n) - 0.05) < 0.002)
        #expect(abs(sum / Double(n) / estimate.mean - 1) < 0.02)
    }

    @Test func cleanStrikesMakeItCheapAndHarmfulOnesDear() throws {
        let policy = try policy()
        var chronicle = Chronicle()
        var last = Double.infinity
        for _ in 0..<20 {
            chronicle.pass(.seconds(3600))
            let needed = try #require(budget(chronicle, policy)).estimate(
                "pod-delete", Chronicle.workload("app")
            ).needed
            #expect(needed < last)
            last = needed
            chronicle.strike("app", failed: 0)
        }
        #expect(last < 5)
        for _ in 0..<2 { chronicle.strike("db", .harm, failed: 400) }
        let found = try #require(budget(chronicle, policy))
        #expect(found.used == 800)
        let dear = found.estimate("pod-delete", Chronicle.workload("db"))
        #expect(dear.mean > 100 && dear.upper > 400)
        #expect(!found.fits(Chronicle.workload("db")))
        #expect(found.fits(Chronicle.workload("app")))
    }

    @Test func oneFaultThatDoesNotFitExcludesTheWorkloadForAll() throws {
        var chronicle = Chronicle()
        chronicle.strike("db", .harm, failed: 900)
        chronicle.pass(.seconds(4000))
        let both = try policy(faults: [("pod-delete", 1), ("pod-evict", 1)])
        #expect(budget(chronicle, both)?.fits(Chronicle.workload("db")) == false)
        let other = try policy(faults: [("pod-evict", 1)])
        #expect(budget(chronicle, other)?.fits(Chronicle.workload("db")) == true)
        let snapshot = SmallCluster.snapshot([
            .init(name: "db", desired: 2, pods: "rr"), .init(name: "app", desired: 2, pods: "rr"),
        ])
        let found = Eligibility(
            snapshot, policy: both,
            history: StrikeHistory(
                chronicle.state, policy: both, snapshot: snapshot, now: chronicle.now),
            honoursBudgets: true, now: chronicle.now + .seconds(86_400))
        #expect(found.exclusionCounts == ["harm-budget": 2])
        #expect(found.eligible.map { snapshot.pods[Int($0)].name } == ["app-0", "app-1"])
    }

    @Test func openStrikesReserveWhatTheyMayCost() throws {
        let policy = try policy()
        var chronicle = Chronicle()
        let round = chronicle.begin()
        var found = try #require(budget(chronicle, policy))
        #expect(abs(found.reserved - 100) < 1e-9 && abs(found.left - 900) < 1e-9)
        chronicle.add(.harmed(Harmed(round: round, failed: 60)))
        found = try #require(budget(chronicle, policy))
        #expect(abs(found.reserved - 40) < 1e-9 && abs(found.left - 900) < 1e-9)
        chronicle.add(.harmed(Harmed(round: round, failed: 200)))
        #expect(budget(chronicle, policy)?.reserved == 0)
        chronicle.end(round, .harm, failed: 260)
        #expect(budget(chronicle, policy)?.left == 740)
    }

    @Test func anUnreadableCountUsesItUp() throws {
        var chronicle = Chronicle()
        chronicle.strike("app", .harm, failed: .nan)
        #expect(budget(chronicle, try policy())?.isUsedUp == true)
        #expect(budget(chronicle, try policy())?.left == 0)
    }

    // MARK: The chance of harm

    @Test func withoutMomentsThePriorIsJeffreys() {
        func cell(_ strikes: Int, _ harmed: Int) -> HarmRecord {
            var record = HarmRecord()
            record.strikes = strikes
            record.harmed = harmed
            return record
        }
        for cells in [[], [cell(9, 3)], [cell(5, 0), cell(5, 0)], [cell(5, 5), cell(4, 4)]] {
            #expect(HarmPosterior.prior(cells) == .jeffreys)
        }
        // Ten workloads of which two always break differ as much as they can.
        let split = HarmPosterior.prior((0..<10).map { cell(20, $0 < 2 ? 20 : 0) })
        #expect(abs(split.mean - 0.2) < 1e-9 && abs(split.a + split.b - 1) < 1e-9)
        // All alike: the prior is as strong as it may be.
        let alike = HarmPosterior.prior((0..<10).map { _ in cell(20, 4) })
        #expect(abs(alike.mean - 0.2) < 1e-9 && abs(alike.a + alike.b - 20) < 1e-9)
    }

    /// Cells drawn from a known Beta: the moments find it again.
    @Test func momentsFindTheDistributionOfTheCells() {
        var random = RandomStream(seed: 17)
        var cells: [HarmRecord] = []
        for _ in 0..<4000 {
            // Beta(1, 3) as the smallest of three uniforms.
            let p = min(random.unit(), random.unit(), random.unit())
            var record = HarmRecord()
            record.strikes = 1 + random.below(30)
            record.harmed = (0..<record.strikes).count { _ in random.unit() < p }
            cells.append(record)
        }
        let prior = HarmPosterior.prior(cells)
        #expect(abs(prior.a - 1) < 0.1 && abs(prior.b - 3) < 0.3)
    }

    @Test func theIntervalHoldsWhatItSays() {
        // Beta(1/2, 10.5): quantiles from the definition, by the distribution function.
        let chance = HarmPosterior.jeffreys.updated(strikes: 10, harmed: 0)
        #expect(abs(chance.mean - 0.5 / 11) < 1e-12)
        let interval = chance.interval
        #expect(abs(BetaFunctions.regularised(interval.lowerBound, 0.5, 10.5) - 0.025) < 1e-9)
        #expect(abs(BetaFunctions.regularised(interval.upperBound, 0.5, 10.5) - 0.975) < 1e-9)
        #expect(interval.upperBound < 0.22 && interval.lowerBound < 1e-4)
    }
}
