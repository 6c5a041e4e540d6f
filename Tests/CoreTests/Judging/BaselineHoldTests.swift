// While there is evidence against a baseline it stands still, and what happens is learned beside
// it: so that a small change at little traffic shows before it is normal.

import Testing

@testable import Core

@Suite struct BaselineHoldTests {
    /// One signal, window by window: 150 responses, one bad in every ten windows when usual.
    private struct Bench {
        var judge = SignalJudge(
            service: ServiceRef(namespace: "shop", name: "s"), signal: .badRatio,
            tracks: [RatioTrack(.failures)])
        var window: Int64 = 0
        let settings = JudgeSettings()

        var track: RatioTrack { judge.tracks[0] }

        @discardableResult
        mutating func feed(
            _ bad: Double, clean: Bool = true, alarmNats: Double = .infinity
        ) -> Bool {
            window += 1
            let change = judge.observe(
                [.init(total: 150, bad: bad)], window: window, clean: clean,
                alarmNats: alarmNats, settings: settings,
                instants: .init(interval: .seconds(15), detected: Timestamp(nanoseconds: 0)))
            if case .alarmed = change { return true }
            return false
        }

        mutating func usual(_ windows: Int) {
            for _ in 0..<windows { feed(window % 10 == 0 ? 1 : 0) }
        }

        /// Half a percent bad until the hold begins; the windows it took.
        mutating func unusual() -> Int {
            var count = 0
            while !track.isHolding, count < 100 {
                feed(Double(count % 2))
                count += 1
            }
            return count
        }

        static func learned() -> Bench {
            var bench = Bench()
            bench.usual(1000)
            return bench
        }
    }

    @Test func theBaselineStandsStillWhileThereIsEvidence() {
        var bench = Bench.learned()
        #expect(bench.track.ready && !bench.track.isHolding)
        let taken = bench.unusual()
        #expect(bench.track.isHolding && taken < 100)
        #expect(bench.track.detector.statistic > RatioTrack.holdAbove)
        // Windows wait before they are learned, so none of the unusual ones may have been.
        let before = bench.track.baseline
        for count in 0..<100 { bench.feed(Double(count % 2)) }
        #expect(bench.track.isHolding && bench.track.baseline == before)
    }

    @Test func theCopyTakesOverWhenTheEvidenceIsGone() {
        var bench = Bench.learned()
        _ = bench.unusual()
        let before = bench.track.baseline
        var held = 0
        while bench.track.isHolding, held < 2000 {
            #expect(bench.track.baseline == before)
            bench.feed(0)
            held += 1
        }
        #expect(!bench.track.isHolding && held < 2000)
        #expect(bench.track.detector.statistic <= 0)
        // All of them were learned beside it, but the last window, which is learned as ever. The
        // one in which the hold began pushed one window of the backlog into the copy already.
        #expect(bench.track.baseline.windows == before.windows + held + 1)
    }

    @Test func aHoldEndsAfterADay() {
        var bench = Bench.learned()
        _ = bench.unusual()
        let before = bench.track.baseline
        let day = 5760
        for count in 1..<day { bench.feed(Double(count % 2)) }
        #expect(bench.track.isHolding && bench.track.baseline == before)
        bench.feed(1)
        #expect(bench.track.baseline.windows >= before.windows + day)
        // What lasted so long without an alarm is normal by now.
        #expect(bench.track.baseline.mean > 3 * before.mean)
        // The evidence of a day is not gone at once: the next hold begins from the new level.
        let second = bench.track.baseline
        for count in 0..<100 { bench.feed(Double(count % 2)) }
        #expect(bench.track.isHolding && bench.track.baseline == second)
    }

    @Test func anAlarmDropsTheCopy() {
        var bench = Bench.learned()
        _ = bench.unusual()
        let before = bench.track.baseline
        var windows = 0
        while !bench.feed(1, alarmNats: 18), windows < 500 { windows += 1 }
        #expect(windows > RatioTrack.quarantine && windows < 500)
        #expect(!bench.track.isHolding && bench.track.baseline == before)
        while bench.judge.open != nil, windows < 5000 {
            bench.feed(0)
            windows += 1
        }
        bench.usual(RatioTrack.quarantine + 1)
        // Only what came after the recovery.
        #expect(bench.track.baseline.windows == before.windows + 1)
    }

    @Test func aRoundOnlyInterrupts() {
        var bench = Bench.learned()
        _ = bench.unusual()
        for _ in 0..<5 { bench.feed(1) }
        let before = bench.track.baseline
        for _ in 0..<5 { bench.feed(2, clean: false) }
        #expect(bench.track.isHolding && bench.track.baseline == before)
        var after = 0
        while bench.track.isHolding, after < 2000 {
            bench.feed(0)
            after += 1
        }
        // The six windows learned beside it before the round are kept; of the round, and of the
        // windows that waited when it began, nothing is.
        #expect(!bench.track.isHolding && after > RatioTrack.quarantine)
        #expect(
            bench.track.baseline.windows == before.windows + 6 + after - RatioTrack.quarantine)
    }

    @Test func nothingIsHeldBeforeABaselineIsKnown() {
        var bench = Bench()
        bench.usual(20)
        for _ in 0..<5 { bench.feed(140) }
        #expect(bench.track.detector.statistic > RatioTrack.holdAbove)
        #expect(!bench.track.ready && !bench.track.isHolding)
    }

    @Test func aRolloutEndsAHold() {
        var bench = Bench.learned()
        _ = bench.unusual()
        let before = bench.track.baseline
        bench.judge.rollOut(bench.settings, window: bench.window)
        bench.usual(40)
        #expect(bench.track.isRelearning && !bench.track.isHolding)
        #expect(bench.track.baseline == before, "the copy must not come back")
        bench.usual(200)
        #expect(!bench.track.isRelearning && bench.track.ready)
        #expect(bench.track.baseline.windows < 300, "the new level alone")
    }

    /// What holds are for: 0.1 % to 1 % at one request in ten seconds, which takes hours.
    @Test func aSmallChangeAtLittleTrafficShows() {
        let row = delayRow(
            before: 0.001, after: 0.01, rate: 0.1, series: 600, replications: 20, seed: 7)
        #expect(row.missed == 0, "\(row)")
        #expect(row.ratio < 3.5, "\(row)")
    }
}
