// A network of handlers by host name, with seeded latency and every way a call can go wrong: lost
// before it arrives, lost after it took effect, refused, answered 500 or 503, or silent.

import Core
package import Platform

/// How bad the network is. Shares are 0...1 of calls.
package struct Weather: Sendable, Hashable {
    /// The request never arrives: refused or reset at once.
    package var lost: Double
    /// The request takes effect, the answer is lost.
    package var answerLost: Double
    /// Nothing happens until the caller's deadline.
    package var silent: Double
    /// The server answers 500 or 503 without doing anything.
    package var errors: Double
    /// Streams that break at each piece.
    package var brokenStreams: Double
    /// Longest one-way delay.
    package var latency: Duration

    package init(
        lost: Double = 0, answerLost: Double = 0, silent: Double = 0, errors: Double = 0,
        brokenStreams: Double = 0, latency: Duration = .milliseconds(5)
    ) {
        self.lost = lost
        self.answerLost = answerLost
        self.silent = silent
        self.errors = errors
        self.brokenStreams = brokenStreams
        self.latency = latency
    }

    package static let fair = Weather()
}

/// Handlers by `host:port`.
package final class SimulatedNetwork: Network, Sendable {
    private struct State {
        var hosts: [String: any Handler] = [:]
        var everyOther: (any Handler)?
        var down: Set<String> = []
        var weather: Weather
        var random: RandomStream
    }

    private enum Fate { case fine, lost, answerLost, silent, status(Int) }

    private let state: Lock<State>
    private let clock: any WallClock

    package init(clock: any WallClock, seed: UInt64, weather: Weather = .fair) {
        self.clock = clock
        state = Lock(State(weather: weather, random: RandomStream(seed: seed)))
    }

    /// Serves `handler` at `host`, e.g. `api:6443`.
    package func serve(_ host: String, _ handler: any Handler) {
        state.withLock { $0.hosts[host] = handler }
    }

    /// Serves every host that nothing else serves. The request's `Host` header says which was
    /// meant.
    package func serveEveryOther(_ handler: any Handler) {
        state.withLock { $0.everyOther = handler }
    }

    /// Takes a host away, or brings it back: calls are refused meanwhile.
    package func setDown(_ host: String, _ isDown: Bool) {
        state.withLock { state in
            if isDown { state.down.insert(host) } else { state.down.remove(host) }
        }
    }

    package func setWeather(_ weather: Weather) { state.withLock { $0.weather = weather } }

    package func exchange(_ request: Request) async throws(Failure) -> Response {
        let (handler, fate, inner) = try await arrive(request)
        if case .status(let status) = fate { return Self.answer(status) }
        let reply = await handler.handle(inner)
        try await travel()
        if case .answerLost = fate {
            throw Failure(.transient, "\(request.method) \(request.url): connection reset")
        }
        switch reply {
        case .response(let response): return response
        case .stream(let stream): return try await collect(stream)
        case .disconnect:
            throw Failure(.transient, "\(request.method) \(request.url): connection closed")
        }
    }

    package func stream(_ request: Request) async throws(Failure) -> ResponseStream {
        let (handler, fate, inner) = try await arrive(request)
        if case .status(let status) = fate { return Self.stream(Self.answer(status)) }
        let reply = await handler.handle(inner)
        try await travel()
        switch reply {
        case .response(let response): return Self.stream(response)
        case .disconnect:
            throw Failure(.transient, "\(request.method) \(request.url): connection closed")
        case .stream(let stream): return broken(stream, request)
        }
    }

    /// The way there: who answers, and what will go wrong.
    private func arrive(
        _ request: Request
    ) async throws(Failure) -> (any Handler, Fate, Request) {
        let what = "\(request.method) \(request.url)"
        guard let url = URLParts(request.url) else {
            throw Failure(.rejected, "\(what): not a URL")
        }
        let port = url.port ?? (url.scheme == "https" ? 443 : 80)
        let host = "\(url.host):\(port)"
        let path = url.path + (url.query.map { "?" + $0 } ?? "")
        let fate = state.withLock { Self.fate(&$0) }
        try await travel()
        switch fate {
        case .lost: throw Failure(.transient, "\(what): connection reset")
        case .silent:
            try await clock.sleep(for: request.deadline)
            throw Failure(.transient, "\(what): no answer within \(request.deadline.human)")
        default: break
        }
        let handler = state.withLock { state in
            state.down.contains(host) ? nil : state.hosts[host] ?? state.everyOther
        }
        guard let handler else { throw Failure(.transient, "\(what): connection refused") }
        var inner = request
        inner.url = path
        if inner.headers["Host"] == nil { inner.headers["Host"] = host }
        return (handler, fate, inner)
    }

    private static func fate(_ state: inout State) -> Fate {
        let weather = state.weather
        var roll = state.random.unit()
        for (share, fate) in [
            (weather.lost, Fate.lost), (weather.answerLost, .answerLost),
            (weather.silent, .silent), (weather.errors / 2, .status(500)),
            (weather.errors / 2, .status(503)),
        ] {
            if roll < share { return fate }
            roll -= share
        }
        return .fine
    }

    private func travel() async throws(Failure) {
        let microseconds = state.withLock { state in
            state.random.below(max(1, Int(state.weather.latency.nanoseconds / 1000)))
        }
        try await clock.sleep(for: .microseconds(microseconds))
    }

    private func broken(_ stream: ResponseStream, _ request: Request) -> ResponseStream {
        let body = stream.body
        let pull: @Sendable () async throws(Failure) -> [UInt8]? = {
            [self] () async throws(Failure) in
            let piece = try await self.next(of: body, within: request.deadline)
            let breaks = self.state.withLock { $0.random.unit() < $0.weather.brokenStreams }
            if breaks {
                body.cancel()
                throw Failure(.transient, "\(request.method) \(request.url): connection reset")
            }
            return piece
        }
        return ResponseStream(
            status: stream.status, headers: stream.headers,
            body: BodyStream(next: pull, cancel: { body.cancel() }))
    }

    /// The next piece, or a failure after `deadline` of silence.
    private func next(
        of body: BodyStream, within deadline: Duration
    ) async throws(Failure) -> [UInt8]? {
        enum Outcome: Sendable { case piece([UInt8]?), failed(Failure), silent }
        let clock = clock
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask {
                do throws(Failure) {
                    return .piece(try await body.next())
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                do throws(Failure) {
                    try await clock.sleep(for: deadline)
                    return .silent
                } catch {
                    return .failed(error)
                }
            }
            let first = await group.next() ?? .silent
            group.cancelAll()
            return first
        }
        switch outcome {
        case .piece(let piece): return piece
        case .failed(let failure): throw failure
        case .silent: throw Failure(.transient, "the stream was silent for \(deadline.human)")
        }
    }

    private func collect(_ stream: ResponseStream) async throws(Failure) -> Response {
        var body: [UInt8] = []
        while let piece = try await stream.body.next() { body += piece }
        return Response(status: stream.status, headers: stream.headers, body: body)
    }

    private static func answer(_ status: Int) -> Response {
        Response(status: status, contentType: "text/plain", text: "simulated failure")
    }

    private static func stream(_ response: Response) -> ResponseStream {
        let rest = Lock<[UInt8]?>(response.body.isEmpty ? nil : response.body)
        let pull: @Sendable () async throws(Failure) -> [UInt8]? = { () async throws(Failure) in
            rest.withLock { rest in
                let piece = rest
                rest = nil
                return piece
            }
        }
        return ResponseStream(
            status: response.status, headers: response.headers, body: BodyStream(next: pull))
    }
}
