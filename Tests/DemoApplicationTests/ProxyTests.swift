// The proxies' answers and their exact metrics, one situation each.

import Core
import DemoApplication
import Platform
import Testing

private let client = MeshWorkload(name: "repeater", namespace: "go-app")
private let server = MeshWorkload(name: "go-app", namespace: "go-app")
private let service = ServiceName("go-app", "go-app")

/// One client proxy, and two pods behind a service.
private struct Bench {
    let network = MemoryNetwork()
    let clock = JumpingClock()
    let table = EndpointTable(lag: .seconds(1))
    let stats = ProxyStats()
    let serverStats = ProxyStats()
    let outbound: OutboundProxy

    init(retries: Int = 2, pods: [String] = ["127.0.1.1", "127.0.1.2"], app: Answer = Answer(200)) {
        table.declare(service, ports: [80: "http"])
        table.set(
            service, [EndpointTable.Slice(addresses: pods, ports: ["http": 8080])], at: .zero)
        outbound = OutboundProxy(
            settings: ProxySettings(
                workload: client, pod: "repeater-1", address: "127.0.0.1",
                service: ServiceName("repeater", "go-app"), retries: retries,
                balancing: .roundRobin),
            table: table, stats: stats, network: network, clock: clock)
        for pod in pods { start(pod, app: app) }
    }

    func start(_ address: String, app: Answer) {
        let settings = ProxySettings(
            workload: server, pod: "go-app-\(address)", address: address, service: service)
        network.listen(address, 8080, app)
        network.listen(
            address, 15006,
            InboundProxy(settings: settings, stats: serverStats, network: network, clock: clock))
    }

    func get(_ host: String = "go-app", _ path: String = "/demo/person") async -> Int {
        let request = Request("GET", path, headers: ["Host": host])
        switch await outbound.handle(request) {
        case .response(let response): return response.status
        case .stream, .disconnect: return 0
        }
    }

    func lines(_ stats: ProxyStats, _ family: String = "istio_requests_total{") -> [String] {
        stats.exposition.split(separator: "\n").map(String.init).filter { $0.hasPrefix(family) }
    }
}

/// The labels of the client's proxy when the other side answered, and when it did not.
private let knownPeer =
    "destination_workload=\"go-app\",destination_workload_namespace=\"go-app\","
    + "destination_principal=\"unknown\",destination_app=\"go-app\","
    + "destination_version=\"unknown\",destination_service=\"go-app.go-app.svc.cluster.local\","
    + "destination_canonical_service=\"go-app\",destination_canonical_revision=\"latest\","
    + "destination_service_name=\"go-app\",destination_service_namespace=\"go-app\","
    + "destination_cluster=\"Kubernetes\""
private let unknownPeer =
    "destination_workload=\"unknown\",destination_workload_namespace=\"unknown\","
    + "destination_principal=\"unknown\",destination_app=\"unknown\","
    + "destination_version=\"unknown\",destination_service=\"go-app.go-app.svc.cluster.local\","
    + "destination_canonical_service=\"unknown\",destination_canonical_revision=\"latest\","
    + "destination_service_name=\"go-app\",destination_service_namespace=\"unknown\","
    + "destination_cluster=\"unknown\""

private func line(
    _ reporter: String, _ destination: String, _ code: Int, _ flags: String, _ count: Int
) -> String {
    let policy = reporter == "source" ? "unknown" : "none"
    return
        "istio_requests_total{reporter=\"\(reporter)\",source_workload=\"repeater\","
        + "source_canonical_service=\"repeater\",source_canonical_revision=\"latest\","
        + "source_workload_namespace=\"go-app\",source_principal=\"unknown\","
        + "source_app=\"repeater\",source_version=\"unknown\",source_cluster=\"Kubernetes\","
        + "\(destination),request_protocol=\"http\",response_code=\"\(code)\","
        + "grpc_response_status=\"\",response_flags=\"\(flags)\","
        + "connection_security_policy=\"\(policy)\"} \(count)"
}

