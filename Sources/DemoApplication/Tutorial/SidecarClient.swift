// How the applications call other services: through the proxy of their own pod. On Kubernetes
// iptables does the redirection; here the application addresses the proxy itself.

import Core
package import Platform

/// The way out of one pod.
package struct SidecarClient: Sendable {
    private let proxy: String
    private let network: any Network

    /// `address` is the pod's own address.
    package init(address: String, network: any Network) {
        proxy = "http://\(address):\(ProxySettings.outboundPort)"
        self.network = network
    }

    /// Sends a request for `url`, e.g. `http://go-app/demo/person`, through the proxy.
    package func send(
        _ method: String, _ url: String, headers: Headers = Headers(), body: [UInt8] = [],
        deadline: Duration
    ) async throws(Failure) -> Response {
        guard let parts = URLParts(url), !parts.host.isEmpty else {
            throw Failure(.rejected, "\(url) is no absolute URL: write http://service/path")
        }
        var headers = headers
        headers["Host"] = parts.port.map { "\(parts.host):\($0)" } ?? parts.host
        let query = parts.query.map { "?\($0)" } ?? ""
        return try await network.exchange(
            Request(
                method, proxy + parts.path + query, headers: headers, body: body,
                deadline: deadline, bodyLimit: 1 << 20))
    }
}
