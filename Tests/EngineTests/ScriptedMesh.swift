// A source whose counters a test raises, and a watch that reads them window by window.

import Core
import Engine
import Platform
import Simulation

/// Requests over one edge in each window.
struct Flow: Sendable {
    var source = "client"
    var service: String
    var count: Double
    var code = "200"
    var flags = "-"
}

/// Raises its counters by the present flows with each reading.
actor ScriptedMesh: SignalSource {
    nonisolated let interval = Duration.seconds(5)
    private var flows: [Flow] = []
    private var counters: [Labels: Double] = [:]

    func set(_ flows: [Flow]) { self.flows = flows }

    func read(_ question: Question) async throws(Failure) -> Reading {
        for flow in flows {
            let labels = Labels([
                "reporter": "source", "source_workload": flow.source,
                "source_workload_namespace": "shop",
                "destination_service": "\(flow.service).shop.svc.cluster.local",
                "response_code": flow.code, "response_flags": flow.flags,
            ])
            counters[labels, default: 0] += flow.count
        }
        return Reading(
            series: counters.map { labels, value in
                SampleSeries(
                    metric: "istio_requests_total", labels: labels, reporter: "p",
                    samples: [Sample(time: question.until, value: value)])
            }, reporters: [.init(name: "p", lastScrape: question.until)],
            completeUntil: question.until)
    }
}

/// A watch over a scripted mesh, in virtual time.
struct WatchWorld: Sendable {
    let time: VirtualTime
    let journal: Journal
    let mesh = ScriptedMesh()
    let watch: SignalWatch
    static let policy = Policy(
        name: "p", namespace: "shop", mode: .enforce,
        schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(), faults: [],
        sham: 0, blastRadius: BlastRadius(), judge: JudgeTimes(recovery: .seconds(60)),
        gate: GateRules(), source: "", digest: "")

    init(_ time: VirtualTime, storage: SimulatedStorage? = nil) async throws {
        self.time = time
        journal = try await Journal(
            storage: storage ?? SimulatedStorage(clock: time, seed: 1), clock: time)
        watch = SignalWatch(
            judge: Judge(
                settings: JudgeSettings(
                    interval: mesh.interval,
                    warmUp: .init(windows: 10, requests: 200, time: .seconds(60)))),
            source: mesh, journal: journal, clock: time, interruption: Interruption(),
            log: .silent)
        await watch.configure([Self.policy]) { nil }
    }

    /// Some windows of `flows`.
    func pass(_ windows: Int, _ flows: [Flow]) async throws {
        await mesh.set(flows)
        for _ in 0..<windows {
            try await time.sleep(for: mesh.interval)
            await watch.tick()
        }
    }

    /// A strike at the workload web, and its announcement.
    static func planned(_ round: Int) -> Planned {
        Planned(
            round: round, policy: policy.id, digest: "", tick: Timestamp(seconds: 0), seed: 1,
            assignment: .strike,
            target: Target(
                kind: .pod, namespace: "shop", name: "web-0", uid: "u",
                workload: WorkloadRef(kind: "Deployment", namespace: "shop", name: "web")),
            fault: "pod-delete", parameters: [:], targetProbability: 1, faultProbability: 1,
            shamProbability: 0, eligiblePods: 1, eligibleWorkloads: 1, excluded: [:])
    }

    static func injecting(_ planned: Planned) -> Event {
        .injecting(
            Injecting(
                round: planned.round, policy: planned.policy, target: planned.target,
                fault: planned.fault, parameters: [:], undo: [:],
                deadline: Timestamp(seconds: 2_000_000_000), fencingToken: 1))
    }

    var state: State { get async { await journal.state } }

    /// What was journaled since `stream` was taken, in order. It closes the journal's streams.
    func events(_ stream: AsyncStream<JournalEntry>) async -> [Event] {
        await journal.close()
        var events: [Event] = []
        for await entry in stream { events.append(entry.event) }
        return events
    }
}
