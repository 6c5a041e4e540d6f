// A network without sockets: addresses lead to handlers, and can be made to refuse, reset or hang.

import Core
import Platform

/// Routes by `host:port`. Failures are worded as libcurl words them.
final class MemoryNetwork: Network {
    enum Trouble: Sendable { case reset, timeout, cancelled }

    private struct State {
        var routes: [String: any Handler] = [:]
        var troubles: [String: Trouble] = [:]
        var requests: [Request] = []
    }

    private let state = Lock(State())

    func listen(_ address: String, _ port: Int, _ handler: any Handler) {
        state.withLock { $0.routes["\(address):\(port)"] = handler }
    }

    /// Nothing listens at `address` any more.
    func kill(_ address: String) {
        state.withLock { state in
            state.routes = state.routes.filter { !$0.key.hasPrefix(address + ":") }
        }
    }

    func disturb(_ address: String, _ port: Int, _ trouble: Trouble?) {
        state.withLock { $0.troubles["\(address):\(port)"] = trouble }
    }

    /// Every request so far, in order.
    var requests: [Request] { state.withLock { $0.requests } }

    private func find(_ request: Request) throws(Failure) -> any Handler {
        guard let parts = URLParts(request.url) else {
            throw Failure(.rejected, "bad URL \(request.url)")
        }
        let key = "\(parts.host):\(parts.port ?? 80)"
        let (route, trouble) = state.withLock { state in
            state.requests.append(request)
            return (state.routes[key], state.troubles[key])
        }
        switch trouble {
        case .reset: throw Failure(.transient, "\(key): Recv failure: Connection reset by peer")
        case .timeout: throw Failure(.transient, "\(key): Operation timed out")
        case .cancelled: throw Failure(.cancelled, "cancelled")
        case nil: break
        }
        guard let route else {
            throw Failure(.transient, "Failed to connect to \(key): Connection refused")
        }
        return route
    }

    private func served(_ request: Request) -> Request {
        guard let parts = URLParts(request.url) else { return request }
        var inner = request
        inner.url = parts.path + (parts.query.map { "?\($0)" } ?? "")
        if inner.headers["Host"] == nil {
            inner.headers["Host"] = "\(parts.host):\(parts.port ?? 80)"
        }
        return inner
    }

    func exchange(_ request: Request) async throws(Failure) -> Response {
        switch await (try find(request)).handle(served(request)) {
        case .response(let response): return response
        case .disconnect: throw Failure(.transient, "Empty reply from server")
        case .stream: throw Failure(.rejected, "a stream was not expected")
        }
    }

    func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        switch await (try find(request)).handle(served(request)) {
        case .stream(let stream): return stream
        case .response(let response):
            return ResponseStream(
                status: response.status, headers: response.headers,
                body: BodyStream(next: { () async throws(Failure) -> [UInt8]? in nil }))
        case .disconnect: throw Failure(.transient, "Empty reply from server")
        }
    }
}

/// A handler from a closure.
struct Answer: Handler {
    let body: @Sendable (Request) async -> Reply

    init(_ body: @escaping @Sendable (Request) async -> Reply) { self.body = body }

    /// Always the same response.
    init(_ status: Int, _ text: String = "") {
        body = { _ in .response(Response(status: status, contentType: "text/plain", text: text)) }
    }

    func handle(_ request: Request) async -> Reply { await body(request) }
}
