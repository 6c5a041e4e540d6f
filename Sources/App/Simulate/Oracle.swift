// What must hold at every instant of a simulated history, checked from the outside: on the
// journal's rows as they become durable, and on every write that reaches the API server.

import Core
import Engine
import Kubernetes
import LocalCluster
import Platform

/// Watches one simulated history. It sees the true cluster, not the daemon's view of it.
actor Oracle {
    private let policies: [Policy]
    private let cluster: LocalCluster
    private let clock: any WallClock
    private var codec = JournalCodec()
    private var checkedRows = 0
    private(set) var state = State()
    private(set) var violations: [String] = []
    private(set) var transcript: [String] = []
    private(set) var strikes = 0
    private var haltedAt: Timestamp?
    private var earned: [EarnedOracle]
    private var gate: GateOracle
    private(set) var alerts = AlertLedger()
    private var hasDiverged = false
    private var rollouts: RolloutOracle
    /// More than the longest way of a request in a simulated network.
    private static let flight = Duration.milliseconds(100)
    /// More than the time from the answer of a list to the arrival of the strike decided on it.
    private static let lookahead = Duration.seconds(2)
    private let replicas: [(name: String, count: Int)]
    /// Strikes that arrived, by workload, and the uptime then.
    private var struck: [WorkloadRef: [(round: Int, at: Timestamp, uptime: Duration)]] = [:]
    /// When somebody changed the pod template of a Deployment, in uptime.
    private var restarts: [String: Duration] = [:]
    /// Lists of pods of the last seconds, as they were answered.
    private var listings: [(at: Duration, pods: [JSON])] = []

    init(scenario: Scenario, cluster: LocalCluster, clock: any WallClock) {
        policies = scenario.policies
        replicas = scenario.replicas
        self.cluster = cluster
        self.clock = clock
        earned = policies.map { EarnedOracle(policy: $0) }
        gate = GateOracle(policies: policies)
        rollouts = RolloutOracle(namespace: Scenario.namespace)
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
                for index in earned.indices { earned[index].check(entry).forEach(violate) }
                gate.check(entry, before: state, uptime: clock.uptime).forEach(violate)
                rollouts.check(entry).forEach(violate)
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
        case .alert(let alert): alerts.check(alert).forEach(violate)
        case .halted: haltedAt = entry.at
        case .resumed: haltedAt = nil
        default: break
        }
    }

    private func checkState(_ entry: JournalEntry) {
        for policy in policies {
            let open = state.openRounds.filter { $0.planned.policy == policy.id }.count
            if open > policy.blastRadius.concurrentInjections {
                violate("\(open) rounds of \(policy.id) are open at once")
            }
            guard let limit = policy.blastRadius.budgetInjections else { continue }
            let period = policy.blastRadius.budgetPeriod - .nanoseconds(1)
            let used = state.injections(of: policy.id, within: period, now: entry.at)
            if used > limit { violate("\(used) injections of \(policy.id) within its period") }
        }
    }

    /// Called for every deletion or eviction of a pod, right before it takes effect.
    func strike(namespace: String, name: String, uid: String?, verb: String) async {
        strikes += 1
        note("\(verb) \(namespace)/\(name)")
        guard let announced = state.openInjections.first(where: { $0.target.name == name }),
            let policy = policies.first(where: { $0.id == announced.policy })
        else { return violate("struck \(name) without a journaled announcement") }
        if namespace != policy.namespace { violate("struck outside its namespace: \(namespace)") }
        // A request on its way cannot be called back: it is judged by when it can have been sent.
        let sent = clock.now - Self.flight
        if case .closed(let reason, _) = policy.schedule.isOpen(at: clock.now),
            case .closed = policy.schedule.isOpen(at: sent)
        {
            violate("struck while closed: \(reason)")
        }
        if let haltedAt, state.halted != nil, haltedAt < sent { violate("struck while halted") }
        if uid != announced.target.uid { violate("struck \(name) without its uid") }
        checkCooldown(announced, policy)
        let pods = await cluster.objects("v1", "pods", namespace: namespace)
        guard let pod = pods.first(where: { $0[path: ["metadata", "name"]]?.string == name }) else {
            return
        }
        if !StrikeLimits.isMarked(pod) { violate("struck \(name), which carries no mark") }
        let limits = StrikeLimits(policy: policy, replicas: replicas)
        if let reason = limits.identity(of: pod, now: clock.now) {
            violate("\(policy.id) struck \(name), but \(reason)")
        }
        let marked = pods.count { StrikeLimits.isMarked($0) }
        for oracle in earned {
            if let violation = oracle.strikes(announced.round, struck: marked) {
                violate(violation)
            }
        }
        await checkRollouts(policy, pods)
        checkLimits(limits, of: announced.target)
    }

    /// No other strike of the workload arrived within the cooldown: neither by the time that passed
    /// nor by what the clock showed, which somebody may have set.
    private func checkCooldown(_ announced: Injecting, _ policy: Policy) {
        guard let workload = announced.target.workload else { return }
        let last = struck[workload]?.last { $0.round != announced.round }
        struck[workload, default: []].append((announced.round, clock.now, clock.uptime))
        let cooldown = policy.blastRadius.cooldown - Self.flight
        guard let last, clock.now - last.at < cooldown else { return }
        let passed = clock.uptime - last.uptime
        guard passed < cooldown else { return }
        violate(
            "struck \(workload) \(passed.human) after round \(last.round), within "
                + "the cooldown of \(policy.blastRadius.cooldown.human)")
    }

    /// No pod of an older template was left in the namespace, unless the template is so new that
    /// the last look may have come before it.
    private func checkRollouts(_ policy: Policy, _ pods: [JSON]) async {
        guard policy.gate.holdWhile.contains(.rolloutInProgress) else { return }
        func version(_ template: JSON?) -> [String?] {
            [
                template?[
                    path: ["metadata", "annotations", "kubectl.kubernetes.io/restartedAt"]]?.string,
                template?[path: ["spec", "containers"]]?[0]?["image"]?.string,
            ]
        }
        let deployments = await cluster.objects(
            "apps/v1", "deployments", namespace: policy.namespace)
        for (name, at) in restarts.sorted(by: { $0.key < $1.key })
        where clock.uptime - at > Self.lookahead {
            let found = deployments.first { $0[path: ["metadata", "name"]]?.string == name }
            let wanted = version(found?[path: ["spec", "template"]])
            let old = pods.count {
                StrikeLimits.app($0) == name && !StrikeLimits.isTerminating($0)
                    && version($0) != wanted
            }
            if old > 0 { violate("struck while \(name) was rolling out, \(old) pods to go") }
        }
    }

    /// A list of pods was answered: what the daemon may have counted the limits on.
    func listed(_ pods: [JSON]) {
        listings.removeAll { $0.at < clock.uptime - Self.lookahead }
        listings.append((clock.uptime, pods))
    }

    /// The limits must have held in a list that the daemon got right before it struck. Others may
    /// delete pods in the moment after that, which nobody can know.
    private func checkLimits(_ limits: StrikeLimits, of target: Target) {
        let lately = listings.filter { $0.at >= clock.uptime - Self.lookahead }
        if lately.isEmpty { return violate("struck \(target.name) without a look at the pods") }
        let broken = lately.map { limits.broken(striking: target, $0.pods) }
        if broken.contains(nil) { return }
        violate("struck \(target.name): \(broken.compactMap { $0 }.last ?? "")")
    }

    /// Somebody changed the pod template of a workload.
    func restarted(_ workload: String) {
        restarts[workload] = clock.uptime
        for index in earned.indices { earned[index].restarted(workload, at: clock.now) }
    }

    /// Somebody set the wall clock.
    func jumped() { gate.jumped(at: clock.uptime) }

    /// Somebody gave a workload another image.
    func updated(_ workload: String) {
        restarted(workload)
        rollouts.updated(workload, at: clock.now)
    }

    /// The signals cannot be read from now on, or can again.
    func silenced(_ isSilent: Bool) { gate.silent(since: isSilent ? clock.uptime : nil) }

    /// The daemon's own view, when it has folded the same rows. `isLast`: it must have.
    func compare(live: State, isLast: Bool = false) {
        if hasDiverged || (!isLast && live.sequence != state.sequence) || live == state { return }
        hasDiverged = true
        let parts = zip(Mirror(reflecting: live).children, Mirror(reflecting: state).children)
        let names = parts.compactMap { left, right -> String? in
            guard let one = left.value as? AnyHashable, let other = right.value as? AnyHashable
            else { return left.label }
            return one == other ? nil : left.label
        }
        violate("the replayed journal is not the live state: \(names.joined(separator: ", "))")
    }

    /// At the end, once quiet: nothing is open and no mark is left.
    func finish(_ sink: AlertSink) async {
        if state.blind != nil { violate("blind, although the signals have long been there") }
        alerts.finish(state).forEach(violate)
        await sink.finish(alerts, now: clock.now).forEach(violate)
        for injecting in state.openInjections {
            violate("round \(injecting.round) left \(injecting.fault) on \(injecting.target)")
        }
        for round in state.openRounds { violate("round \(round.number) was never closed") }
        for oracle in earned { oracle.finish(at: clock.now).forEach(violate) }
        rollouts.finish(at: clock.now).forEach(violate)
        for pod in await cluster.objects("v1", "pods") {
            if StrikeLimits.isMarked(pod) {
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
