import Core
import Engine
import Host
import Platform
import Testing

@testable import App

/// `report` over journals on disk, and its page over histories in memory.
@Suite(.timeLimit(.minutes(10)))
struct ReportCommandTests {
    private static let now = Timestamp(seconds: 1_800_100_000)

    private func report(
        _ journal: SampleJournal, html: String? = nil, since: String? = nil,
        namespace: String? = nil, _ format: OutputFormat = .text
    ) async -> (App.ExitStatus, Recorded) {
        let recorded = Recorded()
        let exit = await ReportCommand.run(
            journal: journal.path, html: html, since: since, namespace: namespace, format: format,
            output: recorded.output)
        return (exit, recorded)
    }

    /// A strike or sham with measurements.
    private static func round(_ number: Int, harmed: Bool, service: String = "go-app-db") -> [Event]
    {
        var planned = SampleJournal.planned(number)
        planned.assignment = number % 4 == 0 ? .sham : .strike
        let ref = ServiceRef(namespace: "go-app", name: service)
        let verdict = Verdict(
            kind: harmed ? .harm : .noHarm, minimumDetectable: harmed ? nil : 0.004,
            confidence: 0.99, excess: harmed ? 90 : 0, text: "verdict of \(number)")
        let judged = Judged(
            round: number, verdict: verdict,
            outcomes: [
                ServiceOutcome(
                    service: ref, signal: .badRatio, requests: 1000, bad: harmed ? 91 : 1,
                    expected: 1, nats: harmed ? 40 : 0, harmed: harmed,
                    bound: harmed ? nil : 0.004)
            ],
            series: [
                RoundSeries(
                    service: ref, start: Timestamp(seconds: 1_800_000_000 + Double(number) * 120),
                    window: 15, requests: [50, 50, 50, 0], bad: [0, harmed ? 20 : 0, 0, 0],
                    blind: [3], mean: 0.001, upper: 0.002)
            ])
        let injected: [Event] =
            planned.assignment == .strike
            ? [SampleJournal.injecting(number), .injected(RoundMark(round: number))] : []
        return [.planned(planned)] + injected + [
            .judged(judged),
            .closed(Closed(round: number, outcome: harmed ? .harm : .noHarm)),
        ]
    }

    private static func history(_ rounds: Int, service: String = "go-app-db") -> ReportHistory {
        var history = ReportHistory()
        for number in 1...rounds {
            let at = Timestamp(seconds: 1_800_000_000 + Double(number) * 120)
            for event in round(number, harmed: number % 7 == 0, service: service) {
                history.add(event, at: at)
            }
        }
        return history
    }

    private static func page(_ history: ReportHistory) -> String {
        // Fewer redraws than by default: these tests look at the page.
        let report = Report(history, madeAt: now, effort: 100_000)
        return ReportPage(report: report, source: "hazard.db").html
    }

