// A mesh of services that fail through each other: call trees with databases, retries, fallbacks
// and cycles, request by request. What it injects is known, so that a search can be scored.

import RealModule

/// A simulated application, drawn at random.
package struct CauseMesh: Sendable {
    /// What can be wrong with a service.
    package enum Fault: String, Sendable, CaseIterable {
        /// No endpoint for a share of the requests.
        case gone
        /// No answer for a share of the requests: the caller's proxy says so in the end.
        case network
        /// The same, but the caller gives up before its proxy does.
        case hang
        /// Errors for a share of the requests.
        case application

        /// What the search should say of it.
        var kind: RootCause.Kind {
            switch self {
            case .gone: .gone
            case .network, .hang: .network
            case .application: .application
            }
        }
    }

    /// One service's fault.
    package struct Injection: Sendable {
        package var service: Int
        package var fault: Fault
        /// Share of the requests that it hits, 0...1.
        package var share: Double

        package init(service: Int, fault: Fault, share: Double) {
            self.service = service
            self.fault = fault
            self.share = share
        }
    }

    private struct Call: Sendable {
        var to: Int
        /// Chance that a request makes this call.
        var probability: Double
        var retries: Int
        /// Whether the caller fails when the call does; else it answers without.
        var isNeeded: Bool
    }

    private struct Service: Sendable {
        var calls: [Call] = []
        /// A database that speaks TCP: only connections are counted.
        var isRaw = false
        /// Share of requests that fail without a fault.
        var usual = 0.0005
        /// Whether its calls are counted: it has a proxy.
        var isCounted = true
    }

    private struct Cell: Hashable {
        /// -1: the gateway.
        var caller: Int
        var service: Int
        var outcome: RawMesh.Outcome
    }

    private var services: [Service]
    private let entries: [Int]
    private let requests: Double
    private var mesh = RawMesh()
    /// Requests of each service in the last window.
    package private(set) var load: [Double]
    private var cells: [Cell: Double] = [:]

    /// Longest chain of calls, which ends recursion.
    private static let deepest = 12

    /// `size` services, the last fifth of them databases, half of which speak TCP; every tenth
    /// service calls one that (indirectly) calls it. `uncounted`: the share of services without a
    /// proxy, whose own calls nobody counts.
    package init(size: Int, uncounted: Double = 0, random: inout RandomStream) {
        var services = [Service](repeating: Service(), count: size)
        let databases = max(1, size / 5)
        let ordinary = size - databases
        let entries = max(1, ordinary / 8)
        for index in entries..<ordinary {
            let parent = random.below(index)
            services[parent].calls.append(Self.call(to: index, &random))
            if random.unit() < 0.3 {
                let other = random.below(index)
                if other != parent { services[other].calls.append(Self.call(to: index, &random)) }
            }
        }
        for index in ordinary..<size {
            services[index].isRaw = index % 2 == 0
            for _ in 0..<(1 + random.below(max(1, ordinary / 4))) {
                let user = random.below(ordinary)
                if services[user].calls.contains(where: { $0.to == index }) { continue }
                var call = Self.call(to: index, &random)
                call.isNeeded = true
                services[user].calls.append(call)
            }
        }
        for _ in 0..<(ordinary / 10) {
            let late = entries + random.below(max(1, ordinary - entries))
            let early = random.below(late + 1)
            if early == late { continue }
            services[late].calls.append(
                Call(to: early, probability: 0.1, retries: 0, isNeeded: true))
        }
        for index in 0..<size {
            services[index].usual = 0.0002 * .pow(20, random.unit())
            services[index].isCounted = random.unit() >= uncounted
        }
        self.services = services
        self.entries = Array(0..<entries)
        requests = 300 + 4 * Double(size)
        load = [Double](repeating: 0, count: size)
        mesh.add(reporter: "gateway")
        for index in 0..<size where services[index].isCounted && !services[index].calls.isEmpty {
            mesh.add(reporter: Self.name(index))
        }
    }

    private static func call(to index: Int, _ random: inout RandomStream) -> Call {
        Call(
            to: index, probability: 0.3 + 0.7 * random.unit(),
            retries: random.unit() < 0.3 ? 1 : 0, isNeeded: random.unit() < 0.85)
    }

    /// The name of a service in the mesh, by its number.
    package static func name(_ index: Int) -> String { index < 0 ? "gateway" : "s\(index)" }

    package var size: Int { services.count }
    package var now: Timestamp { mesh.now }

    /// A database that speaks TCP can only be gone.
    package func canHave(_ fault: Fault, _ service: Int) -> Bool {
        !services[service].isRaw || fault == .gone
    }

    /// Passes one window of traffic and gives its reading.
    package mutating func pass(
        _ injection: Injection?, random: inout RandomStream
    ) -> Reading {
        cells.removeAll(keepingCapacity: true)
        load = [Double](repeating: 0, count: services.count)
        for _ in 0..<Int(random.poisson(requests)) {
            let entry = entries[random.below(entries.count)]
            _ = request(entry, from: -1, depth: 0, injection, &random)
        }
        for (cell, amount) in cells.sorted(by: Self.precedes)
        where cell.caller < 0 || services[cell.caller].isCounted {
            let caller = Self.name(cell.caller)
            mesh.count(
                amount, cell.outcome, by: caller, from: caller, to: Self.name(cell.service))
        }
        return mesh.scrape(random: &random)
    }

    private static func precedes(
        _ left: (key: Cell, value: Double), _ right: (key: Cell, value: Double)
    ) -> Bool {
        (left.key.caller, left.key.service, left.key.outcome.rawValue)
            < (right.key.caller, right.key.service, right.key.outcome.rawValue)
    }

    /// One request; whether it was answered well.
    private mutating func request(
        _ service: Int, from caller: Int, depth: Int, _ injection: Injection?,
        _ random: inout RandomStream
    ) -> Bool {
        load[service] += 1
        var hit: Fault?
        if let injection, injection.service == service, random.unit() < injection.share {
            hit = injection.fault
        }
        if services[service].isRaw { return query(service, from: caller, hit, &random) }
        func note(_ outcome: RawMesh.Outcome) {
            cells[Cell(caller: caller, service: service, outcome: outcome), default: 0] += 1
        }
        switch hit {
        case .gone:
            note(.unreachable)
            return false
        case .network:
            note(.late)
            return false
        case .hang:
            note(.abandoned)
            return false
        case .application where random.unit() < 0.5:
            // Half of its errors come before it calls anybody.
            note(.error)
            return false
        case .application, nil: break
        }
        var isGood = hit == nil && random.unit() >= services[service].usual
        if depth < Self.deepest {
            for call in services[service].calls where random.unit() < call.probability {
                var answered = false
                for _ in 0...call.retries where !answered {
                    answered = request(
                        call.to, from: service, depth: depth + 1, injection, &random)
                }
                if !answered, call.isNeeded {
                    isGood = false
                    break
                }
            }
        }
        note(isGood ? .good : .error)
        return isGood
    }

    /// A query over a pool of connections: one in twenty opens a new one; one that fails tries to.
    private mutating func query(
        _ service: Int, from caller: Int, _ hit: Fault?, _ random: inout RandomStream
    ) -> Bool {
        func note(_ outcome: RawMesh.Outcome) {
            cells[Cell(caller: caller, service: service, outcome: outcome), default: 0] += 1
        }
        if hit != nil {
            if random.unit() < 0.3 { note(.failed) }
            return false
        }
        if random.unit() < 0.05 { note(.opened) }
        return true
    }
}
