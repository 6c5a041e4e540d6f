// The tutorial's main service, with its design flaw kept on purpose: it opens one database session
// when it boots and never opens another. Once the database has forgotten the session, every
// /demo/person is a 500 until this process is started again, while its probe `/`, which does not
// touch the database, goes on to succeed. That is what Hazard is to find; do not mend it.

import Core
package import Platform

/// `/`, `/version`, `/demo/hello`, `/demo/person`, `/demo/random-error`, `/limiter`, `/metrics`.
package final class GoApp: Handler {
    /// What one process of the application is started with.
    package struct Settings: Sendable {
        /// The database's URL without a path, e.g. `http://go-app-db:27017`.
        package var database: String
        package var version: String
        /// Answer `/metrics` as OpenMetrics when the scraper accepts it.
        package var openMetrics: Bool
        package var seed: UInt64

        package init(
            database: String = "http://go-app-db:27017", version: String = "0.0.1",
            openMetrics: Bool = false, seed: UInt64 = 0
        ) {
            self.database = database
            self.version = version
            self.openMetrics = openMetrics
            self.seed = seed
        }
    }

    private struct State {
        /// Set once, at boot.
        var session: String?
        var random: RandomStream
        var tokens = 10.0
        var refilled = Duration.zero
    }

    private let settings: Settings
    private let client: SidecarClient
    private let clock: any WallClock
    private let times: ResponseTimes
    private let state: Lock<State>

    package init(settings: Settings, client: SidecarClient, clock: any WallClock) {
        self.settings = settings
        self.client = client
        self.clock = clock
        times = ResponseTimes(service: "go-app")
        let random = RandomStream(seed: RandomStream.fork(settings.seed, "go-app"))
        state = Lock(State(random: random, refilled: clock.uptime))
    }

    /// Whether the session was opened. Before that every page but `/metrics` answers 503, so that
    /// the pod is not ready, like a process that waits for its database before it listens.
    package var isBooted: Bool { state.withLock { $0.session != nil } }

    /// Opens the session, trying until it works; returns when it does or the task is cancelled.
    package func boot() async {
        var pause = Duration.milliseconds(250)
        while !isBooted {
            do throws(Failure) {
                let answer = try await client.send(
                    "POST", settings.database + "/session", deadline: .seconds(5))
                if answer.status == 200 {
                    let session = String(decoding: answer.body, as: UTF8.self)
                    state.withLock { $0.session = session }
                    return
                }
            } catch {
                if error.kind == .cancelled { return }
            }
            do throws(Failure) { try await clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, .seconds(2))
        }
    }

    package func handle(_ request: Request) async -> Reply {
        guard let parts = URLParts(request.url) else {
            return .response(Response(status: 400))
        }
        if parts.path == "/metrics" {
            return .response(times.page(for: request, openMetrics: settings.openMetrics))
        }
        let start = clock.uptime
        let response = await answer(request, parts)
        times.observe(
            code: response.status, method: request.method, path: parts.path,
            duration: clock.uptime - start)
        return .response(response)
    }

    private func answer(_ request: Request, _ parts: URLParts) async -> Response {
        guard let session = state.withLock({ $0.session }) else {
            return text(503, "waiting for the database\n")
        }
        switch parts.path {
        case "/": return text(200, "go-app\n")
        case "/version": return text(200, settings.version + "\n")
        case "/demo/hello":
            let delay = parts.queryValue("delay").flatMap(Int.init) ?? 0
            let bounded = Duration.milliseconds(max(0, min(delay, 60_000)))
            do throws(Failure) { try await clock.sleep(for: bounded) } catch {
                return text(500, "interrupted\n")
            }
            return text(200, "hello, world!\n")
        case "/demo/person": return await person(request, parts, session)
        case "/demo/random-error":
            let bad = state.withLock { $0.random.unit() < 0.2 }
            return bad ? text(500, "something, somewhere, went wrong!\n") : text(200, "all good\n")
        case "/limiter": return allow() ? text(200, "allowed\n") : text(429, "too many requests\n")
        default: return text(404, "no such page\n")
        }
    }

    /// GET lists people, PUT adds `?id=ID&name=NAME`. Any answer of the database but 200 is a 500.
    private func person(
        _ request: Request, _ parts: URLParts, _ session: String
    ) async -> Response {
        let query = parts.query.map { "?\($0)" } ?? ""
        guard request.method == "GET" || request.method == "PUT" else {
            return text(405, "GET or PUT\n")
        }
        do throws(Failure) {
            let answer = try await client.send(
                request.method, settings.database + "/query" + query,
                headers: [Database.sessionHeader: session],
                deadline: min(.seconds(10), request.deadline))
            if answer.status == 200 {
                return Response(
                    status: 200, headers: ["Content-Type": "application/json"], body: answer.body)
            }
            return text(500, "database: \(String(decoding: answer.body, as: UTF8.self))")
        } catch {
            return text(500, "database: \(error.message)\n")
        }
    }

    /// A token bucket: 5 a second, bursts of 10.
    private func allow() -> Bool {
        let now = clock.uptime
        return state.withLock { state in
            state.tokens = min(10, state.tokens + 5 * (now - state.refilled).inSeconds)
            state.refilled = now
            guard state.tokens >= 1 else { return false }
            state.tokens -= 1
            return true
        }
    }

    private func text(_ status: Int, _ text: String) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", text: text)
    }
}
