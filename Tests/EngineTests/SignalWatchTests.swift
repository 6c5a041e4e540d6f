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
