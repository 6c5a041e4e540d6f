// Where the daemon is reached: one address for everybody who may read, and, when that is not this
// machine's own, another one for changes.

import Core
import Engine
import Host
import Platform
import Web

/// The daemon's listeners.
struct WebAddresses: Sendable {
    let configuration: DaemonConfiguration
    let view: any WebView
    let killSwitch: WebSwitch
    let log: Log

    /// Nothing that the pages take is longer; descriptors are left for the cluster.
    private static let limits = ListenerLimits(
        bodyBytes: 64 << 10, bodyTime: .seconds(10), connections: 256)

    /// Serves them in `group`, and returns once all are bound.
    func open(in group: inout TaskGroup<Void>) async throws(Failure) {
        let all = DaemonConfiguration.Address(
            host: configuration.listenHost, port: configuration.listenPort)
        // Whoever reaches an address that takes changes may pull the kill switch: only who is on
        // this machine, or in this pod.
        let changes = configuration.changes
        let bound = try await serve(all, changes == nil ? killSwitch : nil, in: &group)
        log.info("listening on http://\(bound)/  (/metrics /healthz /readyz)")
        guard let changes else { return }
        do throws(Failure) {
            let control = try await serve(changes, killSwitch, in: &group)
            log.info("halt, resume and accept on http://\(control)/")
        } catch {
            throw Failure(
                error.kind, error.message + "; it is `changes` of the configuration",
                status: error.status)
        }
    }

    /// Serves one address; returns it with the port that was bound.
    private func serve(
        _ address: DaemonConfiguration.Address, _ killSwitch: WebSwitch?,
        in group: inout TaskGroup<Void>
    ) async throws(Failure) -> DaemonConfiguration.Address {
        let listening = Listening()
        let application = WebApplication(view: view, killSwitch: killSwitch)
        group.addTask {
            await listening.serve(
                application, address: address.host, port: address.port, limits: Self.limits)
        }
        var bound = address
        bound.port = try await listening.port()
        return bound
    }
}
