// The proxy process of one pod, or of a gateway: its listeners and its watch of the API server.

import Core
package import Platform

/// What the container `istio-proxy` does, written anew.
package struct Sidecar: Sendable {
    package let outbound: OutboundProxy
    /// Nil for a gateway.
    package let inbound: InboundProxy?
    package let page: AgentPage
    package let stats: ProxyStats
    private let watch: EndpointWatch

    /// `application` is the URL of the application's own metrics, if the pod has any.
    package init(
        settings: ProxySettings, kubernetes server: String, namespaces: [String],
        application: String?, lag: Duration, network: any Network, clock: any WallClock
    ) {
        let table = EndpointTable(lag: lag)
        let stats = ProxyStats()
        let watch = EndpointWatch(
            server: server, namespaces: namespaces, table: table, network: network, clock: clock)
        self.stats = stats
        self.watch = watch
        outbound = OutboundProxy(
            settings: settings, table: table, stats: stats, network: network, clock: clock)
        inbound =
            settings.service == nil
            ? nil
            : InboundProxy(settings: settings, stats: stats, network: network, clock: clock)
        page = AgentPage(
            application: application, stats: stats, network: network, clock: clock,
            ready: { watch.isReady })
    }

    /// Follows the API server until the task is cancelled.
    package func run() async { await watch.run() }
}
