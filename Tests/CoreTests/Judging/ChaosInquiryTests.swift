// "Was it chaos?" over small histories: what is said, and what is not.

import Core
import Testing

@Suite struct ChaosInquiryTests {
    /// Ten hours with a strike every hour.
    private static func hourly() -> ChaosHistory {
        var history = ChaosHistory()
        for hour in 0..<10 { history.round(Double(hour) * 3600 + 1800) }
        return history
    }

    @Test func anIncidentRightAfterAStrikeIsRelated() {
        let answer = Self.hourly().ask(5406, 5500)
        #expect(answer.kind == .related)
        #expect(answer.strikes.map(\.round.number) == [2])
        #expect(answer.strikes[0].secondsBefore == 6)
        // Ten strikes of 7 s each (6 and one of precision), in ten hours.
        #expect(abs((answer.pValue ?? 1) - 70.0 / 36_001) < 1e-9)
        #expect(answer.coin == nil)
        #expect(answer.text.hasPrefix("related to chaos: it began 6s after round 2 (pod-delete at"))
        #expect(answer.text.contains("not yet the cause"))
        #expect(answer.notes.contains { $0.contains("without shams") })
    }

    @Test func frequentStrikesProveNothing() {
        var history = ChaosHistory()
        for index in 0..<200 { history.round(Double(index) * 120) }
        let answer = history.ask(12_060, 12_100, until: 24_000)
        #expect(answer.kind == .undecided)
        #expect((answer.pValue ?? 0) > 0.4)
        #expect(answer.text.hasPrefix("cannot be told from coincidence"))
    }

    @Test func withoutAStrikeInReachItWasNotChaos() {
        let answer = Self.hourly().ask(5400 + 301, 6000)
        #expect(answer.kind == .notChaos && answer.pValue == nil && answer.strikes.isEmpty)
        #expect(answer.text.contains("no strike in the 5m before it began"))
        let quiet = ChaosHistory().ask(20_000, 20_100)
        #expect(quiet.kind == .notChaos)
        // A strike that did not take effect is none, and neither is a sham.
        var others = ChaosHistory()
        others.round(9000, delivered: false)
        others.round(9100, sham: true, chance: 0.5)
        #expect(others.ask(9110, 9200).kind == .notChaos)
    }

    @Test func aStrikeAfterTheBeginningDidNotBeginIt() {
        let answer = Self.hourly().ask(5300, 5500)
        #expect(answer.kind == .undecided && answer.pValue == nil)
        #expect(answer.strikes.map(\.secondsBefore) == [-100])
        #expect(answer.text.hasPrefix("chaos did not begin it"))
        // Unless the beginning is not known that well.
        let vague = Self.hourly().ask(5300, 5500, precision: .seconds(120))
        #expect(vague.kind == .related)
        #expect(vague.text.contains("together with round 2"))
        #expect(abs((vague.pValue ?? 0) - 200.0 / 36_120) < 1e-9)
    }

    @Test func shamsAreDrawnAgain() {
        var history = ChaosHistory()
        for hour in 0..<10 {
            history.round(Double(hour) * 3600 + 1800, sham: hour % 5 == 4, chance: 0.2)
        }
        let answer = history.ask(5406, 5500)
        #expect(answer.comparedStrikes == 8 && answer.comparedShams == 2)
        #expect(abs((answer.pValue ?? 1) - 10 * 7 * 0.8 / 36_001) < 1e-9)
        #expect(abs((answer.coin ?? 0) - 0.8) < 1e-12)
        #expect(answer.method.contains("drawn again"))
    }

    @Test func overlappingRoundsAreListedLatestFirst() {
        var history = Self.hourly()
        history.round(34_500)
        history.round(34_560, harmed: true)
        let answer = history.ask(34_570, 34_700)
        #expect(answer.strikes.map(\.round.number) == [12, 11])
        #expect(answer.strikes[0].harmed == [ChaosHistory.service])
        #expect(answer.strikes[1].harmed.isEmpty)
    }

    @Test func theJudgeKnowsTheBeginningBetter() {
        var history = Self.hourly()
        history.anomaly(30_605)
        history.anomaly(30_700, service: ServiceRef(namespace: "shop", name: "search"))
        let answer = history.ask(29_000, 32_000)
        #expect(answer.anomaly == 1 && answer.begin == ChaosHistory.at(30_605))
        #expect(answer.kind == .related && answer.strikes.first?.secondsBefore == 5)
        #expect(answer.notes.contains { $0.contains("1 more in the window") })
        // Asked about a service, only its anomalies and its namespace count.
        let search = ServiceRef(namespace: "shop", name: "search")
        #expect(history.ask(29_000, 32_000, services: [search]).anomaly == 2)
        let other = ServiceRef(namespace: "bank", name: "ledger")
        let elsewhere = history.ask(30_606, 32_000, services: [other])
        #expect(elsewhere.kind == .notChaos && elsewhere.comparedSeconds == 0)
    }

