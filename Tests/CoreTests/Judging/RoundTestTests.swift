// The round's test, the recovery test, the baseline, power and the words.

import Core
import RealModule
import Testing

@Suite struct RoundTestTests {
    static func subjects(_ count: Int, upper: Double = 0.0012) -> [RoundSubject] {
        (0..<count).map {
            RoundSubject(
                service: ServiceRef(namespace: "n", name: "s\(1000 + $0)"),
                channels: [
                    .init(
                        signal: .badRatio, mean: 0.001, upper: upper, rho: 1e-4, theta: 1,
                        ready: true)
                ], broken: false)
        }
    }

    static func window(
        _ subject: RoundSubject, _ index: Int64, total: Double, bad: Double
    ) -> RequestWindow {
        var window = RequestWindow(service: subject.service, index: index)
        window.total = total
        window.bad = bad
        return window
    }

    /// 500 rounds without harm over 5 services: at alpha 0.01 five are expected at most; 14 or more
    /// have probability 1e-3 even at the bound.
    @Test func harmlessRoundsAreRarelyBlamed() {
        var random = RandomStream(seed: 9)
        var blamed = 0
        for _ in 0..<500 {
            let subjects = Self.subjects(5)
            var test = RoundTest(alpha: 0.01, subjects: subjects)
            for index in 0..<20 {
                for subject in subjects {
                    let n = random.poisson(100)
                    test.observe(
                        Self.window(
                            subject, Int64(index), total: n, bad: random.binomial(n, 0.001)))
                }
            }
            if !test.harmed.isEmpty { blamed += 1 }
        }
        #expect(blamed < 14)
    }

    @Test func harmIsFoundAmongManyAndKeptAfterRecovery() {
        var random = RandomStream(seed: 10)
        let subjects = Self.subjects(200)
        var test = RoundTest(alpha: 0.01, subjects: subjects)
        for index in 0..<20 {
            for (place, subject) in subjects.enumerated() {
                let n = random.poisson(150)
                let harmed = place < 3 && (4..<8).contains(index)
                test.observe(
                    Self.window(
                        subject, Int64(index), total: n,
                        bad: random.binomial(n, harmed ? 0.3 : 0.001)))
            }
        }
        #expect(Set(test.harmed.map(\.service)) == Set(subjects.prefix(3).map(\.service)))
        let verdict = test.verdict(delivered: true, void: nil)
        #expect(verdict.kind == .harm)
        #expect(verdict.excess > 3 * 4 * 30)
    }

    @Test func nothingSeenIsSaidWithItsPower() {
        let subjects = Self.subjects(5, upper: 0.0012)
        var test = RoundTest(alpha: 0.01, subjects: subjects)
        for index in 0..<20 {
            for subject in subjects {
                test.observe(Self.window(subject, Int64(index), total: 30, bad: 0))
            }
        }
        let verdict = test.verdict(delivered: true, void: nil)
        #expect(verdict.kind == .noHarm)
        #expect(verdict.text.contains("(99 % confidence, 3,000 requests, 5 services)"))
        let bound = verdict.minimumDetectable ?? 1
        #expect(bound > 0.005 && bound < 0.03)
        #expect(verdict.text.hasPrefix("no harm above \(Wording.percent(bound)) bad responses"))
    }

    @Test func aServiceThatWasBrokenBeforeIsLeftOut() {
        var subjects = Self.subjects(2)
        subjects[0].broken = true
        var test = RoundTest(alpha: 0.01, subjects: subjects)
        for index in 0..<20 {
            test.observe(Self.window(subjects[0], Int64(index), total: 100, bad: 100))
            test.observe(Self.window(subjects[1], Int64(index), total: 100, bad: 0))
        }
        let verdict = test.verdict(delivered: true, void: nil)
        #expect(verdict.kind == .noHarm)
        #expect(verdict.text.hasSuffix("; nothing can be said of 1 other service"))
    }

    @Test func aNoisyServiceIsTestedForGrossHarmOnly() {
        for (bad, kind) in [(3.0, Verdict.Kind.inconclusive), (70, .harm)] {
            var subjects = Self.subjects(1)
            subjects[0].channels[0].theta = 0.3
            var test = RoundTest(alpha: 0.01, subjects: subjects)
            for index in 0..<20 {
                test.observe(Self.window(subjects[0], Int64(index), total: 100, bad: bad))
            }
            let verdict = test.verdict(delivered: true, void: nil)
            #expect(verdict.kind == kind, "\(verdict.text)")
            #expect(kind == .harm || verdict.text.contains("bursts"))
        }
    }

