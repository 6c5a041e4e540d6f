// The applications by themselves, and the settings of processes.

import Core
import DemoApplication
import Platform
import Testing

@Suite struct ApplicationTests {
    private let network = MemoryNetwork()
    private let clock = JumpingClock()

    private func get(_ handler: any Handler, _ url: String, _ method: String = "GET") async
        -> Response
    {
        if case .response(let response) = await handler.handle(Request(method, url)) {
            return response
        }
        return Response(status: 0)
    }

    /// A go-app whose proxy leads straight to `database`.
    private func app(_ database: any Handler) -> GoApp {
        network.listen("127.0.0.1", 15001, database)
        return GoApp(
            settings: GoApp.Settings(),
            client: SidecarClient(address: "127.0.0.1", network: network), clock: clock)
    }

    @Test func theDatabaseForgetsSessionsWhenItRestarts() async {
        let first = Database(clock: clock)
        let session = String(decoding: await get(first, "/session", "POST").body, as: UTF8.self)
        func query(_ database: Database) async -> Int {
            let request = Request("GET", "/query", headers: [Database.sessionHeader: session])
            if case .response(let response) = await database.handle(request) {
                return response.status
            }
            return 0
        }
        #expect(await query(first) == 200)
        clock.advance(.seconds(1))
        let second = Database(clock: clock)
        _ = await get(second, "/session", "POST")
        #expect(await query(second) == 500)
        #expect(await get(second, "/").status == 200)
    }

    @Test func personIsCreatedAndListed() async {
        let app = app(Database(clock: clock))
        #expect(await get(app, "/").status == 503)
        await app.boot()
        #expect(await get(app, "/").status == 200)
        #expect(await get(app, "/demo/person?id=1&name=Ann%20B", "PUT").status == 200)
        let list = await get(app, "/demo/person")
        #expect(String(decoding: list.body, as: UTF8.self) == #"[{"ID":"1","Name":"Ann B"}]"#)
    }

    @Test func bootTriesUntilTheDatabaseIsThere() async {
        let app = app(Answer(503))
        let booted = Lock(false)
        await withDiscardingTaskGroup { group in
            group.addTask {
                await app.boot()
                booted.withLock { $0 = true }
            }
            #expect(await eventually { network.requests.count >= 5 })
            #expect(!booted.withLock { $0 })
            network.listen("127.0.0.1", 15001, Database(clock: clock))
            #expect(await eventually { booted.withLock { $0 } })
        }
        #expect(app.isBooted)
    }

    @Test func aLostSessionIsNeverOpenedAgain() async {
        let app = app(Database(clock: clock))
        await app.boot()
        #expect(await get(app, "/demo/person").status == 200)
        clock.advance(.seconds(1))
        network.listen("127.0.0.1", 15001, Database(clock: clock))
        for _ in 0..<5 { #expect(await get(app, "/demo/person").status == 500) }
        await app.boot()
        #expect(await get(app, "/demo/person").status == 500)
        #expect(network.requests.filter { $0.method == "POST" }.count == 1)
        #expect(await get(app, "/").status == 200)
        #expect(await get(app, "/version").status == 200)
    }

    @Test func pagesWithoutTheDatabase() async {
        let app = app(Database(clock: clock))
        await app.boot()
        let before = clock.uptime
        #expect(await get(app, "/demo/hello?delay=500").status == 200)
        #expect(clock.uptime - before == .milliseconds(500))
        #expect(await get(app, "/nothing").status == 404)
        var statuses: [Int: Int] = [:]
        for _ in 0..<500 { statuses[await get(app, "/demo/random-error").status, default: 0] += 1 }
        #expect((60...140).contains(statuses[500] ?? 0))
        var allowed = 0
        for _ in 0..<20 where await get(app, "/limiter").status == 200 { allowed += 1 }
        #expect(allowed == 10)
        clock.advance(.seconds(1))
        #expect(await get(app, "/limiter").status == 200)
    }

    @Test func theMetricsPageSpeaksOpenMetricsOnlyWhenToldTo() async {
        let times = ResponseTimes(service: "go-app")
        times.observe(code: 200, method: "GET", path: "/", duration: .milliseconds(30))
        let request = Request(
            "GET", "/metrics",
            headers: ["Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.3"])
        let plain = times.page(for: request, openMetrics: false)
        let open = times.page(for: request, openMetrics: true)
        #expect(plain.headers["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(open.headers["Content-Type"]?.hasPrefix("application/openmetrics-text") == true)
        let text = String(decoding: open.body, as: UTF8.self)
        #expect(text.hasSuffix("# EOF\n"))
        #expect(text.contains("path=\"/\",le=\"1.0\"} 1\n"))
        #expect(String(decoding: plain.body, as: UTF8.self).contains("le=\"0.025\"} 0\n"))
        #expect(String(decoding: plain.body, as: UTF8.self).contains("le=\"0.05\"} 1\n"))
    }

    @Test func theRepeaterPassesOnWhatItGets() async {
        network.listen("127.0.0.1", 15001, Answer(418, "tea"))
        let repeater = Repeater(client: SidecarClient(address: "127.0.0.1", network: network))
        #expect(await get(repeater, "/").status == 200)
        let passed = await get(repeater, "/?addr=http%3A%2F%2Fgo-app%2Fx%3Fa%3Db")
        #expect(passed.status == 418)
        #expect(passed.body == Array("tea".utf8))
        #expect(network.requests.last?.url == "http://127.0.0.1:15001/x?a=b")
        #expect(network.requests.last?.headers["Host"] == "go-app")
        network.kill("127.0.0.1")
        #expect(await get(repeater, "/?addr=http://go-app/").status == 500)
        #expect(await get(repeater, "/?addr=nonsense").status == 500)
    }

    @Test func settingsAreChecked() throws {
        let good = [
            "POD_IP": "127.0.0.1", "POD_NAME": "go-app-6d4cf56db6-x2x7q",
            "POD_NAMESPACE": "go-app", "KUBERNETES_API": "http://127.0.0.1:8001/",
        ]
        let settings = try DemoSettings(environment: good, kind: .sidecar)
        #expect(settings.workload.name == "go-app")
        #expect(settings.service == ServiceName("go-app", "go-app"))
        #expect(settings.kubernetes == "http://127.0.0.1:8001")
        #expect(settings.database == "http://go-app-db:27017")
        var other = good
        other["DB"] = "http://go-app-db"
        #expect(try DemoSettings(environment: other, kind: .app).database == "http://go-app-db")
        for (name, value) in [
            ("POD_IP", ""), ("KUBERNETES_API", ""), ("RETRIES", "many"), ("TIMEOUT", "soon"),
            ("BALANCING", "best"), ("ALIASES", "x"), ("APP_PORT", "0"),
        ] {
            var bad = good
            bad[name] = value
            let error = #expect(throws: ConfigError.self) {
                try DemoSettings(environment: bad, kind: .sidecar)
            }
            #expect(error?.path == name)
            #expect(error?.fix.isEmpty == false)
        }
    }
}
