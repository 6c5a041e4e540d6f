// Latency, traffic and connections: the same promises as for bad responses.

import Core
import Testing

@Suite struct OtherSignalsTests {
    /// A client that calls one service under full control.
    struct Line {
        var mesh = MeshTraffic(pods: ["client"])
        var judge: Judge
        var random = RandomStream(seed: 17)
        var outputs: [JudgeOutput] = []
        var load = 150.0
        /// Shares of good responses up to 5, 10, 25, 100, 1000 ms and beyond.
        var shape: [Double] = [0.3, 0.4, 0.22, 0.07, 0.0095, 0.0005]
        var failing = 0.0
        var refused = 0.0

        init(_ signals: Set<Signal>) {
            judge = Judge(
                settings: JudgeSettings(signals: signals, washout: .seconds(60)))
        }

        mutating func pass(_ windows: Int) {
            for _ in 0..<windows {
                let n = random.poisson(load)
                let bad = random.binomial(n, failing)
                mesh.send(n - bad, from: "client", workload: "client", to: "shop")
                mesh.send(bad, from: "client", workload: "client", to: "shop", code: "500")
                var left = n - bad
                var rest = 1.0
                var buckets: [(bound: Double, count: Double)] = []
                for (bound, share) in zip([5, 10, 25, 100, 1000, .infinity], shape) {
                    let count =
                        bound.isFinite
                        ? random.binomial(left, min(1, share / max(rest, 1e-9))) : left
                    buckets.append((bound, count))
                    left -= count
                    rest -= share
                }
                mesh.answer(buckets, from: "client", workload: "client", to: "shop")
                let opened = random.poisson(20)
                let failed = random.binomial(opened, refused)
                mesh.connect(opened - failed, from: "client", workload: "client", to: "shop")
                mesh.connect(
                    failed, from: "client", workload: "client", to: "shop", flags: "UF")
                outputs += judge.observe(mesh.scrape(), now: mesh.now)
            }
        }

        var anomalies: [Anomaly] {
            outputs.compactMap { if case .anomaly(let anomaly) = $0 { anomaly } else { nil } }
        }
        var recoveries: [Recovery] {
            outputs.compactMap { if case .recovery(let recovery) = $0 { recovery } else { nil } }
        }
    }

    @Test func slownessIsFoundAndPasses() throws {
        var line = Line([.latency])
        line.pass(300)
        #expect(line.anomalies.isEmpty)
        let usual = line.shape
        line.shape = [0, 0, 0.02, 0.08, 0.8, 0.1]
        line.pass(4)
        let anomaly = try #require(line.anomalies.first)
        #expect(line.anomalies.count == 1)
        #expect(anomaly.evidence.signal == .latency)
        #expect(anomaly.evidence.now > 3 * anomaly.evidence.before)
        #expect(anomaly.detectedAt - anomaly.onset <= .seconds(30))
        line.shape = usual
        line.pass(40)
        #expect(line.recoveries.map(\.signal) == [.latency])
        #expect(line.judge.current.isEmpty)
    }

    @Test func failingFastIsNotFast() {
        var line = Line([.latency])
        line.pass(300)
        line.failing = 0.9
        line.pass(20)
        #expect(line.anomalies.isEmpty)
    }

    @Test func aModestShiftOfTheTailIsFound() {
        var line = Line([.latency])
        line.pass(300)
        // One response in ten instead of one in a hundred is slower than 100 ms.
        line.shape = [0.3, 0.4, 0.15, 0.05, 0.09, 0.01]
        line.pass(12)
        #expect(line.anomalies.count == 1)
    }

    @Test func trafficThatStopsIsFound() throws {
        var line = Line([.traffic])
        line.pass(200)
        #expect(line.anomalies.isEmpty)
        line.load = 0
        line.pass(3)
        let anomaly = try #require(line.anomalies.first)
        #expect(anomaly.evidence.signal == .traffic)
        #expect(anomaly.evidence.now < 0.2)
        #expect(anomaly.evidence.bad > 50)
        line.load = 150
        line.pass(10)
        #expect(line.recoveries.count == 1)
        #expect(line.judge.current.isEmpty)
    }

    @Test func unsteadyTrafficIsNotADrop() {
        var line = Line([.traffic])
        var random = RandomStream(seed: 3)
        for _ in 0..<1500 {
            line.load = 150 * (0.4 + 1.2 * random.unit())
            line.pass(1)
        }
        #expect(line.anomalies.isEmpty)
    }

    @Test func blindnessIsNotADrop() {
        var line = Line([.traffic])
        line.pass(200)
        line.mesh.unreachable = ["client"]
        line.pass(20)
        #expect(line.anomalies.isEmpty)
    }

