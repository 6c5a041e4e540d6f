import Testing

@testable import Core

/// Effects against differences of means, exact enumeration and published quantiles.
@Suite struct EffectTableTests {
    /// Published two-sided 95 % points of Student's t.
    @Test(
        arguments: [(1, 12.7062), (2, 4.30265), (4, 2.77645), (10, 2.22814), (30, 2.04227)]
            as [(Double, Double)])
    func studentsQuantiles(degrees: Double, value: Double) {
        #expect(abs(EffectTable.student(0.975, degrees) - value) < 1e-4 * value)
    }

    private static func rounds(_ count: Int, pool: DrawPool? = ReportSample.pool()) -> ReportSample
    {
        var sample = ReportSample()
        for number in 1...count {
            // Deleting the database does harm, nothing else does.
            let kind = number % 5
            let noise = Double(number * 7 % 3)
            switch kind {
            case 0:
                sample.round(
                    ReportSample.planned(number, .sham, pool: pool), bad: noise, harmed: false)
            case 1:
                sample.round(
                    ReportSample.planned(number, at: "db", pool: pool), bad: 500 + noise,
                    harmed: true)
            case 2:
                sample.round(
                    ReportSample.planned(number, at: "app", pool: pool), bad: noise, harmed: false)
            default:
                sample.round(
                    ReportSample.planned(
                        number, at: kind == 3 ? "db" : "app", fault: "pod-evict", pool: pool),
                    bad: noise, harmed: false)
            }
        }
        return sample
    }