    @Test func recoveryNeedsTrafficAndPatience() {
        var test = RecoveryTest(
            p0: 0.0012, rho: 1e-4, theta: 1, alpha: 0.01, level: 1, tolerance: nil)
        for index in 0..<10 { test.observe(total: 150, bad: 150, window: Int64(index)) }
        for index in 10..<40 { test.observe(total: 0, bad: 0, window: Int64(index)) }
        #expect(!test.isRecovered && test.since == nil)
        for index in 40..<60 where !test.isRecovered {
            test.observe(total: 150, bad: 0, window: Int64(index))
        }
        #expect(test.isRecovered && test.since == 40)
        var half = RecoveryTest(
            p0: 0.0012, rho: 1e-4, theta: 1, alpha: 0.01, level: 1, tolerance: nil)
        for index in 0..<200 { half.observe(total: 150, bad: 15, window: Int64(index)) }
        #expect(!half.isRecovered)
    }

    @Test func wrongRecoveriesAreRare() {
        // Still at three times the bound: each of 300 streams may pass with probability 0.01 a
        // cycle.
        var random = RandomStream(seed: 4)
        var wrong = 0
        for _ in 0..<300 {
            var test = RecoveryTest(
                p0: 0.01, rho: 1e-4, theta: 1, alpha: 0.01, level: 0.05, tolerance: nil)
            for index in 0..<20 {
                let n = random.poisson(150)
                test.observe(total: n, bad: random.binomial(n, test.pBad), window: Int64(index))
            }
            if test.isRecovered { wrong += 1 }
        }
        #expect(wrong < 30)
    }

    @Test func baselineLearnsRatioAndOverdispersion() {
        var random = RandomStream(seed: 6)
        for (mean, rho) in [(0.01, 0.0), (0.02, 0.01), (0.1, 0.05)] {
            var baseline = Baseline()
            for _ in 0..<4000 {
                let n = random.poisson(150)
                baseline.learn(
                    total: n, bad: random.betaBinomial(n, mean, rho), seconds: 15, decay: 1)
            }
            #expect(abs(baseline.mean / mean - 1) < 0.1)
            #expect(baseline.upper() > mean && baseline.upper() < 1.4 * mean)
            #expect(abs(baseline.rho - rho) < 0.25 * rho + 5e-4, "\(baseline.rho) for \(rho)")
        }
    }

    @Test func oneOutageDoesNotSpoilTheOverdispersion() {
        var random = RandomStream(seed: 6)
        var baseline = Baseline()
        for window in 0..<2000 {
            let n = random.poisson(150)
            let bad = window == 1000 ? n : random.binomial(n, 0.01)
            baseline.learn(total: n, bad: bad, seconds: 15, decay: 1)
        }
        #expect(baseline.rho < 0.002)
    }

    @Test func baselineForgetsWithTheHalfLife() {
        var baseline = Baseline()
        for _ in 0..<2000 { baseline.learn(total: 100, bad: 10, seconds: 15, decay: 0.99) }
        for _ in 0..<1000 { baseline.learn(total: 100, bad: 1, seconds: 15, decay: 0.99) }
        #expect(abs(baseline.mean - 0.01) < 0.001)
        #expect(baseline.weight < 100 * 101)
    }

    @Test func warmUpNeedsWindowsAndRequestsOrTime() {
        var baseline = Baseline()
        for _ in 0..<39 { baseline.learn(total: 100, bad: 0, seconds: 15, decay: 1) }
        #expect(!baseline.isReady(.init()))
        baseline.learn(total: 100, bad: 0, seconds: 15, decay: 1)
        #expect(baseline.isReady(.init()))
        var slow = Baseline()
        for _ in 0..<239 { slow.learn(total: 1, bad: 0, seconds: 15, decay: 1) }
        #expect(!slow.isReady(.init()))
        slow.learn(total: 1, bad: 0, seconds: 15, decay: 1)
        #expect(slow.isReady(.init()))
        var silent = Baseline()
        for _ in 0..<1000 { silent.learn(total: 0, bad: 0, seconds: 15, decay: 1) }
        #expect(!silent.isReady(.init()))
    }

