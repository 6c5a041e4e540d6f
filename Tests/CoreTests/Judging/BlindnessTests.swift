// Calls that nobody counts are no silence, and a namespace may be blind on its own.

import Core
import Testing

@Suite struct BlindnessTests {
    static let caller = "go-app/w-1"

    /// One caller of a service, and somebody else who is always scraped.
    private struct Story {
        var mesh: MeshTraffic
        var judge: Judge
        var anomalies = 0
        var last: RequestWindow?
        /// Says what runs, when the judge asks.
        var running: RunningPods?

        init(pods: [String] = [BlindnessTests.caller, "node-exporter"]) {
            mesh = MeshTraffic(pods: pods)
            judge = Judge(
                settings: JudgeSettings(
                    falseAlarmPeriod: .seconds(15 * 2000),
                    warmUp: .init(windows: 10, requests: 10, time: .seconds(10))))
        }

        mutating func pass(_ windows: Int, calls: Double, from pod: String? = nil) {
            for _ in 0..<windows {
                if calls > 0 {
                    mesh.send(calls, from: pod ?? caller, workload: "w", to: "s")
                }
                let reading = mesh.scrape()
                if let running, !judge.unreported(in: reading).isEmpty { judge.expect(running) }
                for output in judge.observe(reading, now: mesh.now) {
                    if case .anomaly = output { anomalies += 1 }
                    if case .window(let window) = output { last = window.services.first }
                }
            }
        }
    }

    private static let w = WorkloadName(namespace: "go-app", name: "w")

    private static func pods(_ names: String...) -> RunningPods {
        var running = RunningPods()
        running.pods[w] = Set(names)
        return running
    }

    @Test func callersThatNobodyScrapesAnyMoreAreNotSilent() {
        var story = Story()
        story.pass(60, calls: 100)
        // The rule that had them scraped is gone; they still call.
        story.mesh.pods = ["node-exporter"]
        #expect(story.judge.unreported(in: story.mesh.scrape()) == [Self.w])
        story.pass(40, calls: 100)
        #expect(story.last?.blind == "no proxy reports calls to it any more")
        #expect(story.anomalies == 0)
        story.running = Self.pods(Self.caller)
        story.pass(40, calls: 100)
        #expect(story.last?.blind == "no proxy reports calls to it any more")
        #expect(story.judge.blindness(of: "go-app") != nil)
        #expect(story.anomalies == 0)
        // And it is back, with the series that the ledger knows.
        story.mesh.pods = [Self.caller, "node-exporter"]
        story.pass(5, calls: 100)
        #expect(story.last?.blind == nil && story.last?.total == 100)
        #expect(story.judge.blindness(of: "go-app") == nil)
    }

    @Test func whatACallerCountedLastIsSeen() {
        var story = Story(pods: [Self.caller, "go-app/w-2", "node-exporter"])
        story.pass(20, calls: 100)
        // The window waits for the exporter, and the caller is gone when it closes.
        story.mesh.unreachable = ["node-exporter"]
        story.last = nil
        story.pass(1, calls: 70)
        #expect(story.last == nil)
        story.mesh.remove(Self.caller)
        story.pass(1, calls: 0)
        #expect(story.last?.total == 70 && story.last?.blind == nil)
        story.pass(1, calls: 0)
        #expect(story.last?.blind == "no proxy reports calls to it any more")
    }

    @Test func callersThatDoNotRunAreSilent() {
        var story = Story()
        story.pass(60, calls: 100)
        story.mesh.remove(Self.caller)
        story.running = Self.pods()
        story.pass(20, calls: 0)
        #expect(story.last?.blind == nil && story.last?.total == 0 && story.last?.coverage == 1)
        #expect(story.judge.blindness(of: "go-app") == nil)
        #expect(story.anomalies == 1, "traffic fell, and that is known")
    }

    @Test func aSuccessorThatHasNotCalledYetIsSilent() {
        var story = Story()
        story.pass(60, calls: 100)
        story.mesh.remove(Self.caller)
        story.mesh.pods.append("go-app/w-2")
        story.running = Self.pods("go-app/w-2")
        story.pass(20, calls: 0)
        #expect(story.last?.blind == nil && story.last?.total == 0)
        #expect(story.anomalies == 1)
        story.pass(3, calls: 100, from: "go-app/w-2")
        #expect(story.last?.blind == nil && story.last?.total == 100)
        #expect(story.judge.unreported(in: story.mesh.scrape()).isEmpty)
    }

    @Test func callersOutOfViewCannotBeConfirmedToBeGone() {
        var story = Story()
        story.pass(60, calls: 100)
        story.mesh.remove(Self.caller)
        story.running = RunningPods()
        story.pass(20, calls: 0)
        #expect(story.last?.blind != nil)
        #expect(story.anomalies == 0)
    }

    /// Namespaces `a` with three callers and `b` with one, and exporters that know of no calls.
    private static func twoNamespaces() -> (MeshTraffic, Judge) {
        let exporters = (0..<10).map { "exporter-\($0)" }
        return (MeshTraffic(pods: ["a-1", "a-2", "a-3", "b-1"] + exporters), Judge())
    }

    private static func pass(_ mesh: inout MeshTraffic, _ judge: inout Judge) -> WindowSummary? {
        for (pod, service) in [("a-1", "s"), ("a-2", "t"), ("a-3", "u"), ("b-1", "v")] {
            let namespace = String(pod.prefix(1))
            mesh.send(50, from: pod, workload: "w", to: service, namespace: namespace)
        }
        var last: WindowSummary?
        for case .window(let window) in judge.observe(mesh.scrape(), now: mesh.now) {
            last = window
        }
        return last
    }

