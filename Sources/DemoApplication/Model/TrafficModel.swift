// The traffic of a mesh in aggregate: advances the proxies' counters by drawn numbers, with the
// label behaviour of the real proxies but without a request ever being made. A function of the
// topology, the seed, and the pods it is told of.

package import Core

/// Counters of every proxy of a mesh, moved on in time.
package struct TrafficModel: Sendable {
    /// Who sends: a pod, or the gateway of an entry.
    enum Caller: Hashable, Sendable {
        case pod(String)
        case gateway(Int)
    }

    /// One pod, with what it has done so far.
    struct Member: Sendable {
        var pod: ModelPod
        let service: Int
        var registry = IstioRegistry()
        /// The pod of each service with which it has a session, opened at boot.
        var sessions: [ServiceName: String] = [:]
        /// Requests in the last slice, and how many of those under way were cut off by its death.
        var arrivals = 0
        var resets = 0
    }

    /// A service's ready pods as the proxies believe, and what they will believe.
    struct View: Sendable {
        var current: [String] = []
        var pending: [(at: Timestamp, pods: [String])] = []
    }

    package let topology: MeshTopology
    let index: [ServiceName: Int]
    private(set) var time: Timestamp
    var random: RandomStream
    var members: [String: Member] = [:]
    var views: [View]
    var gateways: [IstioRegistry]
    /// Answers that users got, by status.
    package private(set) var answers: [Int: Int] = [:]

    /// Starts without pods at `start`. Of two services with one name the first counts.
    package init(topology: MeshTopology, seed: UInt64, start: Timestamp) {
        self.topology = topology
        time = start
        random = RandomStream(seed: RandomStream.fork(seed, "traffic"))
        index = Dictionary(
            topology.services.enumerated().map { ($0.element.name, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        views = Array(repeating: View(), count: topology.services.count)
        gateways = Array(repeating: IstioRegistry(), count: topology.entries.count)
    }

    /// Moves on to `now`, then takes `pods` as the state from there on. Pods of services that the
    /// topology does not name are ignored; a pod that is missing is dead.
    package mutating func update(_ pods: [ModelPod], at now: Timestamp) {
        advance(to: now)
        let alive = pods.filter { $0.alive && index[$0.service] != nil }
        let uids = Set(alive.map(\.uid))
        for uid in members.keys.sorted() where !uids.contains(uid) { bury(uid) }
        for pod in alive.sorted(by: { $0.uid < $1.uid }) {
            guard let service = index[pod.service] else { continue }
            if members[pod.uid]?.pod.alive == true {
                members[pod.uid]?.pod = pod
            } else {
                members[pod.uid] = Member(pod: pod, service: service)
            }
        }
        for service in topology.services.indices {
            let name = topology.services[service].name
            let ready = pods.filter { $0.ready && $0.service == name }.map(\.uid).sorted()
            believe(ready, of: service, from: time)
        }
        openSessions()
    }

    /// Counts the traffic from the last instant to `now`; earlier instants change nothing.
    package mutating func advance(to now: Timestamp) {
        while time < now {
            var end = min(now, time + .seconds(15))
            for view in views {
                if let next = view.pending.first?.at, next > time { end = min(end, next) }
            }
            openSessions()
            flow(for: end - time)
            time = end
            settle()
        }
    }

    /// What the pod's proxy would answer to a scrape; nil when the pod is not alive or not known.
    package func exposition(of uid: String) -> String? {
        guard let member = members[uid], member.pod.alive else { return nil }
        return member.registry.exposition
    }

    /// What the proxy of an entry's gateway would answer; nil when there is no such entry.
    package func exposition(ofEntry entry: Int) -> String? {
        gateways.indices.contains(entry) ? gateways[entry].exposition : nil
    }

    /// The registry of a living pod, for tests and for faster readers than text.
    package func registry(of uid: String) -> IstioRegistry? {
        guard let member = members[uid], member.pod.alive else { return nil }
        return member.registry
    }

    package func registry(ofEntry entry: Int) -> IstioRegistry? {
        gateways.indices.contains(entry) ? gateways[entry] : nil
    }

    /// Whether the pod has opened every session that it needs: its readiness probe fails before.
    package func isBooted(_ uid: String) -> Bool {
        guard let member = members[uid], member.pod.alive else { return false }
        return topology.services[member.service].calls.allSatisfy {
            !$0.session || member.sessions[$0.service] != nil
        }
    }

    private mutating func bury(_ uid: String) {
        guard var member = members[uid], member.pod.alive else { return }
        let latency = topology.services[member.service].latency + member.pod.delay
        member.pod.alive = false
        member.registry = IstioRegistry()
        member.resets = random.poisson(mean: Double(member.arrivals) * latency.inSeconds)
        members[uid] = member
    }

    private mutating func believe(_ pods: [String], of service: Int, from now: Timestamp) {
        let last = views[service].pending.last?.pods ?? views[service].current
        guard last != pods else { return }
        if views[service].current.isEmpty && views[service].pending.isEmpty {
            views[service].current = pods
        } else {
            views[service].pending.append((now + topology.lag, pods))
        }
        settle()
    }

    private mutating func settle() {
        var believed: Set<String> = []
        for service in views.indices {
            while let next = views[service].pending.first, next.at <= time {
                views[service].current = next.pods
                views[service].pending.removeFirst()
            }
            believed.formUnion(views[service].current)
            for next in views[service].pending { believed.formUnion(next.pods) }
        }
        members = members.filter { $0.value.pod.alive || believed.contains($0.key) }
    }

    private mutating func flow(for duration: Duration) {
        for uid in members.keys.sorted() { members[uid]?.arrivals = 0 }
        for (entry, users) in topology.entries.enumerated() {
            let number = random.poisson(mean: users.rate * duration.inSeconds)
            guard number > 0, let service = index[users.service] else { continue }
            let call = MeshTopology.Call(topology.services[service].name)
            let outcome = send(number, from: .gateway(entry), call, depth: 0)
            for (status, count) in outcome { answers[status, default: 0] += count }
        }
        // `arrivals` is a rate a second from here on.
        let seconds = duration.inSeconds
        for uid in members.keys.sorted() {
            let arrivals = Double(members[uid]?.arrivals ?? 0)
            members[uid]?.arrivals = seconds > 0 ? Int((arrivals / seconds).rounded()) : 0
            members[uid]?.resets = 0
        }
    }
}
