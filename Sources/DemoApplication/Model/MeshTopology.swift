// A mesh as data: which services there are, what each calls, and where users come in. How traffic
// behaves on it is in TrafficModel.

import Core

/// Services, their calls, and the traffic that enters.
package struct MeshTopology: Sendable {
    /// What one service calls for each request that it answers.
    package struct Call: Sendable, Hashable {
        package var service: ServiceName
        /// 1 or more: so many calls for each request; below 1: the share of requests that call.
        package var perRequest: Double
        /// The caller needs a session with the very pod it calls, opened when the caller booted and
        /// never again.
        package var session: Bool
        /// A failed call does not fail the request.
        package var optional: Bool

        package init(
            _ service: ServiceName, perRequest: Double = 1, session: Bool = false,
            optional: Bool = false
        ) {
            self.service = service
            self.perRequest = perRequest
            self.session = session
            self.optional = optional
        }
    }

    package struct Service: Sendable {
        package var name: ServiceName
        package var workload: MeshWorkload
        /// The median response time, calls included; durations are log-normal.
        package var latency: Duration
        /// The standard deviation of the logarithm of the response time.
        package var spread: Double
        /// The share of requests that fail by themselves, with 500.
        package var errorRatio: Double
        package var calls: [Call]
        /// Answers with the status of a failed call instead of 500.
        package var passesStatus: Bool

        package init(
            _ name: ServiceName, workload: MeshWorkload? = nil, latency: Duration,
            spread: Double = 0.5, errorRatio: Double = 0, calls: [Call] = [],
            passesStatus: Bool = false
        ) {
            self.name = name
            self.workload = workload ?? MeshWorkload(name: name.name, namespace: name.namespace)
            self.latency = latency
            self.spread = spread
            self.errorRatio = errorRatio
            self.calls = calls
            self.passesStatus = passesStatus
        }
    }

    /// Users who come in through a gateway.
    package struct Entry: Sendable {
        package var gateway: MeshWorkload
        package var service: ServiceName
        /// Requests a second.
        package var rate: Double

        package init(gateway: MeshWorkload, service: ServiceName, rate: Double) {
            self.gateway = gateway
            self.service = service
            self.rate = rate
        }
    }

    package var services: [Service]
    package var entries: [Entry]
    /// How long proxies go on to send to a pod that is gone.
    package var lag: Duration
    /// Further tries on a failed connection.
    package var retries: Int

    package init(
        services: [Service], entries: [Entry], lag: Duration = .seconds(1), retries: Int = 2
    ) {
        self.services = services
        self.entries = entries
        self.lag = lag
        self.retries = retries
    }

    /// Istio's ingress gateway, as the entry of users.
    package static let ingress = MeshWorkload(
        name: "istio-ingressgateway", namespace: "istio-system")

    /// The tutorial: users, `repeater`, `go-app`, `go-app-db`, all in `namespace`.
    package static func tutorial(
        namespace: String = "go-app", rate: Double = 10, lag: Duration = .seconds(1)
    ) -> MeshTopology {
        let repeater = ServiceName("repeater", namespace)
        let app = ServiceName("go-app", namespace)
        let database = ServiceName("go-app-db", namespace)
        return MeshTopology(
            services: [
                Service(
                    repeater, latency: .milliseconds(9), calls: [Call(app)], passesStatus: true),
                Service(
                    app, latency: .milliseconds(6), calls: [Call(database, session: true)]),
                Service(database, latency: .milliseconds(2)),
            ],
            entries: [Entry(gateway: ingress, service: repeater, rate: rate)], lag: lag)
    }
}
