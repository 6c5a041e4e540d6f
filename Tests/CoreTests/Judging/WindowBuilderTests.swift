// When windows close, what they contain, and when they are blind.

import Core
import Testing

@Suite struct WindowBuilderTests {
    static func judged(
        _ mesh: inout MeshTraffic, _ judge: inout Judge, warnings: [String] = []
    ) -> [WindowSummary] {
        judge.observe(mesh.scrape(warnings: warnings), now: mesh.now).compactMap {
            if case .window(let window) = $0 { window } else { nil }
        }
    }

    @Test func aWindowClosesAsSoonAsEveryoneWasScrapedInIt() {
        var mesh = MeshTraffic(pods: ["a", "b"])
        var judge = Judge()
        mesh.send(1, from: "a", workload: "a", to: "s")
        #expect(Self.judged(&mesh, &judge).isEmpty)
        for _ in 0..<5 {
            mesh.send(10, from: "a", workload: "a", to: "s")
            let windows = Self.judged(&mesh, &judge)
            #expect(windows.count == 1)
            #expect(windows.first?.services.first?.total == 10)
            #expect(windows.first.map { $0.start < mesh.now && mesh.now <= $0.end } == true)
        }
    }

    @Test func aSilentReporterDelaysOneWindowOnly() {
        var mesh = MeshTraffic(pods: ["a", "b", "c"])
        var judge = Judge()
        for _ in 0..<4 { _ = Self.judged(&mesh, &judge) }
        mesh.unreachable = ["c"]
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Self.judged(&mesh, &judge).count) }
        #expect(counts.reduce(0, +) == 6)
        #expect(counts.suffix(3) == [1, 1, 1])
    }

    @Test func coverageBelowHalfIsBlind() {
        var mesh = MeshTraffic(pods: ["a", "b", "c", "d"])
        var judge = Judge()
        for pod in mesh.pods { mesh.send(5, from: pod, workload: "w", to: "s") }
        for _ in 0..<4 { _ = Self.judged(&mesh, &judge) }
        mesh.unreachable = ["c", "d"]
        var last: WindowSummary?
        for _ in 0..<4 { last = Self.judged(&mesh, &judge).last ?? last }
        #expect(last?.blind == nil && last?.coverage == 0.5)
        mesh.unreachable = ["b", "c", "d"]
        for _ in 0..<4 { last = Self.judged(&mesh, &judge).last ?? last }
        #expect(last?.blind == "1 of 4 reporters were scraped")
    }

    @Test func aServiceIsBlindWhenItsOwnCallersAre() {
        var mesh = MeshTraffic(pods: ["a", "b", "c", "d"])
        var judge = Judge()
        func pass(_ windows: Int) -> WindowSummary? {
            var last: WindowSummary?
            for _ in 0..<windows {
                mesh.send(5, from: "a", workload: "w", to: "s")
                mesh.send(5, from: "b", workload: "w", to: "t")
                last = Self.judged(&mesh, &judge).last ?? last
            }
            return last
        }
        _ = pass(4)
        mesh.unreachable = ["a"]
        let last = pass(4)
        #expect(last?.blind == nil)
        #expect(last?.services.map { $0.blind != nil } == [true, false])
        #expect(
            last?.blindNamespaces == [
                "go-app": "1 of 2 services of go-app with traffic is blind; "
                    + "s: its callers' proxies were not scraped"
            ])
    }

    @Test func warningsMakeWindowsIncomplete() {
        var mesh = MeshTraffic(pods: ["a"])
        var judge = Judge()
        for _ in 0..<3 { _ = Self.judged(&mesh, &judge) }
        let partial = Self.judged(&mesh, &judge, warnings: ["store gateway down"]).last
        #expect(partial?.blind == "the reading is incomplete: store gateway down")
        #expect(Self.judged(&mesh, &judge).last?.blind == nil)
    }

    @Test func theCallersCountWinsOverTheServersOwn() {
        var mesh = MeshTraffic(pods: ["a", "s-0"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        var totals: [Double] = []
        for step in 0..<40 {
            mesh.send(7, from: "s-0", workload: "a", to: "s", reporter: "destination")
            if step >= 5, step < 15 { mesh.send(10, from: "a", workload: "a", to: "s") }
            totals += Self.judged(&mesh, &judge).compactMap { $0.services.first?.total }
        }
        #expect(totals.prefix(5) == [7, 7, 7, 7, 7])
        #expect(totals[5..<15].allSatisfy { $0 == 10 })
        #expect(totals[15] == 0, "no switch at once")
        #expect(totals.last == 7, "but after a while of silence")
    }

    @Test func theReporterIsKeptDuringARound() {
        var mesh = MeshTraffic(pods: ["a", "s-0"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        for _ in 0..<3 {
            mesh.send(10, from: "a", workload: "a", to: "s")
            _ = Self.judged(&mesh, &judge)
        }
        judge.beginRound(id: 1, policy: "p", at: mesh.now, namespaces: ["go-app"])
        for _ in 0..<60 {
            mesh.send(7, from: "s-0", workload: "a", to: "s", reporter: "destination")
            #expect(Self.judged(&mesh, &judge).last?.services.first?.total == 0)
        }
    }

    @Test func injectedAndAbandonedRequestsAreKeptApart() {
        var mesh = MeshTraffic(pods: ["a"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        mesh.send(10, from: "a", workload: "a", to: "s")
        mesh.send(4, from: "a", workload: "a", to: "s", code: "503", flags: "FI")
        mesh.send(3, from: "a", workload: "a", to: "s", code: "0", flags: "DC")
        mesh.send(2, from: "a", workload: "a", to: "s", code: "200", flags: "DI")
        mesh.send(1, from: "a", workload: "a", to: "s", code: "503", flags: "UC")
        let window = Self.judged(&mesh, &judge).last?.services.first
        #expect(window?.total == 13)
        #expect(window?.bad == 1)
        #expect(window?.injected == 4)
        #expect(window?.abandoned == 3)
        #expect(window?.delayed == 2)
        #expect(window?.edges.first?.flags == [.init(flag: "UC", count: 1)])
    }

    @Test func callersThatAreReplacedCountOn() {
        var mesh = MeshTraffic(pods: ["a-0", "b"])
        var judge = Judge()
        var total = 0.0
        for step in 0..<60 {
            if step == 10 { mesh.remove("a-0") }
            if step == 30 {
                // A stateful pod comes back under its name, its counters at zero.
                mesh.pods.append("a-0")
                mesh.started["a-0"] = mesh.now
            }
            if step < 10 || step >= 30 { mesh.send(10, from: "a-0", workload: "a", to: "s") }
            for window in Self.judged(&mesh, &judge) {
                total += window.services.first { $0.service.name == "s" }?.total ?? 0
            }
        }
        #expect(total >= 10 * 38)
        #expect(total <= 10 * 40)
    }

    @Test func aLongHoleIsSkippedAndNothingIsLost() {
        var mesh = MeshTraffic(pods: ["a"], interval: .seconds(1))
        var judge = Judge(settings: JudgeSettings(interval: .seconds(1)))
        mesh.send(5, from: "a", workload: "a", to: "s")
        for _ in 0..<3 { _ = Self.judged(&mesh, &judge) }
        mesh.now += .seconds(3 * 86_400)
        mesh.send(9, from: "a", workload: "a", to: "s")
        var windows = Self.judged(&mesh, &judge)
        windows += Self.judged(&mesh, &judge)
        #expect(windows.count < 600)
        #expect(windows.reduce(0) { $0 + ($1.services.first?.total ?? 0) } == 9)
        #expect(windows.dropFirst(3).prefix(200).allSatisfy { $0.blind != nil })
    }

    @Test func aDriftingScrapeIsNotAHole() {
        // Scrapes 1.02 s apart against windows of 1 s: one window in fifty has none of its own.
        var mesh = MeshTraffic(pods: ["a"], interval: .milliseconds(1020))
        var judge = Judge(settings: JudgeSettings(interval: .seconds(1)))
        var blind = 0
        var total = 0.0
        for _ in 0..<300 {
            mesh.send(5, from: "a", workload: "a", to: "s")
            for window in Self.judged(&mesh, &judge) {
                if window.blind != nil { blind += 1 }
                total += window.services.first?.total ?? 0
            }
        }
        #expect(blind == 0)
        #expect(total >= 5 * 297)
    }

    @Test func exposureTellsALateScrapeFromADrop() {
        // The same drift: the window without a scrape stands for no time, its neighbours for more.
        var mesh = MeshTraffic(pods: ["a"], interval: .milliseconds(1020))
        var judge = Judge(
            settings: JudgeSettings(
                interval: .seconds(1), falseAlarmPeriod: .seconds(600),
                warmUp: .init(windows: 10, requests: 10, time: .seconds(10))))
        var exposures: [Double] = []
        var anomalies = 0
        for _ in 0..<400 {
            mesh.send(500, from: "a", workload: "a", to: "s")
            for output in judge.observe(mesh.scrape(), now: mesh.now) {
                if case .window(let window) = output {
                    exposures += window.services.map(\.exposure)
                }
                if case .anomaly = output { anomalies += 1 }
            }
        }
        #expect(exposures.contains(0))
        #expect(exposures.filter { abs($0 - 1.02) < 1e-9 }.count > 300)
        #expect(anomalies == 0)
    }

    @Test func aWaypointAndTheZtunnelBeforeItCountAConnectionOnce() {
        var mesh = MeshTraffic(pods: ["ztunnel", "waypoint"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        var found: [Double] = []
        for step in 0..<6 {
            mesh.connect(10, from: "waypoint", workload: "a", to: "s", reporter: "waypoint")
            if step >= 3 { mesh.connect(10, from: "ztunnel", workload: "a", to: "s") }
            found += Self.judged(&mesh, &judge).compactMap { $0.services.first?.connections }
        }
        #expect(found == [10, 10, 10, 10, 10, 10])
    }

    @Test func connectionsAloneChooseTheCallersSide() {
        // Without HTTP there are no requests: a refused connection is seen by the caller only.
        var mesh = MeshTraffic(pods: ["client-node", "server-node"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        mesh.connect(8, from: "client-node", workload: "a", to: "db")
        mesh.connect(
            2, from: "client-node", workload: "a", to: "db",
            metric: "istio_tcp_connections_failed_total", flags: "CONNECT")
        mesh.connect(8, from: "server-node", workload: "a", to: "db", reporter: "destination")
        let window = Self.judged(&mesh, &judge).last?.services.first
        #expect(window?.connections == 10)
        #expect(window?.failedConnections == 2)
        #expect(window?.edges.first?.flags == [.init(flag: "CONNECT", count: 2)])
    }

    @Test func aMetricThatWasNotReadBlindsItsSignalOnly() {
        var mesh = MeshTraffic(pods: ["a"])
        var judge = Judge()
        _ = Self.judged(&mesh, &judge)
        func read(_ unread: [String: String]) -> RequestWindow? {
            mesh.send(10, from: "a", workload: "a", to: "s")
            mesh.answer([(5, 4), (.infinity, 6)], from: "a", workload: "a", to: "s")
            mesh.connect(3, from: "a", workload: "a", to: "s")
            var reading = mesh.scrape()
            reading.unread = unread
            for output in judge.observe(reading, now: mesh.now) {
                if case .window(let window) = output { return window.services.first }
            }
            return nil
        }
        #expect(read([:])?.latency.last?.count == 10)
        let partial = read(["istio_request_duration_milliseconds_bucket": "too large"])
        #expect(partial?.blind == nil && partial?.total == 10)
        #expect(partial?.latencyBlind == "too large" && partial?.latency == [])
        #expect(partial?.connectionsBlind == nil && partial?.connections == 3)
        let other = read(["istio_tcp_connections_opened_total": "HTTP 503"])
        #expect(other?.connectionsBlind == "HTTP 503" && other?.connections == 0)
        #expect(other?.latencyBlind == nil)
    }

    @Test func aCounterThatIsNotANumberIsNotSilence() {
        var mesh = MeshTraffic(pods: ["a"])
        var judge = Judge()
        func pass(_ damage: Double?) -> [String: String?] {
            for service in ["s", "t"] { mesh.send(10, from: "a", workload: "a", to: service) }
            var reading = mesh.scrape()
            for at in reading.series.indices {
                let host = reading.series[at].labels["destination_service"]
                if let damage, host.hasPrefix("s.") { reading.series[at].samples[0].value = damage }
            }
            for output in judge.observe(reading, now: mesh.now) {
                if case .window(let window) = output {
                    return Dictionary(
                        uniqueKeysWithValues: window.services.map { ($0.service.name, $0.blind) })
                }
            }
            return [:]
        }
        _ = pass(nil)
        #expect(pass(nil) == ["s": nil, "t": nil])
        for damage in [Double.nan, .infinity, -1] {
            let reason = "a counter of this service is not a number, or too large a one"
            #expect(pass(damage) == ["s": reason, "t": nil])
            #expect(pass(nil) == ["s": nil, "t": nil])
        }
    }

    @Test func tooManyBucketsBlindLatencyAndNothingElse() {
        var mesh = MeshTraffic(pods: ["a"])
        var judge = Judge(settings: JudgeSettings(histogramLimit: 3))
        _ = Self.judged(&mesh, &judge)
        var last: WindowSummary?
        for _ in 0..<3 {
            for service in ["s", "t"] {
                mesh.send(10, from: "a", workload: "a", to: service)
                mesh.answer([(5, 4), (.infinity, 6)], from: "a", workload: "a", to: service)
            }
            last = Self.judged(&mesh, &judge).last
        }
        #expect(last?.services.allSatisfy { $0.blind == nil && $0.total == 10 } == true)
        #expect(last?.services.contains { $0.latencyBlind != nil } == true)
        #expect(judge.problems.count == 1)
        #expect(
            judge.problems.first?.hasPrefix("more than 3 buckets: new ones are refused") == true)
        #expect(judge.problems.first?.contains("raise judge.histogramLimit") == true)
    }
}
