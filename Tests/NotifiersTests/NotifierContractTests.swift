// What every notifier of the catalog must do, whatever it sends.

import Core
import Engine
import Notifiers
import Platform
import Testing

@Suite struct NotifierContractTests {
    static let kinds = NotifierCatalog.all.manifests.map(\.name)
    static let secret = "s3cr3t"

    /// A web hook's path is a secret too.
    private func url(_ kind: String) -> String {
        let path = kind == "webhook" ? "hook/\(Self.secret)" : "hook"
        return "http://sink.test:9999/\(path)?token=\(Self.secret)"
    }

    private func send(
        _ kind: String, over network: ScriptedNetwork, _ alerts: [Alert] = [SampleAlerts.firing()]
    ) async throws -> Failure? {
        let notifier = try SampleAlerts.notifier(
            kind,
            [
                "url": .string(url(kind)),
                "header": .string("Authorization: Bearer \(Self.secret)"), "timeout": "3s",
            ], network)
        do throws(Failure) {
            try await notifier.send(alerts, now: SampleAlerts.now)
            return nil
        } catch {
            #expect(error.message.contains(notifier.endpoint), "an error names where")
            #expect(!error.message.contains(Self.secret))
            #expect(!error.message.contains("\n") && error.message.count < 600)
            return error
        }
    }

    @Test(arguments: kinds, [200, 201, 202, 204])
    func `success is silent, in one request`(kind: String, status: Int) async throws {
        let network = ScriptedNetwork(status: status)
        #expect(try await send(kind, over: network) == nil)
        let request = try #require(network.requests.first)
        #expect(network.requests.count == 1)
        #expect(request.method == "POST")
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.headers["Authorization"] == "Bearer \(Self.secret)")
        #expect(request.deadline == .seconds(3))
        let text = try JSON(parsing: request.body).text
        for part in ["HazardAnomaly", "go-app-db", "Users feel it"] { #expect(text.contains(part)) }
    }

    @Test(arguments: kinds) func `no alert, no request`(kind: String) async throws {
        let network = ScriptedNetwork(status: 500)
        #expect(try await send(kind, over: network, []) == nil)
        #expect(network.requests.isEmpty)
    }

    @Test(arguments: kinds, [400, 401, 403, 404, 405, 413, 422])
    func `a refusal is final and quotes the body`(kind: String, status: Int) async throws {
        for body in [
            "the label is bad", "\"the label is bad\"", "{\"message\":\"the label is bad\"}",
        ] {
            let network = ScriptedNetwork(status: status, body: body)
            let failure = try #require(try await send(kind, over: network))
            #expect(failure.kind == .rejected)
            #expect(failure.status == status)
            #expect(failure.message.contains("\(status): the label is bad"))
            #expect(network.requests.count == 1)
        }
    }

    @Test(arguments: kinds, [408, 429, 500, 502, 503, 504])
    func `overload and breakdown may be tried again`(kind: String, status: Int) async throws {
        let network = ScriptedNetwork(status: status, body: "busy")
        let failure = try #require(try await send(kind, over: network))
        #expect(failure.kind == .transient)
        #expect(failure.status == status)
        #expect(failure.retryAfter == nil)
        #expect(network.requests.count == 1, "repeating is the courier's business")
    }

    @Test(arguments: kinds) func `a redirect is final`(kind: String) async throws {
        let network = ScriptedNetwork(status: 302, headers: ["Location": "https://login.test/"])
        let failure = try #require(try await send(kind, over: network))
        #expect(failure.kind == .rejected)
        #expect(failure.message.contains("(at https://login.test)"))
    }

    @Test(
        arguments: kinds,
        [
            ("7", Duration.seconds(7)), ("0", .zero), ("-1", nil), ("soon", nil),
            ("Fri, 15 Jan 2027 08:01:30 GMT", .seconds(90)),
            ("Fri, 15 Jan 2027 07:00:00 GMT", .zero), ("Fri, 35 Jan 2027 07:00:00 GMT", nil),
            ("999999999999", .seconds(86_400)),
        ])
    func `Retry-After is heeded`(kind: String, wait: (String, Duration?)) async throws {
        let network = ScriptedNetwork(status: 429, headers: ["Retry-After": wait.0])
        let failure = try #require(try await send(kind, over: network))
        #expect(failure.retryAfter == wait.1)
    }

