// What keeps the demo from starting is said at once, with the reason.

import Core
import Engine
import Host
import LocalCluster
import Platform
import TestServers
import Testing

@testable import App

@Suite(.timeLimit(.minutes(10)))
struct DemoStartTests {
    private struct Quiet: Handler {
        func handle(_ request: Request) async -> Reply { .response(Response(status: 200)) }
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let listening = Listening()
        try await withThrowingTaskGroup { group in
            group.addTask { await listening.serve(Quiet(), address: "0.0.0.0", port: 0) }
            let port = try await listening.port()
            let failure = #expect(throws: Failure.self) {
                try DemoPorts.check([port], at: "127.201.1.1")
            }
            #expect(failure?.message.hasPrefix("port \(port) taken: ") == true)
            #expect(failure?.message.contains("ss -ltnp") == true)
            group.cancelAll()
        }
        // One that listens on another address is not in the way.
        let local = Listening()
        try await withThrowingTaskGroup { group in
            group.addTask { await local.serve(Quiet(), port: 0) }
            let port = try await local.port()
            try DemoPorts.check([port], at: "127.201.1.1")
            group.cancelAll()
        }
    }

    @Test func podsThatDoNotComeSayWhatTheyPrinted() async throws {
        let clock = SystemClock()
        let cluster = LocalCluster(
            clock: clock, seed: 3,
            kubelet: ModelledKubelet(clock: clock) { _ in
                ContainerModel(startDelay: .zero, readinessDelay: .seconds(3600))
            })
        await cluster.seedDemoNodes()
        try await cluster.apply([
            "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"],
        ])
        try await cluster.apply([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "late", "namespace": "shop"],
            "spec": [
                "containers": [
                    [
                        "name": "main", "image": "web:1",
                        "readinessProbe": ["httpGet": ["path": "/", "port": 8080]],
                    ]
                ]
            ],
        ])
        let pods = DemoPods(cluster: cluster, clock: clock, interruption: Interruption())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.run() }
            // Long enough for a container to be started on a busy machine.
            let failure = await #expect(throws: Failure.self) {
                try await pods.wait("shop", count: 1, within: .seconds(5))
            }
            let lines = failure?.message.split(separator: "\n").map(String.init) ?? []
            #expect(lines.first?.contains("of shop did not become Ready within 5s") == true)
            #expect(
                lines.last?.hasPrefix("  late/main (0 restarts): main started on 127.") == true,
                "\(lines)")
            group.cancelAll()
        }
    }
}
