// A small mesh that both sources look at: targets with counters, seen by a scrape directly, or
// through a stand-in for Prometheus that scraped them and answers the query API.

import Core
import Engine
import Platform
import Signals

/// What breaks between the source and what it reads.
enum Trouble: Sendable {
    case status(Int)
    case page(Int)
    case silence
    case refused
}

/// The state of the mesh; a test changes it between ticks.
struct Mesh: Sendable {
    struct Pod: Sendable {
        var name: String
        var isUp = true
        var startedAt: Timestamp
        /// Value by labels.
        var counters: [Labels: Double] = [:]
    }

    var pods: [String: Pod] = [:]
    var trouble: Trouble?
    /// What the Prometheus stand-in stored, by full label set.
    var stored: [Labels: [Sample]] = [:]

    func exposition(of pod: Pod) -> String {
        var text = "# TYPE istio_requests_total counter\n"
        for (labels, value) in pod.counters.sorted(by: { $0.key < $1.key }) {
            text += "istio_requests_total\(labels) \(Self.text(value))\n"
        }
        text += "envoy_other{a=\"b\"} 1\n"
        text += "istio_agent_process_start_time_seconds \(pod.startedAt.seconds)\n"
        return text
    }

    static func text(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
    }

    /// What Prometheus does once an interval, with labels that clash as they would.
    mutating func store(at now: Timestamp) {
        for (name, pod) in pods {
            let parts = name.split(separator: "/").map(String.init)
            let target = [
                "job": "pods", "instance": "\(parts[1]):15020", "namespace": parts[0],
                "pod": parts[1], "app": "from-the-pod", "node": "n1",
            ]
            func put(_ metric: String, _ labels: Labels, _ value: Double) {
                var all = target
                for pair in labels.pairs {
                    all[target[pair.name] == nil ? pair.name : "exported_" + pair.name] = pair.value
                }
                all["__name__"] = metric
                stored[Labels(all), default: []].append(Sample(time: now, value: value))
            }
            put("up", Labels([]), pod.isUp ? 1 : 0)
            if !pod.isUp { continue }
            put("istio_agent_process_start_time_seconds", Labels([]), pod.startedAt.seconds)
            for (labels, value) in pod.counters { put("istio_requests_total", labels, value) }
        }
    }

    /// `/api/v1/query` for the selectors that the source sends.
    func query(_ form: String, lookback: Duration) -> Response {
        let fields = URLParts("/?" + form)?.queryItems ?? []
        let query = fields.first { $0.name == "query" }?.value ?? ""
        let time = Timestamp(
            seconds: Double(fields.first { $0.name == "time" }?.value ?? "") ?? 0)
        var result: [JSON] = []
        for (labels, samples) in stored.sorted(by: { $0.key < $1.key }) {
            guard Self.matches(query, labels) else { continue }
            let inside = samples.filter { $0.time <= time && $0.time > time - lookback }
            if inside.isEmpty { continue }
            let metric = JSON.object(.init(labels.pairs.map { ($0.name, .string($0.value)) }))
            let values = inside.map { sample in
                JSON.array([.number(sample.time.seconds), .string(Self.text(sample.value))])
            }
            result.append(["metric": metric, "values": .array(values)])
        }
        let body: JSON = [
            "status": "success", "data": ["resultType": "matrix", "result": .array(result)],
        ]
        return Response(
            status: 200, headers: ["Content-Type": "application/json"], body: body.bytes)
    }

    /// The subset of PromQL that the source writes.
    private static func matches(_ query: String, _ labels: Labels) -> Bool {
        let name = labels["__name__"]
        if query.hasPrefix("{__name__") { return name != "istio_requests_total" }
        guard query.hasPrefix(name + "{") || query.hasPrefix(name + "[") else { return false }
        guard let open = query.firstRange(of: "\".+\\\\.("),
            let close = query.firstRange(of: ")\\\\.svc")
        else { return true }
        let spaces = query[open.upperBound..<close.lowerBound].split(separator: "|")
        let isHost = spaces.contains { labels["destination_service"].contains(".\($0).svc") }
        if !query.contains("!~") { return isHost }
        return !isHost
            && spaces.contains { labels["destination_service_namespace"] == String($0) }
    }

    func troubled() throws(Failure) -> Response? {
        switch trouble {
        case nil: return nil
        case .status(let status):
            return Response(status: status, contentType: "text/plain", text: "Service Unavailable")
        case .page(let status):
            return Response(
                status: status, contentType: "text/html",
                text: "<html><head><title>Bad Gateway</title></head><body>x</body></html>")
        case .silence: throw Failure(.transient, "no answer within the deadline")
        case .refused: throw Failure(.transient, "connection refused")
        }
    }
}

extension Mesh: TargetList {
    var list: [ScrapeTarget] {
        pods.values.map {
            ScrapeTarget(name: $0.name, url: "http://\($0.name)/metrics", startedAt: nil)
        }
    }
}

protocol TargetList: Sendable {
    var list: [ScrapeTarget] { get }
}

/// Either source over one mesh, driven tick by tick.
final class SourceHarness: Sendable {
    enum Kind: String, CaseIterable, Sendable { case scrape, prometheus }

    static let interval = Duration.seconds(15)
    let kind: Kind
    let clock = ManualClock()
    let mesh = Lock(Mesh())
    private let scrape: Lock<ScrapeSource?> = Lock(nil)
    private let network: Lock<StubNetwork?> = Lock(nil)

    init(_ kind: Kind) { self.kind = kind }

    var requests: [Request] { network.withLock { $0?.requests ?? [] } }

    func makeSource() -> any SignalSource {
        let mesh = self.mesh
        switch kind {
        case .scrape:
            let stub = StubNetwork { request throws(Failure) in
                let state = mesh.withLock { $0 }
                if let response = try state.troubled() { return response }
                let name = URLParts(request.url).map { $0.host + $0.path } ?? ""
                guard let pod = state.pods[String(name.dropLast("/metrics".count))], pod.isUp
                else { throw Failure(.transient, "connection refused") }
                return Response(
                    status: 200, contentType: "text/plain; version=0.0.4",
                    text: state.exposition(of: pod))
            }
            let source = ScrapeSource(
                .init(interval: Self.interval), targets: Provider(mesh: mesh), clock: clock,
                network: stub)
            scrape.withLock { $0 = source }
            network.withLock { $0 = stub }
            return source
        case .prometheus:
            let stub = StubNetwork { request throws(Failure) in
                let state = mesh.withLock { $0 }
                if let response = try state.troubled() { return response }
                return state.query(
                    String(decoding: request.body, as: UTF8.self), lookback: .seconds(120))
            }
            network.withLock { $0 = stub }
            return PrometheusSource(
                .init(url: "http://prometheus:9090/", interval: Self.interval), clock: clock,
                network: stub, seed: 1)
        }
    }

    /// One scrape by whoever scrapes, then one interval passes.
    func tick() async {
        let now = clock.now
        mesh.withLock { $0.store(at: now) }
        if let source = scrape.withLock({ $0 }) { await source.scrapeOnce() }
        clock.advance(Self.interval)
    }

    private struct Provider: TargetProvider {
        let mesh: Lock<Mesh>
        func targets() async throws(Failure) -> [ScrapeTarget] { mesh.withLock { $0.list } }
    }
}
