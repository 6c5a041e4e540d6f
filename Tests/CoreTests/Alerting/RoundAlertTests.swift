import Core
import Testing

/// Alerts about rounds: when they fire, what they say, and when they end.
@Suite struct RoundAlertTests {
    /// What changes now; what changed is journaled.
    private func changes(_ chronicle: inout Chronicle) -> [String] {
        let changed = AlertBook.changes(chronicle.state, now: chronicle.now)
        for alert in changed { chronicle.add(.alert(alert)) }
        return changed.map { ($0.isFiring ? "+" : "-") + $0.name.rawValue }
    }

    private func abort(
        _ chronicle: inout Chronicle, _ cause: Aborted.Cause, services: [String] = []
    ) {
        let round = chronicle.begin()
        chronicle.add(
            .aborted(
                Aborted(
                    round: round, cause: cause, reason: "because",
                    services: services.map(Chronicle.service))))
        chronicle.end(round, cause == .budget ? .harm : .void)
    }

    @Test func anAbortedRoundIsToldUntilALaterOneEndsInOrder() throws {
        var chronicle = Chronicle()
        abort(&chronicle, .budget)
        #expect(changes(&chronicle) == ["+HazardRoundAborted"])
        let alert = try #require(chronicle.state.firingAlerts.first)
        #expect(alert.labels == ["namespace": "shop", "policy": "p"])
        #expect(alert.annotations["round"] == "1")
        #expect(alert.annotations["description"]?.contains("because") == true)
        #expect(alert.startsAt == Chronicle.start)
        #expect(changes(&chronicle) == [])
        // A sham says nothing of it, nor does a round that goes on.
        let sham = chronicle.begin("app", .sham)
        chronicle.end(sham)
        let next = chronicle.begin()
        #expect(changes(&chronicle) == [])
        chronicle.end(next)
        #expect(changes(&chronicle) == ["-HazardRoundAborted"])
    }

    @Test func itIsToldForAnHourAtMost() {
        var chronicle = Chronicle()
        abort(&chronicle, .budget)
        #expect(changes(&chronicle) == ["+HazardRoundAborted"])
        chronicle.pass(.seconds(3599))
        #expect(changes(&chronicle) == [])
        chronicle.pass(.seconds(1))
        #expect(changes(&chronicle) == ["-HazardRoundAborted"])
    }

    @Test func aDaemonThatDiedIsToldAndOneThatWasStoppedIsNot() {
        var chronicle = Chronicle()
        let stopped = chronicle.begin()
        chronicle.end(stopped, .void, outcome: .interrupted)
        #expect(changes(&chronicle) == [])
        let died = chronicle.begin()
        chronicle.add(.reverted(RoundMark(round: died)))
        chronicle.add(.closed(Closed(round: died, outcome: .interrupted)))
        #expect(changes(&chronicle) == ["+HazardRoundAborted"])
        #expect(chronicle.state.counters.aborted == ["shop\u{1f}died": 1])
    }

    @Test func anIncidentLastsAsLongAsWhatItHit() {
        var chronicle = Chronicle()
        chronicle.open(1, "x", round: nil)
        chronicle.open(2, "y", round: nil)
        chronicle.open(3, "z", round: nil)
        _ = changes(&chronicle)
        abort(&chronicle, .externalIncident, services: ["x", "y"])
        #expect(changes(&chronicle) == ["+HazardExternalIncident", "+HazardRoundAborted"])
        // A later round in order does not end what is still anomalous.
        chronicle.strike()
        #expect(changes(&chronicle) == ["-HazardRoundAborted"])
        chronicle.recover(1, "x")
        #expect(!changes(&chronicle).contains("-HazardExternalIncident"))
        chronicle.recover(2, "y")
        #expect(changes(&chronicle).contains("-HazardExternalIncident"))
        #expect(chronicle.state.firingAlerts.map(\.name) == [.anomaly])
    }

    @Test func aShamThatAnIncidentVoidsIsNoAbortedStrike() {
        var chronicle = Chronicle()
        chronicle.open(1, "x", round: nil)
        _ = changes(&chronicle)
        let round = chronicle.begin("app", .sham)
        chronicle.add(
            .aborted(
                Aborted(
                    round: round, cause: .externalIncident, reason: "",
                    services: [Chronicle.service("x")])))
        chronicle.end(round, .void)
        #expect(changes(&chronicle) == ["+HazardExternalIncident"])
        #expect(chronicle.state.counters.aborted.isEmpty)
    }

    @Test func miscalibrationFiresWhileShamsSaySo() throws {
        var chronicle = Chronicle()
        func say(_ isMiscalibrated: Bool, _ shams: Int, _ blamed: Int) {
            chronicle.add(
                .calibrated(
                    Calibrated(
                        isMiscalibrated: isMiscalibrated, shams: shams, blamed: blamed, alpha: 0.01)
                ))
        }
        say(true, 20, 2)
        let since = chronicle.now
        #expect(changes(&chronicle) == ["+HazardDetectorMiscalibrated"])
        let alert = try #require(chronicle.state.firingAlerts.first)
        #expect(alert.startsAt == since)
        #expect(alert.annotations["description"]?.contains("2 of 20") == true)
        chronicle.pass(.seconds(60))
        say(false, 200, 2)
        #expect(changes(&chronicle) == ["-HazardDetectorMiscalibrated"])
        #expect(chronicle.state.miscalibratedSince == nil)
    }
}
