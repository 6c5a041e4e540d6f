// `hazard check` with a configuration that names a Prometheus: its parser has the last word on the
// policies' PromQL. A real server where the answer is the server's, a double where it must fail.

import Core
import Host
import Platform
import TestServers
import Testing

@testable import App

@Suite(.serialized, .timeLimit(.minutes(10)))
struct CheckExpressionTests {
    /// A file with two good expressions and `line` for a third.
    private func policy(_ line: String, in directory: String) throws -> String {
        let path = directory + "/policy.yaml"
        let text = """
            apiVersion: hazard.dev/v1alpha1
            kind: ChaosPolicy
            metadata: {name: a, namespace: go-app}
            spec:
              schedule: {every: 2m}
              faults: [{kind: pod-evict}]
              signals:
                - istio: {}
                - promql: {name: first, bad: 'sum(x{code=~"5.."})', total: sum(x)}
                - promql:
                    name: second
            \(line)

            """
        try FileSystem.writeAtomically(Array(text.utf8), to: path)
        return path
    }

    private func configuration(
        _ url: String, _ more: String = "", in directory: String
    ) throws -> String {
        let path = directory + "/hazard.yaml"
        let text = """
            apiVersion: hazard.dev/v1alpha1
            kind: HazardConfiguration
            policies: [policy.yaml]
            signals: {kind: prometheus, url: "\(url)"\(more)}

            """
        try FileSystem.writeAtomically(Array(text.utf8), to: path)
        return path
    }

    /// Checks again while the server takes longer than a check waits for it: on a busy machine that
    /// says nothing.
    private func check(
        _ line: String, _ url: String, _ more: String = "", json: Bool = false
    ) async throws -> (status: App.ExitStatus, recorded: Recorded, policy: String, tries: Int) {
        let directory = try Scratch.make("hazard-test")
        let policy = try policy(line, in: directory)
        let configuration = try configuration(url, more, in: directory)
        var tries = 0
        while true {
            tries += 1
            let recorded = Recorded()
            let status = await CheckCommand.run(
                [configuration, policy], json: json, output: recorded.output)
            let warned = recorded.warnings.joined() + (recorded.json?["warnings"]?.text ?? "")
            if !warned.contains("no answer within") || tries == 20 {
                return (status, recorded, policy, tries)
            }
        }
    }

    private func withPrometheus(_ body: (String) async throws -> Void) async throws {
        let plan = RealServer.Plan.prometheus(configuration: "global: {}\n")
        try await RealServer.with(plan) { try await body($0.url) }
    }

