import Testing

@testable import Core

@Suite struct WashoutTests {
    private func washout(_ chronicle: Chronicle, _ shortest: Int = 300) -> Washout? {
        chronicle.state.washout(
            in: "shop", shortest: .seconds(shortest), now: chronicle.now)
    }

    @Test(arguments: [
        (Verdict.Kind.harm, true), (.inconclusive, true), (.void, true), (.noHarm, false),
        (.notDelivered, false),
    ])
    func onlyWhatMayCarryOverHolds(kind: Verdict.Kind, holds: Bool) {
        var chronicle = Chronicle()
        #expect(washout(chronicle) == nil)
        chronicle.strike("app", kind)
        let found = washout(chronicle)
        #expect((found != nil) == holds)
        guard holds else { return }
        #expect(found == Washout(round: 1, until: chronicle.now + .seconds(300)))
        chronicle.pass(.seconds(299))
        #expect(washout(chronicle) != nil)
        chronicle.pass(.seconds(1))
        #expect(washout(chronicle) == nil)
    }

    @Test func aShamCarriesNothingOver() {
        var chronicle = Chronicle()
        let round = chronicle.begin("app", .sham)
        chronicle.end(round, .inconclusive)
        #expect(washout(chronicle) == nil)
    }

    @Test func otherNamespacesDoNotWait() {
        var chronicle = Chronicle()
        chronicle.strike("app", .harm)
        let found = chronicle.state.washout(
            in: "other", shortest: .seconds(300), now: chronicle.now)
        #expect(found == nil)
    }

    @Test func itBeginsWithTheRecoveryAndLastsTwiceAsLongAsUsual() {
        var chronicle = Chronicle()
        let round = chronicle.begin()
        chronicle.open(1, round: round)
        chronicle.end(round, .harm)
        chronicle.pass(.seconds(100))
        chronicle.recover(1, after: .seconds(400))
        // Recovered 400 s after its onset: 800 s from then on.
        #expect(washout(chronicle)?.until == chronicle.now + .seconds(800))
        #expect(washout(chronicle, 1000)?.until == chronicle.now + .seconds(1000))
        chronicle.pass(.seconds(800))
        #expect(washout(chronicle) == nil)
    }

    @Test func aClockThatWasSetBackHoldsNothing() {
        var chronicle = Chronicle()
        chronicle.strike("app", .harm)
        let found = chronicle.state.washout(
            in: "shop", shortest: .seconds(300), now: chronicle.now - .seconds(86_400))
        #expect(found == nil)
    }
}
