// The story, as a new user sees it: the built program, a real Alertmanager, kubectl, promtool.

import App
import Core
import Glibc
import Host
import Platform
import TestServers
import Testing

@Suite(.serialized) struct DemoStoryTests {
    /// Round 1 deletes a repeater, 2 is a sham, 3 deletes a go-app pod, 4 deletes the database.
    private static let seed = "64"

    @Test(.timeLimit(.minutes(8)))
    func theDatabaseDiesEverythingIsReadyAndHazardSaysSo() async throws {
        let network = try CurlNetwork()
        defer { network.shutDown() }
        let scratch = try Scratch.make("hazard-test")
        defer { Scratch.remove(scratch) }
        let alertmanager = try await Alertmanager(network: network)
        let lines = Lines()
        let demo = try ChildProcess(
            ChildProcess.Plan(
                try Project.hazard(),
                [
                    "demo", "--seed", Self.seed, "--rounds", "5", "--heal", "--every", "5s",
                    "--port", "0", "--alertmanager", alertmanager.url,
                ],
                directory: Project.root, output: .lines { lines.add($0) }))
        do {
            let page = try await lines.first(with: "metrics  ", within: .seconds(180))
            let metrics = String(page.split(separator: " ").last ?? "")
            let config = try await lines.first(with: "KUBECONFIG=", within: .seconds(60))
            let kubeconfig = String(config.split(separator: "=").last ?? "")
            try await lookAround(metrics, kubeconfig, scratch, network)
            let children = try await children(of: demo.pid)
            // Eleven containers, and what kills them should the demo die.
            #expect(children.count >= 11, "\(children)")
            _ = try await lines.first(with: "NOT RECOVERED", within: .seconds(240))
            try await whileUnrecovered(metrics, alertmanager, network)
            let status = await demo.wait()
            #expect(status == .exited(3))
            try await ended(children)
        } catch {
            _ = await demo.stop()
            await alertmanager.stop()
            throw error
        }
        checkStory(lines)
        try await alertmanager.resolved()
        await alertmanager.stop()
    }

    private func children(of parent: Int32) async throws -> [Int32] {
        try await run("/usr/bin/pgrep", ["-P", "\(parent)"]).output.list.compactMap { Int32($0) }
    }

    /// Children die with the demo. One that nobody has reaped yet does not run any more.
    private func ended(_ children: [Int32]) async throws {
        func running() -> [Int32] {
            children.filter { child in
                let stat = (try? FileSystem.read("/proc/\(child)/stat", limit: 4096)) ?? []
                let text = String(decoding: stat, as: UTF8.self)
                return !text.isEmpty && text.split(separator: ") ").last?.first != "Z"
            }
        }
        let clock = SystemClock()
        let giveUp = clock.uptime + .seconds(30)
        while !running().isEmpty, clock.uptime < giveUp {
            try await clock.sleep(for: .milliseconds(100))
        }
        #expect(running() == [], "they run after the end of the demo")
    }

    private func checkStory(_ lines: Lines) {
        let text = lines.text
        for part in [
            "round 1  strike: pod-delete of pod go-app/repeater-",
            "round 1  verdict: no harm above", "round 2  sham", "round 4  strike: pod-delete",
            "go-app-db-", "ANOMALY  bad responses of go-app/go-app went from 0 %",
            "broken edge go-app -> go-app-db", "alert firing: HazardAnomaly",
            "round 4  verdict: harm", "Ready pods, failing traffic: all 5 pods",
            "the readiness probe of go-app does not cover its dependency go-app-db",
            "alert firing: HazardUnrecovered", "single replica: Deployment go-app-db has 1",
            "heal: rollout restart of deployment go-app", "RECOVERED  go-app/repeater after",
            "alert resolved: HazardUnrecovered", "nothing is left behind",
        ] {
            #expect(text.contains(part), "the story lacks \"\(part)\" in:\n\(text)")
        }
    }

    /// kubectl and promtool on the running demo.
    private func lookAround(
        _ metrics: String, _ kubeconfig: String, _ scratch: String, _ network: CurlNetwork
    ) async throws {
        let kubectl = try Project.tool("kubectl")
        let pods = try await run(kubectl, ["--kubeconfig", kubeconfig, "get", "pods"])
        #expect(pods.status == .exited(0))
        #expect(pods.output.list.filter { $0.contains("2/2") && $0.contains("Running") }.count == 5)
        let described = try await run(
            kubectl, ["--kubeconfig", kubeconfig, "describe", "deployment", "go-app-db"])
        #expect(described.output.text.contains("1 desired"))
        try await promtool(metrics, scratch, network)
        let ready = try await network.exchange(
            Request("GET", metrics.dropLast("metrics".count) + "readyz"))
        #expect(ready.status == 200 || ready.status == 503)
    }

    private func promtool(
        _ metrics: String, _ scratch: String, _ network: CurlNetwork
    ) async throws {
        let response = try await network.exchange(Request("GET", metrics))
        #expect(response.status == 200)
        let file = scratch + "/metrics.txt"
        try FileSystem.writeAtomically(response.body, to: file)
        let promtool = try Project.tool("promtool")
        let checked = try await run("/bin/sh", ["-c", "exec \(promtool) check metrics < \(file)"])
        #expect(checked.status == .exited(0), "\(checked.output.text)")
        #expect(checked.output.list.filter { !$0.isEmpty }.isEmpty, "\(checked.output.text)")
    }

    private func whileUnrecovered(
        _ metrics: String, _ alertmanager: Alertmanager, _ network: CurlNetwork
    ) async throws {
        let body = try await network.exchange(Request("GET", metrics)).body
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains("hazard_unrecovered_services{namespace=\"go-app\"}"))
        let alerts = try await alertmanager.alerts(named: "HazardUnrecovered")
        #expect(!alerts.isEmpty)
        let services = Set(alerts.compactMap { $0[path: ["labels", "service"]]?.string })
        #expect(services.isSubset(of: ["go-app", "go-app-db", "repeater"]))
    }
}

/// A real Alertmanager on loopback.
private struct Alertmanager: Sendable {
    let url: String
    private let server: RealServer
    private let network: CurlNetwork
    private let clock = SystemClock()

    init(network: CurlNetwork) async throws {
        self.network = network
        server = try await RealServer.start(.alertmanager())
        url = server.url
    }

    /// Alerts of that name that it holds, awaited for a few seconds.
    func alerts(named name: String, active: Bool = true) async throws -> [JSON] {
        let start = clock.uptime
        while true {
            let response = try await network.exchange(
                Request("GET", url + "/api/v2/alerts?active=true"))
            let all = try JSON(parsing: response.body).array ?? []
            let found = all.filter { $0[path: ["labels", "alertname"]]?.string == name }
            if found.isEmpty != active || clock.uptime - start > .seconds(15) { return found }
            try await clock.sleep(for: .milliseconds(200))
        }
    }

    /// Everything that fired has been resolved.
    func resolved() async throws {
        for name in ["HazardAnomaly", "HazardUnrecovered"] {
            let left = try await alerts(named: name, active: false)
            #expect(left.isEmpty, "\(name) still fires: \(left.map(\.text))")
        }
    }

    func stop() async { await server.stop() }
}
