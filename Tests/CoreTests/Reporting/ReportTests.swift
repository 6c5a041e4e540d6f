import Testing

@testable import Core

/// Recoveries, coverage, the timeline, findings, and the words at the top.
@Suite struct ReportTests {
    @Test func whatWasAcceptedDidNotRecover() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 900, harmed: true)
        let onset = sample.now
        let first = sample.anomaly("app", round: 1, delay: 0)
        let second = sample.anomaly("db", round: 1, delay: 0)
        sample.now += .seconds(100)
        sample.recover(first, service: "app", onset: onset, at: sample.now)
        sample.add(.accepted(Accepted(id: second, by: "ada", excess: 3)), after: 100)
        let length = sample.now
        sample.add(.stopped(Stopped(reason: "")), after: 10_000)
        let curve = try #require(RecoveryCurves(sample.history).curves.first)
        #expect(curve.curve.count == 1 && curve.curve.censored == 1)
        #expect(curve.curve.steps.isEmpty)
        let start = try #require(sample.history.round(1)?.injectedAt)
        #expect(curve.longest == (length - start).inSeconds, "censored when it was accepted")
        #expect(sample.history.anomalies.allSatisfy { !$0.isOpen })
        #expect(sample.history.anomalies.map(\.endedAt).last == length)
    }

    @Test func aRoundRecoversWithItsLastService() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true)
        let injected = try #require(sample.history.rounds[0].injectedAt)
        let app = sample.anomaly("app", round: 1)
        let db = sample.anomaly("db", round: 1)
        sample.recover(app, service: "app", onset: injected, at: injected + .seconds(100))
        sample.recover(db, service: "db", onset: injected, at: injected + .seconds(40))
        sample.round(ReportSample.planned(2), bad: 500, harmed: true)
        sample.anomaly("db", round: 2)
        sample.anomaly("db", round: nil)
        sample.add(.blind(Blind(reason: "-")), after: 500)
        let recoveries = RecoveryCurves(sample.history)
        let curve = try #require(recoveries.curves.first)
        #expect(recoveries.curves.count == 1 && curve.fault == "pod-delete")
        #expect(curve.curve.count == 2 && curve.curve.censored == 1)
        #expect(curve.censoredShare == 0.5)
        #expect(curve.curve.steps.map(\.seconds) == [100])
        #expect(curve.longest > 500)
        #expect(recoveries.unattributed == 1 && recoveries.unattributedOpen == 1)
    }

    /// A workload that heals slowly is not hidden by one that heals at once.
    @Test func everyStruckWorkloadHasItsCurve() throws {
        var sample = ReportSample()
        for (number, workload) in [(1, "db"), (2, "app"), (3, "db")] {
            sample.round(
                ReportSample.planned(number, at: workload), bad: 500, harmed: true)
            sample.add(.delivered(RoundMark(round: number)), after: 0)
            let round = try #require(sample.history.round(number))
            let injected = try #require(round.injectedAt)
            let gone = try #require(round.deliveredAt)
            let took = workload == "db" ? 400 : 70
            let id = sample.anomaly(workload, round: number)
            sample.recover(
                id, service: workload, onset: injected, at: gone + .seconds(took))
        }
        let recoveries = RecoveryCurves(sample.history)
        #expect(
            recoveries.curves.map(\.target) == [
                nil, "Deployment go-app/app", "Deployment go-app/db",
            ])
        #expect(recoveries.curves.map(\.curve.count) == [3, 1, 2])
        // `round` delivers 62 s after the injection in this history.
        #expect(recoveries.curves.map(\.healing.median) == [400, 70, 400])
        for curve in recoveries.curves {
            let repair = try #require(curve.curve.median)
            let heal = try #require(curve.healing.median)
            #expect(abs(repair - heal - 62) < 1e-6)
        }
    }

    /// A fault that lasts is healed from after its end only.
    @Test func outagesWithinALastingFaultAreNotHealed() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true)
        let round = try #require(sample.history.round(1))
        let injected = try #require(round.injectedAt)
        sample.add(
            .injecting(
                Injecting(
                    round: 1, policy: "go-app/demo", target: ReportSample.planned(1).target,
                    fault: "pod-delete", parameters: [:], undo: [:],
                    deadline: injected + .seconds(660), fencingToken: 1, lasts: 600)))
        sample.add(.reverted(RoundMark(round: 1)), after: 500)
        let end = try #require(sample.history.round(1)?.faultEndedAt)
        let id = sample.anomaly("db", round: 1)
        sample.recover(id, service: "db", onset: injected, at: end - .seconds(30))
        let before = try #require(RecoveryCurves(sample.history).curves.first)
        #expect(before.curve.count == 1 && before.healing.count == 0)
        sample.recover(id, service: "db", onset: injected, at: end + .seconds(30))
        let after = try #require(RecoveryCurves(sample.history).curves.first)
        #expect(after.healing.median == 30)
    }

    @Test func alertsAndFixedFindingsAreNarrowed() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true)
        for namespace in ["go-app", "shop"] {
            sample.add(
                .alertCoverage(
                    AlertCoverage(
                        round: 1, namespace: namespace, isSham: false, isHarmful: true,
                        from: sample.now, until: sample.now + .seconds(60), alerts: [],
                        services: [])))
        }
        var report = Report(sample.history, madeAt: sample.now, namespace: "go-app")
        #expect(report.alertFigures.map(\.namespace) == ["go-app"])
        #expect(report.alertFigures[0].harmful == 1 && report.alertFigures[0].detected == 0)
        let later = Report(sample.history, madeAt: sample.now, since: sample.now + .seconds(1))
        #expect(later.alertFigures.isEmpty)
        var open = Finding(
            kind: .latencyOnly, subject: .service(ReportSample.service("db")), title: "slow",
            severity: .warning, at: sample.now)
        open.seen = 2
        var fixed = open
        fixed.subject = .service(ReportSample.service("app"))
        fixed.status = .fixed
        report.add([open, fixed])
        #expect(report.fixed.map(\.subject.name) == ["app"])
        let shown = report.findings.compactMap(\.weakness)
        #expect(shown == [open])
        #expect(report.findings.first { $0.weakness != nil }?.kind == "latency-only")
    }

    /// exp(-exp(ln(-ln S) ± 1.96 se / (S ln S))), computed by hand for S = 0.8, se = 0.1.
    @Test func bandsStayWithinOneAndContainTheShare() throws {
        let step = SurvivalCurve.Step(seconds: 1, share: 0.8, error: 0.1, atRisk: 16)
        let band = try #require(step.band)
        #expect(abs(band.lowerBound - 0.5123) < 1e-3 && abs(band.upperBound - 0.9283) < 1e-3)
        #expect(SurvivalCurve.Step(seconds: 1, share: 0, error: 0, atRisk: 1).band == nil)
    }

    @Test func coverageKnowsWhatWasNeverStruck() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1, at: "db"), bad: 500, harmed: true)
        sample.round(ReportSample.planned(2, .sham, at: "app"), bad: 0, harmed: false)
        let map = CoverageMap(sample.history.rounds)
        #expect(map.faults == ReportSample.faults)
        #expect(map.rows.map(\.target) == ["Deployment go-app/app", "Deployment go-app/db"])
        #expect(map.rows.map(\.eligible) == [2, 2])
        #expect(map.cells == (known: 4, struck: 1))
        let db = map.rows[1].cells[0]
        #expect(db.strikes == 1 && db.harmed == 1 && db.lastState == "harm")
        #expect(map.rows[0].cells[0].strikes == 0 && map.rows[0].cells[0].shams == 1)
        let last = try #require(db.last)
        #expect(CoverageMap.Age(last, now: last + .seconds(86_400)) == .fresh)
        #expect(CoverageMap.Age(last, now: last + .seconds(8 * 86_400)) == .aging)
        #expect(CoverageMap.Age(last, now: last + .seconds(31 * 86_400)) == .stale)
        #expect(CoverageMap.Age(nil, now: last) == .never)
    }

    @Test func theTimelineCountsEveryWindowOnce() throws {
        var sample = ReportSample()
        for number in 1...30 {
            sample.round(ReportSample.planned(number), bad: 50, harmed: false)
        }
        let timeline = try #require(Timeline(sample.history))
        #expect(timeline.columns <= Timeline.columnLimit)
        #expect(timeline.lanes.map(\.service.name) == ["app", "db"])
        let total = timeline.lanes[0].columns.reduce(0) { $0 + ($1?.requests ?? 0) }
        #expect(total == 30 * 1200)
        let success = timeline.lanes[0].columns.compactMap { $0?.success }
        #expect(success.allSatisfy { $0 >= 0.94 && $0 <= 1 })
        // The same course again, as the lead of the next round would be.
        var twice = sample.history
        let series = sample.history.rounds[0].series
        let verdict = try #require(sample.history.rounds[1].verdict)
        twice.add(
            .judged(Judged(round: 2, verdict: verdict, outcomes: [], series: series)),
            at: sample.now)
        let again = try #require(Timeline(twice))
        #expect(again.lanes[0].columns.reduce(0) { $0 + ($1?.requests ?? 0) } == 29 * 1200)
        let bins = timeline.bins(sample.history.rounds, count: 7)
        #expect(bins.count == 7 && bins.reduce(0) { $0 + ($1.strikes["no-harm"] ?? 0) } == 30)
        #expect(Timeline(ReportHistory()) == nil)
    }

    @Test func whatTheSameFaultBrokeIsOneFinding() throws {
        var sample = ReportSample()
        for number in 1...3 {
            sample.round(ReportSample.planned(number), bad: 900, harmed: true)
            for service in ["app", "db"] {
                let id = sample.anomaly(service, round: number)
                let finding = AnomalyUnrecovered(id: id, finding: "Ready pods, failing traffic")
                sample.add(.unrecovered(finding), after: 0)
                if number < 3 {
                    sample.recover(
                        id, service: service, onset: sample.now - .seconds(50), at: sample.now)
                }
            }
        }
        let report = Report(sample.history, madeAt: sample.now)
        #expect(report.findings.map(\.severity) == [.critical, .warning])
        #expect(report.findings[0].title.hasPrefix("Not recovered after "))
        #expect(
            report.findings[1].evidence.last == "pod-delete at Deployment go-app/db, rounds 1, 2")
        #expect(report.findings.allSatisfy { $0.subject == "go-app/app, go-app/db" })
        #expect(report.headline.hasPrefix("2 services had not recovered at the end of the journal"))
        #expect(report.headline.contains("users were harmed in 3 of 3 strikes"))
        #expect(report.incidents.count == 6)
        #expect(report.incidents.allSatisfy { $0.answer == nil })
    }

    @Test func silenceIsStatedWithItsLimit() {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 0, harmed: false, bound: 0.004)
        let report = Report(sample.history, madeAt: sample.now)
        #expect(report.headline == "No harm above 0.4 % was seen in 1 strike.")
        #expect(report.findings.isEmpty)
        #expect(report.shams.shams == 0)
    }

    @Test func anEmptyHistoryIsAReport() {
        let report = Report(ReportHistory(), madeAt: Timestamp(seconds: 0))
        #expect(report.headline == "No rounds yet: there is nothing to report.")
        #expect(report.timeline == nil && report.findings.isEmpty)
    }

    @Test func reportsAreNarrowed() throws {
        var sample = ReportSample()
        sample.round(ReportSample.planned(1), bad: 500, harmed: true)
        sample.anomaly("db", round: 1)
        let since = sample.now
        sample.round(ReportSample.planned(2, .sham), bad: 0, harmed: false)
        let later = Report(sample.history, madeAt: sample.now, since: since)
        #expect(later.history.rounds.map(\.number) == [2])
        #expect(later.history.anomalies.count == 1, "it lasts")
        #expect(later.history.firstAt == since)
        #expect(later.history.round(2)?.number == 2 && later.history.round(1) == nil)
        let other = Report(sample.history, madeAt: sample.now, namespace: "other")
        #expect(other.history.rounds.isEmpty && other.history.anomalies.isEmpty)
        #expect(sample.history.namespaces == ["go-app"])
    }

    @Test func shamsMeasureTheJudge() {
        var sample = ReportSample()
        for number in 1...12 {
            sample.round(ReportSample.planned(number, .sham), bad: 0, harmed: number <= 4)
        }
        let report = Report(sample.history, madeAt: sample.now)
        #expect(report.shams.shams == 12 && report.shams.blamed == 4)
        #expect(abs(report.alpha - 0.01) < 1e-12)
        #expect(report.findings.first?.title == "Shams are blamed more often than promised")
    }
}