    @Test func theServersParserHasTheLastWord() async throws {
        try await withPrometheus { url in
            let good = try await check(#"        gauge: max(queue{name="é"}) - 1"#, url)
            #expect(good.status == .success, "\(good.recorded.errors)")
            #expect(good.recorded.errors == [] && good.recorded.warnings == [])
            let place = "spec.signals[2].promql.gauge: prometheus at \(url) cannot parse it"
            for (line, column) in [
                // `sum by by (x)`: the parser's column 8; the value begins at column 16.
                ("        gauge: sum by by (x)", 23), ("        gauge: 'sum by by (x)'", 24),
                (#"        gauge: "sum by by (x)""#, 24),
                // Its columns are bytes, ours are characters.
                (#"        gauge: x{a="éé"} + sum by by (x)"#, 35),
            ] {
                let found = try await check(line, url)
                #expect(found.status == .usage && found.recorded.warnings == [])
                #expect(found.recorded.errors.count == 1 && found.recorded.lines == [])
                let error = found.recorded.errors.first ?? ""
                #expect(error.hasPrefix("\(found.policy):12:\(column): \(place): "), "\(error)")
                #expect(error.contains("parse error: unexpected <by> in grouping opts"))
                #expect(error.contains("; correct the expression"))
            }
            // A block, escapes, and a text of several lines: both positions.
            for (line, position) in [
                ("        gauge: >-\n          sum by by (x)", "(line 1, column 8"),
                ("        gauge: |-\n          sum(\n          by by)", "(line 2, column "),
                (#"        gauge: "sum\x20by by (x)""#, "(line 1, column 8"),
            ] {
                let found = try await check(line, url)
                #expect(found.status == .usage)
                let error = found.recorded.errors.first ?? ""
                #expect(error.hasPrefix("\(found.policy):12:16: \(place) \(position)"), "\(error)")
                #expect(error.contains("of the expression): parse error"))
            }
            let json = try await check("        gauge: sum by by (x)", url, json: true)
            let error = try #require(json.recorded.json?["errors"]?[0])
            #expect(error["line"]?.integer == 12 && error["column"]?.integer == 23)
            #expect(json.recorded.json?["warnings"]?.array == [])
        }
    }

    /// What a double answers to paths under /api/v1, and what it was asked.
    private final class Server: Handler {
        let answers: [String: Response]
        let asked = Lock<[(path: String, authorization: String?, tenant: String?)]>([])

        init(_ answers: [String: Response]) { self.answers = answers }

        func handle(_ request: Request) async -> Reply {
            let path = URLParts("http://x" + request.url)?.path ?? request.url
            let last = path.split(separator: "/").last.map(String.init) ?? ""
            asked.withLock {
                $0.append(
                    (last, request.headers["Authorization"], request.headers["X-Scope-OrgID"]))
            }
            return .response(
                answers[last]
                    ?? Response(status: 404, contentType: "text/html", text: "404 page not found"))
        }
    }

    private func withDouble(
        _ double: Server, _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let listening = Listening()
        try await withThrowingTaskGroup { group in
            group.addTask { await listening.serve(double, port: 0) }
            try await body("http://127.0.0.1:\(try await listening.port())")
            group.cancelAll()
        }
    }

    private func json(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "application/json", text: text)
    }

    @Test func anOlderServerIsAskedToEvaluate() async throws {
        let bad = Server([
            "query": json(
                400,
                #"{"status":"error","errorType":"bad_data","error":"1:8: parse error: no"}"#)
        ])
        try await withDouble(bad) { url in
            let found = try await check("        gauge: sum by by (x)", url)
            #expect(found.status == .usage)
            #expect(found.recorded.errors.count == 3)
            #expect(found.recorded.errors.last?.contains(":12:23: ") == true)
        }
        #expect(bad.asked.withLock { $0.map(\.path) }.prefix(2) == ["format_query", "query"])
        // Parsed, and too much to evaluate.
        for (status, type) in [(422, "execution"), (503, "timeout")] {
            let busy = Server([
                "query": json(status, #"{"status":"error","errorType":"\#(type)","error":"e"}"#)
            ])
            try await withDouble(busy) { url in
                let found = try await check("        gauge: sum by by (x)", url)
                #expect(found.status == .success && found.recorded.warnings == [])
            }
        }
    }

    @Test func aServerThatCannotSayIsOneWarning() async throws {
        let page = Response(status: 503, contentType: "text/html", text: "starting")
        for (answer, said) in [
            (page, "HTTP 503"),
            (Response(status: 500, contentType: "text/html", text: "<title>oops</title>"), "oops"),
            (
                Response(status: 401, contentType: "text/html", text: "login"),
                "check the token and the headers"
            ),
            (
                Response(status: 200, contentType: "text/html", text: "<title>Login</title>"),
                "login page"
            ),
            (json(200, "{"), "not JSON"),
            (json(502, #"{"status":"error","errorType":"internal","error":"x"}"#), "internal: x"),
        ] {
            let double = Server(["format_query": answer])
            let tries = Lock(0)
            try await withDouble(double) { url in
                let found = try await check("        gauge: sum by by (x)", url)
                tries.withLock { $0 = found.tries }
                #expect(found.status == .success && found.recorded.errors == [])
                #expect(found.recorded.warnings.count == 1)
                let warning = found.recorded.warnings.first ?? ""
                #expect(warning.contains("prometheus at \(url): ") && warning.contains(said))
                #expect(warning.hasSuffix("; 3 of 3 PromQL expressions were not checked"))
            }
            #expect(double.asked.withLock { $0.count } <= tries.withLock { $0 })
        }
        // No API at all.
        try await withDouble(Server([:])) { url in
            let found = try await check("        gauge: x", url)
            #expect(found.status == .success)
            #expect(found.recorded.warnings.first?.contains("no Prometheus API there") == true)
        }
        let gone = "http://127.0.0.1:\(try LoopbackPort.find())"
        let found = try await check("        gauge: sum by by (x)", gone)
        #expect(found.status == .success && found.recorded.warnings.count == 1)
        #expect(found.recorded.warnings.first?.contains(gone) == true)
        let quiet = try await check("        gauge: x", gone, json: true)
        #expect(quiet.recorded.json?["ok"]?.bool == true)
        #expect(quiet.recorded.json?["warnings"]?.array?.count == 1)
    }

    @Test func theCredentialsOfReadingsAreUsed() async throws {
        let double = Server(["format_query": json(200, #"{"status":"success","data":"x"}"#)])
        let token = try Scratch.make("hazard-test") + "/token"
        try FileSystem.writeAtomically(Array("secret\n".utf8), to: token)
        try await withDouble(double) { url in
            let found = try await check(
                "        gauge: x", url, ", tenant: team, bearerTokenFile: \(token)")
            #expect(found.status == .success, "\(found.recorded.errors)")
        }
        let asked = double.asked.withLock { $0 }
        #expect(asked.count >= 3)
        #expect(asked.allSatisfy { $0.authorization == "Bearer secret" && $0.tenant == "team" })
    }
}
