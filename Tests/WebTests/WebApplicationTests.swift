import Core
import Platform
import Testing
import Web

private struct FixedView: WebView {
    var value = SampleHistory.input()
    var checks = [
        ReadinessCheck("journal", isReady: true, detail: "written"),
        ReadinessCheck(
            "configuration", isReady: true, detail: "the last good one is in force",
            errors: ["a.yaml:3:1: unknown key \"mod\""], lastGoodAt: SampleHistory.at(1)),
    ]

    func input() async -> MetricInput { value }
    func readiness() async -> [ReadinessCheck] { checks }
}

@Suite struct WebApplicationTests {
    private func get(
        _ url: String, method: String = "GET", accept: String? = nil, view: FixedView = FixedView()
    ) async -> Response {
        var headers = Headers()
        headers["Accept"] = accept
        return await WebApplication(view: view).respond(
            to: Request(method, url, headers: headers))
    }

    private func json(_ url: String, view: FixedView = FixedView()) async throws -> JSON {
        let response = await get(url, view: view)
        #expect(response.headers["Content-Type"] == "application/json")
        return try JSON(parsing: response.body)
    }

    @Test func `metrics are served in the format that is asked for`() async {
        let text = await get("/metrics")
        #expect(text.status == 200)
        #expect(text.headers["Vary"] == "Accept")
        #expect(ExpositionChecker(text.body, .text).problems == [])
        let open = await get("/metrics", accept: "application/openmetrics-text;version=1.0.0")
        #expect(
            open.headers["Content-Type"]
                == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(ExpositionChecker(open.body, .openMetrics).problems == [])
    }

