import Core
import Testing

/// What a snapshot tells of deploys.
@Suite struct DeployedTemplatesTests {
    private func ref(_ name: String, _ kind: String = "Deployment") -> WorkloadRef {
        WorkloadRef(kind: kind, namespace: "shop", name: name)
    }

    /// One pod a letter, each with its own labels and a second younger than the one before.
    private func snapshot(_ hashes: [(workload: String, kind: String, labels: [String: String])])
        -> Snapshot
    {
        var groups: [SmallCluster.Group] = []
        for entry in hashes where !groups.contains(where: { $0.name == entry.workload }) {
            let count = hashes.count { $0.workload == entry.workload }
            groups.append(
                .init(
                    name: entry.workload, desired: count,
                    pods: String(repeating: "r", count: count), kind: entry.kind))
        }
        var snapshot = SmallCluster.snapshot(groups)
        snapshot.labelSets = []
        var next: [String: [[String: String]]] = [:]
        for entry in hashes { next[entry.workload, default: []].append(entry.labels) }
        for index in snapshot.pods.indices {
            let name = snapshot.workloads[Int(snapshot.pods[index].workload)].ref.name
            snapshot.pods[index].labels = Int32(snapshot.labelSets.count)
            snapshot.pods[index].created = SmallCluster.now + .seconds(index)
            snapshot.labelSets.append(next[name]?.removeFirst() ?? [:])
        }
        return snapshot
    }

    @Test func theNewestPodTellsAndJobsDoNot() {
        let found = snapshot([
            ("web", "Deployment", ["pod-template-hash": "old"]),
            ("web", "Deployment", ["pod-template-hash": "new"]),
            ("db", "StatefulSet", ["controller-revision-hash": "db-1"]),
            ("canary", "Rollout", ["rollouts-pod-template-hash": "r"]),
            ("nightly", "Job", ["job-name": "nightly"]),
        ])
        #expect(
            found.versions(in: "shop").mapValues(\.template) == [
                ref("web"): "new", ref("db", "StatefulSet"): "db-1", ref("canary", "Rollout"): "r",
            ])
        #expect(found.versions(in: "other").isEmpty)
        #expect(found.versions(in: "nowhere").isEmpty)
    }

    @Test func aChangeIsToldOnceAndARestartByChaosIsNone() throws {
        var chronicle = Chronicle()
        let first = snapshot([
            ("web", "Deployment", ["pod-template-hash": "a"]),
            ("db", "StatefulSet", ["controller-revision-hash": "b"]),
        ])
        let deployed = try #require(chronicle.state.deployed(in: "shop", now: first))
        #expect(deployed.changed == [ref("web"), ref("db", "StatefulSet")])
        chronicle.add(.deployed(deployed))
        #expect(chronicle.state.deployed(in: "shop", now: first) == nil)
        // The pod was struck and replaced: another pod of the same template.
        var replaced = first
        replaced.pods[0].uid = "another"
        replaced.pods[0].created = SmallCluster.now + .seconds(900)
        #expect(chronicle.state.deployed(in: "shop", now: replaced) == nil)
        // No pods for a while: still the same version.
        var empty = first
        empty.pods.removeAll { $0.workload == 0 }
        #expect(chronicle.state.deployed(in: "shop", now: empty) == nil)
        let next = snapshot([
            ("web", "Deployment", ["pod-template-hash": "a"]),
            ("web", "Deployment", ["pod-template-hash": "c"]),
            ("db", "StatefulSet", ["controller-revision-hash": "b"]),
        ])
        let second = try #require(chronicle.state.deployed(in: "shop", now: next))
        #expect(second.changed == [ref("web")])
        #expect(second.revisions.count == 2)
    }

    /// What is journaled when the pods of `web` carry `hashes`, the newest last.
    private func deployed(
        _ chronicle: inout Chronicle, _ hashes: [String], revision: String? = nil
    ) -> [WorkloadRef]? {
        var found = snapshot(hashes.map { ("web", "Deployment", ["pod-template-hash": $0]) })
        found.workloads[0].revision = revision
        guard let deployed = chronicle.state.deployed(in: "shop", now: found) else { return nil }
        chronicle.add(.deployed(deployed))
        #expect(chronicle.state.deployed(in: "shop", now: found) == nil)
        return deployed.changed
    }

    @Test func aStrikeBesideACanaryIsNoDeploy() throws {
        var chronicle = Chronicle()
        #expect(deployed(&chronicle, ["stable", "stable", "canary"]) == [ref("web")])
        chronicle.strike("web", .harm, failed: 100)
        // The stable pod that was struck came back, and is now the newest.
        #expect(deployed(&chronicle, ["stable", "canary", "stable"]) == nil)
        #expect(deployed(&chronicle, ["stable", "stable", "canary"]) == nil)
        #expect(chronicle.state.harm.cells.count == 1)
        // The end of the rollout is none either, and tells which hash would be new.
        #expect(deployed(&chronicle, ["canary", "canary"]) == [])
        #expect(chronicle.state.harm.cells.count == 1)
        #expect(deployed(&chronicle, ["canary", "stable"]) == [ref("web")])
        #expect(chronicle.state.harm.cells.isEmpty)
    }

    @Test func aCanaryThatIsTakenBackIsADeploy() {
        var chronicle = Chronicle()
        _ = deployed(&chronicle, ["stable", "stable"])
        #expect(deployed(&chronicle, ["stable", "canary"]) == [ref("web")])
        #expect(deployed(&chronicle, ["stable", "stable"]) == [ref("web")])
    }

    @Test func aControllerThatSaysItsRevisionIsBelieved() {
        var chronicle = Chronicle()
        #expect(deployed(&chronicle, ["b", "a"], revision: "b") == [ref("web")])
        #expect(deployed(&chronicle, ["a", "b"], revision: "b") == nil)
        #expect(deployed(&chronicle, ["a", "a"], revision: "b") == nil)
        #expect(deployed(&chronicle, ["a", "a"], revision: "a") == [ref("web")])
    }

    @Test func aDeployForgetsWhatTheFormerVersionDid() {
        var chronicle = Chronicle()
        chronicle.strike("app", .harm, failed: 100)
        chronicle.strike("db")
        chronicle.deploy("app", "v2")
        let cells = chronicle.state.harm.cells.keys.map(\.workload.name)
        #expect(cells == ["db"])
        // The requests that failed have failed all the same.
        let since = Chronicle.start
        #expect(chronicle.state.failedRequests(of: Chronicle.policy, since: since) == 100)
    }
}
