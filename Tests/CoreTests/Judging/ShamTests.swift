// What shams say of the judge: they count when nothing else happened, and a wrong blame is not held
// against it for ever.

import Core
import Testing

@Suite struct ShamTests {
    /// A sham of some windows, in which the database may fail.
    private static func sham(
        _ story: inout Story, id: Int, windows: Int, failing: Bool = false
    ) -> Verdict {
        story.judge.beginRound(
            id: id, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
        story.databaseWorks = !failing
        story.pass(windows)
        story.databaseWorks = true
        return story.judge.endRound(id: id, at: story.mesh.now)
    }

    @Test func oneBlamedShamIsOutweighedByCalmOnes() {
        var story = Story()
        story.pass(60)
        #expect(Self.sham(&story, id: 1, windows: 2, failing: true).kind == .harm)
        #expect(story.judge.shams.isMiscalibrated(alpha: 0.01))
        story.pass(40)
        for id in 2...61 {
            let verdict = Self.sham(&story, id: id, windows: 10)
            #expect(verdict.kind == .noHarm, "\(verdict.text)")
        }
        #expect(story.judge.shams.shams == 61 && story.judge.shams.blamed == 1)
        #expect(!story.judge.shams.isMiscalibrated(alpha: 0.01))
    }

    /// At traffic so small that the raised thresholds let nothing be said, calm shams count all the
    /// same: the thresholds would stay raised for ever.
    @Test func calmShamsCountWhereRaisedThresholdsSayNothing() {
        var story = Story(load: 12)
        story.pass(200)
        #expect(Self.sham(&story, id: 1, windows: 8).kind == .noHarm)
        #expect(Self.sham(&story, id: 2, windows: 4, failing: true).kind == .harm)
        story.pass(60)
        var silent = 0
        for id in 3...40 {
            let verdict = Self.sham(&story, id: id, windows: 3)
            #expect(verdict.kind != .harm, "\(verdict.text)")
            if verdict.kind == .inconclusive { silent += 1 }
        }
        #expect(silent > 0)
        #expect(story.judge.shams.shams > 30, "\(story.judge.shams.shams)")
    }

    /// What a round is said to be able to show is what it then shows.
    @Test func whatIsForeseenIsShownWithRaisedThresholdsToo() throws {
        var story = Story()
        story.pass(60)
        _ = Self.sham(&story, id: 1, windows: 2, failing: true)
        story.pass(60)
        #expect(story.judge.shams.isMiscalibrated(alpha: 0.01))
        let foreseen = story.judge.foreseen(in: "go-app", observe: .seconds(150))
            .compactMap(\.detectable)
        let verdict = Self.sham(&story, id: 2, windows: 10)
        let shown = try #require(verdict.minimumDetectable)
        #expect(foreseen.count == 3)
        // Traffic varies from round to round.
        #expect((foreseen.max() ?? 0) > 0.8 * shown, "\(foreseen) \(shown)")
    }

    @Test func aShamBesideAStrikeIsVoid() {
        var story = Story()
        story.pass(60)
        func strike(_ id: Int, _ namespace: String) {
            story.judge.beginRound(
                id: id, policy: "other", at: story.mesh.now, namespaces: [namespace])
        }
        strike(1, "go-app")
        story.judge.beginRound(
            id: 2, policy: "p", at: story.mesh.now, namespaces: ["go-app"], sham: true)
        story.databaseWorks = false
        story.pass(2)
        let beside = story.judge.endRound(id: 2, at: story.mesh.now)
        #expect(beside.kind == .void && beside.text.contains("round 1 struck meanwhile"))
        #expect(story.judge.endRound(id: 1, at: story.mesh.now).kind == .harm)
        story.databaseWorks = true
        // The washout is a minute.
        let after = Self.sham(&story, id: 3, windows: 2)
        #expect(after.kind == .void && after.text.contains("round 1 struck meanwhile"))
        #expect(story.judge.shams.shams == 0)
        story.pass(40)
        strike(4, "elsewhere")
        #expect(Self.sham(&story, id: 5, windows: 10).kind == .noHarm)
        #expect(story.judge.shams.shams == 1 && story.judge.shams.blamed == 0)
    }
}
