// One simulated history: a cluster, its application, an Alertmanager, and lives of the daemon, on
// seeded doors in virtual time. The daemon's code is the real one, down to the Kubernetes client,
// the scrape and the journal's codec.

import Core
import Engine
import Faults
import Kubernetes
import LocalCluster
import Notifiers
import Platform
import Signals
import Simulation

/// What one seed came to.
package struct History: Sendable {
    package var seed: UInt64
    package var transcript: [String]
    package var violations: [String]
    package var lives: Int
    package var rounds: Int
    package var strikes: Int
    /// Verdicts by assignment and outcome, e.g. `sham harm`.
    package var outcomes: [String: Int]
    package var anomalies: Int
    package var alerts: [String: Int]
    package var steps: Int
}

/// Runs the history of a seed.
package struct Universe: Sendable {
    private let seed: UInt64
    private let scenario: Scenario
    private let time: VirtualTime
    private let network: SimulatedNetwork
    private let storage: SimulatedStorage
    private let cluster: LocalCluster
    private let mesh: SimulatedMesh
    private let oracle: Oracle
    private let sink = AlertSink()
    /// The daemon of the current life.
    private let current = Lock<Assembly.Parts?>(nil)

    package init(seed: UInt64) throws {
        self.seed = seed
        scenario = try Scenario(seed: seed)
        time = VirtualTime(seed: RandomStream.fork(seed, "jobs"), start: Scenario.start)
        network = SimulatedNetwork(clock: time, seed: RandomStream.fork(seed, "network"))
        storage = SimulatedStorage(
            clock: time, seed: RandomStream.fork(seed, "storage"),
            failureRate: scenario.storageFailures)
        let kubelet = ModelledKubelet(clock: time)
        cluster = LocalCluster(
            clock: time, seed: RandomStream.fork(seed, "cluster"), kubelet: kubelet,
            settings: ClusterSettings(heartbeat: .zero))
        mesh = SimulatedMesh(
            cluster: cluster, clock: time, namespace: Scenario.namespace, rate: scenario.rate,
            seed: RandomStream.fork(seed, "mesh"))
        oracle = Oracle(scenario: scenario, cluster: cluster, clock: time)
        let storage = storage
        network.serve(
            "api:80", WatchedAPI(cluster: cluster, oracle: oracle, storage: { storage.rows }))
        network.serve("am:9093", sink)
        network.serveEveryOther(mesh)
    }

    /// Runs it to its end, on the calling thread.
    package func run() -> History {
        let result = Lock<History?>(nil)
        time.run {
            let history = await self.live()
            result.withLock { $0 = history }
        }
        return result.withLock { $0 }
            ?? History(
                seed: seed, transcript: [], violations: ["the history did not end"], lives: 0,
                rounds: 0, strikes: 0, outcomes: [:], anomalies: 0, alerts: [:], steps: 0)
    }

    private func live() async -> History {
        var lives = 0
        await withTaskGroup { world in
            world.addTask { await cluster.run() }
            await furnish()
            world.addTask { await mesh.run() }
            world.addTask { await observe() }
            try? await time.sleep(for: .seconds(20))
            network.setWeather(scenario.weather)
            world.addTask { await happen() }
            lives = await lifetimes()
            world.cancelAll()
        }
        return await summary(lives: lives)
    }

    private func furnish() async {
        await cluster.seedDemoNodes()
        let objects = SimulatedWorkloads.objects(
            namespace: Scenario.namespace, replicas: scenario.replicas,
            budget: scenario.hasBudget)
        for object in objects {
            do throws(Failure) { try await cluster.apply(object) } catch {
                await oracle.violate("the cluster refused an object: \(error.message)")
            }
        }
    }

    /// Reads the journal every second, so that the oracle sees state changes as they come.
    private func observe() async {
        while !Task.isCancelled {
            await oracle.read(storage.rows)
            if let parts = current.withLock({ $0 }) {
                await oracle.compare(live: await parts.journal.state)
            }
            do throws(Failure) { try await time.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Lives one after another until the time is over; the last one ends in order.
    private func lifetimes() async -> Int {
        let end = time.uptime + scenario.length
        var lives = 0
        for crash in scenario.crashes {
            if time.uptime >= end { break }
            lives += 1
            await oracle.note("life \(lives) begins")
            let life = Incarnation(crashAt: crash.calls, afterwards: crash.afterwards)
            await runLife(life, number: lives, until: end)
            await oracle.note("life \(lives) ends, \(life.isDead ? "killed" : "in order")")
            try? await time.sleep(for: .seconds(3))
        }
        // The last life has good weather for its last minutes, and ends in order.
        lives += 1
        await oracle.note("life \(lives) begins")
        let life = Incarnation(crashAt: nil, afterwards: false)
        await runLife(life, number: lives, until: max(end, time.uptime + .seconds(200)))
        await oracle.read(storage.rows)
        return lives
    }

    /// One life of the daemon.
    private func runLife(_ life: Incarnation, number: Int, until end: Duration) async {
        let interruption = Interruption()
        let oracle = oracle
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do throws(Failure) {
                    let parts = try await assembly(life, number, interruption).build()
                    current.withLock { $0 = parts }
                    await parts.run()
                    if !life.isDead {
                        let state = await parts.journal.state
                        await oracle.read(storage.rows)
                        await oracle.compare(live: state, isLast: true)
                        await oracle.note("live state \(state.sequence)")
                    }
                } catch {
                    if !life.isDead { await oracle.violate("no start: \(error.message)") }
                }
                interruption.raise("ended")
            }
            group.addTask {
                await life.death()
            }
            group.addTask {
                // Calm for the last two minutes, so that everything can be put right.
                let calm = end - .seconds(120)
                _ = await interruption.sleep(for: max(.zero, calm - time.uptime), on: time)
                if !life.isDead, !interruption.isRaised {
                    await calmDown()
                    _ = await interruption.sleep(for: end - time.uptime, on: time)
                }
                interruption.raise("the simulation ends")
                await interruption.wait()
                await life.death()
            }
            // The daemon's end or the life's death, whichever is first.
            await group.next()
            life.kill()
            group.cancelAll()
        }
    }

    private func calmDown() async {
        await silence(false)
        network.setWeather(.fair)
        network.setDown("api:80", false)
        storage.setFull(false)
        storage.setFailureRate(0)
    }

    private func assembly(
        _ life: Incarnation, _ number: Int, _ interruption: Interruption
    ) -> Assembly {
        let clock = life.clock(time)
        let doors = World(
            clock: clock, network: life.network(network), storage: life.storage(storage),
            seed: RandomStream.fork(seed, "daemon"))
        let client = APIClient(
            access: ClusterAccess(server: "http://api", origin: "simulation"),
            network: doors.network, clock: clock, version: Version.number)
        let reflector = Reflector(
            client: client, scope: ClusterScope(namespaces: [Scenario.namespace]),
            seed: RandomStream.fork(seed, "reflector", UInt64(number)))
        let targets = SimulatedTargets(
            pods: AnnotatedPods(
                client: client, namespaces: [Scenario.namespace], clock: clock,
                refresh: .seconds(2)))
        let scrape = ScrapeSource(
            ScrapeSource.Settings(interval: .seconds(5)), targets: targets, clock: clock,
            network: doors.network)
        var assembly = Assembly(
            world: doors, instance: "life-\(number)", policies: scenario.policies,
            client: client, view: reflector, source: scrape, judge: Self.judge,
            catalog: .all, interruption: interruption)
        assembly.background = [{ await reflector.run() }, { await scrape.run() }]
        if let notifier = Self.notifier(doors.network) { assembly.notifiers = [notifier] }
        return assembly
    }

    private static var judge: JudgeSettings {
        JudgeSettings(
            interval: .seconds(5),
            warmUp: .init(windows: 10, requests: 200, time: .seconds(60)), washout: .seconds(30))
    }

    private static func notifier(_ network: any Network) -> (any Notifier)? {
        let specs = NotifierCatalog.all.kinds["alertmanager"]?.manifest.parameters ?? []
        guard
            let parameters = try? Parameters(
                ConfigNode(json: ["url": "http://am:9093"]), specs: specs, path: "notifiers[0]")
        else { return nil }
        return try? NotifierCatalog.all.make("alertmanager", parameters, network: network)
    }

    /// What people and machines do, when the scenario says.
    private func happen() async {
        let start = time.uptime
        for event in scenario.events {
            let rest = .seconds(event.at) - (time.uptime - start)
            do throws(Failure) { try await time.sleep(for: rest) } catch { return }
            await oracle.note("happens: \(event.what)")
            switch event.what {
            case .diskFull(let isFull): storage.setFull(isFull)
            case .apiDown(let isDown): network.setDown("api:80", isDown)
            case .meshDown(let isDown): await silence(isDown)
            case .clockJump(let seconds):
                time.jumpWallClock(by: .seconds(seconds))
                await oracle.jumped()
            case .restart(let name): await restart(name)
            case .rollOut(let name): await rollOut(name)
            case .podDies(let app): await killPod(of: app)
            case .halt: await record(.halted(Halted(by: "a person")))
            case .resume: await record(.resumed(Resumed(by: "a person")))
            }
        }
    }

    private func record(_ event: Event) async {
        guard let parts = current.withLock({ $0 }) else { return }
        try? await parts.journal.record(event)
    }

    /// No proxy answers a scrape, or they do again.
    private func silence(_ isSilent: Bool) async {
        await mesh.setSilent(isSilent)
        await oracle.silenced(isSilent)
    }

    /// `kubectl delete pod`, of the first Ready one.
    private func killPod(of app: String) async {
        let pods = await cluster.objects("v1", "pods", namespace: Scenario.namespace)
        let names = pods.filter {
            $0[path: ["metadata", "labels", "app"]]?.string == app && StrikeLimits.isReady($0)
        }.compactMap { $0[path: ["metadata", "name"]]?.string }
        guard let name = names.min() else { return }
        let path = "/api/v1/namespaces/\(Scenario.namespace)/pods/\(name)"
        _ = await cluster.handle(Request("DELETE", path))
    }

    /// `kubectl rollout restart`.
    private func restart(_ name: String) async {
        await change(
            name, "application/merge-patch+json",
            [
                "metadata": [
                    "annotations": ["kubectl.kubernetes.io/restartedAt": .string(time.now.rfc3339)]
                ]
            ])
        await oracle.restarted(name)
    }

    /// `kubectl set image`.
    private func rollOut(_ name: String) async {
        let image = "demo:\(time.now.nanoseconds / 1_000_000_000)"
        await change(
            name, "application/strategic-merge-patch+json",
            ["spec": ["containers": [["name": "app", "image": .string(image)]]]])
        await oracle.updated(name)
    }

    private func change(_ name: String, _ type: String, _ template: JSON) async {
        let patch: JSON = ["spec": ["template": template]]
        let path = "/apis/apps/v1/namespaces/\(Scenario.namespace)/deployments/\(name)"
        let request = Request(
            "PATCH", path, headers: ["Content-Type": type], body: patch.bytes)
        if case .response(let response) = await cluster.handle(request), response.status != 200 {
            await oracle.violate("a change of \(name) was refused: \(response.status)")
        }
    }

    private func summary(lives: Int) async -> History {
        await oracle.finish(sink)
        let state = await oracle.state
        var outcomes: [String: Int] = [:]
        for round in state.rounds {
            let name = "\(round.planned.assignment.rawValue) \(round.outcome?.rawValue ?? "open")"
            outcomes[name, default: 0] += 1
        }
        return History(
            seed: seed, transcript: await oracle.transcript + ["steps \(time.steps)"],
            violations: await oracle.violations, lives: lives, rounds: state.rounds.count,
            strikes: await oracle.strikes, outcomes: outcomes, anomalies: state.lastAnomaly,
            alerts: await sink.fired, steps: time.steps)
    }
}

/// The pods, and the gateway that is none.
private struct SimulatedTargets: TargetProvider {
    let pods: AnnotatedPods

    func targets() async throws(Failure) -> [ScrapeTarget] {
        try await pods.targets() + [
            ScrapeTarget(
                name: "istio-system/istio-ingressgateway",
                url: "http://\(SimulatedMesh.gateway):15020/stats/prometheus")
        ]
    }
}
