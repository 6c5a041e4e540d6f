// How probable it is that a round caused an anomaly, against how often things break by themselves.

import Core
import Testing

@Suite struct RoundAttributionTests {
    private static let day = Duration.seconds(86_400)

    /// A daemon that may strike in `shop` from now on.
    private static func armed() -> Chronicle {
        var chronicle = Chronicle()
        chronicle.add(started)
        chronicle.add(
            .policies(
                PoliciesLoaded(
                    policies: [.init(id: Chronicle.policy, mode: .enforce, digest: "", source: "")],
                    errors: [])))
        return chronicle
    }

    private static let started = Event.started(Started(version: "0", seed: 1, instance: "test"))

    private static func rate(_ chronicle: Chronicle, _ namespace: String = "shop") -> IncidentRate {
        IncidentRate(
            namespace: namespace, in: chronicle.state, until: chronicle.now,
            interval: .seconds(15))
    }

    @Test func withoutHistoryItIsOneIncidentAWeek() {
        let rate = Self.rate(Chronicle())
        #expect(rate.incidents == 0 && rate.seconds == 0)
        #expect(abs(rate.perSecond * 7 * 86_400 - 1) < 1e-9)
        let chance = rate.probability(in: .seconds(360))
        #expect(abs(chance - 360.0 / (7 * 86_400)) < 1e-6)
        #expect(rate.probability(in: .seconds(1_000_000_000)) <= 1)
    }

    @Test func incidentsOutsideRoundsAreCountedOverArmedTime() {
        var chronicle = Self.armed()
        chronicle.pass(Self.day)
        // Two services within two windows of each other are one incident.
        chronicle.open(1, "a", round: nil)
        chronicle.pass(.seconds(20))
        chronicle.open(2, "b", round: nil)
        chronicle.pass(.seconds(600))
        chronicle.recover(1, "a")
        chronicle.recover(2, "b")
        chronicle.pass(Self.day)
        chronicle.open(3, "a", round: nil)
        chronicle.pass(Self.day)
        #expect(Self.rate(chronicle).incidents == 2)
        #expect(Self.rate(chronicle).seconds == 3 * 86_400 + 620)
        // What a strike did, and what began during one, is not an incident; nor is its time.
        let round = chronicle.begin()
        chronicle.open(4, "c", round: round)
        chronicle.pass(.seconds(100))
        chronicle.open(5, "d", round: nil)
        chronicle.end(round, .harm)
        let after = Self.rate(chronicle)
        #expect(after.incidents == 2)
        #expect(after.seconds == 3 * 86_400 + 620 - 30)
        // Nor time in which nothing could be drawn.
        chronicle.pass(.seconds(30))
        chronicle.add(.halted(Halted(by: "me")))
        chronicle.pass(Self.day)
        chronicle.open(6, "e", round: nil)
        #expect(Self.rate(chronicle) == after)
        // Another namespace has its own.
        #expect(Self.rate(chronicle, "other").incidents == 0)
        #expect(Self.rate(chronicle, "other").seconds == 0)
    }

    private static func attribution(
        _ chronicle: Chronicle, _ round: Int, nats: Double = 20, inReach: Bool = true
    ) throws -> RoundAttribution {
        let evidence = Evidence(
            service: Chronicle.service("web"), signal: .badRatio, before: 0, baselineUpper: 0.01,
            now: 1, requests: 100, bad: 100, excess: 100, nats: 30, threshold: 18)
        let record = try #require(chronicle.state.round(round))
        return RoundAttribution(
            of: Anomaly(evidence: evidence, onset: chronicle.now, detectedAt: chronicle.now),
            to: record, .init(nats: nats, inReach: inReach), in: chronicle.state,
            window: .seconds(360), interval: .seconds(15))
    }

    @Test func theOddsAreThoseOfTheDesign() throws {
        var chronicle = Self.armed()
        let round = chronicle.begin("app")
        let unknown = try Self.attribution(chronicle, round)
        #expect(unknown.harmPrior == 0.5)
        let odds = 0.5 / unknown.incidentsPerRound
        #expect(abs(unknown.probability - odds / (1 + odds)) < 1e-12)
        // Outside the target's reach a tenth of the odds.
        let outside = try Self.attribution(chronicle, round, inReach: false)
        #expect(abs(outside.probability - odds / (10 + odds)) < 1e-12)
        // Evidence that speaks against the round counts, more than enough for it does not.
        let ample = try Self.attribution(chronicle, round, nats: 500)
        #expect(ample.probability == unknown.probability && ample.nats == 500)
        let against = try Self.attribution(chronicle, round, nats: -3)
        #expect(against.probability < unknown.probability)
    }

    @Test func aHarmlessPastAndFrequentIncidentsLowerIt() throws {
        var calm = Self.armed()
        for _ in 0..<20 { calm.strike("app", .noHarm) }
        let calmRound = calm.begin("app")
        let before = try Self.attribution(calm, calmRound)
        #expect(before.harmPrior < 0.05)
        calm.end(calmRound)
        var busy = calm
        for id in 1...20 {
            busy.pass(.seconds(3600))
            busy.open(id, "web", round: nil)
            busy.recover(id, "web")
        }
        let busyRound = busy.begin("app")
        let after = try Self.attribution(busy, busyRound)
        #expect(after.probability < before.probability - 0.2)
        #expect(after.probability > 0 && before.probability < 1)
    }

    @Test(arguments: [
        (0.97, "0.97"), (0.9, "0.9"), (0.9876, "0.988"), (0.99899, "above 0.998"),
        (1 - 1e-15, "above 0.998"), (0.001, "below 0.01"), (0.005, "0.01"), (0.4449, "0.44"),
    ])
    func itIsNeverCertain(probability: Double, figure: String) throws {
        var chronicle = Self.armed()
        let round = chronicle.begin()
        var attribution = try Self.attribution(chronicle, round)
        attribution.probability = probability
        #expect(attribution.text == "attributed to round 1 with probability \(figure)")
    }

    @Test func theAlertSaysIt() throws {
        var chronicle = Self.armed()
        let round = chronicle.begin()
        let attribution = try Self.attribution(chronicle, round)
        let evidence = Evidence(
            service: Chronicle.service("web"), signal: .badRatio, before: 0, baselineUpper: 0.01,
            now: 1, requests: 100, bad: 100, excess: 100, nats: 30, threshold: 18)
        let anomaly = Anomaly(
            evidence: evidence, onset: chronicle.now, detectedAt: chronicle.now)
        chronicle.add(
            .anomaly(
                AnomalyOpened(
                    id: 1, anomaly: anomaly, round: round, cause: "", attribution: attribution)))
        chronicle.add(.unrecovered(AnomalyUnrecovered(id: 1, finding: "")))
        let alerts = AlertBook.changes(chronicle.state, now: chronicle.now)
        #expect(alerts.map(\.name) == [.anomaly, .unrecovered])
        #expect(alerts.allSatisfy { $0.annotations["attribution"] == attribution.text })
    }
}
