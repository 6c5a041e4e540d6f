// How a number of requests spreads over endpoints, fails, and is counted at both proxies.

import Core

extension TrafficModel {
    /// Calls deeper than this are cut off: a topology with a cycle ends here.
    private static var depthLimit: Int { 16 }

    /// Sends `number` requests along `call`; the statuses that the caller gets, by count.
    mutating func send(
        _ number: Int, from caller: Caller, _ call: MeshTopology.Call, depth: Int
    ) -> [Int: Int] {
        guard number > 0, depth < Self.depthLimit, let service = index[call.service] else {
            return [:]
        }
        let view = views[service].current
        guard !view.isEmpty else {
            count(
                number, from: caller, to: service, code: 503, flags: "UH", median: .microseconds(80)
            )
            return [503: number]
        }
        let living = view.filter { members[$0]?.pod.alive == true }
        var left = number
        let cut = reset(left, from: caller, to: service, view)
        left -= cut
        let refused = random.binomial(left, unreachable(living.count, of: view.count))
        left -= refused
        let flags = topology.retries > 0 ? "UF,URX" : "UF"
        count(
            refused, from: caller, to: service, code: 503, flags: flags,
            median: .milliseconds(topology.retries > 0 ? 40 : 1))
        var outcome: [Int: Int] = [:]
        if cut + refused > 0 { outcome[503] = cut + refused }
        for (place, uid) in living.enumerated() {
            let share = random.binomial(left, 1 / Double(living.count - place))
            left -= share
            for (status, count) in deliver(share, from: caller, call, to: uid, depth: depth) {
                outcome[status, default: 0] += count
            }
        }
        return outcome
    }

    /// The probability that every try hits a dead pod: tries go to pods not tried before.
    private func unreachable(_ living: Int, of believed: Int) -> Double {
        if living == 0 { return 1 }
        let dead = believed - living
        guard dead > topology.retries else { return 0 }
        return (0...topology.retries).reduce(1) { product, attempt in
            product * Double(dead - attempt) / Double(believed - attempt)
        }
    }

    /// Requests that were under way when their pod died: 503 UC.
    private mutating func reset(
        _ number: Int, from caller: Caller, to service: Int, _ view: [String]
    ) -> Int {
        var cut = 0
        for uid in view {
            guard let member = members[uid], !member.pod.alive, member.resets > 0 else { continue }
            let these = min(member.resets, number - cut)
            members[uid]?.resets -= these
            cut += these
        }
        count(
            cut, from: caller, to: service, code: 503, flags: "UC",
            median: topology.services[service].latency)
        return cut
    }

    /// `number` requests that reach the pod `uid`.
    private mutating func deliver(
        _ number: Int, from caller: Caller, _ call: MeshTopology.Call, to uid: String, depth: Int
    ) -> [Int: Int] {
        guard number > 0, let at = members[uid]?.service, let delay = members[uid]?.pod.delay
        else { return [:] }
        members[uid]?.arrivals += number
        var outcome: [Int: Int] = [:]
        if call.session, !holdsSession(caller, with: uid, of: call.service) {
            outcome = [500: number]
        } else {
            outcome = serve(number, by: uid, depth: depth)
        }
        let service = topology.services[at]
        for (status, count) in outcome.sorted(by: { $0.key < $1.key }) {
            let histogram = durations(count, median: service.latency + delay, service.spread)
            let sent = IstioRegistry.Key(
                isSource: true, service: at, peer: at, code: status, flags: "-")
            let received = IstioRegistry.Key(
                isSource: false, service: at, peer: identity(of: caller), code: status, flags: "-")
            for (duration, part) in histogram {
                tally(sent, part, duration, at: caller)
                tally(received, part, duration, at: .pod(uid))
            }
        }
        return outcome
    }

    /// What the application of the pod does with requests: fails some, and calls others.
    private mutating func serve(_ number: Int, by uid: String, depth: Int) -> [Int: Int] {
        // Only what is needed is read: a copy of the member would make its registry be copied.
        guard let at = members[uid]?.service, let ratio = members[uid]?.pod.errorRatio else {
            return [:]
        }
        let service = topology.services[at]
        let own = 1 - (1 - service.errorRatio) * (1 - ratio)
        let bad = random.binomial(number, own)
        var outcome: [Int: Int] = bad > 0 ? [500: bad] : [:]
        var good = number - bad
        for call in service.calls {
            let calls =
                call.perRequest >= 1
                ? good * Int(call.perRequest) : random.binomial(good, call.perRequest)
            let answers = send(calls, from: .pod(uid), call, depth: depth + 1)
            guard !call.optional else { continue }
            for (status, count) in answers.sorted(by: { $0.key < $1.key }) where status >= 500 {
                let failed = min(count, good)
                good -= failed
                outcome[service.passesStatus ? status : 500, default: 0] += failed
            }
        }
        if good > 0 { outcome[200] = good }
        return outcome
    }

    private func holdsSession(
        _ caller: Caller, with uid: String, of service: ServiceName
    ) -> Bool {
        guard case .pod(let owner) = caller else { return false }
        return members[owner]?.sessions[service] == uid
    }

    /// Pods that have not finished booting try to open their sessions.
    mutating func openSessions() {
        for uid in members.keys.sorted() {
            guard let member = members[uid], member.pod.alive else { continue }
            for call in topology.services[member.service].calls where call.session {
                guard member.sessions[call.service] == nil, let to = index[call.service] else {
                    continue
                }
                guard let other = views[to].current.first(where: { members[$0]?.pod.alive == true })
                else { continue }
                members[uid]?.sessions[call.service] = other
                let session = MeshTopology.Call(call.service)
                _ = deliver(1, from: .pod(uid), session, to: other, depth: Self.depthLimit)
            }
        }
    }

    /// Counts requests that no pod answered, at the caller's proxy only.
    private mutating func count(
        _ number: Int, from caller: Caller, to service: Int, code: Int, flags: String,
        median: Duration
    ) {
        guard number > 0 else { return }
        let key = IstioRegistry.Key(
            isSource: true, service: service, peer: nil, code: code, flags: flags)
        for (duration, part) in durations(number, median: median, 0.3) {
            tally(key, part, duration, at: caller)
        }
    }

    private mutating func tally(
        _ key: IstioRegistry.Key, _ number: Int, _ duration: Duration, at caller: Caller
    ) {
        let reporter = workload(identity(of: caller))
        let peer = key.peer.map { workload($0) }
        let service = topology.services[key.service].name
        func labels() -> IstioLabels {
            key.isSource
                ? .source(reporter, service: service, peer: peer, code: key.code, flags: key.flags)
                : .destination(
                    reporter, service: service, peer: peer, code: key.code, flags: key.flags)
        }
        let bytes = (request: 350, response: 420)
        switch caller {
        case .pod(let uid):
            members[uid]?.registry.count(
                key, number, duration: duration, bytes: bytes, labels: labels)
        case .gateway(let entry):
            gateways[entry].count(key, number, duration: duration, bytes: bytes, labels: labels)
        }
    }

    /// Services are numbered from 0, entries from -1 downwards.
    private func identity(of caller: Caller) -> Int {
        switch caller {
        case .gateway(let entry): -1 - entry
        case .pod(let uid): members[uid]?.service ?? 0
        }
    }

    private func workload(_ number: Int) -> MeshWorkload {
        number < 0 ? topology.entries[-1 - number].gateway : topology.services[number].workload
    }
}
