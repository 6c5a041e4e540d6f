// The client side of a sidecar, and the whole of a gateway: resolves the service, balances, retries
// connection failures, and counts each request once with reporter="source".

import Core
package import Platform

/// Takes requests whose Host names a service, and sends them to the sidecar of one of its pods.
package final class OutboundProxy: Handler {
    private struct Balance {
        var random: RandomStream
        var turn = 0
    }

    private struct Outcome {
        var response: Response?
        var flags: String
        var peer: MeshWorkload?
    }

    package let settings: ProxySettings
    private let table: EndpointTable
    private let stats: ProxyStats
    private let network: any Network
    private let clock: any WallClock
    private let balance: Lock<Balance>

    package init(
        settings: ProxySettings, table: EndpointTable, stats: ProxyStats, network: any Network,
        clock: any WallClock
    ) {
        self.settings = settings
        self.table = table
        self.stats = stats
        self.network = network
        self.clock = clock
        let seed = RandomStream.fork(settings.seed, settings.pod)
        balance = Lock(Balance(random: RandomStream(seed: seed)))
    }

    package func handle(_ request: Request) async -> Reply {
        let start = clock.uptime
        let authority = Self.authority(of: request)
        guard let parts = authority.flatMap({ URLParts("http://\($0)/") }) else {
            return .response(
                Response(status: 400, contentType: "text/plain", text: "the request has no Host\n"))
        }
        let service =
            settings.aliases[parts.host]
            ?? ServiceName(host: parts.host, from: settings.workload.namespace)
        let route = service.map { table.route($0, port: parts.port ?? 80, at: start) }
        guard let service, case .endpoints(let endpoints)? = route else {
            return blocked(request, host: parts.host, since: start)
        }
        let outcome = await send(request, to: service, endpoints, since: start)
        let labels = IstioLabels.source(
            settings.workload, service: service, peer: outcome.peer,
            code: outcome.response?.status ?? 0, flags: outcome.flags)
        stats.count(
            labels, duration: clock.uptime - start, requestBytes: request.wireSize,
            responseBytes: outcome.response?.wireSize ?? 0)
        return outcome.response.map(Reply.response) ?? .disconnect
    }

    /// Host and optional port that the client asked for.
    private static func authority(of request: Request) -> String? {
        if let parts = URLParts(request.url), !parts.host.isEmpty {
            return parts.port.map { "\(parts.host):\($0)" } ?? parts.host
        }
        return request.headers["Host"]
    }

    /// A host outside the mesh: never connected to, as with `outboundTrafficPolicy: REGISTRY_ONLY`.
    private func blocked(_ request: Request, host: String, since start: Duration) -> Reply {
        let response = Response(
            status: 502, contentType: "text/plain", text: "\(host) is no service of the mesh\n")
        let labels = IstioLabels.unrouted(
            settings.workload, host: host, name: "BlackHoleCluster", code: 502, flags: "NR")
        stats.count(
            labels, duration: clock.uptime - start, requestBytes: request.wireSize,
            responseBytes: response.wireSize)
        return .response(response)
    }

    private func send(
        _ request: Request, to service: ServiceName, _ endpoints: [EndpointTable.Endpoint],
        since start: Duration
    ) async -> Outcome {
        guard !endpoints.isEmpty else {
            let response = Response(
                status: 503, contentType: "text/plain", text: "no healthy upstream\n")
            return Outcome(response: response, flags: "UH")
        }
        let bound = min(settings.timeout, request.deadline)
        var tried: Set<EndpointTable.Endpoint> = []
        var attempt = 0
        while true {
            let remaining = bound - (clock.uptime - start)
            guard remaining > .zero else { return failed(.timeout, exhausted: false) }
            // Tries avoid pods that already failed, as long as there are others.
            let fresh = endpoints.filter { !tried.contains($0) }
            let endpoint = pick(fresh.isEmpty ? endpoints : fresh)
            tried.insert(endpoint)
            do throws(Failure) {
                let answer = try await network.exchange(
                    forwarded(request, to: endpoint, for: service, deadline: remaining))
                return received(answer, after: clock.uptime - start)
            } catch {
                let failure = UpstreamFailure(error)
                guard failure == .connect, settings.retries > 0 else {
                    return failed(failure, exhausted: false)
                }
                if attempt == settings.retries { return failed(failure, exhausted: true) }
                attempt += 1
                do throws(Failure) {
                    try await clock.sleep(for: backoff(attempt))
                } catch {
                    return failed(.left, exhausted: false)
                }
            }
        }
    }

    private func pick(_ endpoints: [EndpointTable.Endpoint]) -> EndpointTable.Endpoint {
        balance.withLock { balance in
            switch settings.balancing {
            case .random: return endpoints[balance.random.below(endpoints.count)]
            case .roundRobin:
                balance.turn += 1
                return endpoints[(balance.turn - 1) % endpoints.count]
            }
        }
    }

    /// Exponential from 25 ms, fully jittered, at most 250 ms: Envoy's default.
    private func backoff(_ attempt: Int) -> Duration {
        let bound = min(250, 25.0 * Double(1 << min(attempt, 8)))
        return balance.withLock { .inSeconds($0.random.unit() * bound / 1000) }
    }

    private func forwarded(
        _ request: Request, to endpoint: EndpointTable.Endpoint, for service: ServiceName,
        deadline: Duration
    ) -> Request {
        let parts = URLParts(request.url)
        let query = parts?.query.map { "?\($0)" } ?? ""
        var headers = request.headers.forwarded
        headers["Host"] = service.host
        headers[MeshWorkload.peerHeader] = settings.workload.headerValue
        headers[MeshWorkload.peerNodeHeader] = settings.node
        return Request(
            request.method,
            "http://\(endpoint.address):\(ProxySettings.inboundPort)\(parts?.path ?? "/")\(query)",
            headers: headers, body: request.body, deadline: deadline, bodyLimit: 4 << 20)
    }

    private func received(_ answer: Response, after elapsed: Duration) -> Outcome {
        let peer = MeshWorkload(headerValue: answer.headers[MeshWorkload.peerHeader])
        var headers = answer.headers.forwarded
        headers[MeshWorkload.peerHeader] = nil
        headers[MeshWorkload.peerNodeHeader] = nil
        headers["x-envoy-upstream-service-time"] = String(Int(elapsed.inSeconds * 1000))
        let response = Response(status: answer.status, headers: headers, body: answer.body)
        return Outcome(response: response, flags: "-", peer: peer)
    }

    private func failed(_ failure: UpstreamFailure, exhausted: Bool) -> Outcome {
        guard failure != .left else { return Outcome(response: nil, flags: failure.flag) }
        let response = Response(
            status: failure.status, contentType: "text/plain", text: failure.explanation)
        return Outcome(response: response, flags: failure.flag + (exhausted ? ",URX" : ""))
    }
}