    /// p* at 99 % and alpha 0.01, computed with the binomial tail of another library (SciPy).
    @Test(arguments: [
        (0.001, 60.0, 1.0, 0.132826324), (0.001, 300, 1, 0.033092742),
        (0.001, 300, 10, 0.007150783), (0.01, 300, 10, 0.026782304),
        (0.001, 300, 0.1, 0.201589780),
    ])
    func detectableRatios(p0: Double, seconds: Double, rate: Double, expected: Double) throws {
        let found = try #require(
            Power.detectable(
                Power.Requests(seconds * rate), p0: p0, nats: .log(100), confidence: 0.99))
        #expect(abs(found / expected - 1) < 1e-7, "\(found)")
        let gross = try #require(
            Power.detectable(
                Power.Requests(seconds * rate), p0: p0, nats: .log(100), confidence: 0.99,
                gross: true))
        #expect(rate < 1 ? gross >= found : gross > found)
        let nothing = Power.detectable(
            Power.Requests(0.5), p0: p0, nats: 20, confidence: 0.99)
        #expect(nothing == nil)
    }

    /// Calm rounds claim "no harm above p*": at that ratio rounds are called harmful. Expected 99 %
    /// of 400; fewer than 97 % have probability 1e-3.
    @Test(arguments: [
        (1.5, 0.001, 1e-4, 1.0, true), (150, 0.001, 1e-4, 1, true), (150, 0.001, 1e-4, 0.6, true),
        (15, 0.02, 0.01, 1, true), (1500, 0.01, 0.001, 1, true), (15_000, 0.1, 1e-4, 1, true),
        (15, 0.15, 1e-4, 1, false),
    ])
    func whatAVerdictClaimsWouldShow(
        size: Double, upper: Double, rho: Double, theta: Double, ready: Bool
    ) throws {
        var subjects = Self.subjects(3, upper: upper)
        for index in subjects.indices {
            subjects[index].channels = [Signal.badRatio, .connections].map {
                RoundSubject.Channel(
                    signal: $0, mean: 0.8 * upper, upper: upper, rho: rho, theta: theta,
                    ready: ready)
            }
        }
        var random = RandomStream(seed: 12)
        func round(at ratio: Double) -> Verdict {
            var test = RoundTest(alpha: 0.01, subjects: subjects)
            for index in 0..<20 {
                test.observe(
                    Self.window(
                        subjects[0], Int64(index), total: size.rounded(.up),
                        bad: random.betaBinomial(size.rounded(.up), ratio, rho)))
            }
            return test.verdict(delivered: true, void: nil)
        }
        let claimed = try #require(round(at: 0).minimumDetectable)
        #expect(claimed > upper && claimed < 0.9)
        let shown = (0..<400).count { _ in round(at: claimed).kind == .harm }
        #expect(shown >= 388, "\(shown) of 400 at \(claimed)")
    }

    @Test func costsOfKnowing() throws {
        func shown(_ requests: Double) -> Double? {
            Power.detectable(
                Power.Requests(requests), p0: 0.001, nats: .log(100), confidence: 0.99)
        }
        func needed(_ ratio: Double) -> Double? {
            Power.requests(toShow: ratio, p0: 0.001, nats: .log(100), confidence: 0.99)
        }
        let requests = try #require(needed(0.01))
        #expect(try #require(shown(requests)) <= 0.01)
        #expect(try #require(shown(requests - 1)) > 0.01)
        #expect(needed(0.001) == nil)
        #expect(needed(0.0015) == nil, "no alternative below twice p0 is armed")
        let rounds = try #require(
            Power.rounds(effect: 1, deviation: 1, treatedShare: 0.8, shamShare: 0.2))
        #expect(abs(rounds - 10.0362 * 6.25) < 0.1)
    }

    @Test(arguments: [
        (0.0, "0 %"), (0.00421, "0.421 %"), (0.0042, "0.42 %"), (1.0, "100 %"), (0.9995, "100 %"),
        (0.05, "5 %"), (0.123456, "12.3 %"), (0.00001234, "0.00123 %"), (0.99, "99 %"),
        (1e-9, "less than 0.0001 %"),
    ])
    func percentages(share: Double, text: String) {
        #expect(Wording.percent(share) == text)
    }

    @Test(arguments: [(0.0, "0"), (999.0, "999"), (2988.0, "2,988"), (1_234_567.4, "1,234,567")])
    func counts(number: Double, text: String) {
        #expect(Wording.count(number) == text)
    }
}
