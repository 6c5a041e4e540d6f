import Testing

@testable import Core

/// Counts of harm and the statements about silence.
@Suite struct ScorecardTests {
    /// Quantiles of the beta distribution, integrated numerically elsewhere.
    @Test(
        arguments: [
            (0, 10, 0, 0.21719626), (1, 10, 0.01101167, 0.38131476),
            (5, 10, 0.22352868, 0.77647130),
            (3, 5, 0.20941667, 0.90560965), (10, 10, 1 - 0.21719626, 1),
        ] as [(Int, Int, Double, Double)])
    func intervalsAreThoseOfJeffreys(k: Int, n: Int, low: Double, high: Double) throws {
        let interval = try #require(Scorecard.jeffreys(k, of: n))
        #expect(abs(interval.lowerBound - low) < 1e-6)
        #expect(abs(interval.upperBound - high) < 1e-6)
    }

    @Test func nothingIsSaidOfNothing() {
        #expect(Scorecard.jeffreys(0, of: 0) == nil)
        #expect(Scorecard([]).rows.isEmpty)
    }

    @Test func harmAndSilenceAreCountedApart() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true)
        sample.round(ReportSample.planned(2), bad: 1, harmed: false, bound: 0.004)
        sample.round(ReportSample.planned(3), bad: 0, harmed: false, bound: 0.02)
        sample.round(ReportSample.planned(4), bad: 0, harmed: false, bound: nil)
        sample.round(ReportSample.planned(5), bad: 0, harmed: false, wasBroken: true)
        sample.round(ReportSample.planned(6, .sham), bad: 900, harmed: true)
        sample.round(ReportSample.planned(7, fault: "pod-evict"), bad: 0, harmed: false)
        let rows = Scorecard(sample.history.rounds).rows
        #expect(rows.count == 6, "any, app, db by two faults")
        let db = try #require(
            rows.first { $0.service == ReportSample.service("db") && $0.fault == "pod-delete" })
        #expect(db.rounds == 3 && db.harmed == 1)
        #expect(db.inconclusive == 2)
        #expect(db.bound == 0.02, "the weakest statement holds for all of them")
        #expect(db.confidence == 0.99)
        #expect(db.worst == 0.5)
        #expect(db.excess == 499)
        let any = try #require(rows.first { $0.service == nil && $0.fault == "pod-delete" })
        #expect(any.harmed == 1 && any.inconclusive == 1 && any.unjudged == 0)
    }

    @Test func olderJournalsCountForTheNamespaceOnly() {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true, measured: false)
        let card = Scorecard(sample.history.rounds)
        #expect(card.rows.count == 1 && card.rows[0].service == nil)
        #expect(card.rows[0].harmed == 1 && card.unmeasured == 1)
    }

    @Test func roundsThatTestedNothingAreNotSilence() {
        var sample = ReportSample()
        sample.add(.planned(ReportSample.planned(1)))
        sample.add(.notDelivered(RoundNote(round: 1, reason: "the pod was gone")))
        sample.add(.closed(Closed(round: 1, outcome: .notDelivered)))
        let row = Scorecard(sample.history.rounds).rows.first
        #expect(row?.unjudged == 1 && row?.rounds == 0 && row?.bound == nil)
    }
}
