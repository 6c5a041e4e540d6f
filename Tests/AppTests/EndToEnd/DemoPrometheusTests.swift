// A real Prometheus beside the running demo: it scrapes the demo's pods and Hazard's own metrics,
// and both metrics sources of Hazard read the same counters from the same run.

import App
import Core
import Engine
import Host
import Platform
import Signals
import TestServers
import Testing

@Suite(.serialized) struct DemoPrometheusTests {
    private struct Pods: TargetProvider {
        let list: [ScrapeTarget]
        func targets() async throws(Failure) -> [ScrapeTarget] { list }
    }

    @Test(.timeLimit(.minutes(5)))
    func bothSourcesReadTheSameCountersFromTheDemo() async throws {
        let network = try CurlNetwork()
        defer { network.shutDown() }
        let lines = Lines()
        let demo = try ChildProcess(
            ChildProcess.Plan(
                try Project.hazard(), ["demo", "--every", "1h", "--port", "0", "--seed", "5"],
                directory: Project.root, output: .lines { lines.add($0) }))
        do {
            let page = try await lines.first(with: "metrics  ", within: .seconds(180))
            let config = try await lines.first(with: "KUBECONFIG=", within: .seconds(60))
            let kubeconfig = String(config.split(separator: "=").last ?? "")
            let own = String(page.split(separator: " ").last ?? "")
            let targets = try await pods(kubeconfig)
            #expect(targets.count == 6)
            let plan = try plan(targets, own: own)
            try await RealServer.with(plan) { prometheus in
                try await compare(targets, url: prometheus.url, kubeconfig, network)
                try await ownMetrics(prometheus.url, network)
            }
        } catch {
            _ = await demo.stop()
            throw error
        }
        #expect(await demo.stop(grace: .seconds(20)) != .signalled(9))
    }

    private func pods(_ kubeconfig: String) async throws -> [ScrapeTarget] {
        let result = try await run(
            try Project.tool("kubectl"),
            ["--kubeconfig", kubeconfig, "get", "pods", "-A", "-o", "json"])
        let list = try JSON(parsing: result.output.text)
        return (list["items"]?.array ?? []).compactMap { pod in
            var annotations: [String: String] = [:]
            for (key, value) in pod[path: ["metadata", "annotations"]]?.object?.members ?? [] {
                annotations[key] = value.string
            }
            return ScrapeTarget(
                namespace: pod[path: ["metadata", "namespace"]]?.string ?? "",
                pod: pod[path: ["metadata", "name"]]?.string ?? "",
                address: pod[path: ["status", "podIP"]]?.string ?? "", annotations: annotations)
        }
    }

    private func plan(_ targets: [ScrapeTarget], own: String) throws -> RealServer.Plan {
        var text = "global: {scrape_interval: 1s}\nscrape_configs:\n"
        let host = try #require(URLParts(own).map { "\($0.host):\($0.port ?? 80)" })
        text += "- {job_name: hazard, static_configs: [{targets: [\"\(host)\"]}]}\n"
        text += "- job_name: pods\n  metrics_path: /stats/prometheus\n  static_configs:\n"
        for target in targets {
            let url = try #require(URLParts(target.url))
            let names = target.name.split(separator: "/")
            text += "  - targets: [\"\(url.host):\(url.port ?? 80)\"]\n"
            text += "    labels: {namespace: \(names[0]), pod: \(names[1])}\n"
        }
        return .prometheus(configuration: text)
    }

    /// Users leave, so that the counters come to rest; then both sources must agree on every one.
    private func compare(
        _ targets: [ScrapeTarget], url: String, _ kubeconfig: String, _ network: CurlNetwork
    ) async throws {
        let clock = SystemClock()
        let context = SignalSourceContext(
            clock: clock, network: network, seed: 1, targets: Pods(list: targets),
            readFile: { path throws(Failure) in try FileSystem.read(path) })
        func source(_ kind: String, _ json: JSON) throws -> any ConfigurableSignalSource {
            let specs = SignalSourceCatalog.all.kinds[kind]?.manifest.parameters ?? []
            return try SignalSourceCatalog.all.make(
                kind, Parameters(ConfigNode(json: json), specs: specs, path: kind), context)
        }
        let scrape = try source("scrape", ["interval": "1s"])
        let prometheus = try source(
            "prometheus",
            ["url": .string(url), "interval": "1s"])
        try await withThrowingTaskGroup { group in
            group.addTask { await scrape.run() }
            try await poll("users have been counted", clock) {
                try await latest(scrape, clock).values.reduce(0, +) > 50
            }
            let scaled = try await run(
                try Project.tool("kubectl"),
                [
                    "--kubeconfig", kubeconfig, "-n", "istio-system", "scale", "deployment",
                    "istio-ingressgateway", "--replicas=0",
                ])
            #expect(scaled.status == .exited(0), "\(scaled.output.text)")
            try await agree(scrape, prometheus, clock)
            group.cancelAll()
        }
    }

    private func agree(
        _ scrape: any SignalSource, _ prometheus: any SignalSource, _ clock: SystemClock
    ) async throws {
        try await poll("both sources read the same counters", clock) {
            let left = try await latest(scrape, clock)
            let right = try await latest(prometheus, clock)
            return !left.isEmpty && left == right
        }
    }

    /// Asks every second for two minutes; an answer that could not be had counts as no.
    private func poll(
        _ what: String, _ clock: SystemClock, _ isTrue: () async throws -> Bool
    ) async throws {
        let giveUp = clock.uptime + .seconds(120)
        while (try? await isTrue()) != true {
            guard clock.uptime < giveUp else { throw Failure(.transient, "never: \(what)") }
            try await clock.sleep(for: .seconds(1))
        }
    }

    /// The newest value of every counter of the application's pods.
    private func latest(
        _ source: any SignalSource, _ clock: SystemClock
    ) async throws -> [String: Double] {
        let now = clock.now
        let reading = try await source.read(
            Question(
                namespaces: ["go-app"], metrics: ["istio_requests_total"],
                since: now - .seconds(30), until: now))
        var values: [String: Double] = [:]
        for series in reading.series where series.reporter.hasPrefix("go-app/") {
            values["\(series.reporter) \(series.labels)"] = series.samples.last?.value
        }
        return values
    }

    /// Prometheus took Hazard's own metrics without a complaint.
    private func ownMetrics(_ server: String, _ network: CurlNetwork) async throws {
        func query(_ query: String) async throws -> JSON? {
            let url = server + "/api/v1/query?query=" + query
            let body = try await network.exchange(Request("GET", url)).body
            return try JSON(parsing: body)[path: ["data", "result"]]
        }
        // One scrape of a busy machine may fail.
        try await poll("Prometheus has Hazard's own metrics", SystemClock()) {
            let up = try await query("up%7Bjob%3D%22hazard%22%7D")
            return try await query("hazard_build_info")?.array?.count == 1
                && up?[0]?["value"]?[1]?.string == "1"
        }
    }
}
