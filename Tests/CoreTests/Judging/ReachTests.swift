// Whom a strike can touch: what the call graph does not know is never taken for out of reach.

import Core
import Testing

@Suite struct ReachTests {
    /// Twelve services that a client calls; the last `broken` of them fail in a round at `target`.
    private static func strike(_ target: WorkloadRef, broken: Int) -> (Judge, Verdict) {
        var mesh = MeshTraffic(pods: ["client"])
        var judge = Judge()
        var random = RandomStream(seed: 31)
        func pass(_ windows: Int, broken: Int) {
            for _ in 0..<windows {
                for index in 0..<12 {
                    let n = random.poisson(100)
                    let bad = index >= 12 - broken ? n : 0
                    let service = "s\(index)"
                    mesh.send(n - bad, from: "client", workload: "client", to: service)
                    mesh.send(bad, from: "client", workload: "client", to: service, code: "500")
                }
                _ = judge.observe(mesh.scrape(), now: mesh.now)
            }
        }
        pass(60, broken: 0)
        judge.beginRound(
            id: 1, policy: "p", at: mesh.now, namespaces: ["go-app"], target: target)
        pass(3, broken: broken)
        return (judge, judge.endRound(id: 1, at: mesh.now))
    }

    /// A workload outside the mesh, e.g. a database that is called without a proxy, and a node.
    @Test(arguments: [
        WorkloadRef(kind: "StatefulSet", namespace: "go-app", name: "storage"),
        WorkloadRef(kind: "Node", namespace: "", name: "worker-1"),
    ])
    func harmOfATargetThatTheGraphDoesNotKnowCounts(target: WorkloadRef) {
        let (judge, verdict) = Self.strike(target, broken: 6)
        #expect(verdict.kind == .harm, "\(verdict.text)")
        #expect(judge.externalIncident(round: 1) == nil)
        #expect(judge.unexpectedVictims(round: 1).isEmpty)
    }

    @Test func aTargetThatIsCalledHasBystanders() {
        let target = WorkloadRef(kind: "Deployment", namespace: "go-app", name: "s0")
        let (judge, verdict) = Self.strike(target, broken: 6)
        #expect(verdict.kind == .void)
        #expect(judge.externalIncident(round: 1)?.services.count == 6)
    }

    /// A service of the target's name is not enough: somebody must call it, or it somebody.
    @Test func aGraphKnowsWhoIsCalledOrCalls() {
        func ref(_ name: String) -> ServiceRef { ServiceRef(namespace: "n", name: name) }
        func workload(_ name: String) -> WorkloadRef {
            WorkloadRef(kind: "Deployment", namespace: "n", name: name)
        }
        let edge = ServiceEdge(sourceNamespace: "n", source: "job", destination: ref("db"))
        let graph = CallGraph(
            edges: [edge], services: [ref("db"), ref("idle")], workloads: [:])
        #expect(graph.knows(workload("db")) && graph.knows(workload("job")))
        #expect(!graph.knows(workload("idle")) && !graph.knows(workload("cache")))
    }
}
