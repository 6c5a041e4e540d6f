// The tutorial's pods in memory: the processes of the demo behind addresses that can be killed.

import Core
import DemoApplication
import Platform
import Testing

/// Pods of `repeater`, `go-app`, `go-app-db` and a gateway, all made of `DemoProcess`.
final class TutorialMesh: Sendable {
    struct Pod: Sendable {
        let name: String
        let service: String
        let address: String
        let proxy: DemoProcess
        let application: DemoProcess?
    }

    let network = MemoryNetwork()
    let clock = JumpingClock()
    let server = FakeAPIServer(namespace: "go-app")
    private let pods = Lock([String: Pod]())
    private let (work, inbox) = AsyncStream.makeStream(of: DemoProcess.self)

    init() { network.listen("127.0.0.1", 8001, server) }

    /// Runs the background work of every process that is started, until `body` returns.
    func run(_ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [work] in
                await withDiscardingTaskGroup { inner in
                    for await process in work { inner.addTask { await process.run() } }
                }
            }
            defer { group.cancelAll() }
            try await body()
        }
    }

    func start(_ service: String, _ number: Int, load: String = "0") throws {
        let kind = try #require(kinds[service])
        let address = "127.0.\(kinds.keys.sorted().firstIndex(of: service) ?? 9).\(number)"
        let name = "\(service)-5d4f8c7b9-\(number)"
        let gateway = kind == .gateway
        var environment = [
            "POD_IP": address, "POD_NAME": name, "KUBERNETES_API": "http://127.0.0.1:8001",
            "POD_NAMESPACE": gateway ? "istio-system" : "go-app", "MESH_NAMESPACES": "go-app",
            "ALIASES": "repeater.acme.com=repeater.go-app", "LOAD_RATE": load,
            "APP_PORT": kind == .database ? "27017" : "8080", "ENDPOINT_LAG": "1s",
        ]
        if gateway { environment["WORKLOAD"] = "istio-ingressgateway" }
        if kind == .app { environment["APP_METRICS"] = "/metrics" }
        let proxy = try process(gateway ? .gateway : .sidecar, environment)
        let application = gateway ? nil : try process(kind, environment)
        for process in [proxy, application].compactMap(\.self) {
            for listener in process.listeners {
                network.listen(address, listener.port, listener.handler)
            }
            inbox.yield(process)
        }
        let pod = Pod(
            name: name, service: service, address: address, proxy: proxy, application: application)
        pods.withLock { $0[name] = pod }
        if !gateway { publish(service) }
    }

    /// The pod's processes are gone; the API server learns of it when `noticed`.
    func kill(_ service: String, _ number: Int, noticed: Bool = true) {
        let gone = pods.withLock { $0.removeValue(forKey: "\(service)-5d4f8c7b9-\(number)") }
        if let gone { network.kill(gone.address) }
        if noticed { publish(service) }
    }

    func publish(_ service: String) {
        let database = service == "go-app-db"
        let addresses = pods.withLock { pods in
            pods.values.filter { $0.service == service }.map(\.address).sorted()
        }
        server.publish(
            service, port: database ? 27017 : 80, target: database ? 27017 : 8080, addresses)
    }

    func pod(_ service: String, _ number: Int) throws -> Pod {
        try #require(pods.withLock { $0["\(service)-5d4f8c7b9-\(number)"] })
    }

    /// What a user gets.
    func visit(_ target: String = "/?addr=http://go-app/demo/person") async throws -> Int {
        let gateway = try pod("gateway", 1)
        let request = Request(
            "GET", "http://\(gateway.address):8080\(target)",
            headers: ["Host": "repeater.acme.com"])
        return try await network.exchange(request).status
    }

    /// A scrape of the merged page.
    func scrape(_ service: String, _ number: Int) async throws -> Response {
        let pod = try pod(service, number)
        return try await network.exchange(
            Request("GET", "http://\(pod.address):15020/stats/prometheus"))
    }

    private let kinds: [String: DemoProcess.Kind] = [
        "repeater": .repeater, "go-app": .app, "go-app-db": .database, "gateway": .gateway,
    ]

    private func process(
        _ kind: DemoProcess.Kind, _ environment: [String: String]
    ) throws -> DemoProcess {
        DemoProcess(
            kind, settings: try DemoSettings(environment: environment, kind: kind),
            network: network, clock: clock)
    }
}
