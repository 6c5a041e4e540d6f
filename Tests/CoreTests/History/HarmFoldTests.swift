import Core
import FoundationEssentials
import Testing

/// What the journal's fold keeps of harm.
@Suite struct HarmFoldTests {
    private func used(_ chronicle: Chronicle, last: Duration = .seconds(86_400)) -> Double {
        chronicle.state.failedRequests(of: Chronicle.policy, since: chronicle.now - last)
    }

    @Test func theLedgerIsExactToTheMinuteAndNeverTooSmall() {
        var random = RandomStream(seed: 3)
        var ledger = FailureLedger()
        var all: [(at: Timestamp, failed: Double)] = []
        var now = Chronicle.start
        for _ in 0..<500 {
            now += .seconds(random.below(200))
            let failed = Double(random.below(9))
            ledger.add(failed, at: now)
            all.append((now, failed))
            let since = now - .seconds(60 + random.below(7200))
            let exact = all.reduce(0) { $1.at >= since ? $0 + $1.failed : $0 }
            let wider = all.reduce(0) { $1.at >= since - .seconds(60) ? $0 + $1.failed : $0 }
            let total = ledger.total(since: since)
            #expect(exact <= total && total <= wider)
        }
    }

    @Test func theLedgerForgetsAndDoesNotBreakOnOddInput() {
        var ledger = FailureLedger()
        ledger.add(5, at: Chronicle.start)
        // A clock that was set back loses nothing, and what it said before counts as of now.
        ledger.add(7, at: Chronicle.start - .seconds(900))
        #expect(ledger.total(since: Chronicle.start - .seconds(900)) == 12)
        #expect(ledger.total(since: Chronicle.start) == 0)
        ledger.add(1, at: Chronicle.start + FailureLedger.longest + .seconds(120))
        #expect(ledger.total(since: Chronicle.start + .seconds(120)) == 1)
        // A minute is kept for as long as there are not more than thirty days of others.
        for minute in 0...30 * 1440 {
            ledger.add(1, at: Chronicle.start + FailureLedger.longest + .seconds(180 + 60 * minute))
        }
        let kept = Double(30 * 1440 + 1)
        #expect(ledger.total(since: Timestamp(nanoseconds: .min)) == kept)
        for odd in [-3.0, 0] { ledger.add(odd, at: Chronicle.start) }
        #expect(ledger.total(since: Timestamp(nanoseconds: .min)) == kept)
        for odd in [Double.nan, .infinity, 1e300] {
            var ledger = FailureLedger()
            ledger.add(odd, at: Timestamp(nanoseconds: -1))
            #expect(ledger.total(since: Timestamp(nanoseconds: -2)) >= 1e15)
        }
    }

    @Test func aVerdictCountsWhatWasNotCountedWhileItRan() {
        var chronicle = Chronicle()
        let round = chronicle.begin()
        chronicle.add(.harmed(Harmed(round: round, failed: 30)))
        #expect(used(chronicle) == 30)
        chronicle.end(round, .harm, failed: 50)
        #expect(used(chronicle) == 50)
        // An older journal has the verdict alone.
        chronicle.strike("app", .harm, failed: 20)
        #expect(used(chronicle) == 70)
        // What was counted while it ran is not taken back by a verdict that says less.
        let voided = chronicle.begin()
        chronicle.add(.harmed(Harmed(round: voided, failed: 5)))
        chronicle.end(voided, .notDelivered, failed: 0)
        #expect(used(chronicle) == 75)
    }

    @Test func shamsAndObservedRoundsCostNothing() {
        var chronicle = Chronicle()
        for assignment in [Planned.Assignment.sham, .observe] {
            let round = chronicle.begin("app", assignment)
            chronicle.end(round, .harm, failed: 1000)
        }
        #expect(used(chronicle) == 0)
        #expect(chronicle.state.harm.cells.isEmpty)
        #expect(chronicle.state.harm.tracks.isEmpty)
    }

    @Test func whatLastsBelongsToTheRoundThatCausedIt() {
        var chronicle = Chronicle()
        let round = chronicle.begin("db")
        chronicle.open(1, round: round)
        chronicle.end(round, .harm, failed: 40)
        chronicle.add(.harmed(Harmed(round: round, anomaly: 1, failed: 500)))
        #expect(used(chronicle) == 540)
        let cell = HarmCell(fault: "pod-delete", workload: Chronicle.workload("db"))
        #expect(chronicle.state.harm.cells[cell]?.harmfulFailures == 540)
        #expect(chronicle.state.harm.cells[cell]?.harmed == 1)
        // Also when the round itself was forgotten long ago.
        for _ in 0...State.roundLimit { chronicle.strike("app") }
        #expect(chronicle.state.round(round) == nil)
        let before = used(chronicle, last: .seconds(60))
        chronicle.add(.harmed(Harmed(round: round, anomaly: 1, failed: 7)))
        #expect(used(chronicle, last: .seconds(60)) == before + 7)
    }

    @Test func theStateIsAFoldOfTheRowsThatAreWritten() throws {
        var chronicle = Chronicle()
        let round = chronicle.begin()
        chronicle.add(.harmed(Harmed(round: round, anomaly: nil, failed: 3.5)))
        chronicle.add(
            .aborted(
                Aborted(
                    round: round, cause: .externalIncident, reason: "x",
                    services: [Chronicle.service("a")])))
        chronicle.end(round, .void)
        chronicle.deploy("app", "abc")
        chronicle.open(1, round: round)
        chronicle.add(.accepted(Accepted(id: 1, by: "ada", reason: "a new codec", excess: 12)))
        chronicle.add(
            .calibrated(Calibrated(isMiscalibrated: true, shams: 9, blamed: 3, alpha: 0.01)))
        chronicle.add(
            .policies(
                PoliciesLoaded(
                    policies: [
                        .init(
                            id: Chronicle.policy, mode: .enforce, digest: "", source: "",
                            limits: EarnedLimits(
                                failedRequests: 5, injections: nil, period: 60,
                                growth: Growth(levels: [.count(1), .share(0.29)])))
                    ], errors: [])))
        let original = chronicle.state
        #expect(original.miscalibratedSince == chronicle.now)
        #expect(original.counters.aborted == ["shop\u{1f}external-incident": 1])
        // As JSON and back, as the journal keeps it.
        var copy = Chronicle()
        for event in chronicle.events {
            let decoded = try JSONDecoder().decode(
                Event.self, from: try JSONEncoder().encode(event))
            #expect(decoded == event)
            copy.add(decoded)
        }
        #expect(copy.state.harm.cells == original.harm.cells)
        #expect(copy.state.policies == original.policies)
    }

    @Test func aPolicyOfAnOlderJournalStillDecodes() throws {
        let text =
            #"{"policies":{"errors":[],"policies":[{"digest":"d","id":"a/b","#
            + #""mode":"enforce","source":"s"}]}}"#
        let event = try JSONDecoder().decode(Event.self, from: Data(text.utf8))
        let summary = PoliciesLoaded.Summary(id: "a/b", mode: .enforce, digest: "d", source: "s")
        #expect(event == .policies(PoliciesLoaded(policies: [summary], errors: [])))
    }

    @Test func cellsAreBounded() {
        var chronicle = Chronicle()
        for number in 0...HarmHistory.cellLimit { chronicle.strike("w\(number)") }
        #expect(chronicle.state.harm.cells.count == HarmHistory.cellLimit)
        // The one struck longest ago went.
        let first = HarmCell(fault: "pod-delete", workload: Chronicle.workload("w0"))
        #expect(chronicle.state.harm.cells[first] == nil)
    }
}