    @Test(arguments: kinds, [Failure.Kind.transient, .rejected, .cancelled])
    func `a failure of the network keeps its kind`(kind: String, of: Failure.Kind) async throws {
        let network = ScriptedNetwork(Failure(of, "connection refused"))
        let failure = try #require(try await send(kind, over: network))
        #expect(failure.kind == of)
        #expect(failure.message.contains("connection refused"))
    }

    @Test(arguments: kinds) func `an HTML page becomes its title`(kind: String) async throws {
        let page =
            "<!DOCTYPE html>\n<html><head><TITLE>502 Bad\n Gateway</TITLE></head>"
            + String(repeating: "<p>x</p>\n", count: 5000)
        for headers in [["Content-Type": "text/html; charset=utf-8"], Headers()] {
            let network = ScriptedNetwork(status: 502, headers: headers, body: page)
            let failure = try #require(try await send(kind, over: network))
            #expect(failure.message.contains("an HTML page titled \"502 Bad Gateway\""))
            #expect(!failure.message.contains("<"))
        }
        let bare = ScriptedNetwork(status: 502, body: "<html>")
        #expect(try await send(kind, over: bare)?.message.contains("an HTML page") == true)
    }

    @Test(arguments: kinds) func `any bytes may come back`(kind: String) async throws {
        var random = RandomStream(seed: 7)
        for _ in 0..<200 {
            let count = Int.random(in: 0..<2000, using: &random)
            let body = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let network = ScriptedNetwork { _ in .success(Response(status: 400, body: body)) }
            #expect(try await send(kind, over: network)?.kind == .rejected)
        }
    }

    @Test(arguments: kinds) func `a batch is one request, in any order`(kind: String) async throws {
        let alerts = (0..<50).map { SampleAlerts.firing("service-\($0)") }
        let network = ScriptedNetwork(status: 200)
        #expect(try await send(kind, over: network, alerts) == nil)
        #expect(network.requests.count == 1)
        let text = try JSON(parsing: network.requests[0].body).text
        for alert in alerts { #expect(text.contains(alert.labels["service"] ?? "?")) }
    }

    @Test(arguments: kinds) func `the endpoint has a name without secrets`(kind: String) throws {
        let notifier = try SampleAlerts.notifier(
            kind,
            [
                "url": .string("https://[::1]:9093/prefix/?token=\(Self.secret)"),
                "header": .string("X-Key: \(Self.secret)"),
            ], ScriptedNetwork(status: 200))
        let place = kind == "webhook" ? " (21a629f7)" : "/prefix"
        #expect(notifier.endpoint == "\(kind) https://[::1]:9093\(place)")
    }

    @Test(
        arguments: kinds,
        [
            [:], ["url": "alertmanager:9093"], ["url": "ftp://sink.test"], ["url": "http://"],
            ["url": "http://user:pw@sink.test"], ["url": "http://sink.test:99999"],
            ["url": "http://sink.test", "header": "no colon"],
            ["url": "http://sink.test", "header": "A: b\r\nC: d"],
            ["url": "http://sink.test", "header": ": b"],
            ["url": "http://sink.test", "timeout": "1h"],
            ["url": "http://sink.test", "timeuot": "1s"],
        ] as [JSON])
    func `a bad configuration says where and what to write`(kind: String, json: JSON) {
        let error = #expect(throws: ConfigError.self) {
            try SampleAlerts.notifier(kind, json, ScriptedNetwork(status: 200))
        }
        #expect(error?.path.hasPrefix("notifiers[0]") == true)
        #expect(error?.fix.isEmpty == false)
        #expect(error?.description.contains("pw") == false)
    }

    @Test func `the manifests document every parameter`() {
        #expect(Self.kinds == ["alertmanager", "webhook"])
        for manifest in NotifierCatalog.all.manifests {
            #expect(manifest.summary.hasSuffix("."))
            for parameter in manifest.parameters { #expect(!parameter.summary.isEmpty) }
        }
    }
}