    @Test func harmfulCellsStandOut() throws {
        let sample = Self.rounds(40)
        let table = EffectTable(sample.history.rounds, seed: 3)
        #expect(table.strikes == 32 && table.shams == 8 && table.partlyKnown == 0)
        let cell = try #require(
            table.rows.first { $0.target == "Deployment go-app/db" && $0.fault == "pod-delete" })
        // Every chance is the same, so the estimate is the difference of the means.
        func mean(_ wanted: (ReportRound) -> Bool) -> Double {
            let values = sample.history.rounds.filter(wanted).map {
                EffectTable.outcome($0, nil) ?? .nan
            }
            return values.reduce(0, +) / Double(values.count)
        }
        let truth =
            mean { $0.isStrike && $0.fault == "pod-delete" && $0.target.hasSuffix("/db") }
            - mean { !$0.isStrike }
        #expect(abs(cell.estimate - truth) < 1e-12)
        #expect(cell.treated == 8 && cell.shams == 8)
        #expect((cell.pValue ?? 1) < 0.01)
        let margin = try #require(cell.margin)
        #expect(margin > 0 && margin < 0.01, "\(margin)")
        let evict = try #require(
            table.rows.first { $0.fault == "pod-evict" && $0.target == nil && $0.service == nil })
        #expect((evict.pValue ?? 0) > 0.05)
        #expect(abs(evict.estimate) < 0.01)
        #expect(table.rows.contains { $0.service == ReportSample.service("app") })
    }

    /// Three rounds on a side: Student's t with two degrees of freedom, shrunk or not.
    @Test(arguments: [15, 40])
    func pooledMarginsAreWiderWithFewRounds(count: Int) throws {
        let table = EffectTable(Self.rounds(count).history.rounds, seed: 3)
        let rows = table.rows.filter {
            $0.fault == "pod-delete" && $0.target != nil && $0.service == nil
        }
        #expect(rows.count == 2)
        // (estimate, standard error) of the targets by themselves, from their published margins.
        let quantile = count == 15 ? 4.30265 : 2.36462
        let own = try rows.map { row in
            #expect(row.treated == count / 5 && row.shams == count / 5)
            return (row.estimate, try #require(row.margin) / quantile)
        }
        for (row, shrunk) in zip(rows, Effects.pooled(own)) {
            let margin = try #require(row.pooledMargin)
            #expect(abs(margin / (quantile * shrunk.error) - 1) < 1e-5)
            #expect(margin > 1.2 * 1.96 * shrunk.error)
        }
    }

    /// What deleting one target does to each service: only one of them feels it.
    @Test func everyServiceHasARowForEachTarget() throws {
        var sample = ReportSample()
        for number in 1...60 {
            let isDatabase = number % 3 == 1
            let planned = ReportSample.planned(
                number, number % 3 == 0 ? .sham : .strike, at: isDatabase ? "db" : "app")
            let noise = Double(number * 7 % 5)
            sample.round(planned, bad: noise, harmed: false)
            let outcomes = ReportSample.workloads.map { name in
                ServiceOutcome(
                    service: ReportSample.service(name), signal: .badRatio, requests: 1000,
                    bad: noise + (isDatabase && name == "app" ? 400 : 0), expected: 1, nats: 0,
                    harmed: false)
            }
            let verdict = Verdict(kind: .noHarm, confidence: 0.99, text: "-")
            sample.add(.judged(Judged(round: number, verdict: verdict, outcomes: outcomes)))
        }
        let table = EffectTable(sample.history.rounds, seed: 3)
        func row(_ target: String, _ service: String) throws -> EffectTable.Row {
            try #require(
                table.rows.first {
                    $0.target == "Deployment go-app/\(target)"
                        && $0.service == ReportSample.service(service)
                }, "\(target) \(service)")
        }
        let felt = try row("db", "app")
        #expect(abs(felt.estimate - 0.4) < 0.005 && (felt.pValue ?? 1) < 0.01)
        #expect(felt.treated == 20 && felt.shams == 20)
        for (target, service) in [("db", "db"), ("app", "app"), ("app", "db")] {
            let quiet = try row(target, service)
            #expect(abs(quiet.estimate) < 0.005 && (quiet.pValue ?? 0) > 0.01)
            // Each service is pooled over targets on its own: neighbours share nothing.
            if service == "db" { #expect(abs(quiet.pooled ?? 1) < 0.005) }
        }
        let whole = try #require(table.rows.first { $0.target != nil && $0.service == nil })
        #expect(whole.target == "Deployment go-app/app")
        #expect(table.omitted == 0)
        // Bounded: the most struck target's services come first, the rest is said to be missing.
        let small = EffectTable(sample.history.rounds, seed: 3, effort: 1800)
        #expect(small.omitted == 1)
        #expect(small.rows.count == table.rows.count - 1)
        #expect(table.rows(atMost: 6).count == 6)
        #expect(table.rows(atMost: 6).last?.service == ReportSample.service("app"))
        #expect(table.rows(atMost: 6).last?.target == "Deployment go-app/db")
    }

    @Test func theSameJournalGivesTheSameTable() {
        let rounds = Self.rounds(20).history.rounds
        #expect(EffectTable(rounds, seed: 3) == EffectTable(rounds, seed: 3))
    }

    @Test func withoutPoolsNothingIsRedrawn() throws {
        let table = EffectTable(Self.rounds(40, pool: nil).history.rounds, seed: 3)
        #expect(table.partlyKnown == 40)
        // The chance of the drawn fault is known, those of the others are not.
        let row = try #require(table.rows.first { $0.fault == "pod-delete" && $0.target == nil })
        #expect(row.treated == 16 && row.shams == 8 && row.pValue == nil)
        #expect(!table.rows.contains { $0.target != nil }, "its workload's is not")
    }

    @Test func withoutShamsThereIsNothingToCompareWith() {
        var sample = ReportSample()
        for number in 1...5 { sample.round(ReportSample.planned(number), bad: 1, harmed: false) }
        let table = EffectTable(sample.history.rounds, seed: 1)
        #expect(table.rows.isEmpty && table.strikes == 5 && table.shams == 0)
    }

    /// Three rounds on each side without any spread: the jackknife says nothing.
    @Test func noSpreadIsNoCertainty() throws {
        var sample = ReportSample()
        for number in 1...6 {
            sample.round(
                ReportSample.planned(number, number % 2 == 0 ? .sham : .strike),
                bad: number % 2 == 0 ? 0 : 500, harmed: false)
        }
        let row = try #require(EffectTable(sample.history.rounds, seed: 1).rows.first)
        #expect(row.treated == 3 && row.margin == nil)
        #expect(abs(row.estimate - 0.5) < 1e-12)
    }

    @Test func brokenServicesAreLeftOut() {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: false, wasBroken: true)
        #expect(EffectTable.outcome(sample.history.rounds[0], nil) == nil)
    }
}
