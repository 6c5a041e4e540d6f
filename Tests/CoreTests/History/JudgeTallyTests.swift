// Discoveries and root causes over a journal: folded from verdicts, and gone on with after a
// restart.

import FoundationEssentials
import Testing

@testable import Core

@Suite struct JudgeTallyTests {
    private static func judged(
        _ round: Int, _ discovery: Bool?, rank: Int?? = nil, confidence: Double = 0.99
    ) -> Event {
        .judged(
            Judged(
                round: round, verdict: Verdict(kind: .harm, confidence: confidence, text: ""),
                discovery: discovery, cause: rank.map { CauseRank(rank: $0) }))
    }

    private static func sketch(alpha: Double, tests: Int, discoveries: Int) -> JudgeSketch {
        var online = OnlineTests(alpha: alpha)
        for test in 0..<tests { _ = online.add(nats: test < discoveries ? 100 : 0) }
        var causes = CauseScore()
        for _ in 0..<discoveries { causes.add(rank: 3) }
        return JudgeSketch(
            services: [], shams: ShamCalibration(), causes: causes, online: online)
    }

    private static func learned(tests: Int, discoveries: Int) -> Event {
        .learned(
            Learned(
                interval: 15, sketch: sketch(alpha: 0.01, tests: tests, discoveries: discoveries)))
    }

    @Test func verdictsAddUpInTheStateAndTheReport() {
        var chronicle = Chronicle()
        var history = ReportHistory()
        let number = chronicle.begin()
        for event in [
            Self.learned(tests: 5, discoveries: 2),
            Self.judged(number, true, rank: 1, confidence: 0.95),
            Self.judged(7, false, rank: .some(nil), confidence: 0.95),
            Self.judged(8, nil, confidence: 0.9),
            // Ahead of the verdicts: it counts a round that is judged and not journaled yet.
            Self.learned(tests: 8, discoveries: 4),
            Self.judged(9, true, confidence: 0.95),
        ] {
            chronicle.add(event)
            history.add(event, at: chronicle.now)
        }
        for tally in [chronicle.state.tally, history.tally] {
            #expect(tally.tests == 8 && tally.discoveries == 4)
            #expect(abs((tally.alpha ?? 0) - 0.05) < 1e-12)
            #expect(tally.causes.strikes == 4 && tally.causes.hits == 1)
            #expect(tally.causes.hitsInThree == 3)
        }
        #expect(chronicle.state.round(number)?.discovery == true)
        #expect(chronicle.state.round(number)?.cause == CauseRank(rank: 1))
    }

    @Test func journalsOfEarlierVersionsHaveTheSketchesOnly() {
        var chronicle = Chronicle()
        chronicle.add(Self.learned(tests: 5, discoveries: 2))
        chronicle.add(Self.judged(1, nil))
        chronicle.add(Self.learned(tests: 6, discoveries: 3))
        #expect(chronicle.state.tally.tests == 6 && chronicle.state.tally.discoveries == 3)
        #expect(chronicle.state.tally.causes.strikes == 3)
    }

    @Test func whatIsNewIsOptional() throws {
        func text(_ event: Event) throws -> String {
            String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
        }
        func read(_ text: String) throws -> Event {
            try JSONDecoder().decode(Event.self, from: Data(text.utf8))
        }
        // Earlier versions wrote a verdict like this.
        let old = try text(Self.judged(1, nil))
        #expect(!old.contains("discovery") && !old.contains("cause"))
        #expect(try read(old) == Self.judged(1, nil))
        for event in [
            Self.judged(2, false, rank: .some(nil)),
            .traced(
                AnomalyTraced(
                    id: 1,
                    brokenEdge: ServiceEdge(
                        sourceNamespace: "shop", source: "web",
                        destination: Chronicle.service("db")), flags: ["UH"])),
        ] { #expect(try read(try text(event)) == event) }
    }

    @Test func aRestartGoesOnCountingAtTheLevelNowInForce() {
        var judge = Judge(settings: JudgeSettings(roundAlpha: 0.05))
        judge.restore(Self.sketch(alpha: 0.01, tests: 5, discoveries: 2))
        #expect(judge.online.alpha == 0.05)
        #expect(judge.online.tests == 5 && judge.online.discoveries == 2)
        var chronicle = Chronicle()
        chronicle.add(Self.learned(tests: 5, discoveries: 2))
        // Judged by another instance, after the sketch.
        chronicle.add(Self.judged(6, true, rank: 1))
        judge.resume(chronicle.state.tally)
        #expect(judge.online.alpha == 0.05)
        #expect(judge.online.tests == 6 && judge.online.discoveries == 3)
        #expect(judge.causes.strikes == 3 && judge.causes.hits == 1)
        // What this life has tested since is not undone by a journal that lags behind.
        judge.resume(JudgeTally())
        judge.restore(Self.sketch(alpha: 0.01, tests: 1, discoveries: 0))
        #expect(judge.online.tests == 6 && judge.causes.strikes == 3)
    }

    @Test func aVerdictCarriesBoth() {
        var story = Story()
        story.pass(100)
        for (id, isSham) in [(1, true), (2, false)] {
            story.judge.beginRound(
                id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"],
                target: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db"),
                sham: isSham)
            story.databaseWorks = isSham
            story.pass(10)
            let verdict = story.judge.endRound(id: id, at: story.mesh.now)
            let judged = story.judge.judged(round: id, verdict)
            #expect(judged.discovery == (isSham ? nil : true))
            #expect(judged.cause == (isSham ? nil : CauseRank(rank: 1)))
        }
    }
}
