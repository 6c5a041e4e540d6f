// The server side of a sidecar: passes requests from other pods to the application of its own pod,
// and counts each with reporter="destination".

import Core
package import Platform

/// Takes what other pods' proxies send to this pod.
package struct InboundProxy: Handler {
    package let settings: ProxySettings
    private let stats: ProxyStats
    private let network: any Network
    private let clock: any WallClock

    package init(
        settings: ProxySettings, stats: ProxyStats, network: any Network, clock: any WallClock
    ) {
        self.settings = settings
        self.stats = stats
        self.network = network
        self.clock = clock
    }

    package func handle(_ request: Request) async -> Reply {
        let start = clock.uptime
        let parts = URLParts(request.url)
        let query = parts?.query.map { "?\($0)" } ?? ""
        var headers = request.headers.forwarded
        headers["Host"] = request.headers["Host"]
        headers[MeshWorkload.peerHeader] = nil
        headers[MeshWorkload.peerNodeHeader] = nil
        let base = "http://\(settings.address):\(settings.applicationPort)"
        let inner = Request(
            request.method, base + (parts?.path ?? "/") + query, headers: headers,
            body: request.body, deadline: min(settings.timeout, request.deadline),
            bodyLimit: 4 << 20)
        let response: Response?
        let flags: String
        do throws(Failure) {
            var answer = try await network.exchange(inner)
            answer.headers = answer.headers.forwarded
            response = answer
            flags = "-"
        } catch {
            let failure = UpstreamFailure(error)
            flags = failure.flag
            response =
                failure == .left
                ? nil
                : Response(
                    status: failure.status, contentType: "text/plain", text: failure.explanation)
        }
        count(request, response, flags: flags, since: start)
        guard var response else { return .disconnect }
        response.headers[MeshWorkload.peerHeader] = settings.workload.headerValue
        response.headers[MeshWorkload.peerNodeHeader] = settings.node
        return .response(response)
    }

    private func count(
        _ request: Request, _ response: Response?, flags: String, since start: Duration
    ) {
        let peer = MeshWorkload(headerValue: request.headers[MeshWorkload.peerHeader])
        let service =
            settings.service ?? ServiceName(settings.workload.app, settings.workload.namespace)
        let labels = IstioLabels.destination(
            settings.workload, service: service, peer: peer, code: response?.status ?? 0,
            flags: flags)
        stats.count(
            labels, duration: clock.uptime - start, requestBytes: request.wireSize,
            responseBytes: response?.wireSize ?? 0)
    }
}
