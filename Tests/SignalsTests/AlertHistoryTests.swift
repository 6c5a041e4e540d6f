// The team's alerts: from a real Prometheus with rules of its own, and from an Alertmanager's
// answer as its API describes it.

import Core
import Engine
import Platform
import Signals
import TestServers
import Testing

struct AlertHistoryTests {
    private static func context(
        _ network: any Network,
        clock: any WallClock = ManualClock(Timestamp(seconds: 1_800_000_000))
    ) -> SignalSourceContext {
        SignalSourceContext(clock: clock, network: network, seed: 1) { path in
            Array("token-of-\(path)\n".utf8)
        }
    }

    private static func make(
        _ kind: String, _ json: JSON, _ network: any Network
    ) throws -> any AlertHistory {
        let specs = try #require(AlertHistoryCatalog.all.kinds[kind]).manifest.parameters
        let parameters = try Parameters(
            ConfigNode(json: json), specs: specs, path: "alertHistory")
        return try AlertHistoryCatalog.all.make(kind, parameters, context(network))
    }

    private static let until = Timestamp(seconds: 1_800_000_000)

    private static func prometheus(_ times: [Double]) -> StubNetwork {
        let values = times.map { "[\(1_800_000_000 + $0),\"1\"]" }.joined(separator: ",")
        return StubNetwork { _ in
            Response(
                status: 200, contentType: "application/json",
                text: #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"#
                    + #""__name__":"ALERTS","alertname":"Burn","alertstate":"firing","#
                    + #""namespace":"shop"},"values":["# + values + "]}]}}")
        }
    }

    @Test func runsOfSamplesAreAlerts() async throws {
        let network = Self.prometheus([-600, -585, -570, -300, -285, -15, 0])
        let history = try Self.make(
            "prometheus", ["url": "http://p:9090/", "tenant": "t", "bearerTokenFile": "f"], network)
        let found = try await history.firing(since: Self.until - .seconds(700), until: Self.until)
        #expect(found.map { ($0.startsAt - Self.until).inSeconds } == [-600, -300, -15])
        #expect(found.map { $0.endsAt.map { ($0 - Self.until).inSeconds } } == [-570, -285, nil])
        #expect(found.allSatisfy { $0.labels == ["alertname": "Burn", "namespace": "shop"] })
        let request = try #require(network.requests.first)
        #expect(request.url == "http://p:9090/api/v1/query")
        #expect(request.headers["Authorization"] == "Bearer token-of-f")
        #expect(request.headers["X-Scope-OrgID"] == "t")
        let body = String(decoding: request.body, as: UTF8.self)
        #expect(body.contains("700000ms") && body.contains("Hazard"))
    }

    /// An alert that half an answer does not show did not stay silent.
    @Test(arguments: [#""isPartial":true,"#, #""warnings":["a store is down"],"#])
    func halfAnAnswerIsNone(mark: String) async throws {
        let network = StubNetwork { _ in
            Response(
                status: 200, contentType: "application/json",
                text: #"{"status":"success","# + mark
                    + #""data":{"resultType":"matrix","result":[]}}"#)
        }
        let history = try Self.make("prometheus", ["url": "http://p:9090"], network)
        await #expect(throws: Failure.self) {
            try await history.firing(since: Self.until - .seconds(60), until: Self.until)
        }
    }

    /// Addresses are shown in logs, pages and alerts.
    @Test(arguments: ["prometheus", "alertmanager"])
    func addressesCarryNoCredentials(kind: String) {
        let error = #expect(throws: ConfigError.self) {
            try Self.make(
                kind, ["url": "http://me:s3cr3t@p:9090"],
                StubNetwork { _ in
                    Response(status: 200)
                })
        }
        #expect(error?.message.contains("credentials") == true)
        #expect(error?.description.contains("s3cr3t") == false)
    }

    @Test func theAlertmanagersAnswerIsRead() async throws {
        let network = StubNetwork { _ in
            Response(
                status: 200, contentType: "application/json",
                text: """
                    [{"annotations":{},"endsAt":"2027-01-15T08:04:00.000Z","fingerprint":"a",
                      "receivers":[{"name":"x"}],"startsAt":"2027-01-15T07:59:30.000Z",
                      "status":{"inhibitedBy":[],"silencedBy":["s"],"state":"suppressed"},
                      "updatedAt":"2027-01-15T08:00:00.000Z",
                      "labels":{"alertname":"Burn","namespace":"shop"}},
                     {"startsAt":"2027-01-15T07:00:00Z","endsAt":"2027-01-15T07:30:00Z",
                      "labels":{"alertname":"Over"}},
                     {"startsAt":"2027-01-15T07:00:00Z","labels":{"alertname":"HazardAnomaly"}},
                     {"startsAt":"yesterday","labels":{"alertname":"Odd"}}, 7]
                    """)
        }
        let history = try Self.make("alertmanager", ["url": "http://am:9093/x"], network)
        #expect(history.isMomentary)
        let found = try await history.firing(since: Self.until, until: Self.until)
        #expect(found.map(\.name) == ["Over", "Burn"])
        #expect(found.map { $0.endsAt != nil } == [true, false])
        #expect(found[1].startsAt == Self.until - .seconds(30))
        #expect(network.requests.map(\.url) == ["http://am:9093/x/api/v2/alerts"])
    }

    @Test(arguments: [
        (503, "", Failure.Kind.transient), (404, "no", .rejected), (200, "{}", .rejected),
    ]) func aBadAnswerIsAFailure(status: Int, text: String, kind: Failure.Kind) async throws {
        let network = StubNetwork { _ in
            Response(status: status, contentType: "application/json", text: text)
        }
        for name in AlertHistoryCatalog.all.kinds.keys.sorted() {
            let history = try Self.make(name, ["url": "http://a:1"], network)
            let failure = await failure { () async throws(Failure) in
                try await history.firing(since: Self.until, until: Self.until)
            }
            #expect(failure?.kind == kind, "\(name)")
        }
    }

    @Test func withoutAChoiceThePrometheusOfTheSignalsIsAsked() async throws {
        let network = Self.prometheus([0])
        let specs = PrometheusSource.manifest.parameters
        let signals = PluginChoice(
            kind: "prometheus",
            parameters: try Parameters(
                ConfigNode(json: ["url": "http://signals:9090", "interval": "5s"]), specs: specs,
                path: "signals"))
        let derived = try AlertHistoryCatalog.make(
            nil, signals: signals, Self.context(network))
        _ = try await derived?.firing(since: Self.until, until: Self.until)
        #expect(network.requests.map(\.url) == ["http://signals:9090/api/v1/query"])
        let none = PluginChoice(
            kind: "none", parameters: try Parameters(ConfigNode(.null), specs: [], path: ""))
        #expect(
            try AlertHistoryCatalog.make(none, signals: signals, Self.context(network)) == nil)
        let scrape = PluginChoice(kind: "scrape", parameters: none.parameters)
        #expect(try AlertHistoryCatalog.make(nil, signals: scrape, Self.context(network)) == nil)
    }

    @Test(arguments: AlertHistoryCatalog.all.manifests.map(\.name))
    func aPathOfTheAPIIsNoBaseURL(kind: String) {
        #expect(throws: ConfigError.self) {
            try Self.make(
                kind, ["url": kind == "prometheus" ? "http://a/api/v1" : "http://a/api/v2"],
                StubNetwork { _ in Response(status: 200) })
        }
    }

