// What must hold at every instant of a simulated history, checked from the outside: on the
// journal's rows as they become durable, and on every write that reaches the API server.

import Core
import Engine
import Kubernetes
import LocalCluster
import Platform

/// Watches one simulated history. It sees the true cluster, not the daemon's view of it.
actor Oracle {
    private let policy: Policy
    private let cluster: LocalCluster
    private let clock: any WallClock
    private var codec = JournalCodec()
    private var checkedRows = 0
    private(set) var state = State()
    private(set) var violations: [String] = []
    private(set) var transcript: [String] = []
    private(set) var strikes = 0
    private var haltedAt: Timestamp?
    private var earned: EarnedOracle
    private var rollouts: RolloutOracle
    /// More than the longest way of a request in a simulated network.
    private static let flight = Duration.milliseconds(100)
    /// More than the time from the answer of a list to the arrival of the strike decided on it.
    private static let lookahead = Duration.seconds(2)
    private let replicas: [(name: String, count: Int)]
    /// Lists of pods of the last seconds, as they were answered.
    private var listings: [(at: Timestamp, pods: [JSON])] = []

    init(scenario: Scenario, cluster: LocalCluster, clock: any WallClock) {
        policy = scenario.policy
        replicas = scenario.replicas
        self.cluster = cluster
        self.clock = clock
        earned = EarnedOracle(policy: policy)
        rollouts = RolloutOracle(namespace: policy.namespace)
    }

    func note(_ line: String) { transcript.append("\(clock.now.rfc3339) \(line)") }

    func violate(_ text: String) {
        let line = "VIOLATION \(text)"
        violations.append("\(clock.now.rfc3339) \(text)")
        note(line)
    }

    /// Folds rows that became durable since the last call, checking each step.
    func read(_ rows: [[UInt8]]) {
        while checkedRows < rows.count {
            let row = rows[checkedRows]
            checkedRows += 1
            do throws(Failure) {
                let entry = try codec.decode(row)
                check(entry)
                for violation in earned.check(entry) { violate(violation) }
                for violation in rollouts.check(entry) { violate(violation) }
                state.apply(entry.event, sequence: entry.sequence, at: entry.at)
                checkState(entry)
                note("journal " + String(decoding: row, as: UTF8.self))
            } catch {
                violate("the journal cannot be read back: \(error.message)")
            }
        }
    }

    private func check(_ entry: JournalEntry) {
        switch entry.event {
        case .injecting(let injecting):
            if state.round(injecting.round)?.planned.assignment != .strike {
                violate("round \(injecting.round) injects but was not planned as a strike")
            }
            if let other = state.openInjections.first(where: {
                $0.target.uid == injecting.target.uid
            }) {
                violate("rounds \(other.round) and \(injecting.round) hold one target")
            }
        case .planned(let planned):
            if state.round(planned.round) != nil {
                violate("round \(planned.round) was planned twice")
            }
        case .closed(let closed):
            if state.round(closed.round)?.isOpen != true {
                violate("round \(closed.round) was closed but was not open")
            }
        case .halted: haltedAt = entry.at
        case .resumed: haltedAt = nil
        default: break
        }
    }

    private func checkState(_ entry: JournalEntry) {
        let open = state.openRounds.filter { $0.planned.policy == policy.id }.count
        if open > policy.blastRadius.concurrentInjections {
            violate("\(open) rounds are open at once")
        }
        if let limit = policy.blastRadius.budgetInjections {
            let since = entry.at - policy.blastRadius.budgetPeriod + .nanoseconds(1)
            let used = state.injections(of: policy.id, since: since)
            if used > limit { violate("\(used) injections within the budget period") }
        }
    }

    /// Called for every deletion or eviction of a pod, right before it takes effect.
    func strike(namespace: String, name: String, uid: String?, verb: String) async {
        strikes += 1
        note("\(verb) \(namespace)/\(name)")
        if namespace != policy.namespace { violate("struck outside its namespace: \(namespace)") }
        // A request on its way cannot be called back: it is judged by when it can have been sent.
        let sent = clock.now - Self.flight
        if case .closed(let reason, _) = policy.schedule.isOpen(at: clock.now),
            case .closed = policy.schedule.isOpen(at: sent)
        {
            violate("struck while closed: \(reason)")
        }
        if let haltedAt, state.halted != nil, haltedAt < sent { violate("struck while halted") }
        guard let announced = state.openInjections.first(where: { $0.target.name == name }) else {
            return violate("struck \(name) without a journaled announcement")
        }
        if uid != announced.target.uid { violate("struck \(name) without its uid") }
        let pods = await cluster.objects("v1", "pods", namespace: namespace)
        guard let pod = pods.first(where: { $0[path: ["metadata", "name"]]?.string == name }) else {
            return
        }
        if pod[path: ["metadata", "annotations", InjectionMark.annotation]] == nil {
            violate("struck \(name), which carries no mark")
        }
        let marked = pods.filter {
            $0[path: ["metadata", "annotations", InjectionMark.annotation]] != nil
        }
        if let violation = earned.strikes(announced.round, struck: marked.count) {
            violate(violation)
        }
        await checkLimits(of: announced.target)
    }

    /// A list of pods was answered: what the daemon may have counted the limits on.
    func listed(_ pods: [JSON]) {
        listings.removeAll { $0.at < clock.now - Self.lookahead }
        listings.append((clock.now, pods))
    }

    /// The limits must have held in a list that the daemon got right before it struck. Others may
    /// delete pods in the moment after that, which nobody can know.
    private func checkLimits(of target: Target) async {
        let lately = listings.filter { $0.at >= clock.now - Self.lookahead }
        if lately.isEmpty { return violate("struck \(target.name) without a look at the pods") }
        let broken = lately.map { brokenLimit(striking: target, $0.pods) }
        if broken.contains(nil) { return }
        violate("struck \(target.name): \(broken.compactMap { $0 }.last ?? "")")
    }

    /// The limit that striking `target` breaks, counted on `pods`.
    private func brokenLimit(striking target: Target, _ pods: [JSON]) -> String? {
        let radius = policy.blastRadius
        guard let pod = pods.first(where: { $0[path: ["metadata", "uid"]]?.string == target.uid })
        else { return "it did not exist" }
        let app = pod[path: ["metadata", "labels", "app"]]?.string ?? ""
        func isUp(_ other: JSON) -> Bool {
            let isOwn = other[path: ["metadata", "uid"]]?.string == target.uid
            let mark = other[path: ["metadata", "annotations", InjectionMark.annotation]]
            return Self.isReady(other) && (isOwn || mark == nil)
        }
        var down = 0
        for (name, desired) in replicas {
            let up = pods.count {
                $0[path: ["metadata", "labels", "app"]]?.string == name && isUp($0)
            }
            down += max(0, desired - up)
            if name != app { continue }
            if isUp(pod), up - 1 < radius.minReady { return "\(up - 1) ready pods were left" }
            if max(0, desired - up) + 1 > radius.workloadMaxUnavailable.allowed(of: desired) {
                return "\(max(0, desired - up)) of \(desired) \(name) were broken already"
            }
        }
        let total = replicas.reduce(0) { $0 + $1.count }
        if down + 1 > radius.namespaceMaxUnavailable.allowed(of: total) {
            return "\(down) of \(total) pods of the namespace were broken already"
        }
        return nil
    }

    /// Somebody changed the pod template of a workload.
    func restarted(_ workload: String) { earned.restarted(workload, at: clock.now) }

    /// Somebody gave a workload another image.
    func updated(_ workload: String) {
        restarted(workload)
        rollouts.updated(workload, at: clock.now)
    }

    static func isReady(_ pod: JSON) -> Bool {
        let conditions = pod[path: ["status", "conditions"]]?.array ?? []
        return pod[path: ["metadata", "deletionTimestamp"]] == nil
            && conditions.contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
    }

    /// At the end, once quiet: nothing is open and no mark is left.
    func finish(live: State?) async {
        if let live, live != state { violate("the replayed journal is not the live state") }
        for injecting in state.openInjections {
            violate("round \(injecting.round) left \(injecting.fault) on \(injecting.target)")
        }
        for round in state.openRounds { violate("round \(round.number) was never closed") }
        for violation in earned.finish(at: clock.now) { violate(violation) }
        for violation in rollouts.finish(at: clock.now) { violate(violation) }
        for pod in await cluster.objects("v1", "pods") {
            if pod[path: ["metadata", "annotations", InjectionMark.annotation]] != nil {
                let name = pod[path: ["metadata", "name"]]?.string ?? "?"
                violate("pod \(name) still carries a mark")
            }
        }
    }
}