@Suite struct ProxyTests {
    @Test func aSuccessIsCountedOnBothSides() async {
        let bench = Bench()
        for _ in 0..<3 { #expect(await bench.get() == 200) }
        #expect(bench.lines(bench.stats) == [line("source", knownPeer, 200, "-", 3)])
        #expect(bench.lines(bench.serverStats) == [line("destination", knownPeer, 200, "-", 3)])
    }

    @Test func aKilledPodOfTwoIsMaskedByARetryAndCountedOnce() async {
        let bench = Bench()
        bench.network.kill("127.0.1.1")
        for _ in 0..<4 { #expect(await bench.get() == 200) }
        #expect(bench.lines(bench.stats) == [line("source", knownPeer, 200, "-", 4)])
        let tries = bench.network.requests.filter { $0.url.contains("127.0.1.1:15006") }
        #expect(!tries.isEmpty)
    }

    @Test func aKilledOnlyPodGivesUFandURXandNoPeer() async {
        let bench = Bench(pods: ["127.0.1.1"])
        bench.network.kill("127.0.1.1")
        #expect(await bench.get() == 503)
        #expect(await bench.get() == 503)
        #expect(bench.lines(bench.stats) == [line("source", unknownPeer, 503, "UF,URX", 2)])
        #expect(bench.lines(bench.serverStats).isEmpty)
        #expect(bench.network.requests.count == 6)
    }

    @Test func withoutRetriesTheFlagIsUF() async {
        let bench = Bench(retries: 0, pods: ["127.0.1.1"])
        bench.network.kill("127.0.1.1")
        #expect(await bench.get() == 503)
        #expect(bench.lines(bench.stats) == [line("source", unknownPeer, 503, "UF", 1)])
    }

    @Test func endpointsAreBelievedUntilTheLagIsOver() async {
        let bench = Bench(pods: ["127.0.1.1"])
        bench.network.kill("127.0.1.1")
        bench.table.set(
            service, [EndpointTable.Slice(addresses: [], ports: ["http": 8080])],
            at: bench.clock.uptime)
        #expect(await bench.get() == 503)
        bench.clock.advance(.seconds(2))
        #expect(await bench.get() == 503)
        #expect(
            bench.lines(bench.stats) == [
                line("source", unknownPeer, 503, "UF,URX", 1),
                line("source", unknownPeer, 503, "UH", 1),
            ])
    }

    @Test(arguments: [
        (MemoryNetwork.Trouble.reset, 503, "UC"), (.timeout, 504, "UT"), (.cancelled, 0, "DC"),
    ])
    func whatBreaksAfterTheConnectionIsNotRetried(
        trouble: MemoryNetwork.Trouble, status: Int, flag: String
    ) async {
        let bench = Bench()
        bench.network.disturb("127.0.1.1", 15006, trouble)
        #expect(await bench.get() == status)
        #expect(bench.lines(bench.stats) == [line("source", unknownPeer, status, flag, 1)])
        #expect(bench.network.requests.count == 1)
    }

    @Test func anErrorOfTheApplicationKeepsThePeerAndHasNoFlag() async {
        let bench = Bench(app: Answer(500))
        #expect(await bench.get() == 500)
        #expect(bench.lines(bench.stats) == [line("source", knownPeer, 500, "-", 1)])
        #expect(bench.lines(bench.serverStats) == [line("destination", knownPeer, 500, "-", 1)])
    }

    @Test func aCrashBehindALivingProxyIsUCAtTheDestinationOnly() async {
        let bench = Bench(pods: ["127.0.1.1"])
        bench.network.kill("127.0.1.1")
        bench.start("127.0.1.1", app: Answer { _ in .disconnect })
        #expect(await bench.get() == 503)
        #expect(bench.lines(bench.stats) == [line("source", knownPeer, 503, "-", 1)])
        #expect(bench.lines(bench.serverStats) == [line("destination", knownPeer, 503, "UC", 1)])
    }

    @Test(arguments: ["example.com", "nothing", "nothing.go-app", "go-app:8081"])
    func unknownHostsAreBlocked(host: String) async {
        let bench = Bench()
        #expect(await bench.get(host) == 502)
        let found = bench.lines(bench.stats)
        #expect(found.count == 1)
        #expect(found.first?.contains("destination_service_name=\"BlackHoleCluster\"") == true)
        #expect(found.first?.contains("response_flags=\"NR\"") == true)
        #expect(bench.network.requests.isEmpty)
    }

    @Test(arguments: [
        "go-app", "go-app:80", "go-app.go-app", "go-app.go-app.svc",
        "go-app.go-app.svc.cluster.local:80",
    ])
    func everyFormOfAServiceNameIsKnown(host: String) async {
        let bench = Bench()
        #expect(await bench.get(host) == 200)
    }

    @Test func histogramsAddUp() async {
        let clock = JumpingClock()
        var registry = IstioRegistry()
        let labels = IstioLabels.source(
            client, service: service, peer: nil, code: 200, flags: "-")
        for milliseconds in [0.4, 3, 3, 700, 9_999_999] {
            registry.count(
                labels, duration: .inSeconds(milliseconds / 1000), requestBytes: 10,
                responseBytes: 20)
        }
        let text = registry.exposition
        let counts = text.split(separator: "\n").filter {
            $0.hasPrefix("istio_request_duration_milliseconds_bucket")
        }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(
            counts == [1, 1, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5])
        #expect(text.contains("le=\"0.5\"} 1\n"))
        #expect(text.contains("le=\"+Inf\"} 5\n"))
        #expect(text.contains("istio_request_bytes_sum{\(labels.exposition())} 50\n"))
        #expect(text.contains("istio_response_bytes_sum{\(labels.exposition())} 100\n"))
        #expect(text.hasSuffix("\n"))
        #expect(labels.exposition().split(separator: ",").count == 25)
        #expect(clock.uptime == .zero)
    }

    /// In the words of the real network door.
    @Test(arguments: [
        ("GET http://127.0.0.1:1/: connection refused: nothing listens there", "UF"),
        ("GET http://127.0.0.1:1/: cannot connect: Network is unreachable", "UF"),
        ("GET http://127.0.0.1:1/: cannot resolve nowhere; check the name", "UF"),
        ("GET http://127.0.0.1:1/: no answer within 1s", "UT"),
        ("GET http://127.0.0.1:1/: the connection broke (Recv failure)", "UC"),
        ("GET http://127.0.0.1:1/: the connection ended before a response", "UC"),
    ])
    func failuresAreToldApart(message: String, flag: String) {
        #expect(UpstreamFailure(Failure(.transient, message)).flag == flag)
        #expect(UpstreamFailure(Failure(.cancelled, message)).flag == "DC")
    }

    @Test func labelValuesAreEscaped() {
        let odd = MeshWorkload(name: "a\"b\\c\nd", namespace: "n")
        let text = IstioLabels.unrouted(odd, host: "h", name: "x", code: 502, flags: "NR")
            .exposition()
        #expect(text.contains(#"source_workload="a\"b\\c\nd""#))
        #expect(MeshWorkload(headerValue: odd.headerValue) == odd)
    }
}
