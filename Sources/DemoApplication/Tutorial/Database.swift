// The tutorial's database: people in memory, reachable only through a session. A process that
// starts anew knows no session and no people.

import Core
package import Platform

/// `/` (probe), `POST /session`, and `GET` or `PUT /query` with a session.
package final class Database: Handler {
    package static let sessionHeader = "X-Session"
    /// Sessions that are kept; more are refused, as a database refuses connections.
    package static let sessionLimit = 4096
    /// People that are kept.
    package static let personLimit = 10_000

    private struct State {
        var sessions: Set<String> = []
        var people: [(id: String, name: String)] = []
    }

    private let origin: String
    private let state = Lock(State())

    package init(clock: any WallClock) {
        // Sessions of an earlier process must not be valid in this one.
        origin = String(clock.now.nanoseconds, radix: 36)
    }

    package func handle(_ request: Request) async -> Reply {
        guard let parts = URLParts(request.url) else {
            return .response(Response(status: 400))
        }
        switch (request.method, parts.path) {
        case (_, "/"): return text(200, "ok\n")
        case ("POST", "/session"): return open()
        case ("GET", "/query"), ("PUT", "/query"): return query(request, parts)
        case (_, "/query"), (_, "/session"): return text(405, "method not allowed\n")
        default: return text(404, "no such page\n")
        }
    }

    private func open() -> Reply {
        let session: String? = state.withLock { state in
            guard state.sessions.count < Self.sessionLimit else { return nil }
            let session = "\(origin)-\(state.sessions.count + 1)"
            state.sessions.insert(session)
            return session
        }
        guard let session else { return text(503, "too many sessions\n") }
        return text(200, session)
    }

    private func query(_ request: Request, _ parts: URLParts) -> Reply {
        let session = request.headers[Self.sessionHeader] ?? ""
        let id = parts.queryValue("id") ?? ""
        let name = parts.queryValue("name") ?? ""
        let people: JSON? = state.withLock { state in
            guard state.sessions.contains(session) else { return nil }
            if request.method == "PUT", state.people.count < Self.personLimit {
                state.people.removeAll { $0.id == id }
                state.people.append((id, name))
            }
            return .array(state.people.map { ["ID": .string($0.id), "Name": .string($0.name)] })
        }
        guard let people else { return text(500, "unknown session\n") }
        return .response(
            Response(
                status: 200, headers: ["Content-Type": "application/json"], body: people.bytes))
    }

    private func text(_ status: Int, _ text: String) -> Reply {
        .response(Response(status: status, contentType: "text/plain; charset=utf-8", text: text))
    }
}