/// The API server as the daemon reaches it: every strike is shown to the oracle first.
struct WatchedAPI: Handler {
    let cluster: LocalCluster
    let oracle: Oracle
    let storage: @Sendable () -> [[UInt8]]

    func handle(_ request: Request) async -> Reply {
        if let url = URLParts(request.url) {
            let parts = url.segments
            let isPod = parts.count >= 6 && parts[2] == "namespaces" && parts[4] == "pods"
            let evicts = parts.count == 7 && parts[6] == "eviction" && request.method == "POST"
            if isPod, evicts || (parts.count == 6 && request.method == "DELETE") {
                await oracle.read(storage())
                let body = try? JSON(parsing: request.body)
                let options = evicts ? body?["deleteOptions"] : body
                await oracle.strike(
                    namespace: parts[3], name: parts[5],
                    uid: options?[path: ["preconditions", "uid"]]?.string,
                    verb: evicts ? "evict" : "delete")
            }
        }
        if let url = URLParts(request.url), request.method == "GET",
            url.segments.last == "pods", !request.url.contains("watch=")
        {
            await oracle.listed(await cluster.objects("v1", "pods"))
        }
        let reply = await cluster.handle(request)
        if request.method != "GET", case .response(let response) = reply {
            await oracle.note("\(request.method) \(request.url): \(response.status)")
        }
        return reply
    }
}
