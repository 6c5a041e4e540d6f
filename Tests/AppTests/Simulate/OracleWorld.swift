// A small cluster, a policy and a journal by hand, in which a test makes one thing wrong and sees
// what the oracle says.

import Core
import Engine
import LocalCluster
import Platform
import Simulation

@testable import App

/// Everything in order at first: repeater x2, go-app x2 and go-app-db x1, all Ready on three nodes,
/// and a policy that allows one strike at a time.
final class OracleWorld {
    let clock = HandClock(Scenario.start + .seconds(3600))
    let cluster: LocalCluster
    let oracle: Oracle
    let policy: Policy
    private var codec = JournalCodec()
    private var rows: [[UInt8]] = []

    /// `change` is what the test wants of the policy.
    init(_ change: (inout Policy) -> Void = { _ in }) async throws {
        var scenario = try Scenario(seed: 1)
        var policy = scenario.policies[0]
        policy.mode = .enforce
        policy.schedule = Schedule(cadence: .every(.seconds(30)), jitter: 0)
        policy.targets = PodTargets()
        policy.gate = GateRules()
        policy.blastRadius = BlastRadius(
            concurrentInjections: 2, namespaceMaxUnavailable: .count(2),
            workloadMaxUnavailable: .share(0.5), minReady: 1, cooldown: .seconds(60),
            nodeMaxUnavailable: .count(1), budgetPeriod: .seconds(300))
        change(&policy)
        scenario.policies = [policy]
        scenario.replicas = [("repeater", 2), ("go-app", 2), ("go-app-db", 1)]
        self.policy = policy
        cluster = LocalCluster(clock: clock, seed: 1, kubelet: ModelledKubelet(clock: clock))
        oracle = Oracle(scenario: scenario, cluster: cluster, clock: clock)
        for (name, node) in [
            ("repeater-1", 1), ("repeater-2", 2), ("go-app-1", 1), ("go-app-2", 2),
            ("go-app-db-1", 3),
        ] {
            await cluster.restore(Self.pod(name, node: "node-\(node)"))
        }
    }

    static func pod(_ name: String, node: String, isReady: Bool = true) -> JSON {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(Scenario.namespace),
                "uid": .string(name + "-uid"),
                "creationTimestamp": .string(Scenario.start.rfc3339),
                "labels": ["app": .string(String(name.dropLast(2)))],
            ],
            "spec": [
                "nodeName": .string(node), "containers": [["name": "app", "image": "demo"]],
            ],
            "status": [
                "phase": "Running",
                "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
            ],
        ]
    }

    /// Changes a stored pod.
    func change(_ name: String, _ change: (inout JSON) -> Void) async {
        let pods = await cluster.objects("v1", "pods", namespace: Scenario.namespace)
        guard var pod = pods.first(where: { $0[path: ["metadata", "name"]]?.string == name })
        else { return }
        pod["apiVersion"] = "v1"
        pod["kind"] = "Pod"
        change(&pod)
        await cluster.restore(pod)
    }

    func mark(_ name: String) async {
        await change(name) {
            $0[path: ["metadata", "annotations"]] = [InjectionMark.annotation: "{}"]
        }
    }

    /// Shows the oracle events as rows of the journal, a tenth of a second apart.
    func journal(_ events: Event...) async throws {
        for event in events {
            let row = try codec.encode(event, at: clock.now)
            codec.accept(row)
            rows.append(row)
            await oracle.read(rows)
            clock.advance(.milliseconds(100))
        }
    }

    /// Shows it a row whose bytes were changed.
    func tornRow() async throws {
        rows.append(try codec.encode(.stopped(Stopped(reason: "end")), at: clock.now).reversed())
        await oracle.read(rows)
    }

    static func target(_ pod: String) -> Target {
        Target(
            kind: .pod, namespace: Scenario.namespace, name: pod, uid: pod + "-uid",
            workload: WorkloadRef(
                kind: "Deployment", namespace: Scenario.namespace, name: String(pod.dropLast(2))),
            node: "node-1")
    }

    func planned(
        _ round: Int = 1, _ pod: String = "repeater-1",
        _ assignment: Planned.Assignment = .strike, radius: RadiusUse? = nil,
        policy: String? = nil
    ) -> Event {
        .planned(
            Planned(
                round: round, policy: policy ?? self.policy.id, digest: "d", tick: clock.now,
                seed: 1, assignment: assignment, target: Self.target(pod), fault: "pod-delete",
                parameters: [:], targetProbability: 1, faultProbability: 1, shamProbability: 0.2,
                eligiblePods: 1, eligibleWorkloads: 1, excluded: [:], radius: radius))
    }

    func injecting(_ round: Int = 1, _ pod: String = "repeater-1") -> Event {
        .injecting(
            Injecting(
                round: round, policy: policy.id, target: Self.target(pod), fault: "pod-delete",
                parameters: [:], undo: [:], deadline: clock.now + .seconds(60), fencingToken: 1))
    }

    func closed(_ round: Int = 1, _ outcome: Closed.Outcome = .noHarm) -> Event {
        .closed(Closed(round: round, outcome: outcome))
    }

    /// Round `round` up to the moment before its strike: planned, announced, looked at, marked.
    func prepare(_ round: Int = 1, _ pod: String = "repeater-1") async throws {
        try await journal(planned(round, pod), injecting(round, pod))
        await look()
        await mark(pod)
    }

    func look() async { await oracle.listed(await cluster.objects("v1", "pods")) }

    /// The request to delete `pod` arrives.
    func strike(
        _ pod: String = "repeater-1", namespace: String = Scenario.namespace, uid: String? = nil
    ) async {
        await oracle.strike(
            namespace: namespace, name: pod, uid: uid ?? pod + "-uid", verb: "delete")
    }

    /// What was found, without the instants.
    var violations: [String] {
        get async {
            await oracle.violations.map {
                String($0.split(separator: " ", maxSplits: 1).last ?? "")
            }
        }
    }
}

/// A clock that goes only when it is told to.
final class HandClock: WallClock {
    private let state: Lock<(now: Timestamp, uptime: Duration)>

    init(_ now: Timestamp) { state = Lock((now, .seconds(1000))) }

    var now: Timestamp { state.withLock { $0.now } }
    var uptime: Duration { state.withLock { $0.uptime } }
    func advance(_ duration: Duration) {
        state.withLock { $0 = ($0.now + duration, $0.uptime + duration) }
    }
    func sleep(for duration: Duration) async throws(Failure) { advance(duration) }
}
