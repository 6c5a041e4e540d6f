// Two proxies on real sockets: what they say when an upstream fails, hangs or breaks.

import Core
import Glibc
import Host
import Platform
import Testing

@testable import App

/// Answers `/` and breaks, hangs or fails at other paths.
private struct Moody: Handler {
    func handle(_ request: Request) async -> Reply {
        switch URLParts(request.url)?.path {
        case "/break": return .disconnect
        case "/hang":
            do { try await Task.sleep(for: .seconds(120)) } catch { return .disconnect }
            return .disconnect
        case "/fail": return .response(Response(status: 500))
        default: return .response(Response(status: 200, contentType: "text/plain", text: "ok\n"))
        }
    }
}

/// Lists one service whose only pod is at `address`, and watches in silence.
private struct OneService: Handler {
    let address: String

    func handle(_ request: Request) async -> Reply {
        guard let parts = URLParts(request.url) else {
            return .response(Response(status: 404))
        }
        if parts.queryValue("watch") != nil {
            let silence = BodyStream(next: { () async throws(Failure) -> [UInt8]? in
                do { try await Task.sleep(for: .seconds(60)) } catch {
                    throw Failure(.cancelled, "cancelled")
                }
                return nil
            })
            return .stream(ResponseStream(status: 200, body: silence))
        }
        let item: JSON =
            parts.segments.last == "services"
            ? [
                "metadata": ["name": "moody"], "spec": ["ports": [["name": "http", "port": 80]]],
            ]
            : [
                "metadata": [
                    "name": "moody-x", "labels": ["kubernetes.io/service-name": "moody"],
                ], "endpoints": [["addresses": [.string(address)]]],
                "ports": [["name": "http", "port": 8080]],
            ]
        let list: JSON = ["metadata": ["resourceVersion": "1"], "items": .array([item])]
        return .response(Response(status: 200, body: list.bytes))
    }
}

@Suite struct DemoProcessRunnerTests {
    /// A loopback address of this test run's own.
    private func address(_ number: Int) -> String {
        let process = Int(getpid())
        return "127.\(100 + process % 100).\(process / 100 % 250).\(number)"
    }

    /// Polls until `body` gives a value, for two minutes.
    private func wait<Value: Sendable>(_ body: () async -> Value?) async throws -> Value {
        for _ in 0..<2400 {
            if let value = await body() { return value }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try #require(await body(), "nothing came of it in two minutes")
    }

    private func environment(_ server: Int, _ number: Int, _ name: String) -> [String: String] {
        [
            "POD_IP": address(number), "POD_NAME": name, "POD_NAMESPACE": "shop",
            "KUBERNETES_API": "http://127.0.0.1:\(server)", "WORKLOAD": name, "TIMEOUT": "8s",
        ]
    }

    @Test(.timeLimit(.minutes(10))) func proxiesTellFailuresApartOnRealSockets() async throws {
        let port = Lock(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let server = OneService(address: address(2))
            group.addTask {
                try await HTTPListener.serve(server, port: 0) { bound in
                    port.withLock { $0 = bound }
                }
            }
            let bound = try await wait { port.withLock { $0 == 0 ? nil : $0 } }
            for (number, name) in [(1, "client"), (2, "moody")] {
                let environment = environment(bound, number, name)
                group.addTask {
                    try await DemoProcessRunner.run("sidecar", environment: environment) {
                        await self.untilCancelled()
                    }
                }
            }
            let home = address(2)
            group.addTask { try await HTTPListener.serve(Moody(), address: home, port: 8080) }
            try await situations()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result { Issue.record("\(error)") }
            }
        }
    }

    private func untilCancelled() async {
        do { try await Task.sleep(for: .seconds(600)) } catch { return }
    }

    private func situations() async throws {
        let network = try CurlNetwork()
        defer { network.shutDown() }
        func get(_ host: String, _ path: String, _ url: String) async -> Response? {
            let request = Request(
                "GET", url + path, headers: ["Host": host], deadline: .seconds(60))
            return try? await network.exchange(request)
        }
        let proxy = "http://\(address(1)):15001"
        let ready = "http://\(address(1)):15021"
        _ = try await wait {
            let answer = await get("x", "/healthz/ready", ready)
            return answer?.status == 200 ? true : nil
        }
        _ = try await wait { await get("moody", "/", proxy)?.status == 200 ? true : nil }
        #expect(await get("moody", "/fail", proxy)?.status == 500)
        #expect(await get("moody", "/break", proxy)?.status == 503)
        #expect(await get("moody", "/hang", proxy)?.status == 504)
        #expect(await get("elsewhere.example", "/", proxy)?.status == 502)
        func page(_ number: Int) async throws -> String {
            let url = "http://\(address(number)):15020"
            let answer = try #require(await get("x", "/stats/prometheus", url))
            return String(decoding: answer.body, as: UTF8.self)
        }
        let client = try await page(1)
        let server = try await page(2)
        func has(_ page: String, _ reporter: String, _ code: Int, _ flags: String) -> Bool {
            page.split(separator: "\n").contains { line in
                line.hasPrefix("istio_requests_total{reporter=\"\(reporter)\"")
                    && line.contains("response_code=\"\(code)\"")
                    && line.contains("response_flags=\"\(flags)\"")
            }
        }
        #expect(has(client, "source", 200, "-"))
        #expect(has(client, "source", 500, "-"))
        // The server's own proxy answered: the client's sees no flag.
        #expect(has(client, "source", 503, "-"))
        #expect(has(client, "source", 502, "NR"))
        #expect(has(server, "destination", 500, "-"))
        #expect(has(server, "destination", 503, "UC"))
        #expect(server.contains("source_workload=\"client\""))
    }
}
