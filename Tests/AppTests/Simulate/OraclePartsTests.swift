// The parts of the oracle with a memory of their own: gates, what is earned, rollouts, alerts.

import Core
import Engine
import Platform
import Testing

@testable import App

@Suite struct OraclePartsTests {
    private static let service = ServiceRef(namespace: Scenario.namespace, name: "go-app")

    private func anomaly(_ id: Int) -> Event {
        let evidence = Evidence(
            service: Self.service, signal: .badRatio, before: 0, baselineUpper: 0, now: 1,
            requests: 1, bad: 1, excess: 1, nats: 20, threshold: 18)
        return .anomaly(
            AnomalyOpened(
                id: id,
                anomaly: Anomaly(
                    evidence: evidence, onset: Scenario.start, detectedAt: Scenario.start),
                round: nil,
                cause: "unknown"))
    }

    private var alert: Alert {
        Alert(
            name: .anomaly, severity: .critical,
            labels: ["namespace": "go-app", "service": "go-app", "signal": "bad-ratio"],
            annotations: [:], startsAt: Scenario.start)
    }

    // MARK: gates

    @Test(arguments: ["halted", "blind", "alert", "unrecovered", "silent", "stranger"])
    func roundsAreNotPlannedThroughAGate(_ what: String) async throws {
        let world = try await OracleWorld {
            if what == "unrecovered" { $0.gate.holdWhile.remove(.alertFiring) }
        }
        var policy: String?
        switch what {
        case "halted": try await world.journal(.halted(Halted(by: "a person")))
        case "blind": try await world.journal(.blind(Blind(reason: "no scrape")))
        case "alert": try await world.journal(anomaly(1))
        case "unrecovered":
            try await world.journal(
                anomaly(1), .unrecovered(AnomalyUnrecovered(id: 1, finding: "failing")))
        case "silent": await world.oracle.silenced(true)
        default: policy = "go-app/nobody"
        }
        world.clock.advance(what == "silent" ? .seconds(41) : .seconds(2))
        try await world.journal(world.planned(1, policy: policy))
        let said = [
            "halted": "while halted", "blind": "the journal said blind since",
            "alert": "go-app was anomalous since", "unrecovered": "1 services had not recovered",
            "silent": "the signals had been gone for 41s", "stranger": "is of no policy",
        ]
        let found = await world.violations
        #expect(found.count == 1 && found[0].contains(said[what] ?? "?"), "\(found)")
    }

    @Test func whatWasJustJournaledMayHaveCrossed() async throws {
        let world = try await OracleWorld()
        try await world.journal(anomaly(1), world.planned(1))
        #expect(await world.violations == [])
    }

    // MARK: earned radius and failed requests

