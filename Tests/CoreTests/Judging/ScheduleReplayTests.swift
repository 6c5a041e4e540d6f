// The null of "was it chaos": exact numbers on small designs, brute force on random ones, and the
// error rate that it promises.

import Core
import RealModule
import Testing

@Suite struct ScheduleReplayTests {
    private static func at(_ seconds: Double) -> Timestamp { ChaosHistory.at(seconds) }

    private static func replay(
        _ rounds: [(Double, Bool, Double)], _ spans: [(Double, Double)], margin: Double = 0
    ) -> ScheduleReplay {
        ScheduleReplay(
            rounds: rounds.map {
                .init(at: at($0.0), isStrike: $0.1, shamProbability: $0.2)
            }, spans: spans.map { at($0.0)..<at($0.1) }, margin: .inSeconds(margin))
    }

    @Test func strikesAloneCoverTheirShareOfTheTime() {
        let rounds = (0..<10).map { (Double($0) * 360, true, 0.0) }
        let replay = Self.replay(rounds, [(0, 3600)])
        #expect(!replay.redraws && replay.length == 3600)
        #expect(abs(replay.probability(within: 6) - 60.0 / 3600) < 1e-12)
        #expect(abs(replay.probability(within: 360) - 1) < 1e-12)
        #expect(replay.probability(within: 4000) == 1)
        #expect(replay.coin(Self.at(5), within: 10) == nil)
        // Overlapping strikes are counted once.
        let double = Self.replay(rounds + rounds.map { ($0.0 + 2, true, 0) }, [(0, 3600)])
        #expect(abs(double.probability(within: 6) - 80.0 / 3600) < 1e-12)
        #expect(Self.replay([], []).probability(within: 1) == 1)
        #expect(Self.replay([], [(0, 10)]).probability(within: 1) == 0)
    }

    @Test func aDelayMayGoAroundTheCircle() {
        // The last 5 s and the first 5 s.
        let replay = Self.replay([(95, true, 0)], [(0, 100)])
        #expect(abs(replay.probability(within: 10) - 0.1) < 1e-12)
    }

    @Test func timeWithoutChaosDoesNotCount() {
        let spans = [(0.0, 100.0), (10_000, 10_100), (10_100, 10_200)]
        let replay = Self.replay([(50, true, 0), (10_150, true, 0), (5000, true, 0)], spans)
        #expect(replay.length == 300 && replay.rounds.count == 2)
        #expect(abs(replay.probability(within: 10) - 20.0 / 300) < 1e-12)
        // A strike may be the last event of a span.
        let longer = Self.replay([(50, true, 0)], spans, margin: 50)
        #expect(longer.length == 400)
    }

    @Test func assignmentsAreDrawnAgain() {
        // Two rounds 5 s apart, one of them a sham, both with sham probability 0.2.
        let replay = Self.replay([(20, true, 0.2), (25, false, 0.2)], [(0, 100)])
        #expect(replay.redraws)
        // 5 s with the first only, 5 s with both, 5 s with the second only.
        let wanted = (5 * 0.8 + 5 * (1 - 0.04) + 5 * 0.8) / 100
        #expect(abs(replay.probability(within: 10) - wanted) < 1e-12)
        #expect(abs((replay.coin(Self.at(28), within: 10) ?? 0) - 0.96) < 1e-12)
        #expect(abs((replay.coin(Self.at(28), within: 5) ?? 0) - 0.8) < 1e-12)
        // A round that can only be a strike is one in every redraw.
        let sure = Self.replay([(20, true, 0), (60, false, 0.5)], [(0, 100)])
        #expect(abs(sure.probability(within: 10) - (10 + 5) / 100) < 1e-12)
    }

    /// Against brute force: many random instants and redraws.
    @Test(arguments: UInt64(1)...6)
    func theSweepAgreesWithSampling(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let hasShams = seed % 2 == 0
        let rounds = (0..<12).map { _ in
            (random.unit() * 900, !hasShams || random.unit() < 0.6, 0.1 + 0.5 * random.unit())
        }
        let replay = Self.replay(rounds, [(0, 1000)])
        let delay = 10 + random.unit() * 60
        var hits = 0
        let draws = 20_000
        for _ in 0..<draws {
            let instant = random.unit() * 1000
            let isNear = rounds.contains { at, isStrike, chance in
                let strikes = replay.redraws ? random.unit() >= chance : isStrike
                let since = instant - at
                return strikes && (since < 0 ? since + 1000 : since) <= delay
            }
            if isNear { hits += 1 }
        }
        let p = replay.probability(within: delay)
        let error = Double.sqrt(p * (1 - p) / Double(draws))
        #expect(abs(Double(hits) / Double(draws) - p) < 4.5 * error + 1e-9, "\(p)")
    }

    /// When incidents have nothing to do with chaos, at most 5 % are called related.
    @Test func theErrorRateIsKept() {
        var random = RandomStream(seed: 11)
        var related = 0
        for _ in 0..<2000 {
            var at = 0.0
            var rounds: [(Double, Bool, Double)] = []
            while at < 7000 {
                at += 200 + 200 * random.unit()
                rounds.append((at, random.unit() >= 0.3, 0.3))
            }
            let replay = Self.replay(rounds, [(0, 8000)])
            let onset = random.unit() * 8000
            let strikes = rounds.filter { $0.1 }.map { round in
                let since = onset - round.0
                return since < 0 ? since + 8000 : since
            }
            guard let delay = strikes.min() else { continue }
            if replay.probability(within: delay) <= 0.05 { related += 1 }
        }
        // 100 are expected; 135 is more than three and a half standard errors above.
        #expect(related <= 135 && related >= 60, "\(related)")
    }
}