    @Test func aJournalBecomesLinesJSONAndAPage() async throws {
        try await SampleJournal.with { journal in
            let events = (1...8).flatMap { Self.round($0, harmed: $0 == 7) }
            try await journal.write(
                [SampleJournal.start, SampleJournal.policies] + events + [SampleJournal.anomaly])
            let place = journal.directory + "/report.html"
            let (exit, recorded) = await report(journal, html: place)
            #expect(exit == .success && recorded.errors.isEmpty)
            #expect(recorded.text.contains("1 of 6"))
            #expect(recorded.text.contains("no harm above 0.4 % (99 %)"))
            #expect(!recorded.text.contains("passed"))
            #expect(recorded.lines.last?.hasPrefix("page: \(place) (") == true)
            let page = String(decoding: try FileSystem.read(place), as: UTF8.self)
            #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
            for section in [
                "findings", "timeline", "scorecard", "effects", "recovery", "coverage", "judge",
            ] { #expect(page.contains("<section id=\"\(section)\">")) }
            #expect(page.contains("no harm above 0.4\u{a0}% (99\u{a0}%)"))

            let (_, json) = await report(journal, namespace: "go-app", .json)
            let document = try #require(json.json)
            #expect(document[path: ["summary", "strikes"]]?.integer == 6)
            #expect(document[path: ["summary", "harmfulStrikes"]]?.integer == 1)
            #expect(document[path: ["falseAttribution", "shams"]]?.integer == 2)
            #expect(document["scorecard"]?[0]?["harmed"]?.integer == 1)
            #expect(document["findings"]?[0]?["severity"]?.string == "critical")
            #expect(document["rounds"]?.array?.count == 8)
            #expect(document[path: ["coverage", "struck"]]?.integer == 1)
        }
    }

    @Test func discoveriesRootCausesAndAttributionsAreShown() async throws {
        try await SampleJournal.with { journal in
            let harm = Verdict(kind: .harm, confidence: 0.99, excess: 90, text: "harm")
            guard case .anomaly(var opened) = SampleJournal.anomaly else { return }
            opened.attribution = RoundAttribution(
                round: 1, probability: 0.97, harmPrior: 0.5, incidentsPerRound: 0.015, nats: 9,
                inReach: true)
            try await journal.write([
                SampleJournal.start, SampleJournal.policies, .planned(SampleJournal.planned(1)),
                SampleJournal.injecting(1), .injected(RoundMark(round: 1)), .anomaly(opened),
                .judged(
                    Judged(
                        round: 1, verdict: harm, discovery: true, cause: CauseRank(rank: 2))),
                .closed(Closed(round: 1, outcome: .harm)),
            ])
            let place = journal.directory + "/report.html"
            let text = await report(journal, html: place).1.text
            #expect(text.contains("discoveries: 1 of 1 tested strike, at a false discovery rate"))
            #expect(text.contains("the target came first in 0, among three in 1"))
            let page = String(decoding: try FileSystem.read(place), as: UTF8.self)
            #expect(page.contains("attributed to round 1 with probability 0.97"))
            #expect(page.contains("a discovery among all strikes"))
            #expect(page.contains("1 harm stands up as a discovery"))
            #expect(page.contains("among the first three in 1"))
            let document = try #require(await report(journal, .json).1.json)
            let anomaly = document["anomalies"]?[0]
            #expect(anomaly?[path: ["attribution", "probability"]]?.double == 0.97)
            #expect(document["rounds"]?[0]?["discovery"] == true)
            #expect(document["rounds"]?[0]?["rootCauseRank"] == 2)
            #expect(document[path: ["falseAttribution", "testedStrikes"]] == 1)
            #expect(document[path: ["falseAttribution", "discoveries"]] == 1)
            #expect(document[path: ["rootCauses", "hitsInThree"]] == 1)
            let recorded = Recorded()
            let exit = await RoundsCommand.run(
                journal: journal.path, limit: 5, policy: nil, format: .text,
                output: recorded.output)
            #expect(exit == .success)
            #expect(recorded.lines.first?.contains("DISCOVERY") == true)
            #expect(recorded.lines.last?.contains(" yes ") == true)
            let state = Recorded()
            _ = await StatusCommand.run(
                journal: journal.path, url: nil, format: .text, output: state.output)
            #expect(state.text.contains("; attributed to round 1 with probability 0.97"))
            #expect(state.text.contains("root causes: of 1 harmful strikes that were traced"))
        }
    }

    @Test func anEmptyJournalIsSaidToBeEmpty() async throws {
        try await SampleJournal.with { journal in
            try await journal.write([SampleJournal.start])
            let place = journal.directory + "/report.html"
            let (exit, recorded) = await report(journal, html: place)
            #expect(exit == .success)
            #expect(recorded.lines[0] == "No rounds yet: there is nothing to report.")
            let page = String(decoding: try FileSystem.read(place), as: UTF8.self)
            #expect(page.contains("No rounds yet") && !page.contains("<section"))
            #expect(await report(journal, .json).1.json?["rounds"]?.array == [])
        }
    }

    @Test func mistakesAreNamed() async throws {
        try await SampleJournal.with { journal in
            #expect(await report(journal).0 == .failure)
            try await journal.write([SampleJournal.start] + SampleJournal.round(1))
            let (unknown, first) = await report(journal, namespace: "shop")
            #expect(unknown == .usage)
            #expect(first.errors.first?.contains("known: go-app") == true)
            let (bad, second) = await report(journal, since: "yesterday")
            #expect(bad == .usage)
            #expect(second.errors.first?.contains("7d") == true)
            let (unwritable, third) = await report(journal, html: journal.directory + "/no/x.html")
            #expect(unwritable == .failure && third.errors.count == 1)
        }
    }

    @Test(
        arguments: [
            ("1h", 1_800_096_400), ("2026-11-01", 1_793_491_200),
            ("2026-11-01T01:00:00Z", 1_793_494_800),
        ] as [(String, Double)])
    func sinceIsATimeBeforeNowOrAnInstant(text: String, seconds: Double) {
        #expect(ReportCommand.instant(text, now: Self.now) == Timestamp(seconds: seconds))
    }

    /// Names come from a cluster: none of them may become markup, wherever it is shown.
    @Test func everyTextIsEscaped() {
        let evil = "<script>alert(\"1\")</script>'&"
        var history = Self.history(20, service: evil)
        var planned = SampleJournal.planned(21)
        planned.fault = evil
        planned.target.name = evil
        planned.target.workload = WorkloadRef(kind: evil, namespace: evil, name: evil)
        planned.pool?.faults[0].kind = evil
        planned.pool?.candidates?[0].workload = planned.target.workload
        let at = Timestamp(seconds: 1_800_090_000)
        history.add(.planned(planned), at: at)
        history.add(.injected(RoundMark(round: 21)), at: at)
        history.add(.revertFailed(RoundNote(round: 21, reason: evil)), at: at)
        let verdict = Verdict(kind: .harm, confidence: 0.99, text: evil)
        history.add(.judged(Judged(round: 21, verdict: verdict)), at: at)
        history.add(.closed(Closed(round: 21, outcome: .harm)), at: at)
        if case .anomaly(var opened) = SampleJournal.anomaly {
            opened.cause = evil
            opened.anomaly.evidence.service = ServiceRef(namespace: evil, name: evil)
            opened.anomaly.brokenEdge = ServiceEdge(
                sourceNamespace: evil, source: evil,
                destination: ServiceRef(namespace: evil, name: evil))
            history.add(.anomaly(opened), at: at)
            history.add(.unrecovered(AnomalyUnrecovered(id: opened.id, finding: evil)), at: at)
        }
        let page = Self.page(history)
        #expect(!page.contains("<script"))
        #expect(!page.contains("alert(\""))
        let shown = page.count(
            of: "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;")
        #expect(shown > 10, "\(shown)")
    }

    /// One file: nothing is fetched, nothing runs.
    @Test func nothingIsLoaded() {
        let page = Self.page(Self.history(30))
        for word in [
            "<script", "src=", "url(", "@import", "<link", "<iframe", "onload", "http://",
            "https://",
        ] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("prefers-color-scheme:dark"))
        #expect(page.contains("@media print"))
    }

