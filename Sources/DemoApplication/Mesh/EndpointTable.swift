// What a proxy believes about services and their endpoints. Changes are believed only after the
// control plane's lag: in that time requests still go to pods that are gone. It does not know where
// the facts come from.

import Core
import Platform

/// Services and endpoints as one proxy sees them.
package final class EndpointTable: Sendable {
    /// One address that serves one port.
    package struct Endpoint: Sendable, Hashable {
        package var address: String
        package var port: Int

        package init(_ address: String, _ port: Int) {
            self.address = address
            self.port = port
        }
    }

    /// What a host and port lead to.
    package enum Route: Sendable, Hashable {
        /// No such service or port.
        case unknown
        /// In a stable order; empty when no endpoint is ready.
        case endpoints([Endpoint])
    }

    /// A part of a service's endpoints that share their ports (one EndpointSlice).
    package struct Slice: Sendable, Hashable {
        package var addresses: [String]
        /// Port numbers by port name (an unnamed port has the empty name).
        package var ports: [String: Int]

        package init(addresses: [String], ports: [String: Int]) {
            self.addresses = addresses
            self.ports = ports
        }
    }

    private struct Service {
        /// Port names by the service's port numbers; nil when the service object is not known.
        var ports: [Int: String]?
        var current: [Slice] = []
        var pending: [(at: Duration, slices: [Slice])] = []

        mutating func settle(_ uptime: Duration) {
            while let next = pending.first, next.at <= uptime {
                current = next.slices
                pending.removeFirst()
            }
        }
    }

    private struct State {
        var services: [ServiceName: Service] = [:]
    }

    /// How long after a change it is believed.
    package let lag: Duration
    private let state = Lock(State())

    package init(lag: Duration) { self.lag = lag }

    /// A service exists, with port names by port number.
    package func declare(_ name: ServiceName, ports: [Int: String]) {
        state.withLock { $0.services[name, default: Service()].ports = ports }
    }

    /// A service no longer exists.
    package func forget(_ name: ServiceName) {
        state.withLock { $0.services[name]?.ports = nil }
    }

    /// The endpoints of `name` from `uptime` + lag on. The first set is believed at once.
    package func set(_ name: ServiceName, _ slices: [Slice], at uptime: Duration) {
        state.withLock { state in
            var service = state.services[name] ?? Service()
            service.settle(uptime)
            if service.current.isEmpty && service.pending.isEmpty {
                service.current = slices
            } else {
                service.pending.append((uptime + lag, slices))
                // A burst of changes within the lag: the oldest views are skipped.
                if service.pending.count > 64 { service.pending.removeFirst() }
            }
            state.services[name] = service
        }
    }

    /// Where requests to `name` and `port` go at `uptime`.
    package func route(_ name: ServiceName, port: Int, at uptime: Duration) -> Route {
        state.withLock { state in
            guard var service = state.services[name], let portName = service.ports?[port] else {
                return .unknown
            }
            service.settle(uptime)
            state.services[name] = service
            var found: [Endpoint] = []
            for slice in service.current {
                guard let target = slice.ports[portName] else { continue }
                found += slice.addresses.map { Endpoint($0, target) }
            }
            return .endpoints(found.sorted { ($0.address, $0.port) < ($1.address, $1.port) })
        }
    }
}