    @Test func `findings are listed with their history and the coverage of alerts`() async throws {
        let all = try await json("/api/v1/findings")
        let finding = try #require(all["findings"]?[0])
        #expect(all["matching"] == 1)
        #expect(finding["identity"] == "single-point-of-failure go-app Deployment/go-app-db")
        #expect(finding["kind"] == "single-point-of-failure" && finding["status"] == "open")
        #expect(
            finding["history"]?.string?.hasPrefix(
                "seen in 1 of 2 comparable rounds since revision 5d4f") == true)
        #expect(finding["evidence"] == ["1 was Ready."] && finding["remedy"] == "Run 2.")
        #expect(finding["rounds"] == [1])
        let figures = try #require(all["alertCoverage"]?[0])
        #expect(figures["harmfulRounds"] == 1 && figures["detected"] == 0)
        #expect(try await json("/api/v1/findings?status=fixed")["matching"] == 0)
        #expect(try await json("/api/v1/findings?kind=unobservable")["matching"] == 0)
        #expect(try await json("/api/v1/findings?namespace=go-app")["matching"] == 1)
        #expect(await get("/api/v1/findings?kind=odd").status == 400)
        #expect(try await json("/api/v1/rounds/1")["findings"]?[0]?["identity"] != nil)
        #expect(try await json("/api/v1/status")["openFindings"] == 1)
        let metrics = String(decoding: await get("/metrics").body, as: UTF8.self)
        #expect(
            metrics.contains(
                "hazard_findings{namespace=\"go-app\",kind=\"single-point-of-failure\","
                    + "severity=\"warning\"} 1"))
    }

    @Test func `why nothing is said of a service is said`() async throws {
        let status = try await json("/api/v1/status")
        let services = try #require(status["services"]?.array)
        let dark = try #require(services.first { $0["service"] == "dark" })
        #expect(dark["blind"] == "1 of 4 of its callers' proxies were scraped")
        #expect(dark["silentWindows"] == 3 && dark["unready"] == nil)
        #expect(
            status["sources"]?[0]?["problems"] == ["pod <a> reports samples from the future"])
        let page = String(decoding: await get("/").body, as: UTF8.self)
        #expect(page.contains("blind: 1 of 4 of its callers"))
        #expect(page.contains("pod &lt;a&gt; reports samples from the future"))
    }

    @Test func `what a round could show is told with it`() async throws {
        let round = try await json("/api/v1/rounds/1")
        #expect(round["foreseen"] == 0.04)
        #expect(
            round["power"] == [
                ["service": "go-app/go-app-db", "minimumDetectable": 0.04],
                ["service": "go-app/quiet"],
            ])
        let listed = try await json("/api/v1/rounds")
        #expect(listed["rounds"]?.array?.contains { $0["foreseen"] == 0.04 } == true)
        #expect(listed["rounds"]?.array?.contains { $0["foreseen"] == nil } == true)
    }

    @Test func `discoveries and root causes and attributions are shown`() async throws {
        let rounds = try await json("/api/v1/rounds")["rounds"]?.array ?? []
        let strike = try #require(rounds.first { $0["number"] == 1 })
        #expect(strike["discovery"] == true)
        #expect(rounds.first { $0["number"] == 2 }?["discovery"] == nil)
        let round = try await json("/api/v1/rounds/1")
        #expect(round["rootCause"] == ["rank": 2])
        let attribution = try #require(round["anomalies"]?[0]?["attribution"])
        #expect(attribution["probability"]?.double == 0.97)
        #expect(attribution["text"] == "attributed to round 1 with probability 0.97")
        #expect(attribution["inReach"] == true && attribution["harmPrior"]?.double == 0.5)
        let status = try await json("/api/v1/status")
        #expect(status["discoveries"] == ["tests": 1, "discoveries": 1])
        #expect(status[path: ["rootCauses", "strikes"]] == 1)
        #expect(status[path: ["rootCauses", "hits"]] == 0)
        #expect(status[path: ["rootCauses", "hitsInThree"]] == 1)
        #expect(status[path: ["rootCauses", "accuracyInThree"]]?.double == 1)
    }

    @Test func `was it chaos is answered and wrong questions are explained`() async throws {
        let from = SampleHistory.at(103).rfc3339
        let to = SampleHistory.at(110).rfc3339
        let answer = try await json("/api/v1/was-it-chaos?from=\(from)&to=\(to)")
        #expect(answer["answer"] != nil && answer["text"]?.string?.isEmpty == false)
        #expect(answer["strikes"]?[0]?["number"] == .integer(1))
        #expect(answer["strikes"]?[0]?["harmed"]?[0] == "go-app/go-app-db")
        for (query, message) in [
            ("", "\"from\" is missing"), ("?from=soon", "from: \"soon\" is no instant"),
            ("?from=-1h&service=nobody", "knows no service"),
            ("?from=-1h&reach=long", "reach: "), ("?from=-1h&until=now", "unknown parameter"),
            ("?from=2026-11-21T10:00:00+01:00", "%2B"),
        ] {
            let response = await get("/api/v1/was-it-chaos" + query)
            #expect(response.status == 400)
            let error = try JSON(parsing: response.body)["error"]?.string
            #expect(error?.contains(message) == true, "\(error ?? "")")
        }
    }

    @Test(arguments: ["/", "/metrics", "/healthz", "/readyz", "/api/v1/rounds", "/nothing"])
    func `HEAD answers as GET without the body`(path: String) async {
        let full = await get(path)
        let head = await get(path, method: "HEAD")
        #expect(head.status == full.status)
        #expect(head.body.isEmpty && !full.body.isEmpty)
        #expect(head.headers["Content-Type"] == full.headers["Content-Type"])
        #expect(head.headers["Content-Length"] == String(full.body.count))
    }

    @Test(arguments: ["/", "/metrics", "/api/v1/status", "/nothing"])
    func `every response is safe to open`(path: String) async {
        let response = await get(path)
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        #expect(response.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["X-Frame-Options"] == "DENY")
    }

    @Test func `an unknown path names the known ones`() async throws {
        for path in ["/nothing", "/api/v1", "/api/v2/rounds", "/metrics/", "/api/v1/rounds/1/2"] {
            let response = await get(path)
            #expect(response.status == 404, "\(path)")
            let body = try JSON(parsing: response.body)
            #expect(body["error"]?.string == "there is no \(path)")
            #expect(body["paths"]?.array?.contains("/metrics") == true)
        }
    }

    @Test func `other methods are refused with what is allowed`() async {
        for path in ["/metrics", "/", "/api/v1/rounds"] {
            let response = await get(path, method: "POST")
            #expect(response.status == 405)
            #expect(response.headers["Allow"] == "GET, HEAD")
        }
    }

    @Test(arguments: [
        "/api/v1/rounds?limit=0", "/api/v1/rounds?limit=many", "/api/v1/rounds?limit=5&limit=6",
        "/api/v1/rounds?outcome=good", "/api/v1/rounds?limits=5", "/api/v1/alerts?state=odd",
        "/api/v1/rounds/first", "/api/v1/rounds/0", "/?x=1", "/api/v1/policies?x",
        "/api/v1/rounds?limit=99999999999999999999",
    ])
    func `a bad query is an error that says so`(url: String) async throws {
        let response = await get(url)
        #expect(response.status == 400)
        #expect(try JSON(parsing: response.body)["error"]?.string?.isEmpty == false)
    }

    @Test func `healthz only says that the process is alive`() async {
        var view = FixedView()
        view.checks = [ReadinessCheck("cluster", isReady: false, detail: "unreachable")]
        #expect(await get("/healthz", view: view).status == 200)
    }

    @Test func `readyz tells each check, for programs and for people`() async throws {
        #expect(await get("/readyz").status == 200)
        var view = FixedView()
        view.checks.append(
            ReadinessCheck("cluster", isReady: false, detail: "the API server refuses connections"))
        let response = await get("/readyz", view: view)
        #expect(response.status == 503)
        let body = try JSON(parsing: response.body)
        #expect(body["ready"] == false)
        #expect(body["checks"]?[1]?["errors"]?[0] == "a.yaml:3:1: unknown key \"mod\"")
        #expect(body["checks"]?[1]?["lastGoodAt"]?.string == SampleHistory.at(1).rfc3339)
        #expect(body["checks"]?[2]?["ready"] == false)
        let text = await get("/readyz", accept: "text/plain", view: view)
        #expect(text.status == 503)
        #expect(
            String(decoding: text.body, as: UTF8.self).contains(
                "[-] cluster: the API server refuses connections\n"))
    }

    @Test func `rounds are listed newest first and can be chosen`() async throws {
        func numbers(_ query: String) async throws -> [Int?] {
            try await json("/api/v1/rounds" + query)["rounds"]?.array?
                .map { $0["number"]?.integer } ?? []
        }
        #expect(try await numbers("") == [3, 2, 1])
        #expect(try await numbers("?limit=1") == [3])
        #expect(try await numbers("?outcome=harm") == [1])
        #expect(try await numbers("?outcome=open") == [3])
        #expect(try await numbers("?policy=go-app/staging&outcome=no-harm") == [2])
        #expect(try await numbers("?policy=go-app%2Fother") == [])
        #expect(try await json("/api/v1/rounds?limit=1")["matching"] == 3)
    }

    @Test func `a round shows its draw, its verdict and its anomalies`() async throws {
        let round = try await json("/api/v1/rounds/1")
        #expect(round["outcome"] == "harm")
        #expect(round["injectedAt"]?.string == SampleHistory.at(102).rfc3339)
        #expect(round["seed"] == "18000000000000000001", "64 bits survive as text")
        #expect(round["draw"]?["targetProbability"] == 0.25)
        #expect(round["target"]?["workload"]?["name"] == "go-app-db")
        #expect(round["judgement"]?["harmed"]?[0]?["now"] == 1.0)
        #expect(round["anomalies"]?[0]?["brokenEdge"]?["source"] == "go-app")
        #expect(round["anomalies"]?[0]?["state"] == "unrecovered")
        let missing = await get("/api/v1/rounds/99")
        #expect(missing.status == 404)
    }

    @Test func `a policy tells what it has earned and what it may still cost`() async throws {
        let policies = try await json("/api/v1/policies")["policies"]
        let radius = policies?[0]?["radius"]
        #expect(radius?["level"]?.integer == 1)
        #expect(radius?["levels"] == ["1", "30%"])
        #expect(radius?["text"]?.string == "level 1 of 2 (1), 0 of 20 clean strikes")
        let budget = policies?[0]?["failedRequests"]
        #expect(budget?["used"]?.double == 39.9)
        #expect(budget?["limit"]?.double == 500)
        // Round 1 did harm at the database, at which round 3 may cost as much again.
        let cell = policies?[0]?["confidence"]?[0]
        #expect(cell?["fault"]?.string == "pod-delete")
        #expect(cell?[path: ["workload", "name"]]?.string == "go-app-db")
        #expect(cell?["harmed"]?.integer == 1 && cell?["strikes"]?.integer == 1)
        let low = try #require(cell?["low"]?.double)
        let mean = try #require(cell?["mean"]?.double)
        let high = try #require(cell?["high"]?.double)
        // Beta(1.5, 0.5) with Jeffreys' prior.
        #expect(low > 0.1 && low < 0.2 && mean == 0.75 && high > 0.99)
        let upper = try #require(cell?["upperFailures"]?.double)
        let left = try #require(budget?["left"]?.double)
        #expect(abs(left - (500 - 39.9 - upper)) < 1e-9)
        // A policy that limits nothing of the kind says nothing of it.
        #expect(policies?[1]?["radius"] == nil && policies?[1]?["failedRequests"] == nil)
    }

    @Test func `alerts, anomalies, policies and the status are told`() async throws {
        let alert = try await json("/api/v1/alerts?state=firing")["alerts"]?[0]
        #expect(alert?["labels"]?["alertname"] == "HazardAnomaly")
        #expect(alert?["fingerprint"]?.string == SampleHistory.alert.fingerprint)
        #expect(try await json("/api/v1/alerts?state=resolved")["alerts"] == [])
        let anomaly = try await json("/api/v1/anomalies?state=active")["anomalies"]?[0]
        #expect(anomaly?["finding"] == "Ready pods, failing traffic")
        let policies = try await json("/api/v1/policies")["policies"]
        #expect(policies?[0]?["id"] == "go-app/staging")
        #expect(policies?[0]?["nextRoundAt"]?.string == SampleHistory.at(720).rfc3339)
        let status = try await json("/api/v1/status")
        #expect(status["unrecovered"] == 1)
        #expect(status["services"]?[2]?["ratio"] == 1.0)
        #expect(status["services"]?[0]?["ratio"] == nil, "no traffic is not zero")
    }

    @Test func `the page says the worst first and escapes what it shows`() async {
        let response = await get("/")
        let page = String(decoding: response.body, as: UTF8.self)
        #expect(page.contains("not recovered: go-app/go-app-db"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(!page.contains("<script") && !page.contains("<b>"))
    }

    @Test func `the page is green only when everything was judged`() async {
        func page(_ change: (inout [ServiceStatus]) -> Void) async -> String {
            var input = SampleHistory.input(until: 2)
            var services = input.services.filter { $0.service == SampleHistory.database }
            change(&services)
            input.setServices(services)
            let view = FixedView(value: input)
            return String(decoding: await get("/", view: view).body, as: UTF8.self)
        }
        let good = await page { _ in }
        #expect(good.contains("class=\"good\"") && good.contains("no anomaly in the one service"))
        let none = await page { $0 = [] }
        #expect(none.contains("class=\"warn\"") && none.contains("no service has been measured"))
        let learning = await page { $0[0].ready = false }
        #expect(learning.contains("class=\"warn\"") && learning.contains("still learning"))
        let blind = await page { $0[0].blind = "no scrape" }
        #expect(blind.contains("1 of 1 services cannot be judged") && !blind.contains("\"good\""))
    }

    @Test func `the kill switch exists only where it was given, and takes only JSON`() async {
        let without = WebApplication(view: FixedView())
        let body = Array("{\"by\":\"ada\"}".utf8)
        let type: Headers = ["Content-Type": "application/json", "Host": "127.0.0.1:9321"]
        func post(_ application: WebApplication, _ headers: Headers, _ body: [UInt8]) async -> Int {
            await application.respond(
                to: Request("POST", "/api/v1/halt", headers: headers, body: body)
            ).status
        }
        #expect(await post(without, type, body) == 404)
        let asked = Lock<[String]>([])
        let application = WebApplication(
            view: FixedView(),
            killSwitch: WebSwitch(
                halt: { by in
                    asked.withLock { $0.append(by) }
                    return nil
                }, resume: { _ in Failure(.transient, "the journal cannot be written") },
                accept: { _ in .success([]) }))
        #expect(await post(application, type, body) == 200)
        #expect(asked.withLock { $0 } == ["ada"])
        let bare: Headers = ["Host": "127.0.0.1:9321"]
        #expect(await post(application, bare, body) == 415)
        var plain = bare
        plain["Content-Type"] = "text/plain"
        #expect(await post(application, plain, body) == 415)
        #expect(await post(application, type, Array("{}".utf8)) == 400)
        #expect(await post(application, type, []) == 400)
        let get = await application.respond(to: Request("GET", "/api/v1/halt"))
        #expect(get.status == 405 && get.headers["Allow"] == "POST")
        let resume = await application.respond(
            to: Request("POST", "/api/v1/resume", headers: type, body: body))
        #expect(resume.status == 503)
        #expect(asked.withLock { $0 }.count == 1)
    }

    /// A name that was made to mean this machine after its page was loaded (DNS rebinding).
    @Test(arguments: [
        ("127.0.0.1:9321", nil, 200), ("localhost:1", "http://localhost:1", 200),
        ("[::1]:9321", nil, 200), ("evil.example:9321", nil, 403), (nil, nil, 403),
        ("127.evil.example:9321", nil, 403), ("127.0.0.1:9321", "http://evil.example", 403),
        ("127.0.0.1:9321", "null", 403),
    ])
    func `changes are taken from this machine only`(
        host: String?, origin: String?, status: Int
    ) async {
        let asked = Lock(0)
        let application = WebApplication(
            view: FixedView(),
            killSwitch: WebSwitch(
                halt: { _ in
                    asked.withLock { $0 += 1 }
                    return nil
                }, resume: { _ in nil }, accept: { _ in .success([]) }))
        var headers: Headers = ["Content-Type": "application/json"]
        if let host { headers["Host"] = host }
        if let origin { headers["Origin"] = origin }
        let answer = await application.respond(
            to: Request(
                "POST", "/api/v1/halt", headers: headers, body: Array("{\"by\":\"ada\"}".utf8)))
        #expect(answer.status == status)
        #expect(asked.withLock { $0 } == (status == 200 ? 1 : 0))
    }

    @Test func `accepting names a service, and refusals say why`() async throws {
        let asked = Lock<[AcceptanceRequest]>([])
        let application = WebApplication(
            view: FixedView(),
            killSwitch: WebSwitch(
                halt: { _ in nil }, resume: { _ in nil },
                accept: { request in
                    asked.withLock { $0.append(request) }
                    return request.signal == .latency
                        ? .failure(Failure(.rejected, "latency of shop/cart is not anomalous"))
                        : .success(SampleHistory.input().state.anomalies)
                }))
        func post(_ body: String) async -> Response {
            await application.respond(
                to: Request(
                    "POST", "/api/v1/accept",
                    headers: ["Content-Type": "application/json", "Host": "localhost:9321"],
                    body: Array(body.utf8)))
        }
        let good = await post(#"{"by":"ada","service":"shop/cart","reason":"why not"}"#)
        #expect(good.status == 200)
        let names = try JSON(parsing: good.body)["accepted"]?.array?.compactMap { $0["service"] }
        #expect(names?.isEmpty == false)
        #expect(
            asked.withLock { $0 } == [
                AcceptanceRequest(
                    service: ServiceRef(namespace: "shop", name: "cart"), signal: nil, by: "ada",
                    reason: "why not")
            ])
        let refused = await post(#"{"by":"ada","service":"shop/cart","signal":"latency"}"#)
        #expect(refused.status == 409)
        #expect(String(decoding: refused.body, as: UTF8.self).contains("is not anomalous"))
        for bad in [
            #"{"by":"ada"}"#, #"{"service":"shop/cart"}"#, #"{"by":"ada","service":"/cart"}"#,
            #"{"by":"ada","service":"shop/cart","signal":"speed"}"#,
            #"{"by":"ada","service":"shop/cart","reason":""}"#,
        ] {
            #expect(await post(bad).status == 400, "\(bad)")
        }
        #expect(asked.withLock { $0 }.count == 2)
    }
}
