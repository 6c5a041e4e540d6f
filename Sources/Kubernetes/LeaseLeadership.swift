// Leadership by a coordination.k8s.io Lease, with optimistic locking. Clocks of different machines
// are never compared: a lease counts as held while its record changes within its duration, by the
// observer's own monotonic clock, and the leader stops before that, by its own.

package import Core
package import Engine
import Platform

/// How leadership is kept.
package struct LeaseSettings: Sendable {
    package var namespace: String
    package var name: String
    /// Unique for each process, e.g. a pod's name and a random number.
    package var identity: String
    /// The part of the identity that stays when the process starts anew, with the journal that it
    /// had.
    package var instance: String
    /// Others wait this long after the last change they saw.
    package var duration = Duration.seconds(15)
    /// A leader that could not renew for this long stops being one. Shorter than `duration`.
    package var renewDeadline = Duration.seconds(10)
    package var retryPeriod = Duration.seconds(2)

    package init(
        namespace: String, name: String = "hazard", identity: String, instance: String? = nil
    ) {
        self.namespace = namespace
        self.name = name
        self.identity = identity
        self.instance = instance ?? identity
    }

    /// Whether `holder` is this instance, in this life or an earlier one.
    func isOwn(_ holder: String) -> Bool {
        holder == identity || holder.hasPrefix(instance + "_")
    }
}

/// One contender for a lease.
package actor LeaseLeadership: Leadership {
    /// A lease as last read or written.
    private struct Record {
        var object: JSON
        var version: String { object[path: ["metadata", "resourceVersion"]]?.string ?? "" }
        var holder: String { object[path: ["spec", "holderIdentity"]]?.string ?? "" }
        var transitions: Int { object[path: ["spec", "leaseTransitions"]]?.integer ?? 0 }
        var acquired: String { object[path: ["spec", "acquireTime"]]?.string ?? "" }
        var seconds: Int { object[path: ["spec", "leaseDurationSeconds"]]?.integer ?? 0 }
    }

    private nonisolated let client: APIClient
    private nonisolated let settings: LeaseSettings
    private nonisolated let seed: UInt64
    private var record: Record?
    /// When `record` was first seen to be as it is, on the uptime clock.
    private var observed = Duration.zero
    /// Set while this contender leads: its token, and when the last successful write was begun.
    private var held: (token: Int, confirmed: Duration)?
    /// The term that this contender last tried to begin: what it recognises as its own even when
    /// the answer was lost, and another process of the same name does not.
    private var term: (transitions: Int, acquired: String)?
    /// The last other instance that was seen to lead before the current term.
    private var other: String?
    /// From whom a term of this contender took over, and when on the uptime clock.
    private var predecessor: (holder: String, at: Duration)?
    /// The most transitions ever seen: a lease that was deleted must not make tokens smaller.
    private var highest = -1
    private var stopped = false
    /// Why the last attempt failed; nil when it did not.
    private var lastFailure: Failure?

    /// `seed` draws the jitter of retries.
    package init(client: APIClient, settings: LeaseSettings, seed: UInt64) {
        self.client = client
        self.settings = settings
        self.seed = seed
    }

    package func token() async -> Int? {
        guard let held, client.clock.uptime - held.confirmed < settings.renewDeadline else {
            return nil
        }
        return held.token
    }

    package func obstacle() async -> LeadershipObstacle? {
        if await token() != nil { return nil }
        if let lastFailure {
            return LeadershipObstacle(
                "the Lease \(settings.namespace)/\(settings.name) cannot be used: "
                    + lastFailure.message + "; check leaderElection in the configuration, and that "
                    + "the Role grants get, create and update of leases in that namespace",
                isFailure: true)
        }
        guard let leader, leader != settings.identity else { return nil }
        return LeadershipObstacle("\(leader) leads", isFailure: false)
    }

    package func takeover() async -> Takeover? {
        guard await token() != nil, let predecessor else { return nil }
        return Takeover(from: predecessor.holder, ago: client.clock.uptime - predecessor.at)
    }

    /// The identity of the leader as last seen; nil when there is none.
    package var leader: String? {
        record.flatMap { $0.holder.isEmpty ? nil : $0.holder }
    }

    package nonisolated func run() async {
        var random = RandomStream(seed: RandomStream.fork(seed, settings.identity))
        while !Task.isCancelled {
            await attempt()
            // Up to 20 % longer, so that contenders do not knock in step.
            let pause = settings.retryPeriod * (1 + random.unit() / 5)
            do throws(Failure) { try await client.clock.sleep(for: pause) } catch { return }
        }
    }

    /// Gives the lease back, so that the next leader need not wait. Call it after `run` ended.
    package func release() async {
        stopped = true
        guard held != nil, let record else { return }
        held = nil
        var object = record.object
        object[path: ["spec", "holderIdentity"]] = ""
        object[path: ["spec", "leaseDurationSeconds"]] = 1
        object[path: ["spec", "renewTime"]] = .string(client.clock.now.rfc3339Micro)
        do throws(Failure) { _ = try await client.json(update(object)) } catch {
            lastFailure = error
        }
    }

    /// One try to get or keep the lease.
    package func attempt() async {
        if stopped { return }
        do throws(Failure) {
            // A leader writes at once, over what it wrote last; only a conflict makes it look.
            if held != nil, let record {
                do throws(Failure) {
                    try await take(record)
                    return
                } catch {
                    if error.status != 409 && error.status != 404 { throw error }
                }
            }
            guard let current = try await read() else {
                held = nil
                try await create()
                return
            }
            if !isMine(current) {
                held = nil
                guard isFree(current) else {
                    lastFailure = nil
                    return
                }
            }
            try await take(current)
            lastFailure = nil
        } catch {
            // 409: somebody else was faster. What was held is then not ours any more.
            if error.status == 409 { held = nil }
            lastFailure = error.status == 409 ? nil : error
            let now = client.clock.uptime
            if let held, now - held.confirmed >= settings.renewDeadline { self.held = nil }
        }
    }
}

