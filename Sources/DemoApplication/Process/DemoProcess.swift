// One process of the demo: which ports it serves with which handlers, and what it does besides. Who
// opens the sockets, or whether there are any, is not decided here.

import Core
package import Platform

/// A container's main process.
package struct DemoProcess: Sendable {
    /// What a process is; the containers of the demo's manifests are of these kinds.
    package enum Kind: String, CaseIterable, Sendable {
        case app, repeater, database, sidecar, gateway
    }

    /// One port to listen on, at the pod's address.
    package struct Listener: Sendable {
        package let port: Int
        package let handler: any Handler
    }

    package let kind: Kind
    package let settings: DemoSettings
    package let listeners: [Listener]
    /// The users, in a gateway that makes load.
    package let load: LoadGenerator?
    /// The proxy's counters, in a sidecar or gateway.
    package let stats: ProxyStats?
    private let background: @Sendable () async -> Void

    /// Listening alone changes nothing: call `run()` too.
    package init(
        _ kind: Kind, settings: DemoSettings, network: any Network, clock: any WallClock
    ) {
        self.kind = kind
        self.settings = settings
        let client = SidecarClient(address: settings.podIP, network: network)
        let port = settings.applicationPort
        switch kind {
        case .app:
            let app = GoApp(
                settings: GoApp.Settings(
                    database: settings.database,
                    version: settings.workload.version ?? "0.0.1",
                    openMetrics: settings.openMetrics, seed: settings.seed),
                client: client, clock: clock)
            listeners = [Listener(port: port, handler: app)]
            background = { await app.boot() }
            load = nil
            stats = nil
        case .repeater:
            listeners = [
                Listener(
                    port: port, handler: Repeater(client: client, deadline: settings.timeout))
            ]
            background = {}
            load = nil
            stats = nil
        case .database:
            listeners = [Listener(port: port, handler: Database(clock: clock))]
            background = {}
            load = nil
            stats = nil
        case .sidecar, .gateway:
            let metrics = settings.applicationMetrics.map {
                "http://\(settings.podIP):\(port)\($0.hasPrefix("/") ? "" : "/")\($0)"
            }
            let sidecar = Sidecar(
                settings: settings.proxy(gateway: kind == .gateway),
                kubernetes: settings.kubernetes, namespaces: settings.namespaces,
                application: metrics, lag: settings.lag, network: network, clock: clock)
            let users = settings.load.map {
                LoadGenerator(settings: $0, entry: sidecar.outbound, clock: clock)
            }
            listeners = Self.listeners(of: sidecar, gateway: kind == .gateway, port: port)
            background = {
                await withDiscardingTaskGroup { group in
                    group.addTask { await sidecar.run() }
                    if let users {
                        group.addTask {
                            await Self.waitUntilReady(sidecar.page.ready, clock)
                            await users.run()
                        }
                    }
                }
            }
            load = users
            stats = sidecar.stats
        }
    }

    private static func listeners(
        of sidecar: Sidecar, gateway: Bool, port: Int
    ) -> [Listener] {
        var found = [
            Listener(port: 15020, handler: sidecar.page),
            Listener(port: 15021, handler: sidecar.page),
        ]
        if gateway {
            found.append(Listener(port: port, handler: sidecar.outbound))
        } else {
            found.append(Listener(port: ProxySettings.outboundPort, handler: sidecar.outbound))
        }
        if let inbound = sidecar.inbound {
            found.append(Listener(port: ProxySettings.inboundPort, handler: inbound))
        }
        return found
    }

    /// Users come when the gateway knows its services, or every start would look like an outage.
    private static func waitUntilReady(
        _ ready: @Sendable () -> Bool, _ clock: any WallClock
    ) async {
        while !ready() {
            do throws(Failure) { try await clock.sleep(for: .milliseconds(100)) } catch { return }
        }
    }

    /// The work besides answering requests: opening the session at boot, watching endpoints, making
    /// load. Returns when there is none left or the task is cancelled; the process lives on.
    package func run() async { await background() }
}