    @Test func failedRequestsAreCounted() async throws {
        let world = try await OracleWorld { $0.blastRadius.budgetFailedRequests = 10 }
        try await world.journal(
            world.planned(1), world.injecting(1), .harmed(Harmed(round: 1, failed: 11)),
            world.closed(1), world.planned(2, "go-app-1"))
        #expect(await world.violations == [])
        try await world.journal(world.injecting(2, "go-app-1"))
        #expect(
            await world.violations == [
                "round 2 was announced with 11.0 of 10 failed requests used"
            ])
    }

    @Test func aRoundReachesAsFarAsWasEarned() async throws {
        let growth = Growth(levels: [.count(1), .count(2)], cleanRounds: 1)
        let world = try await OracleWorld {
            $0.blastRadius.growth = growth
            $0.blastRadius.concurrentInjections = 2
        }
        let wide = RadiusUse(level: 2, pods: 5, unavailable: 1, allowed: 2)
        try await world.journal(world.planned(1, radius: wide), world.injecting(1))
        #expect(
            await world.violations == [
                "round 1 strikes with 1 unavailable, where level 1 allows 1 of 5"
            ])
        await world.look()
        await world.mark("repeater-1")
        await world.mark("repeater-2")
        await world.strike()
        #expect(
            await world.violations.contains(
                "2 pods are struck at once, where round 1 was allowed 1"))
        try await world.journal(world.planned(2, "go-app-1"), world.injecting(2, "go-app-1"))
        #expect(await world.violations.contains("round 2 does not say how far it reaches"))
    }

    @Test func aCleanRoundEarnsTheNextLevel() async throws {
        let world = try await OracleWorld {
            $0.blastRadius.growth = Growth(levels: [.count(1), .count(2)], cleanRounds: 1)
        }
        let use = RadiusUse(level: 1, pods: 5, unavailable: 0, allowed: 1)
        try await world.journal(
            world.planned(1, radius: use), world.injecting(1), .delivered(RoundMark(round: 1)),
            .judged(
                Judged(
                    round: 1,
                    verdict: Verdict(kind: .noHarm, confidence: 0.99, text: "no harm"))),
            .reverted(RoundMark(round: 1)), world.closed(1))
        let wide = RadiusUse(level: 2, pods: 5, unavailable: 1, allowed: 2)
        try await world.journal(
            world.planned(2, "go-app-1", radius: wide), world.injecting(2, "go-app-1"))
        #expect(await world.violations == [])
    }

    @Test func aDeployMustBeNoticed() {
        var policy = try? Scenario(seed: 1).policies[0]
        policy?.blastRadius.budgetFailedRequests = 10
        guard let policy else { return #expect(policy != nil) }
        var oracle = EarnedOracle(policy: policy)
        oracle.restarted("go-app", at: Scenario.start)
        #expect(oracle.finish(at: Scenario.start + .seconds(149)) == [])
        #expect(oracle.finish(at: Scenario.start + .seconds(151)).count == 1)
    }

    // MARK: rollouts

    private func deployed(_ rolledOut: [String]) -> JournalEntry {
        let refs = rolledOut.map {
            WorkloadRef(kind: "Deployment", namespace: Scenario.namespace, name: $0)
        }
        return JournalEntry(
            sequence: 1, at: Scenario.start,
            event: .deployed(
                Deployed(
                    namespace: Scenario.namespace, revisions: [], changed: refs, rolledOut: refs)))
    }

    @Test func newImagesAreRolloutsAndRestartsAreNot() {
        var oracle = RolloutOracle(namespace: Scenario.namespace)
        #expect(oracle.check(deployed([])) == [])
        #expect(
            oracle.check(deployed(["go-app"])) == [
                "go-app was only restarted, and counts as rolled out"
            ])
        oracle.updated("repeater", at: Scenario.start)
        #expect(oracle.finish(at: Scenario.start + .seconds(100)) == [])
        #expect(oracle.finish(at: Scenario.start + .seconds(200)).count == 1)
        #expect(oracle.check(deployed(["repeater"])) == [])
        #expect(oracle.finish(at: Scenario.start + .seconds(200)) == [])
    }

    // MARK: alerts

    @Test func anAlertHasOneStartAndOneEnd() {
        var ledger = AlertLedger()
        var resolved = alert
        resolved.endsAt = Scenario.start + .seconds(60)
        #expect(ledger.check(resolved).count == 1)
        #expect(ledger.check(alert) == [])
        var restarted = alert
        restarted.startsAt = Scenario.start + .seconds(1)
        #expect(ledger.check(restarted).count == 1)
        resolved.startsAt = restarted.startsAt
        #expect(ledger.check(resolved) == [])
        #expect(ledger.check(resolved).count == 1)
    }

    @Test func whatIsOpenFiresAndNothingElse() {
        var state = State()
        state.apply(anomaly(1), sequence: 1, at: Scenario.start)
        let name = "go-app/go-app \(Signal.badRatio.rawValue)"
        var ledger = AlertLedger()
        #expect(ledger.finish(state) == ["no alert fires for \(name)"])
        var fires = alert
        fires.labels["signal"] = Signal.badRatio.rawValue
        _ = ledger.check(fires)
        #expect(ledger.finish(state) == [])
        #expect(ledger.finish(State()) == ["an alert fires on for \(name)"])
    }

    private func post(_ alert: Alert, start: Timestamp? = nil, end: Timestamp) -> Request {
        let labels = alert.identity.pairs.map { ($0.name, JSON.string($0.value)) }
        let json: JSON = [
            [
                "labels": .object(JSON.Object(labels)),
                "startsAt": .string((start ?? alert.startsAt).rfc3339),
                "endsAt": .string(end.rfc3339),
            ]
        ]
        return Request("POST", "/api/v2/alerts", body: json.bytes)
    }

    @Test func whatArrivesIsWhatTheJournalSays() async {
        let later = Scenario.start + .seconds(300)
        var ledger = AlertLedger()
        _ = ledger.check(alert)
        let silent = AlertSink()
        #expect(await silent.finish(ledger, now: Scenario.start).count == 1)
        let sink = AlertSink()
        _ = await sink.handle(post(alert, end: later))
        #expect(await sink.finish(ledger, now: Scenario.start + .seconds(60)) == [])
        // It fires still, and nobody told so in time.
        #expect(await sink.finish(ledger, now: later).count == 1)
        let wrong = AlertSink()
        let other = Scenario.start + .seconds(5)
        _ = await wrong.handle(post(alert, start: other, end: later))
        #expect(await wrong.finish(ledger, now: Scenario.start).count == 2)
        let reversed = AlertSink()
        _ = await reversed.handle(post(alert, end: Scenario.start + .seconds(-5)))
        #expect(await reversed.finish(AlertLedger(), now: later).count == 2)
        var resolved = alert
        resolved.endsAt = Scenario.start + .seconds(60)
        _ = ledger.check(resolved)
        #expect(await sink.finish(ledger, now: later).count == 1)
        _ = await sink.handle(Request("POST", "/api/v2/alerts", body: Array("{".utf8)))
        #expect(await sink.finish(ledger, now: later).contains("an alert post is not a JSON array"))
    }
}
