// What is taken from the judge and the snapshot for findings, against sums made by hand.

import Core
import Testing

struct RoundSignsTests {
    private static let app = ServiceRef(namespace: "shop", name: "app")
    private static let interval = Duration.seconds(15)

    /// A window of `app` that served `served` requests, and one of `db` that it called.
    private static func windows(
        _ index: Int64, served: Double, calls: Double, bad: Double = 0, blind: String? = nil
    ) -> [RequestWindow] {
        var own = RequestWindow(service: app, index: index)
        own.total = served
        var callee = RequestWindow(service: FindingWorld.service, index: index)
        callee.blind = blind
        var edge = RequestWindow.EdgeCounts(
            edge: ServiceEdge(
                sourceNamespace: "shop", source: "app-v2", destination: FindingWorld.service))
        edge.total = calls
        edge.bad = bad
        if bad > 0 { edge.add("URX", bad / 2) }
        callee.edges = [edge]
        return [own, callee]
    }

    @Test func edgesAreSummedBeforeAndDuring() throws {
        // Window k is the time ]15 k, 15 k + 15].
        let windows =
            Self.windows(10, served: 100, calls: 110) + Self.windows(11, served: 50, calls: 40)
            + Self.windows(12, served: 90, calls: 999, blind: "no scrape")
            + Self.windows(13, served: 80, calls: 240, bad: 160)
            + Self.windows(20, served: 1, calls: 1000)
        let found = EdgeChange.all(
            windows: windows, workloads: [Self.app: ["app-v2"]], interval: Self.interval,
            begin: Timestamp(seconds: 180), end: Timestamp(seconds: 240))
        let change = try #require(found.first)
        #expect(found.count == 1)
        #expect(change.before == .init(served: 150, attempts: 150))
        #expect(
            change.during == .init(served: 80, attempts: 240, failed: 160, exhausted: 80))
        #expect(change.amplification == 3)
        // ln 3 / sqrt(1/150 + 1/150 + 1/80 + 1/240), by hand.
        #expect(abs((change.deviation ?? 0) - 6.3430) < 1e-3)
    }

    @Test func aCallerThatIsNotMeasuredHasNoRatio() {
        let windows = Self.windows(10, served: 100, calls: 110)
        let found = EdgeChange.all(
            windows: windows, workloads: [Self.app: ["other"]], interval: Self.interval,
            begin: Timestamp(seconds: 180), end: Timestamp(seconds: 240))
        #expect(found.isEmpty)
        let empty = EdgeChange(
            edge: ServiceEdge(
                sourceNamespace: "", source: "", destination: FindingWorld.service),
            before: .init(), during: .init(served: 1, attempts: 1))
        #expect(empty.amplification == nil && empty.deviation == nil)
    }

    @Test func theJudgeTellsWhatARoundShowed() throws {
        var story = Story()
        story.pass(60)
        let target = WorkloadRef(kind: "Deployment", namespace: "go-app", name: "go-app-db")
        story.judge.beginRound(
            id: 1, policy: "go-app/p", at: story.mesh.now, namespaces: ["go-app"], target: target)
        story.databaseWorks = false
        story.pass(6)
        _ = story.judge.endRound(id: 1, at: story.mesh.now)
        let signs = try #require(story.judge.signs(round: 1))
        let names = ["go-app", "go-app-db", "repeater"]
        #expect(signs.outcomes.map(\.service.name) == names)
        let each: [Signal] = [.badRatio, .traffic]
        #expect(signs.signals.map(\.signal) == each + each + each)
        let ratios = signs.signals.filter { $0.signal == .badRatio }
        #expect(signs.outcomes.map(\.bad) == ratios.map(\.bad))
        #expect(signs.victims.isEmpty)
        #expect(signs.reach.keys.map(\.name).sorted() == names)
        #expect(signs.reach.values.allSatisfy { $0 < 0.1 })
        // The client is no measured service, so what it sends has no ratio.
        #expect(
            signs.edges.map(\.edge.description) == ["go-app -> go-app-db", "repeater -> go-app"])
        let broken = try #require(signs.edges.first)
        #expect(broken.during.failed == broken.during.attempts && broken.before.failed == 0)
        #expect(abs((broken.amplification ?? 0) - 1) < 0.02)
        #expect(story.judge.signs(round: 2) == nil)
    }
}

struct NamespaceFactsTests {
    @Test func countsTheReadyPodsAndWhereTheyAre() throws {
        let facts = try #require(FindingWorld.facts("rrutf", desired: 4))
        let workload = try #require(facts.workloads[FindingWorld.db])
        #expect(workload.desired == 4 && workload.ready == 2 && workload.unready == 1)
        #expect(workload.nodes == ["node-0", "node-1"] && workload.zones == ["z0", "z1"])
        #expect(facts.openNodes == ["node-0", "node-1", "node-2"] && !facts.isReady)
        #expect(NamespaceFacts(Snapshot(takenAt: FindingWorld.start), namespace: "shop") == nil)
    }

    @Test func theRevisionIsThatOfTheNewestPod() throws {
        var snapshot = SmallCluster.snapshot([.init(name: "db", desired: 2, pods: "rrr")])
        snapshot.labelSets = ["old", "new"].map { ["pod-template-hash": $0] }
        for (index, age) in [(0, 300.0), (1, 20), (2, 50)] {
            snapshot.pods[index].labels = index == 0 ? 0 : 1
            snapshot.pods[index].created = SmallCluster.now - .inSeconds(age)
        }
        let facts = try #require(NamespaceFacts(snapshot, namespace: "shop"))
        #expect(facts.workloads[FindingWorld.db]?.revision == "new")
        #expect(
            facts.workloads[FindingWorld.db]?.revisionSince == SmallCluster.now - .seconds(50))
        #expect(snapshot.revision(of: snapshot.target(0)) == "old")
    }

    /// Against counting pod by pod, over random clusters.
    @Test(arguments: 1...20) func agreesWithCountingByHand(seed: Int) throws {
        var random = RandomStream(seed: UInt64(seed))
        let letters = Array("rutmf")
        let groups = (0..<4).map { number in
            SmallCluster.Group(
                name: "w\(number)", desired: random.below(6),
                pods: String((0..<random.below(9)).map { _ in letters[random.below(5)] }))
        }
        let budget = Snapshot.DisruptionBudget(
            name: "b", namespace: 1,
            selector: LabelSelector([.init(key: "app", operation: .isIn, values: ["w1", "w2"])]),
            disruptionsAllowed: 1)
        let snapshot = SmallCluster.snapshot(groups, budgets: [budget])
        let facts = try #require(NamespaceFacts(snapshot, namespace: "shop"))
        #expect(facts.workloads.count == 4)
        for group in groups {
            let ref = WorkloadRef(kind: "Deployment", namespace: "shop", name: group.name)
            let found = try #require(facts.workloads[ref])
            let pods = snapshot.pods.filter { $0.name.hasPrefix(group.name + "-") }
            let ready = pods.filter {
                $0.flags.contains(.ready) && !$0.flags.contains(.terminating)
            }
            #expect(found.ready == ready.count && found.desired == group.desired)
            #expect(found.unready == group.pods.filter { $0 == "u" }.count)
            #expect(found.nodes == Set(ready.map { snapshot.nodes[Int($0.node)].name }))
            let isCovered = ["w1", "w2"].contains(group.name) && group.pods.contains { $0 != "f" }
            #expect(found.budgets.map(\.name) == (isCovered ? ["b"] : []))
        }
    }
}
