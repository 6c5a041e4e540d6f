// A source that answers for the namespaces it is asked about, as both real ones do, and remembers
// the questions; and a watch that reads it.

import Core
import Engine
import Platform
import Simulation

/// One service `cart` in each namespace, with lifetime counters that grow with each reading. Asked
/// about no namespace it answers for all.
final class NamespaceMesh: SignalSource, Sendable {
    struct Traffic: Hashable {
        var requests = 100.0
        var bad = 0.0
    }

    private struct State {
        var traffic: [String: Traffic] = [:]
        var counters: [String: Traffic] = [:]
        var questions: [Question] = []
        var isAway = false
        var whileRead: @Sendable () async -> Void = {}
    }

    let interval = Duration.seconds(15)
    private let state = Lock(State())

    /// `counted`: what its counters showed before.
    func set(_ namespace: String, _ traffic: Traffic, counted: Double = 0) {
        state.withLock {
            $0.traffic[namespace] = traffic
            if counted > 0 { $0.counters[namespace] = Traffic(requests: counted) }
        }
    }
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    /// Happens once, while the next reading is under way.
    func whileRead(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.whileRead = work }
    }
    var questions: [Question] { state.withLock { $0.questions } }

    func read(_ question: Question) async throws(Failure) -> Reading {
        let work = state.withLock { state in
            defer { state.whileRead = {} }
            state.questions.append(question)
            return state.whileRead
        }
        await work()
        if state.withLock({ $0.isAway }) { throw Failure(.transient, "no route to the source") }
        let counters = state.withLock { state in
            for (namespace, traffic) in state.traffic {
                state.counters[namespace, default: Traffic(requests: 0)].requests +=
                    traffic.requests
                state.counters[namespace, default: Traffic(requests: 0)].bad += traffic.bad
            }
            return state.counters
        }
        var series: [SampleSeries] = []
        for (namespace, counts) in counters.sorted(by: { $0.key < $1.key })
        where question.namespaces.isEmpty || question.namespaces.contains(namespace) {
            for (code, value) in [("200", counts.requests - counts.bad), ("503", counts.bad)] {
                let labels = Labels([
                    "reporter": "source", "source_workload": "client",
                    "source_workload_namespace": namespace, "response_flags": "-",
                    "destination_service": "cart.\(namespace).svc.cluster.local",
                    "destination_workload": "cart", "response_code": code,
                ])
                series.append(
                    SampleSeries(
                        metric: "istio_requests_total", labels: labels, reporter: "client",
                        samples: [Sample(time: question.until, value: value)]))
            }
        }
        return Reading(
            series: series, reporters: [.init(name: "client", lastScrape: question.until)],
            completeUntil: question.until)
    }
}

/// Leads or not, as a test says; each time with a token of its own.
final class Seat: Leadership, Sendable {
    private let state = Lock<(leads: Bool, token: Int)>((true, 1))
    func set(_ leads: Bool) {
        state.withLock {
            if leads, !$0.leads { $0.token += 1 }
            $0.leads = leads
        }
    }
    func token() async -> Int? { state.withLock { $0.leads ? $0.token : nil } }
    func run() async {}
}

/// A watch over such a mesh, in virtual time.
struct NamespaceWorld: Sendable {
    let time: VirtualTime
    let mesh = NamespaceMesh()
    let journal: Journal
    let closing = Interruption()
    let watch: SignalWatch
    let lines = Lock<[String]>([])

    init(
        _ time: VirtualTime, leadership: any Leadership = SoleLeadership(),
        watching namespaces: [String] = []
    ) async throws {
        self.time = time
        journal = try await Journal(storage: SimulatedStorage(clock: time, seed: 1), clock: time)
        watch = SignalWatch(
            judge: Judge(), source: mesh, journal: journal, leadership: leadership, clock: time,
            interruption: closing,
            log: Log { [lines] _, line in lines.withLock { $0.append(line) } })
        if !namespaces.isEmpty { await configure(namespaces) }
    }

    static func policy(_ namespace: String, queries: [SignalQuery] = []) -> Policy {
        Policy(
            name: "p", namespace: namespace, mode: .observe,
            schedule: Schedule(cadence: .every(.seconds(60))), targets: PodTargets(), faults: [],
            sham: 0, blastRadius: BlastRadius(), signals: PolicySignals(queries: queries),
            judge: JudgeTimes(observe: .seconds(60)), gate: GateRules(), source: "", digest: "")
    }

    func configure(_ namespaces: [String]) async {
        await watch.configure(namespaces.map { Self.policy($0) }) { nil }
    }

    func pass(_ windows: Int) async throws {
        for _ in 0..<windows {
            try await time.sleep(for: .seconds(15))
            await watch.tick()
        }
    }

    var state: State { get async { await journal.state } }
}
