// `hazard accept` against a real socket: what it sends, and what it makes of the answers.

import Core
import Platform
import Testing

@testable import App

@Suite struct AcceptCommandTests {
    /// Answers every request alike, and keeps them.
    private final class Daemon: Handler {
        private let status: Int
        private let body: JSON
        private let kept = Lock<[Request]>([])

        init(_ status: Int, _ body: JSON) {
            self.status = status
            self.body = body
        }

        var requests: [Request] { kept.withLock { $0 } }

        func handle(_ request: Request) async -> Reply {
            kept.withLock { $0.append(request) }
            return .response(
                Response(status: status, contentType: "application/json", text: body.text))
        }
    }

    private func run(
        _ daemon: Daemon, _ service: String = "shop/cart", signal: String? = nil,
        format: OutputFormat = .text
    ) async throws -> (exit: App.ExitStatus, seen: Recorded) {
        let recorded = Recorded()
        let listening = Listening()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listening.serve(daemon, port: 0) }
            let url = "http://127.0.0.1:\(try await listening.port())/"
            let exit = await AcceptCommand.run(
                .init(
                    service: service, signal: signal, by: "ada", reason: "a new codec", url: url,
                    format: format), output: recorded.output)
            group.cancelAll()
            return (exit, recorded)
        }
    }

    @Test func itAsksTheDaemon() async throws {
        let answer: JSON = ["accepted": [["signal": "latency"], ["signal": "bad-ratio"]]]
        let daemon = Daemon(200, answer)
        let (exit, seen) = try await run(daemon)
        #expect(exit == .success && seen.errors == [])
        #expect(
            seen.lines == [
                "accepted latency of shop/cart as normal, by ada",
                "accepted bad-ratio of shop/cart as normal, by ada",
                "its level is learned anew; rounds of shop begin again once it is known",
            ])
        let request = try #require(daemon.requests.first)
        #expect(request.method == "POST" && request.url == "/api/v1/accept")
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(
            try JSON(parsing: request.body) == [
                "by": "ada", "service": "shop/cart", "reason": "a new codec",
            ])
        let narrow = Daemon(200, answer)
        let json = try await run(narrow, signal: "latency", format: .json)
        #expect(json.seen.json == answer)
        #expect(try JSON(parsing: narrow.requests[0].body)["signal"] == "latency")
    }

    @Test func refusalsAreToldApart() async throws {
        let open: JSON = ["error": "shop/cart is not anomalous; anomalous now: shop/pay traffic"]
        let nothing = try await run(Daemon(409, open))
        #expect(nothing.exit == .usage)
        #expect(nothing.seen.errors == [open["error"]?.string ?? ""])
        let beyond = try await run(Daemon(404, ["error": "there is no /api/v1/accept"]))
        #expect(beyond.exit == .failure)
        #expect(beyond.seen.errors.first?.contains("`changes`") == true)
        let failing = try await run(Daemon(503, ["error": "the disk is full"]))
        #expect(failing.exit == .failure)
        #expect(failing.seen.errors.first?.contains("the disk is full") == true)
        // Wrong words are not sent.
        for (service, signal) in [("shop/", nil), ("shop/cart", "bad"), ("", nil)] {
            let daemon = Daemon(200, [:])
            let wrong = try await run(daemon, service, signal: signal)
            #expect(wrong.exit == .usage && daemon.requests.isEmpty)
            #expect(wrong.seen.errors.count == 1)
        }
        let recorded = Recorded()
        let absent = await AcceptCommand.run(
            .init(service: "shop/cart", url: "http://127.0.0.1:1"), output: recorded.output)
        #expect(absent == .failure)
        #expect(recorded.errors.first?.contains("is the daemon running there?") == true)
    }
}
