// What the watch journals of anomalies beyond their beginning and end.

import Core
import Engine
import Platform
import Simulation
import Testing

@Suite struct SignalWatchTests {
    private static let calm = [
        Flow(service: "web", count: 100), Flow(source: "web", service: "db", count: 100),
    ]

    @Test func anEdgeThatShowsLaterIsJournaledAndTold() {
        inVirtualTime { time in
            let world = try await WatchWorld(time)
            let stream = await world.journal.events()
            try await world.pass(40, Self.calm)
            #expect(await world.state.anomalies.isEmpty)
            // First only the callers of web see failures; what web calls falls behind a window later.
            try await world.pass(
                2,
                [
                    Flow(service: "web", count: 80),
                    Flow(service: "web", count: 20, code: "500"),
                    Flow(source: "web", service: "db", count: 100),
                ])
            let first = try #require(await world.state.anomalies.first)
            #expect(first.opened.anomaly.brokenEdge?.description == "client -> web")
            try await world.pass(
                5,
                [
                    Flow(service: "web", count: 100, code: "500"),
                    Flow(source: "web", service: "db", count: 100, code: "503", flags: "UH"),
                ])
            let later = try #require(
                await world.state.anomalies.first { $0.service.name == "web" })
            #expect(later.id == first.id)
            #expect(later.opened.anomaly.brokenEdge?.description == "web -> db")
            #expect(later.opened.anomaly.flags == ["UH"])
            let alert = await world.state.firingAlerts.first {
                $0.name == .anomaly && $0.labels["service"] == "web"
            }
            #expect(alert?.annotations["broken_edge"] == "web -> db")
            // The finding rests on the newest edge.
            try await world.pass(15, [Flow(service: "web", count: 100, code: "500")])
            let lost = await world.state.anomalies.first { $0.id == first.id }?.unrecovered
            #expect(lost?.finding.contains("broken edge web -> db") == true)
            // It is journaled when it changes, not with every window.
            var traced = 0
            var history = ReportHistory()
            for event in await world.events(stream) {
                if case .traced = event { traced += 1 }
                history.add(event, at: time.now)
            }
            #expect(traced >= 1 && traced <= 2)
            #expect(
                history.anomalies.first { $0.id == first.id }?.opened.anomaly.brokenEdge
                    == later.opened.anomaly.brokenEdge)
        }
    }

    /// A strike at web, and a service that nothing connects with it: both fail.
    @Test func anomaliesOfARoundAreAttributedWithAProbability() {
        inVirtualTime { time in
            let world = try await WatchWorld(time)
            try await world.journal.record(started)
            let calm = Self.calm + [Flow(source: "lone", service: "other", count: 100)]
            try await world.pass(40, calm)
            let planned = WatchWorld.planned(1)
            try await world.journal.record(.planned(planned))
            try await world.journal.record(WatchWorld.injecting(planned))
            try await world.journal.record(.injected(RoundMark(round: 1)))
            await world.watch.begin(planned, at: time.now)
            try await world.pass(
                4,
                [
                    Flow(service: "web", count: 100, code: "500"),
                    Flow(source: "web", service: "db", count: 100),
                    Flow(source: "lone", service: "other", count: 100, code: "500"),
                ])
            let records = await world.state.anomalies
            let hit = try #require(records.first { $0.service.name == "web" })
            let bystander = try #require(records.first { $0.service.name == "other" })
            let near = try #require(hit.opened.attribution)
            let far = try #require(bystander.opened.attribution)
            #expect(near.round == 1 && near.inReach && near.harmPrior == 0.5 && near.nats > 5)
            #expect(far.round == 1 && !far.inReach)
            #expect(near.probability < 1 && near.probability > far.probability)
            // Nothing else ever happened: one incident a week, in five minutes and four windows.
            let chance = 320.0 / (7 * 86_400)
            #expect(abs(near.incidentsPerRound / chance - 1) < 0.01)
            let judged = await world.watch.end(1, notDelivered: nil, interrupted: nil)
            #expect(judged.verdict.kind == .harm && judged.discovery == true)
        }
    }

    /// What another life or instance tested counts for the level of the next test.
    @Test func discoveriesOfTheJournalCountOn() {
        inVirtualTime { time in
            let world = try await WatchWorld(time)
            try await world.pass(40, Self.calm)
            let harm = Verdict(kind: .harm, confidence: 0.99, text: "")
            for round in 1...200 {
                try await world.journal.record(
                    .judged(Judged(round: round, verdict: harm, discovery: false)))
            }
            // Some harm: a discovery among few strikes, and none after two hundred calm ones.
            let planned = WatchWorld.planned(201)
            await world.watch.begin(planned, at: time.now)
            try await world.pass(
                2,
                [
                    Flow(service: "web", count: 97), Flow(service: "web", count: 3, code: "500"),
                    Flow(source: "web", service: "db", count: 100),
                ])
            let judged = await world.watch.end(201, notDelivered: nil, interrupted: nil)
            #expect(judged.verdict.kind == .harm, "\(judged.verdict.text)")
            #expect(judged.discovery == false)
        }
    }

    @Test(arguments: [(400.0, false), (2, true)])
    func aSurgeNeedNotRecoverAndADropMust(count: Double, isLost: Bool) {
        inVirtualTime { time in
            let world = try await WatchWorld(time)
            try await world.pass(120, [Flow(service: "web", count: 100)])
            #expect(await world.state.anomalies.isEmpty)
            try await world.pass(60, [Flow(service: "web", count: count)])
            let record = try #require(await world.state.anomalies.first)
            #expect(record.signal == .traffic)
            #expect(record.opened.anomaly.direction == (isLost ? .drop : .surge))
            #expect((record.unrecovered != nil) == isLost)
            let names = await world.state.firingAlerts.map(\.name)
            #expect(names == (isLost ? [.anomaly, .unrecovered] : [.anomaly]))
        }
    }
}
