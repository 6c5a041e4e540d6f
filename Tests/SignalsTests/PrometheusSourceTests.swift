// What is particular to the query API: what is asked, how answers and errors read, retries,
// products.

import Core
import Engine
import Platform
import Signals
import Testing

struct PrometheusSourceTests {
    private let clock = ManualClock()

    private func question(_ namespaces: [String] = ["go-app"]) -> Question {
        Question(
            namespaces: namespaces, metrics: ["istio_requests_total"],
            since: clock.now - .seconds(15), until: clock.now)
    }

    private func source(
        _ network: StubNetwork, flavor: PrometheusFlavor = .prometheus,
        headers: Headers = Headers(),
        token: (@Sendable () async throws(Failure) -> String)? = nil
    ) -> PrometheusSource {
        PrometheusSource(
            .init(
                url: "http://prom:9090", interval: .seconds(15), flavor: flavor, headers: headers),
            clock: clock, network: network, seed: 3, token: token)
    }

    private func matrix(_ result: String, extra: String = "") -> Response {
        Response(
            status: 200, contentType: "application/json; charset=utf-8",
            text: """
                {"status":"success"\(extra),"data":{"resultType":"matrix","result":[\(result)]}}
                """)
    }

    private func fields(_ request: Request) -> [String: String] {
        let items = URLParts("/?" + String(decoding: request.body, as: UTF8.self))?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value) }) { $1 }
    }

    @Test func asksForRawRangesByForm() async throws {
        let empty = matrix("")
        let network = StubNetwork { _ in empty }
        _ = try await source(network).read(question(["go-app", "bank"]))
        let queries = network.requests.map { fields($0)["query"] ?? "" }
        #expect(
            queries == [
                "{__name__=~\"up|process_start_time_seconds|"
                    + "istio_agent_process_start_time_seconds\"}[120000ms]",
                #"istio_requests_total{destination_service=~".+\\.(bank|go-app)\\.svc.*"}"#
                    + "[120000ms]",
                #"istio_requests_total{destination_service!~".+\\.(bank|go-app)\\.svc.*","#
                    + #"destination_service_namespace=~"bank|go-app"}[120000ms]"#,
            ])
        let request = network.requests[0]
        #expect(request.method == "POST" && request.url == "http://prom:9090/api/v1/query")
        #expect(request.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(fields(request)["time"] == "1700000000.000")
        #expect(fields(request)["timeout"] == "10000ms")
    }

    @Test func asksEachProductForFreshAndWholeAnswers() async throws {
        let empty = matrix("")
        for (flavor, expected) in [
            (PrometheusFlavor.thanos, ["partial_response": "false", "dedup": "true"]),
            (.victoriametrics, ["latency_offset": "1s", "nocache": "1"]), (.prometheus, [:]),
        ] {
            let network = StubNetwork { _ in empty }
            let token = Lock(0)
            _ = try await source(
                network, flavor: flavor, headers: ["X-Scope-OrgID": "team"],
                token: { () async throws(Failure) -> String in
                    token.withLock {
                        $0 += 1
                        return "t\($0)"
                    }
                }
            ).read(question())
            for (name, value) in expected { #expect(fields(network.requests[0])[name] == value) }
            #expect(network.requests[0].headers["X-Scope-OrgID"] == "team")
            #expect(
                network.requests.map { $0.headers["Authorization"] }
                    == ["Bearer t1", "Bearer t2", "Bearer t3"])
        }
    }

    @Test func refusesNamesThatWouldChangeTheQuery() async {
        let empty = matrix("")
        let source = source(StubNetwork { _ in empty })
        for namespace in ["a\"} or up{x=\"", "A", "", "a|b", ".*"] {
            let question = question([namespace])
            let failure = await failure { () async throws(Failure) in
                try await source.read(question)
            }
            #expect(failure?.kind == .rejected)
        }
    }

    @Test func tellsTargetLabelsFromOthers() async throws {
        let up = matrix(
            """
            {"metric":{"__name__":"up","job":"j","instance":"1:1","namespace":"go-app","pod":"p-1",
             "app":"x","cluster":"c"},"values":[[1699999990.5,"0"],[1699999995.25,"1"]]}
            """)
        let data = matrix(
            """
            {"metric":{"__name__":"istio_requests_total","job":"j","instance":"1:1",
             "namespace":"go-app","pod":"p-1","app":"x","cluster":"c","exported_app":"own",
             "destination_service":"s.go-app.svc","le":"5"},"values":[[1699999995.25,"1e+06"]]},
            {"metric":{"__name__":"istio_requests_total","job":"other","instance":"2:2",
             "destination_service":"s.go-app.svc"},"values":[[1699999995.25,"+Inf"]]}
            """, extra: ",\"warnings\":[\"partial\"],\"infos\":[\"note\"],\"isPartial\":true")
        let empty = matrix("")
        let network = StubNetwork { request in
            let body = String(decoding: request.body, as: UTF8.self)
            return body.contains("__name__") ? up : body.contains("%21~") ? empty : data
        }
        let reading = try await source(network).read(question())
        let time = Timestamp(nanoseconds: 1_699_999_995_250_000_000)
        #expect(
            reading.series == [
                SampleSeries(
                    metric: "istio_requests_total",
                    labels: Labels(["destination_service": "s.go-app.svc"]),
                    reporter: "2:2", samples: [Sample(time: time, value: .infinity)]),
                SampleSeries(
                    metric: "istio_requests_total",
                    labels: Labels([
                        "app": "own", "destination_service": "s.go-app.svc", "le": "5.0",
                    ]),
                    reporter: "go-app/p-1", samples: [Sample(time: time, value: 1e6)]),
            ])
        #expect(reading.reporters == [.init(name: "go-app/p-1", lastScrape: time)])
        #expect(reading.warnings == ["partial", "note", "the answer is partial"])
        #expect(reading.completeUntil == time)
    }

    @Test func keepsOneReplica() async throws {
        let data = matrix(
            ["a", "b"].map {
                """
                {"metric":{"__name__":"istio_requests_total","job":"j","instance":"1:1",
                 "prometheus_replica":"\($0)","destination_service":"s.go-app.svc"},
                 "values":[[1699999990,"1"],[1699999995,"2"]]}
                """
            }.joined(separator: ","))
        let empty = matrix("")
        let network = StubNetwork { request in
            let body = String(decoding: request.body, as: UTF8.self)
            return body.contains("__name__") || body.contains("%21~") ? empty : data
        }
        let reading = try await source(network).read(question())
        #expect(reading.series.count == 1)
        #expect(reading.series[0].samples.count == 2)
        #expect(reading.warnings.count == 1)
    }

    @Test(arguments: [
        (
            400, #"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
            Failure.Kind.rejected, 1
        ),
        (422, #"{"status":"error","errorType":"execution","error":"too many"}"#, .rejected, 1),
        (503, #"{"status":"error","errorType":"timeout","error":"slow"}"#, .transient, 3),
        (500, #"{"status":"error","errorType":"internal","error":"oops"}"#, .transient, 1),
        (200, #"{"status":"error","errorType":"bad_data","error":"odd"}"#, .rejected, 1),
        (200, #"{"status":"success","data":{"resultType":"vector","result":[]}}"#, .rejected, 1),
        (200, #"{"status":"success","data":{"#, .transient, 1),
        (200, "<html><title>Sign in</title></html>", .rejected, 1),
        (302, "", .rejected, 1), (401, "<html><h1>Authorization Required</h1>", .rejected, 1),
        (404, "404 page not found", .rejected, 1), (429, "slow down", .transient, 3),
        (502, "<html><title>502 Bad Gateway</title></html>", .transient, 3),
        (503, "Service Unavailable", .transient, 3), (504, "", .transient, 3),
    ])
    func mapsErrors(status: Int, body: String, kind: Failure.Kind, tries: Int) async {
        let response = Response(status: status, contentType: "text/plain", text: body)
        let network = StubNetwork { _ in response }
        let source = source(network)
        let question = question()
        let failure = await failure { () async throws(Failure) in try await source.read(question) }
        #expect(failure?.kind == kind)
        #expect(failure?.status == status)
        #expect(failure?.message.contains("http://prom:9090") == true)
        #expect(network.requests.count == tries)
        #expect(clock.uptime < .seconds(15))
    }

    @Test func waitsAsLongAsItIsTold() async throws {
        let busy = Response(
            status: 429, headers: ["Retry-After": "4", "Content-Type": "text/plain"])
        let never = Response(status: 503, headers: ["Retry-After": "60"])
        let empty = matrix("")
        let count = Lock(0)
        let network = StubNetwork { _ in
            count.withLock {
                $0 += 1
                return $0 == 1 ? busy : empty
            }
        }
        _ = try await source(network).read(question())
        #expect(clock.uptime == .seconds(4))
        // Longer than the interval is not worth waiting for.
        let other = StubNetwork { _ in never }
        let patient = source(other)
        let question = question()
        let failure = await failure { () async throws(Failure) in try await patient.read(question) }
        #expect(failure?.retryAfter == .seconds(60))
        #expect(other.requests.count == 1)
    }

    @Test func everyTryFitsIntoTheInterval() async {
        let clock = self.clock
        let network = StubNetwork { request throws(Failure) in
            clock.advance(request.deadline)
            throw Failure(.transient, "no answer within \(request.deadline.human)")
        }
        let source = source(network)
        let question = question()
        let failure = await failure { () async throws(Failure) in try await source.read(question) }
        #expect(failure?.kind == .transient)
        #expect(network.requests.count == 2)
        #expect(clock.uptime <= .seconds(15))
    }

    private static let up =
        #"{"metric":{"__name__":"up","instance":"a"},"values":[[1699999990,"1"]]}"#

    /// Everything but the requests may be missing: the reading says what, and why.
    @Test func aMetricThatFailsIsUnreadAndTheOthersAreNot() async throws {
        let up = matrix(Self.up)
        let partial = matrix("", extra: ",\"warnings\":[\"store is down\"]")
        let refused = Response(
            status: 422, contentType: "application/json",
            text: #"{"status":"error","errorType":"execution","error":"too many samples"}"#)
        let network = StubNetwork { request in
            let body = String(decoding: request.body, as: UTF8.self)
            if body.contains("duration_milliseconds") { return refused }
            return body.contains("connections_failed") ? partial : up
        }
        let question = Question(
            namespaces: ["go-app"], metrics: Signal.metrics(of: Signal.allCases),
            since: clock.now - .seconds(15), until: clock.now)
        let reading = try await source(network).read(question)
        #expect(reading.warnings == [])
        #expect(
            reading.unread.keys.sorted() == [
                "istio_request_duration_milliseconds_bucket",
                "istio_tcp_connections_failed_total",
            ])
        #expect(
            reading.unread["istio_request_duration_milliseconds_bucket"]
                == "prometheus at http://prom:9090: execution: too many samples")
        // The requests come first, so that a slow histogram cannot take their time.
        let queries = network.requests.map { fields($0)["query"] ?? "" }
        #expect(queries[1].hasPrefix("istio_requests_total{"))
        let broken = StubNetwork { request in
            String(decoding: request.body, as: UTF8.self).contains("istio_requests") ? refused : up
        }
        let source = source(broken)
        let failure = await failure { () async throws(Failure) in try await source.read(question) }
        #expect(failure?.kind == .rejected)
    }

    /// Our clock stands at 2023-11-14 22:13:20.
    @Test(
        arguments: [
            ("Tue, 14 Nov 2023 22:13:20 GMT", nil), ("Tue, 14 Nov 2023 22:13:07 GMT", nil),
            ("yesterday", nil), ("Tue, 14 Nov 2023 22:14:20 GMT", "1m ahead of"),
            ("Tue, 14 Nov 2023 22:12:49 GMT", "30s behind"),
        ] as [(String, String?)])
    func comparesClocks(date: String, difference: String?) async throws {
        var answer = matrix(Self.up)
        answer.headers["Date"] = date
        let dated = answer
        let reading = try await source(StubNetwork { _ in dated }).read(question())
        #expect(
            reading.warnings
                == (difference.map {
                    [
                        "the clock of prometheus at http://prom:9090 is \($0) ours, so its "
                            + "samples cannot be set against strikes; synchronise both clocks"
                    ]
                } ?? []))
    }

    @Test func adviceAboutTheQueryIsNoWarning() async throws {
        let answer = matrix(
            Self.up,
            extra: #","infos":["PromQL info: metric might not be a counter","results cut"]"#)
        let reading = try await source(StubNetwork { _ in answer }).read(question())
        #expect(reading.warnings == ["results cut"])
    }

    @Test func learnsHowFarTheServerIsBehind() async throws {
        let clock = self.clock
        let network = StubNetwork { request in
            let newest = (clock.now - .seconds(7)).seconds
            return Response(
                status: 200, contentType: "application/json",
                text: """
                    {"status":"success","data":{"resultType":"matrix","result":[
                    {"metric":{"__name__":"up","instance":"a"},"values":[[\(newest),"1"]]}]}}
                    """)
        }
        let source = source(network)
        #expect(await source.lag == nil)
        for _ in 0..<5 {
            let reading = try await source.read(question())
            #expect(reading.completeUntil == clock.now - .seconds(7))
            clock.advance(.seconds(15))
        }
        #expect(await source.lag == .seconds(7))
    }
}