    @Test(
        .enabled(if: RealServer.Plan.hasPrometheus, "needs /usr/bin/prometheus"),
        .timeLimit(.minutes(10)))
    func aRealPrometheusTellsWhichAlertsFire() async throws {
        let clock = RealClock()
        let plan = RealServer.Plan.prometheus(
            configuration: "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n",
            rules: """
                groups:
                  - name: team
                    rules:
                      - {alert: Burn, expr: vector(1), labels: {namespace: shop}}
                      - {alert: Waiting, expr: vector(1), for: 1h}
                      - {alert: Never, expr: vector(1) > 2}
                      - {alert: HazardAnomaly, expr: vector(1)}
                """)
        try await RealServer.with(plan) { try await expectBurn($0, clock) }
    }

    private func expectBurn(_ process: RealServer, _ clock: RealClock) async throws {
        let began = clock.now
        let specs = PrometheusAlerts.manifest.parameters
        let history = try PrometheusAlerts(
            try Parameters(
                ConfigNode(json: ["url": .string(process.url)]), specs: specs, path: ""),
            Self.context(SocketNetwork(), clock: clock))
        let giveUp = clock.uptime + .seconds(300)
        var found: [FiringAlert] = []
        while found.isEmpty, clock.uptime < giveUp {
            found = (try? await history.firing(since: began, until: clock.now)) ?? []
            if found.isEmpty { try await clock.sleep(for: .milliseconds(100)) }
        }
        let alert = try #require(found.first)
        #expect(found.map(\.name) == ["Burn"])
        #expect(alert.labels["namespace"] == "shop" && alert.labels["alertstate"] == nil)
        #expect(alert.endsAt == nil)
        #expect(alert.startsAt >= began && alert.startsAt <= clock.now)
    }
}
