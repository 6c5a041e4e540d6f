import Core
import Testing

@testable import App

/// The report's JSON says all that its page says: findings whole, rounds with what each measured,
/// and every limit that the page words.
@Suite struct ReportDocumentTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private static func service(_ number: Int) -> ServiceRef {
        ServiceRef(namespace: "go-app", name: "s\(number)")
    }

    /// A round with 14 services; every third is a sham.
    private static func add(
        _ number: Int, to history: inout ReportHistory, measured: Bool = true,
        change: (inout Planned) -> Void = { _ in }
    ) {
        let at = start + .seconds(120) * number
        var planned = SampleJournal.planned(number)
        planned.assignment = number % 3 == 0 ? .sham : .strike
        change(&planned)
        history.add(.planned(planned), at: at)
        if planned.assignment == .strike {
            history.add(SampleJournal.injecting(number), at: at)
            history.add(.injected(RoundMark(round: number)), at: at)
            history.add(.delivered(RoundMark(round: number)), at: at + .seconds(2))
        }
        var judged = Judged(
            round: number,
            verdict: Verdict(kind: .noHarm, minimumDetectable: 0.01, confidence: 0.99, text: "-"))
        if measured {
            judged.outcomes = (0..<14).map {
                ServiceOutcome(
                    service: service($0), signal: .badRatio, requests: 1000,
                    bad: Double(number % 4), expected: 1, nats: 0, harmed: false, bound: 0.01)
            }
            judged.series = (0..<14).map {
                RoundSeries(
                    service: service($0), start: at, window: 15, requests: [100, 100],
                    bad: [0, Double(number % 4)], mean: 0.001, upper: 0.002)
            }
        }
        history.add(.judged(judged), at: at + .seconds(60))
        history.add(.closed(Closed(round: number, outcome: .noHarm)), at: at + .seconds(61))
    }

    private static func add(anomaly id: Int, round: Int?, to history: inout ReportHistory) {
        let at = start + .seconds(4000 + id)
        let evidence = Evidence(
            service: service(0), signal: .badRatio, before: 0.001, baselineUpper: 0.002, now: 0.9,
            requests: 100, bad: 90, excess: 89, nats: 50, threshold: 18)
        history.add(
            .anomaly(
                AnomalyOpened(
                    id: id, anomaly: Anomaly(evidence: evidence, onset: at, detectedAt: at),
                    round: round, cause: "-")), at: at)
    }

    /// A history of which a report has to say everything that limits it.
    private static var limited: ReportHistory {
        var history = ReportHistory()
        for number in 1...12 { add(number, to: &history) }
        add(13, to: &history, measured: false)
        add(14, to: &history) { $0.pool = nil }
        add(15, to: &history) { planned in
            planned.pool?.candidates = (0..<250).map {
                .init(
                    workload: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "w\($0)"),
                    pods: ["w\($0)-0"])
            }
        }
        for id in 1...110 { add(anomaly: id, round: id % 10 == 0 ? 1 : nil, to: &history) }
        for (second, event) in [
            (5000, Event.blind(Blind(reason: "-"))), (5100, .sighted(Sighted(after: 100))),
            (5200, .blind(Blind(reason: "-"))),
        ] { history.add(event, at: start + .seconds(second)) }
        return history
    }

    @Test func everyLimitOfThePageHasAField() throws {
        let report = Report(Self.limited, madeAt: Self.start, effort: 1000)
        let page = ReportPage(report: report, source: "-").html
        let json = ReportDocument(report: report).json
        let table: [(words: String, path: [String], value: Int)] = [
            (
                "1 judged strikes were journaled without",
                ["limits", "strikesWithoutMeasurements"], 1
            ),
            ("For 1 round not all chances are known", ["effects", "roundsWithUnknownChances"], 1),
            (
                "1 judged round without measurements are left out",
                ["effects", "unmeasuredRounds"], 1
            ),
            (
                "\(report.effects.untested) rows were not tested", ["effects", "untestedRows"],
                report.effects.untested
            ),
            (
                "\(report.effects.omitted) services of single targets were not compared",
                ["effects", "omittedServices"], report.effects.omitted
            ),
            ("99 anomalies that no strike explains", ["limits", "unattributedAnomalies"], 99),
            ("(99 open) are not counted", ["limits", "unattributedOpenAnomalies"], 99),
            ("51 more targets are left out", ["coverage", "omitted"], 51),
            ("10 older ones are left out", ["limits", "olderAnomalies"], 10),
            ("2 calmer services are not drawn", ["limits", "calmerServices"], 2),
        ]
        for (words, path, value) in table {
            #expect(page.contains(words), "the page does not say \"\(words)\"")
            #expect(json[path: path]?.integer == value, "\(path)")
            #expect(value > 0, "\(path) is not tested")
        }
        #expect(page.contains("could not be read 2 times"))
        let spans = try #require(json[path: ["limits", "blindness"]]?.array)
        #expect(spans.map { $0["until"] != nil } == [true, false])
        #expect(json["recovery"]?[0]?["censored"]?.integer == 1)
    }

    @Test func roundsHaveWhatTheyMeasured() throws {
        let json = ReportDocument(report: Report(Self.limited, madeAt: Self.start)).json
        let round = try #require(json["rounds"]?[0])
        #expect(round["verdictKind"] == "no-harm" && round["noHarmAbove"]?.double == 0.01)
        #expect(round["deliveredAt"]?.string != round["injectedAt"]?.string)
        #expect(round["faultEndedAt"] == round["deliveredAt"])
        #expect(round["chance"]?.double == 0.8)
        let outcome = try #require(round["outcomes"]?[0])
        #expect(outcome["service"] == "go-app/s0" && outcome["signal"] == "bad-ratio")
        #expect(outcome["requests"]?.double == 1000 && outcome["bad"]?.double == 1)
        #expect(outcome["harmed"] == .bool(false) && outcome["noHarmAbove"]?.double == 0.01)
        #expect(round["outcomes"]?.array?.count == 14)
        #expect(json["rounds"]?[12]?["outcomes"] == nil, "nothing was measured")
    }

    @Test func findingsAndAlertsAreWhole() throws {
        var history = Self.limited
        let from = Self.start + .seconds(120)
        let fired = FiringAlert(
            labels: ["alertname": "Burn", "namespace": "go-app"], startsAt: from + .seconds(40))
        for (round, alerts) in [(1, [fired]), (2, [])] {
            history.add(
                .alertCoverage(
                    AlertCoverage(
                        round: round, namespace: "go-app", isSham: false, isHarmful: true,
                        from: from, until: from + .seconds(900), alerts: alerts, services: [])),
                at: from)
        }
        var report = Report(history, madeAt: Self.start)
        var open = Finding(
            kind: .singlePointOfFailure, subject: .service(Self.service(0)), title: "alone",
            severity: .warning, at: from)
        (open.seen, open.comparable, open.rounds) = (4, 6, [1, 2, 4, 5])
        var fixed = open
        fixed.kind = .latencyOnly
        fixed.status = .fixed
        report.add([open, fixed])
        let json = ReportDocument(report: report).json
        let found = try #require(
            json["findings"]?.array?.first { $0["identity"]?.string == open.identity })
        #expect(found["kind"] == "single-point-of-failure" && found["status"] == "open")
        #expect(found["seen"]?.integer == 4 && found["comparable"]?.integer == 6)
        #expect(found["rounds"]?.array?.count == 4 && found["severity"] == "warning")
        #expect(found["subject"] == "go-app/s0")
        let other = try #require(json["findings"]?.array?.first { $0["identity"] == nil })
        #expect(other["kind"] == "unrecovered")
        #expect(json["fixedFindings"]?[0]?["kind"] == "latency-only")
        let alerts = try #require(json["alertCoverage"])
        #expect(alerts["namespaces"]?[0]?["detected"]?.integer == 1)
        #expect(alerts["rounds"]?[0]?["noticed"]?[0]?["afterSeconds"]?.double == 40)
        let page = ReportPage(report: report, source: "-").html
        #expect(page.contains("<summary>1 fixed</summary>") && page.contains("1 of 2</strong>"))
        #expect(page.contains("<a href=\"#round-2\">round 2</a>"))
        #expect(
            ReportText(report: report).lines.contains { $0.contains("stayed silent in 1 of 2") })
        let silent = ReportPage(report: Report(Self.limited, madeAt: Self.start), source: "-").html
        #expect(silent.contains("No round was compared with the team's own alerts"))
    }
}
