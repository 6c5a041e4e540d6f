// How one proxy behaves. Defaults are Istio's, except that requests have a time-out.

import Core

/// The settings of a sidecar or a gateway.
package struct ProxySettings: Sendable {
    package enum Balancing: String, Sendable { case roundRobin = "round-robin", random }

    package var workload: MeshWorkload
    /// The pod's name and address, told to peers.
    package var pod: String
    package var address: String
    /// The service in front of this pod; nil for a gateway.
    package var service: ServiceName?
    /// The port on which the application of this pod listens.
    package var applicationPort: Int
    /// Further tries after the first, on connection failures only (Istio's default is 2).
    package var retries: Int
    /// The bound on one client request with all its tries.
    package var timeout: Duration
    package var balancing: Balancing
    /// Other names for services, e.g. `repeater.acme.com` at the gateway.
    package var aliases: [String: ServiceName]
    package var seed: UInt64

    package init(
        workload: MeshWorkload, pod: String, address: String, service: ServiceName? = nil,
        applicationPort: Int = 8080, retries: Int = 2, timeout: Duration = .seconds(15),
        balancing: Balancing = .random, aliases: [String: ServiceName] = [:], seed: UInt64 = 0
    ) {
        self.workload = workload
        self.pod = pod
        self.address = address
        self.service = service
        self.applicationPort = applicationPort
        self.retries = retries
        self.timeout = timeout
        self.balancing = balancing
        self.aliases = aliases
        self.seed = seed
    }

    /// Where every sidecar takes requests from other pods.
    package static let inboundPort = 15006
    /// Where every sidecar takes requests from its own application.
    package static let outboundPort = 15001

    var node: String {
        "sidecar~\(address)~\(pod).\(workload.namespace)~\(workload.namespace).svc.cluster.local"
    }
}
