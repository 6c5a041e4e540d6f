// Runs one process of the demo on real sockets, until it is told to end. What the process does is
// decided in DemoApplication.

import Core
import DemoApplication
import Glibc
import Host
package import Platform

/// The main function of `hazard demo-process KIND`.
package enum DemoProcessRunner {
    /// Serves the listeners of `kind` (a `DemoProcess.Kind`) on POD_IP and does its background work
    /// until `stop` returns or the task is cancelled. A bad kind or a bad variable is a `.rejected`
    /// failure with the fix; so is a port that is taken.
    package static func run(
        _ kind: String, environment: [String: String],
        until stop: @escaping @Sendable () async -> Void
    ) async throws(Failure) {
        guard let kind = DemoProcess.Kind(rawValue: kind) else {
            let known = DemoProcess.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.rejected, "there is no demo process \"\(kind)\"; write one of \(known)")
        }
        let settings: DemoSettings
        do throws(ConfigError) {
            settings = try DemoSettings(environment: environment, kind: kind)
        } catch { throw Failure(.rejected, error.description) }
        let clock = SystemClock()
        let network = try CurlNetwork()
        let process = DemoProcess(kind, settings: settings, network: network, clock: clock)
        let log = ProcessLog(clock: clock)
        log.write("\(kind.rawValue) of pod \(settings.namespace)/\(settings.podName) starts")
        defer {
            network.shutDown()
            log.write("\(kind.rawValue) of pod \(settings.namespace)/\(settings.podName) ends")
        }
        try await serve(process, log: log, until: stop)
    }

    /// Like the other `run`, with the variables of this process, until SIGTERM or SIGINT.
    package static func run(_ kind: String) async throws(Failure) {
        let signals = try SignalEvents.listen()
        try await run(kind, environment: variables) {
            for await event in signals where event != .hangUp { return }
        }
    }

    /// The command `hazard demo-process KIND`.
    package static func main(_ kind: String) async -> ExitStatus {
        do throws(Failure) {
            try await run(kind)
            return .success
        } catch {
            Terminal.error(error.message)
            return .failure
        }
    }

    /// The first task that ends, a listener by an error or `stop`, ends all.
    private static func serve(
        _ process: DemoProcess, log: ProcessLog, until stop: @escaping @Sendable () async -> Void
    ) async throws(Failure) {
        let address = process.settings.podIP
        let problem = await withTaskGroup(of: Ending.self) { group in
            for listener in process.listeners {
                let handler = LoggedHandler(inner: listener.handler, log: log)
                group.addTask {
                    do throws(Failure) {
                        try await HTTPListener.serve(
                            handler, address: address, port: listener.port,
                            grace: .milliseconds(500)
                        ) { port in log.write("listening on \(address):\(port)") }
                        return .stopped
                    } catch { return .failed(error) }
                }
            }
            group.addTask {
                await process.run()
                return .idle
            }
            group.addTask {
                await stop()
                return .stopped
            }
            var problem: Failure?
            for await ending in group {
                if case .idle = ending { continue }
                if case .failed(let failure) = ending, problem == nil { problem = failure }
                group.cancelAll()
            }
            return problem
        }
        if let problem { throw problem }
    }

    /// The environment of this process.
    private static var variables: [String: String] {
        var found: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let at = text.firstIndex(of: "=") {
                found[String(text[..<at])] = String(text[text.index(after: at)...])
            }
            unsafe next += 1
        }
        return found
    }

    private enum Ending: Sendable {
        case failed(Failure)
        case stopped
        /// The background work is done; the process lives on.
        case idle
    }
}
