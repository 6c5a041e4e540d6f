// Serves a handler on a TCP port until its task is cancelled. It knows sockets and Hummingbird;
// what the answers mean is the handler's business.

import Core
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import Platform
import ServiceLifecycle

package enum HTTPListener {
    /// Serves `handler` on `address`:`port` (0 is any free port) and calls `onReady` with the bound
    /// port once connections are accepted.
    ///
    /// Returns when the task is cancelled: streams are ended, requests under way get `grace` to
    /// finish, then connections are closed; twice `grace` is the most it takes. Throws when the
    /// port cannot be bound. The address `::` means every address, of both families where the
    /// system has IPv6. All listeners of a process share one small pool of threads.
    package static func serve(
        _ handler: any Handler, address: String = "127.0.0.1", port: Int,
        limits: ListenerLimits = ListenerLimits(), grace: Duration = .seconds(2),
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async throws(Failure) {
        var problem = await attempt(handler, address, port, limits, grace, onReady)
        if address == "::", let code = (problem as? IOError)?.errnoCode,
            [EAFNOSUPPORT, EADDRNOTAVAIL].contains(code)
        {
            problem = await attempt(handler, "0.0.0.0", port, limits, grace, onReady)
        }
        if let problem { throw failure(problem, address, port) }
    }

    private static func attempt(
        _ handler: any Handler, _ address: String, _ port: Int, _ limits: ListenerLimits,
        _ grace: Duration, _ onReady: @escaping @Sendable (_ port: Int) async -> Void
    ) async -> (any Error)? {
        let run = ListenerRun(grace: grace)
        let responder = ListenerResponder(handler: handler, run: run, limits: limits)
        // Hummingbird's own messages are not the operator's business.
        let quiet = Logger(label: "listener") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(idleTimeout: .nanoseconds(limits.idle.nanoseconds))),
            configuration: ApplicationConfiguration(
                address: .hostname(address, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connections, logger: quiet)),
            onServerRunning: { channel in
                await onReady(channel.localAddress?.port ?? port)
                run.didBind()
            },
            logger: quiet)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: quiet))
        return await withTaskCancellationHandler {
            await run.wait(for: group)
        } onCancel: {
            run.stop()
        }
    }

    private static func failure(_ error: any Error, _ address: String, _ port: Int) -> Failure {
        let place = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        guard let code = (error as? IOError)?.errnoCode else {
            return Failure(.rejected, "cannot listen on \(place): \(error)")
        }
        let system = SystemError(code: code)
        if system == .addressInUse {
            return Failure(
                .rejected,
                "cannot listen on \(place): another program uses this port; stop it "
                    + "(`ss -ltnp` shows who listens) or choose another port")
        }
        if system == .permissionDenied {
            return Failure(
                .rejected,
                "cannot listen on \(place): no permission; choose a port above 1023")
        }
        return Failure(.rejected, "cannot listen on \(place): \(system)")
    }
}
