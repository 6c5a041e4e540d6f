// How long one round's decision takes over many pods: eligibility, limits and the draw, on a
// snapshot that is already there.

import Core
import Engine
import Faults
import Platform

enum PlanBench {
    /// All pods in the policy's namespace is the worst case; spread over a hundred is the usual
    /// one.
    static func figures() throws -> [BenchFigure] {
        var figures: [BenchFigure] = []
        for (pods, namespaces) in [(10_000, 1), (150_000, 1), (150_000, 100)] {
            let snapshot = cluster(pods: pods, namespaces: namespaces)
            let policy = try policy()
            var draws = 0
            let watch = Stopwatch(runs: 15) {
                var random = RandomStream(seed: UInt64(draws))
                let plan = Plan(
                    snapshot, policy: policy, history: StrikeHistory(), honoursBudgets: true,
                    now: snapshot.takenAt, random: &random)
                if plan.draw != nil { draws += 1 }
            }
            guard draws == 15 else {
                throw Failure(.rejected, "the benchmark's cluster has no eligible pod")
            }
            let spread = namespaces == 1 ? "one namespace" : "\(namespaces) namespaces"
            let name = "plan, \(pods) pods in \(spread)"
            let target: BenchFigure.Target = pods == 150_000 ? .atMost(20) : .none
            figures.append(
                BenchFigure(
                    name: name + ", least", value: watch.least * 1000, unit: "ms",
                    target: target))
            figures.append(
                BenchFigure(name: name + ", median", value: watch.median * 1000, unit: "ms"))
            let facts = Stopwatch(runs: 5) {
                _ = NamespaceFacts(snapshot, namespace: snapshot.namespaces[0])
            }
            figures.append(
                BenchFigure(
                    name: "facts for findings, \(pods) pods in \(spread), least",
                    value: facts.least * 1000, unit: "ms"))
        }
        return figures
    }

    /// Five pods for each workload, thirty for each node, names as Kubernetes makes them.
    static func cluster(pods: Int, namespaces: Int) -> Snapshot {
        let now = Timestamp(seconds: 1_800_000_000)
        var snapshot = Snapshot(takenAt: now)
        snapshot.namespaces = (0..<namespaces).map { "team-\(padded($0, 3))" }
        let nodes = max(1, pods / 30)
        snapshot.nodes = (0..<nodes).map { index in
            Snapshot.Node(
                name: "node-\(padded(index, 5)).internal", uid: "node-uid-\(index)",
                zone: "zone-\(index % 3)", ready: true, schedulable: true, controlPlane: false)
        }
        let workloads = pods / 5
        var random = RandomStream(seed: 7)
        for index in 0..<workloads {
            let namespace = index * namespaces / workloads
            let name = "service-\(padded(index, 6))"
            snapshot.workloads.append(
                Snapshot.Workload(
                    ref: WorkloadRef(
                        kind: "Deployment", namespace: snapshot.namespaces[namespace], name: name),
                    namespace: Int32(namespace), desired: 5, rollingOut: false))
            snapshot.labelSets.append(["app": name, "version": "v1", "team": "team-\(namespace)"])
            for pod in 0..<5 {
                let suffix = String(random.next() & 0xffff_ffff, radix: 36)
                snapshot.pods.append(
                    Snapshot.Pod(
                        name: "\(name)-7d9f8c6b5-\(suffix)\(pod)",
                        uid: "11111111-2222-3333-4444-\(padded(index * 5 + pod, 12))",
                        namespace: Int32(namespace), workload: Int32(index),
                        node: Int32(random.below(nodes)), labels: Int32(index),
                        flags: [.ready, .running], created: now - .seconds(86_400)))
            }
        }
        return snapshot
    }

    private static func policy() throws(ConfigError) -> Policy {
        let specs = FaultCatalog.all.kinds["pod-delete"]?.manifest.parameters ?? []
        return Policy(
            name: "bench", namespace: "team-000", mode: .observe,
            schedule: Schedule(cadence: .every(.seconds(120))),
            targets: PodTargets(
                selector: LabelSelector([.init(key: "app", operation: .exists)]),
                owners: ["Deployment"], minAge: .seconds(300)),
            faults: [
                WeightedFault(
                    kind: "pod-delete", weight: 1,
                    parameters: try Parameters(ConfigNode(.null), specs: specs, path: ""))
            ],
            sham: 0.2, blastRadius: BlastRadius(), judge: JudgeTimes(), gate: GateRules(),
            source: "bench", digest: "")
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
