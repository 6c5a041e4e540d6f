import Testing

@testable import Core

/// What a round says of a service that gets fewer requests than it should.
@Suite struct RoundTrafficTests {
    private static func subject(size: Double = 50) -> RoundSubject {
        var subject = RoundTestTests.subjects(1)[0]
        subject.traffic = RoundTraffic.Expected(mean: 75, size: size, theta: 1)
        return subject
    }

    /// Twenty windows of `mean` requests that are as good as ever.
    private static func round(
        _ random: inout RandomStream, _ subject: RoundSubject, mean: Double,
        isUpstream: Bool = false
    ) -> RoundTest {
        var test = RoundTest(alpha: 0.01, subjects: [subject])
        for index in 0..<20 {
            let size = subject.traffic?.size ?? 50
            let total = random.poisson(mean * random.gamma(size) / size)
            test.observe(
                RoundTestTests.window(
                    subject, Int64(index), total: total, bad: random.binomial(total, 0.001)),
                isUpstream: isUpstream)
        }
        return test
    }

    @Test func aServiceThatIsSilencedIsHarmed() throws {
        var random = RandomStream(seed: 4)
        let test = Self.round(&random, Self.subject(), mean: 7)
        let harmed = try #require(test.harmed.first)
        #expect(harmed.signal == .traffic && harmed.now < 0.2 && harmed.excess > 1000)
        let verdict = test.verdict(delivered: true, void: nil)
        #expect(verdict.kind == .harm)
        #expect(verdict.text.contains("n/s1000 gets "))
        #expect(verdict.text.contains(" % of its usual requests ("))
        let measured = test.processes[0].measured(harmed: true, bound: 0.01)
        #expect(measured.filter(\.harmed).map(\.signal) == [.traffic])
    }

    @Test func silenceIsEvidenceToo() {
        let subject = Self.subject()
        var test = RoundTest(alpha: 0.01, subjects: [subject])
        test.observe(RoundTestTests.window(subject, 0, total: 0, bad: 0))
        #expect(test.harmed.map(\.signal) == [.traffic])
    }

    /// Whoever calls it lost traffic itself, or nobody armed the signal.
    @Test func whatIsExplainedOrNotArmedIsNoHarm() {
        var random = RandomStream(seed: 5)
        let explained = Self.round(&random, Self.subject(), mean: 7, isUpstream: true)
        #expect(explained.verdict(delivered: true, void: nil).kind == .noHarm)
        var unarmed = Self.subject()
        unarmed.traffic = nil
        #expect(Self.round(&random, unarmed, mean: 7).harmed.isEmpty)
    }

    /// Usual swings, an eighth less, or more than usual: at alpha 1 % five of 500 at most are
    /// expected to be blamed; 14 have probability 1e-3.
    @Test(arguments: [75.0, 66, 300])
    func usualTrafficIsNotBlamed(mean: Double) {
        var random = RandomStream(seed: 6)
        var blamed = 0
        for _ in 0..<500
        where !Self.round(&random, Self.subject(size: 8), mean: mean).harmed.isEmpty {
            blamed += 1
        }
        #expect(blamed < 14)
    }

    /// The share of the error rate that traffic takes makes the others slower, never wrong.
    @Test func theBoundAllowsForTheSignal() throws {
        var random = RandomStream(seed: 7)
        let with = Self.round(&random, Self.subject(), mean: 75)
        var plain = Self.subject()
        plain.traffic = nil
        random = RandomStream(seed: 7)
        let without = Self.round(&random, plain, mean: 75)
        let wide = try #require(with.verdict(delivered: true, void: nil).minimumDetectable)
        let narrow = try #require(without.verdict(delivered: true, void: nil).minimumDetectable)
        #expect(wide >= narrow)
    }
}