    @Test func aNamespaceIsBlindOnItsOwn() throws {
        var (mesh, judge) = Self.twoNamespaces()
        for _ in 0..<20 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.sights["a"]?.blindWindows == 0)
        mesh.unreachable = ["a-1", "a-2", "a-3"]
        _ = Self.pass(&mesh, &judge)
        #expect(judge.blindness(of: "a") == nil, "one missed scrape is not enough")
        var last: WindowSummary?
        for _ in 0..<6 { last = Self.pass(&mesh, &judge) ?? last }
        #expect(last?.blind == nil)
        #expect(judge.blindSince == nil)
        #expect(
            judge.blindness(of: "a") == "3 of 3 services of a with traffic are blind; "
                + "s: its callers' proxies were not scraped")
        #expect(judge.blindness(of: "b") == nil)
        #expect(last?.services.last?.total == 50 && last?.services.last?.blind == nil)
        let sight = try #require(judge.sights["a"])
        #expect(judge.isLastinglyBlind(sight))
        mesh.unreachable = []
        for _ in 0..<3 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.blindness(of: "a") == nil && judge.sights["a"]?.since == nil)
    }

    @Test func oneBlindServiceOfThreeIsNotTheNamespace() {
        var (mesh, judge) = Self.twoNamespaces()
        for _ in 0..<20 { _ = Self.pass(&mesh, &judge) }
        mesh.unreachable = ["a-1"]
        for _ in 0..<6 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.blindness(of: "a") == nil)
        mesh.unreachable = ["a-1", "a-2"]
        for _ in 0..<6 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.blindness(of: "a")?.hasPrefix("2 of 3 services of a ") == true)
    }

    @Test func exportersThatAnswerDoNotMakeTheMeshSeen() {
        var (mesh, judge) = Self.twoNamespaces()
        for _ in 0..<20 { _ = Self.pass(&mesh, &judge) }
        mesh.unreachable = ["a-1", "a-2", "a-3", "b-1"]
        var last: WindowSummary?
        for _ in 0..<6 { last = Self.pass(&mesh, &judge) ?? last }
        #expect(last?.blind == "0 of 4 reporters were scraped")
        #expect(judge.blindSince != nil)
    }

    /// A caller outside the view made the only calls to a service and will not be back. The rest of
    /// the namespace must not be held for ever.
    @Test func whatNobodyReportsForAnHourHoldsNobody() {
        var (mesh, judge) = Self.twoNamespaces()
        mesh.send(50, from: "job", workload: "job", to: "x", namespace: "b")
        mesh.pods.append("job")
        for _ in 0..<10 {
            mesh.send(50, from: "job", workload: "job", to: "x", namespace: "b")
            _ = Self.pass(&mesh, &judge)
        }
        mesh.remove("job")
        for _ in 0..<20 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.blindness(of: "b")?.contains("x: no proxy reports calls") == true)
        for _ in 0..<240 { _ = Self.pass(&mesh, &judge) }
        #expect(judge.blindness(of: "b") == nil)
        // Of a namespace that nobody reports at all nothing is known, however long.
        mesh.remove("b-1")
        mesh.pods.removeAll { $0 == "b-1" }
        for _ in 0..<600 { _ = judge.observe(mesh.scrape(), now: mesh.now) }
        #expect(judge.blindness(of: "b") != nil)
    }
}

@Suite struct RunningPodsTests {
    private static func snapshot() -> Snapshot {
        var snapshot = SmallCluster.snapshot([])
        snapshot.namespaces = ["shop", "zoo"]
        snapshot.workloads = ["web", "idle"].map {
            Snapshot.Workload(
                ref: WorkloadRef(kind: "Deployment", namespace: "shop", name: $0), namespace: 0,
                desired: 1, rollingOut: false)
        }
        func add(_ name: String, _ namespace: Int32, _ workload: Int32, _ flags: Snapshot.Flags) {
            snapshot.pods.append(
                Snapshot.Pod(
                    name: name, uid: name, namespace: namespace, workload: workload, node: -1,
                    labels: -1, flags: flags, created: Timestamp(seconds: 0)))
        }
        add("web-1", 0, 0, [.running, .ready])
        add("web-2", 0, 0, [.running])
        add("web-3", 0, 0, [.running, .terminating])
        add("web-4", 0, 0, [])
        add("probe", 0, -1, [.running])
        add("night-123-x", 0, -1, [.running])
        add("web-9", 1, -1, [.running])
        return snapshot
    }

    @Test(arguments: [
        ("web", ["shop/web-1", "shop/web-2"]), ("idle", []), ("probe", ["shop/probe"]),
        ("night", ["shop/night-123-x"]), ("gone", []),
    ])
    func runningPodsOfAWorkload(_ name: String, _ pods: [String]) {
        let workload = WorkloadName(namespace: "shop", name: name)
        let running = RunningPods(of: [workload], in: Self.snapshot(), watched: ["shop"])
        #expect(running.pods == [workload: Set(pods)])
    }

    @Test func whatIsOutOfViewIsUnknown() {
        let web = WorkloadName(namespace: "zoo", name: "web")
        let unnamed = ["", "unknown"].flatMap { name in
            ["", "shop"].map { WorkloadName(namespace: $0, name: name) }
        }
        let running = RunningPods(
            of: Set([web] + unnamed), in: Self.snapshot(), watched: ["shop"])
        #expect(running.pods.isEmpty)
    }
}