    @Test func whatTheJournalDoesNotCoverIsUnknown() {
        let history = Self.hourly()
        let before = history.ask(-5000, -4000)
        #expect(before.kind == .unknown)
        #expect(before.text.contains("knows nothing from before"))
        let early = history.ask(200, 260)
        #expect(early.kind == .unknown && early.text.contains("the journal begins at"))
        let empty = ChaosInquiry(
            ChaosQuestion(from: ChaosHistory.at(0), to: ChaosHistory.at(1)),
            ChaosRecord(State(), until: ChaosHistory.at(10))
        ).answer
        #expect(empty.kind == .unknown && empty.text.contains("holds nothing yet"))
        let late = history.ask(40_000, 40_100, until: 34_200)
        #expect(late.kind == .notChaos)
        #expect(late.notes.contains { $0.contains("the journal's last event") })
    }

    /// A state keeps 500 rounds; what is older is not known to it.
    @Test func forgottenRoundsAreNotTakenForNone() {
        var history = ChaosHistory()
        for index in 0..<600 { history.round(Double(index) * 60) }
        #expect(history.ask(300, 310).kind == .unknown)
        #expect(history.ask(30_000, 30_010).kind != .unknown)
    }

    @Test func onlyArmedTimeIsCompared() {
        var history = ChaosHistory()
        history.round(1000)
        history.add(2000, .halted(Halted(by: "me")))
        history.add(5000, .resumed(Resumed(by: "me")))
        history.hold(6000, .outsideWindow)
        history.hold(6600, .outsideWindow)
        history.hold(7000, .alertFiring)
        history.add(8000, .stopped(Stopped(reason: "")))
        history.add(9000, .started(Started(version: "1", seed: 1, instance: "b")))
        // It dies after this; the next life says when.
        history.round(10_000)
        history.add(20_000, .started(Started(version: "1", seed: 1, instance: "c")))
        let spans = history.state.armed.spans(of: nil, until: ChaosHistory.at(21_000))
        let seconds = spans.map {
            [
                ($0.lowerBound - ChaosHistory.start).inSeconds,
                ($0.upperBound - ChaosHistory.start).inSeconds,
            ]
        }
        #expect(
            seconds == [
                [0, 2000], [5000, 6000], [7000, 8000], [9000, 10_000], [20_000, 21_000],
            ])
        let halted = history.ask(3000, 3100, until: 21_000)
        #expect(halted.kind == .notChaos)
        #expect(halted.notes.contains { $0.contains("no strike could be drawn") })
        let answer = history.ask(1010, 1020, until: 21_000)
        #expect(answer.comparedSeconds == 2000 + 4 * 1000 + 5)
    }

    @Test func spansAreForgottenInOrder() {
        var history = ChaosHistory()
        for index in 0..<(ArmedTime.limit + 50) {
            history.add(Double(index) * 10 + 5, .halted(Halted(by: "me")))
            history.add(Double(index) * 10 + 10, .resumed(Resumed(by: "me")))
        }
        let spans = history.state.armed.spans(of: nil, until: ChaosHistory.at(20_000))
        #expect(spans.count == ArmedTime.limit + 1)
        #expect(history.state.armed.forgottenUntil.map { $0 <= spans[0].lowerBound } == true)
    }

    @Test func policiesThatOnlyObserveAreNeverArmed() {
        let observing = ChaosHistory(mode: .observe)
        #expect(observing.state.armed.spans(of: nil, until: ChaosHistory.at(99)).isEmpty)
        #expect(observing.ask(5000, 5010).kind == .notChaos)
    }

    @Test func instantsAreReadAsPeopleWriteThem() throws {
        let now = Timestamp(rfc3339: "2026-11-21T12:00:00Z") ?? .earliest
        func read(_ text: String) throws -> String {
            try InstantText.read(text, name: "--from", now: now).rfc3339
        }
        #expect(try read("now") == "2026-11-21T12:00:00Z")
        #expect(try read("-1h30m") == "2026-11-21T10:30:00Z")
        #expect(try read("2026-11-21T12:00:00+01:00") == "2026-11-21T11:00:00Z")
        for (text, message) in [
            ("2026-11-21T12:00:00", "no time zone; write 2026-11-21T12:00:00Z"),
            ("2026-11-21T12:00:00 01:00", "%2B"), ("2h", "write -2h for 2h ago"),
            ("-soon", "not a time before now"), ("yesterday", "is no instant"),
            ("2026-02-30T12:00:00Z", "is no instant"),
        ] {
            let error = #expect(throws: ConfigError.self) { try read(text) }
            #expect(error?.description.contains(message) == true, "\(text): \(error as Any)")
            #expect(error?.description.hasPrefix("--from: \"") == true)
        }
    }
}