extension LeaseLeadership {
    private func call(_ verb: APICall.Verb, name: String?) -> APICall {
        var call = APICall(verb, .leases, namespace: settings.namespace, name: name)
        // Slower than that is as good as no answer.
        call.deadline = min(.seconds(5), settings.renewDeadline / 2)
        return call
    }

    private func update(_ object: JSON) -> APICall {
        var call = call(.update, name: settings.name)
        call.body = object
        return call
    }

    /// Reads the lease and notes when it changed.
    private func read() async throws(Failure) -> Record? {
        do {
            let found = Record(object: try await client.json(call(.get, name: settings.name)))
            if found.version != record?.version || record == nil {
                record = found
                highest = max(highest, found.transitions)
                observed = client.clock.uptime
            }
            if !found.holder.isEmpty, !settings.isOwn(found.holder) { other = found.holder }
            return found
        } catch {
            guard error.status == 404 else { throw error }
            record = nil
            return nil
        }
    }

    /// Whether nobody holds it: released, or unchanged for its whole duration as seen from here.
    private func isFree(_ record: Record) -> Bool {
        if record.holder.isEmpty { return true }
        let wait = max(settings.duration, .seconds(record.seconds))
        return client.clock.uptime - observed > wait
    }

    /// Whether this very process wrote itself into it, and nobody else since.
    private func isMine(_ record: Record) -> Bool {
        guard let term, record.holder == settings.identity else { return false }
        return record.transitions == term.transitions && record.acquired == term.acquired
    }

    private func spec(_ object: JSON, transitions: Int, renewing: Bool) -> JSON {
        let now = JSON.string(client.clock.now.rfc3339Micro)
        var object = object
        object[path: ["spec", "holderIdentity"]] = .string(settings.identity)
        object[path: ["spec", "leaseDurationSeconds"]] = .integer(
            Int64(max(1, settings.duration.inSeconds.rounded(.up))))
        if !renewing { object[path: ["spec", "acquireTime"]] = now }
        object[path: ["spec", "renewTime"]] = now
        object[path: ["spec", "leaseTransitions"]] = .integer(Int64(transitions))
        return object
    }

    private func create() async throws(Failure) {
        var call = call(.create, name: nil)
        let lease: JSON = [
            "apiVersion": .string(Resource.leases.apiVersion), "kind": "Lease",
            "metadata": [
                "name": .string(settings.name), "namespace": .string(settings.namespace),
            ],
        ]
        call.body = spec(lease, transitions: highest + 1, renewing: false)
        try await begin(call, transitions: highest + 1)
    }

    /// Writes a new term.
    private func begin(_ call: APICall, transitions: Int) async throws(Failure) {
        term = (transitions, Record(object: call.body ?? .null).acquired)
        // Also of a Lease that was given back, whose holder is empty.
        if let other { predecessor = (other, client.clock.uptime) }
        try await write(call, transitions: transitions)
    }

    /// Writes this contender into the lease, over exactly the version `current`.
    private func take(_ current: Record) async throws(Failure) {
        if isMine(current) {
            let transitions = current.transitions
            let object = spec(current.object, transitions: transitions, renewing: true)
            try await write(update(object), transitions: transitions)
        } else {
            let transitions = max(current.transitions, highest) + 1
            let object = spec(current.object, transitions: transitions, renewing: false)
            try await begin(update(object), transitions: transitions)
        }
    }

    private func write(_ call: APICall, transitions: Int) async throws(Failure) {
        let began = client.clock.uptime
        let written = Record(object: try await client.json(call))
        guard !stopped else { return }
        record = written
        highest = max(highest, transitions)
        observed = client.clock.uptime
        held = (transitions + 1, began)
        lastFailure = nil
    }
}