    @Test func aDropUpstreamIsToldUpstream() {
        var mesh = MeshTraffic(pods: ["client", "a-0"])
        var judge = Judge(settings: JudgeSettings(signals: [.traffic]))
        var random = RandomStream(seed: 21)
        var outputs: [JudgeOutput] = []
        for window in 0..<220 {
            let n = window < 200 ? random.poisson(150) : 0
            mesh.send(n, from: "client", workload: "client", to: "a")
            mesh.send(n, from: "a-0", workload: "a", to: "b")
            outputs += judge.observe(mesh.scrape(), now: mesh.now)
        }
        let services = outputs.compactMap { output -> String? in
            if case .anomaly(let anomaly) = output { anomaly.evidence.service.name } else { nil }
        }
        #expect(services == ["a"])
    }

    @Test func failedConnectionsAreFound() throws {
        var line = Line([.connections])
        line.pass(200)
        #expect(line.anomalies.isEmpty)
        line.refused = 0.7
        line.pass(4)
        let anomaly = try #require(line.anomalies.first)
        #expect(anomaly.evidence.signal == .connections)
        line.refused = 0
        line.pass(60)
        #expect(line.recoveries.map(\.signal) == [.connections])
    }

    @Test func signalsThatAreNotArmedAreShownOnly() {
        var line = Line([.badRatio])
        line.pass(200)
        line.load = 0
        line.shape = [0, 0, 0, 0, 0.5, 0.5]
        line.pass(20)
        #expect(line.anomalies.isEmpty)
        #expect(line.judge.statuses.map(\.signal) == [.badRatio])
        #expect(
            line.judge.learned.map(\.signal) == [.badRatio, .traffic, .latency, .connections])
    }

    @Test func aNamespaceMayArmItsOwnSignals() {
        var line = Line([.badRatio])
        line.judge.arm([.connections], in: "go-app")
        line.pass(200)
        #expect(line.judge.statuses.map(\.signal) == [.connections])
        line.failing = 0.9
        line.pass(4)
        #expect(line.anomalies.isEmpty)
        line.refused = 0.9
        line.pass(4)
        #expect(line.anomalies.map(\.evidence.signal) == [.connections])
        // Another namespace keeps the settings' signals.
        line.judge.arm([.latency], in: "elsewhere")
        #expect(line.judge.statuses.map(\.signal) == [.connections])
    }

    @Test func aServiceWithConnectionsOnlyIsTested() {
        var mesh = MeshTraffic(pods: ["node"])
        var judge = Judge()
        var random = RandomStream(seed: 5)
        func pass(_ windows: Int, failing: Double) {
            for _ in 0..<windows {
                let opened = random.poisson(40)
                let failed = random.binomial(opened, failing)
                mesh.connect(opened - failed, from: "node", workload: "a", to: "db")
                mesh.connect(
                    failed, from: "node", workload: "a", to: "db",
                    metric: "istio_tcp_connections_failed_total", flags: "CONNECT")
                _ = judge.observe(mesh.scrape(), now: mesh.now)
            }
        }
        pass(100, failing: 0)
        let status = judge.learned.first { $0.signal == .connections }
        #expect(status?.ready == true && status?.isObservable == true)
        judge.beginRound(id: 1, policy: "p", at: mesh.now, namespaces: ["go-app"])
        pass(10, failing: 0)
        let calm = judge.endRound(id: 1, at: mesh.now)
        #expect(calm.kind == .noHarm)
        #expect(calm.text.contains(" failed connections (99 % confidence, "), "\(calm.text)")
        #expect(calm.text.contains(" connections, 1 service)"), "\(calm.text)")
        judge.beginRound(
            id: 2, policy: "p", at: mesh.now, namespaces: ["go-app"],
            target: WorkloadRef(kind: "Deployment", namespace: "go-app", name: "db"))
        pass(4, failing: 0.8)
        // Where no responses are counted, connections have the edge and the root cause.
        let anomaly = judge.current.first
        #expect(anomaly?.brokenEdge?.description == "a -> db")
        #expect(anomaly?.flags == ["CONNECT"])
        let database = ServiceRef(namespace: "go-app", name: "db")
        #expect(judge.rootCauses(of: database).map(\.service) == [database])
        let verdict = judge.endRound(id: 2, at: mesh.now)
        #expect(verdict.kind == .harm)
        #expect(verdict.text.contains("failed connections"))
        #expect(judge.causes.strikes == 1 && judge.causes.hits == 1)
    }

    /// A rollout that changes the buckets: half of the proxies have a bound that the others lack.
    @Test func changedBucketsAreNoSlowness() {
        var mesh = MeshTraffic(pods: ["a-0", "a-1"])
        var judge = Judge(settings: JudgeSettings(signals: [.latency]))
        var random = RandomStream(seed: 8)
        var anomalies: [Anomaly] = []
        var bounds: [String: [Double]] = ["a-0": [5, 10, 100], "a-1": [5, 10, 100]]
        func pass(_ windows: Int, slow: Double = 0.02) {
            for _ in 0..<windows {
                for pod in mesh.pods {
                    let n = random.poisson(100)
                    let late = random.binomial(n, slow)
                    let some = random.binomial(n - late, 0.3)
                    let known = bounds[pod] ?? []
                    var buckets = known.map { (bound: $0, count: 0.0) } + [(.infinity, 0)]
                    buckets[0].count = n - late - some
                    buckets[known.count - 1].count = some
                    buckets[known.count].count = late
                    mesh.answer(buckets, from: pod, workload: "a", to: "s")
                    mesh.send(n, from: pod, workload: "a", to: "s")
                }
                for output in judge.observe(mesh.scrape(), now: mesh.now) {
                    if case .anomaly(let anomaly) = output { anomalies.append(anomaly) }
                }
            }
        }
        pass(200)
        mesh.remove("a-1")
        mesh.pods.append("a-2")
        mesh.started["a-2"] = mesh.now
        bounds["a-2"] = [7, 100]
        pass(50)
        #expect(anomalies.isEmpty)
        // What they have in common still tells.
        pass(10, slow: 0.6)
        #expect(anomalies.count == 1)
    }

    /// Nothing that happens at a start may alarm: traffic that grows from nothing over minutes,
    /// pods that are replaced with new counters, and proxies that come one after the other.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func startsAreNoAnomalies(seed: UInt64) {
        var mesh = MeshTraffic(pods: ["a-0"])
        var judge = Judge(settings: JudgeSettings(falseAlarmPeriod: .seconds(86_400)))
        var random = RandomStream(seed: seed)
        var anomalies: [Anomaly] = []
        for step in 0..<400 {
            if step == 20 { mesh.pods.append("a-1") }
            if step % 50 == 30 {
                // A rolling restart: the new pod reports before the old one is gone.
                let old = mesh.pods.removeFirst()
                mesh.remove(old)
                let new = "a-\(step)"
                mesh.pods.append(new)
                mesh.started[new] = mesh.now
            }
            let load = 200 * min(1, Double(step + 1) / 40)
            for pod in mesh.pods {
                let n = random.poisson(load / Double(mesh.pods.count))
                let slow = random.binomial(n, 0.02)
                mesh.send(n, from: pod, workload: "a", to: "s")
                mesh.answer(
                    [(10, n - slow), (100, slow), (.infinity, 0)], from: pod, workload: "a",
                    to: "s")
                mesh.connect(random.poisson(5), from: pod, workload: "a", to: "s")
            }
            for output in judge.observe(mesh.scrape(), now: mesh.now) {
                if case .anomaly(let anomaly) = output { anomalies.append(anomaly) }
            }
        }
        #expect(anomalies.isEmpty)
    }

    @Test func aSketchKeepsEverySignal() {
        var line = Line([.badRatio, .latency, .connections])
        line.pass(200)
        var judge = Judge(settings: line.judge.settings)
        judge.restore(line.judge.sketch)
        #expect(judge.sketch == line.judge.sketch)
        #expect(
            line.judge.sketch.services.first?.signals.map(\.signal) == [
                .badRatio, .connections, .latency,
            ])
    }
}

extension OtherSignalsTests {
    @Test func aRoundThatOnlySlowsDownDoesHarm() throws {
        var line = Line([.badRatio, .latency])
        line.pass(200)
        line.judge.beginRound(id: 1, policy: "p", at: line.mesh.now, namespaces: ["go-app"])
        line.pass(10)
        #expect(line.judge.endRound(id: 1, at: line.mesh.now).kind == .noHarm)
        line.pass(20)
        line.judge.beginRound(id: 2, policy: "p", at: line.mesh.now, namespaces: ["go-app"])
        line.shape = [0, 0, 0.02, 0.08, 0.8, 0.1]
        line.pass(4)
        let verdict = line.judge.endRound(id: 2, at: line.mesh.now)
        #expect(verdict.kind == .harm)
        #expect(verdict.harmed.first?.signal == .latency)
        #expect(verdict.text.contains("slow responses"))
    }
}
