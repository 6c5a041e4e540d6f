import Core
import Engine
import Host
import Notifiers
import Platform
import Simulation
import TestServers
import Testing

/// Against the real program, over real sockets.
@Suite struct RealAlertmanagerTests {
    private let network: CurlNetwork
    private let clock = SystemClock()

    init() throws { network = try CurlNetwork() }

    private func notifier(_ server: RealServer) throws -> any Notifier {
        try SampleAlerts.notifier("alertmanager", ["url": .string(server.url)], network)
    }

    /// Whole milliseconds, as Alertmanager gives them back.
    private var now: Timestamp {
        Timestamp(nanoseconds: clock.now.nanoseconds / 1_000_000 * 1_000_000)
    }

    private func started(_ body: (RealServer) async throws -> Void) async throws {
        try await RealServer.with(.alertmanager(), body)
    }

    /// The alerts that it holds and does not consider resolved.
    private func held(by server: RealServer) async throws -> [JSON] {
        let response = try await network.exchange(Request("GET", server.url + "/api/v2/alerts"))
        return try JSON(parsing: response.body).array ?? []
    }

    @Test func `an alert fires once, keeps its identity, and resolves`() async throws {
        try await started { server in
            var alert = SampleAlerts.firing(since: now - .seconds(30))
            for send in 0..<3 {
                alert.annotations["description"] = "send \(send)"
                try await notifier(server).send([alert], now: now)
                let held = try await held(by: server)
                #expect(held.count == 1)
                #expect(held.first?["fingerprint"]?.string == alert.fingerprint)
                #expect(held.first?["annotations"]?["description"]?.string == "send \(send)")
                let startsAt = held.first?["startsAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
                #expect(startsAt == alert.startsAt)
            }
            alert.endsAt = now
            try await notifier(server).send([alert], now: now)
            var left = try await held(by: server).count
            for _ in 0..<200 where left > 0 {
                try await Task.sleep(for: .milliseconds(50))
                left = try await held(by: server).count
            }
            #expect(left == 0)
        }
    }

    /// One life of Hazard: it reads its journal, and its courier tells of what fires in it.
    private func live(
        with journal: some Storage, until told: Int, _ server: RealServer
    ) async throws {
        let closing = Interruption()
        let courier = Courier(
            [try notifier(server)], journal: try await Journal(storage: journal, clock: clock),
            clock: clock, interruption: closing, log: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await courier.run() }
            let giveUp = clock.uptime + .seconds(30)
            while await courier.totals().first?.totals.sent != told, clock.uptime < giveUp {
                try await clock.sleep(for: .milliseconds(20))
            }
            #expect(await courier.totals().first?.totals.sent == told)
            closing.raise("the test is over")
            try await group.waitForAll()
        }
    }

    @Test func `after a restart of either side the alert has the same start`() async throws {
        let alert = SampleAlerts.firing(since: now - .seconds(3600))
        let over = SampleAlerts.firing("repeater", since: now - .seconds(3600))
        let storage = SimulatedStorage(clock: clock, seed: 1)
        let first = try await Journal(storage: storage, clock: clock)
        try await first.record(.alert(alert))
        try await first.record(.alert(over))
        var resolved = over
        resolved.endsAt = now
        try await first.record(.alert(resolved))
        for _ in 0..<2 {
            try await started { server in
                for _ in 0..<2 {
                    try await live(with: storage, until: 1, server)
                    let held = try await held(by: server)
                    #expect(held.count == 1)
                    #expect(held.first?["fingerprint"]?.string == alert.fingerprint)
                    let start = held.first?["startsAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
                    #expect(start == alert.startsAt)
                }
            }
        }
    }

    @Test func `fingerprints agree for any labels, and bad ones are refused by name`() async throws
    {
        try await started { server in
            let values = [
                "plain", "ünïcode ☃", "quote\"back\\slash", "line\nfeed", "a=b,c", "\u{1}",
            ]
            let alerts = values.map { SampleAlerts.firing($0, since: now) }
            try await notifier(server).send(alerts, now: now)
            let held = try await held(by: server).compactMap { $0["fingerprint"]?.string }
            #expect(held.sorted() == alerts.map(\.fingerprint).sorted())
            var bad = SampleAlerts.firing(since: now)
            bad.labels["not-a-name"] = "x"
            let failure = await #expect(throws: Failure.self) {
                try await notifier(server).send([bad, alerts[0]], now: now)
            }
            #expect(failure?.kind == .rejected)
            #expect(failure?.status == 400)
            #expect(failure?.message.contains("not-a-name") == true)
        }
    }

    @Test func `a server that is gone may come back`() async throws {
        let server = try await RealServer.start(.alertmanager())
        await server.stop()
        let failure = await #expect(throws: Failure.self) {
            try await notifier(server).send([SampleAlerts.firing()], now: now)
        }
        #expect(failure?.kind == .transient)
        #expect(failure?.message.contains(server.url) == true)
    }
}