    @Test func oneRoundIsEnoughForAPage() {
        let page = Self.page(Self.history(1))
        #expect(page.contains("No harm above 0.4\u{a0}% was seen in 1 strike."))
        #expect(page.contains("without shams there is nothing to compare with"))
    }

    /// A week of rounds every two minutes: the page stays as small as a picture.
    @Test func manyRoundsAreCondensed() {
        let history = Self.history(5000)
        let clock = ContinuousClock()
        var page = ""
        let time = clock.measure { page = Self.page(history) }
        #expect(page.utf8.count < 400_000, "\(page.utf8.count) bytes")
        #expect(time < .seconds(90), "\(time)")
        #expect(page.contains("The newest 300 of 5000"))
    }

    @Test func whatARoundCouldShowIsInTheDocument() {
        var history = ReportHistory()
        var planned = SampleJournal.planned(1)
        let service = ServiceRef(namespace: "go-app", name: "go-app-db")
        planned.power = [ForeseenPower(service: service, detectable: 0.25)]
        history.add(.planned(planned), at: Self.now)
        history.add(.planned(SampleJournal.planned(2)), at: Self.now)
        let json = ReportDocument(report: Report(history, madeAt: Self.now)).json
        let shown: JSON = [["service": "go-app/go-app-db", "minimumDetectable": 0.25]]
        #expect(json["rounds"]?[0]?["power"] == shown)
        #expect(json["rounds"]?[1]?["power"] == nil, "older journals do not know")
    }

    /// Whatever was measured, nothing traps.
    @Test func absurdFiguresAreShownAsUnknown() {
        var history = Self.history(3)
        let service = ServiceRef(namespace: "go-app", name: "go-app-db")
        let verdict = Verdict(
            kind: .noHarm, minimumDetectable: .infinity, confidence: .nan, excess: -.infinity,
            text: "-")
        var judged = Judged(round: 3, verdict: verdict)
        judged.outcomes = [
            ServiceOutcome(
                service: service, signal: .badRatio, requests: 1e300, bad: .nan, expected: -1,
                nats: .infinity, harmed: true, bound: .nan)
        ]
        judged.series = [
            RoundSeries(
                service: service, start: Timestamp(nanoseconds: .max), window: 1e300,
                requests: [.nan, 1e300, -5], bad: [1, .infinity], mean: .nan, upper: .infinity),
            RoundSeries(
                service: service, start: Timestamp(nanoseconds: .min), window: 1e-300,
                requests: [1], bad: [2], mean: 2, upper: -1),
        ]
        history.add(.judged(judged), at: Timestamp(nanoseconds: .max))
        let report = Report(history, madeAt: Timestamp(nanoseconds: .min))
        #expect(ReportPage(report: report, source: "x").html.hasSuffix("</html>\n"))
        #expect(ReportDocument(report: report).json["rounds"]?.array?.count == 3)
        #expect(!ReportText(report: report).lines.isEmpty)
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
