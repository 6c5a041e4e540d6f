// Where failures come from: follows failing edges from an alarmed service to the callees that
// explain them, and ranks what is left. It reads counts only and knows nothing of injected faults.

import RealModule

/// Root-cause localisation on the service graph (detection design section 7).
package struct RootCause: Sendable {
    /// What kind of failure the flags, the callees and the callers speak of (step 3).
    package enum Kind: String, Codable, Sendable, Hashable {
        /// No endpoint or no connection: the pods are gone, or hang up.
        case gone
        /// No answer in time, though the answers that come are as fast as ever; or one way only.
        case network
        /// The service itself answers with errors, or slowly.
        case application
        /// The failures are on the side of one caller.
        case caller
    }

    /// One place where the failures may come from.
    package struct Candidate: Sendable, Hashable {
        package var service: ServiceRef
        /// The edge on which it shows.
        package var edge: ServiceEdge
        package var kind: Kind
        /// Share of the alarmed service's failures that it explains, 0...1.
        package var score: Double
        /// Response flags at the edge, most frequent first.
        package var flags: [String]
    }

    /// What was found.
    package struct Finding: Sendable, Hashable {
        /// The edge where failures show with nothing failing behind it: that of the first
        /// candidate.
        package var edge: ServiceEdge
        /// Response flags at that edge, most frequent first.
        package var flags: [String]
        /// The services passed on the way, the alarmed one first: all but the last are symptoms.
        package var path: [ServiceRef]
        /// All candidates, the likeliest first; the scores add up to one.
        package var candidates: [Candidate]
    }

    /// A failing service and how its failures divide.
    private struct Node {
        /// Share that no callee explains.
        var own: Double
        /// Callees in order, with the shares that they explain.
        var next: [(edge: ServiceEdge, share: Double)]
        var failures: FailureGraph.Failures
    }

    private let graph: FailureGraph
    /// Probability of following an edge rather than starting anew (MicroRCA, NOMS 2020; Page and
    /// Brin 1998).
    private static let damping = 0.85
    /// Services followed at most; the rest explains next to nothing.
    private static let reach = 500
    /// How much of a service's own failures a caller that alone sees them answers for.
    private static let lone = 0.6
    /// Candidates kept.
    package static let kept = 10

    /// `windows`: recent windows of all services; those from `onset` on count as "since".
    /// `workloads`: the workloads that answer for a service, by name; without an entry a workload
    /// of the service's own name is assumed. `upper`: the baseline bounds.
    package init(
        windows: some Sequence<RequestWindow>, onset: Int64,
        workloads: [ServiceRef: Set<String>], upper: [ServiceRef: Double]
    ) {
        graph = FailureGraph(windows: windows, onset: onset, workloads: workloads, upper: upper)
    }

    /// Follows the failures from `service`; nil when no failing edge leads to it.
    package func locate(from service: ServiceRef) -> Finding? {
        guard graph.excess(into: service) > 0 else { return nil }
        let (order, nodes) = failing(from: service)
        let scores = absorbed(order, nodes) ?? visited(order, nodes)
        let paths = paths(from: service, nodes)
        let candidates = candidates(order, nodes, scores, paths)
        guard let first = candidates.first else { return nil }
        return Finding(
            edge: first.edge, flags: first.flags,
            path: paths[first.service] ?? [service],
            candidates: Array(candidates.prefix(Self.kept)))
    }

    /// The failing services that can be reached over explaining edges, nearest first.
    private func failing(
        from service: ServiceRef
    ) -> (order: [ServiceRef], nodes: [ServiceRef: Node]) {
        var order = [service]
        var nodes: [ServiceRef: Node] = [:]
        var seen: Set<ServiceRef> = [service]
        var at = 0
        while at < order.count {
            let name = order[at]
            at += 1
            let failures = graph.failures(of: name)
            let sum = failures.sum
            let explained = sum > 0 ? graph.explanation(of: name) : []
            let next = explained.map { (edge: $0.edge, share: $0.failures / sum) }
            let own = max(0, 1 - next.reduce(0) { $0 + $1.share })
            nodes[name] = Node(own: own, next: next, failures: failures)
            for (edge, _) in next.sorted(by: { ($1.share, $0.edge) < ($0.share, $1.edge) })
            where order.count < Self.reach && seen.insert(edge.destination).inserted {
                order.append(edge.destination)
            }
        }
        return (order, nodes)
    }

    // MARK: Scores

    /// Steps 2 and 2b: the failures of the first service flow to whatever explains them, and stay
    /// where nothing does. Nil when they would go round in a circle.
    private func absorbed(
        _ order: [ServiceRef], _ nodes: [ServiceRef: Node]
    ) -> [ServiceRef: Double]? {
        var incoming: [ServiceRef: Int] = [:]
        for name in order {
            for (edge, _) in nodes[name]?.next ?? [] where nodes[edge.destination] != nil {
                incoming[edge.destination, default: 0] += 1
            }
        }
        guard let start = order.first, incoming[start, default: 0] == 0 else { return nil }
        var mass = [start: 1.0]
        var scores: [ServiceRef: Double] = [:]
        var free = [start]
        var passed = 0
        while let name = free.popLast() {
            passed += 1
            guard let node = nodes[name] else { continue }
            let here = mass[name] ?? 0
            var left = here
            for (edge, share) in node.next where nodes[edge.destination] != nil {
                mass[edge.destination, default: 0] += here * share
                left -= here * share
                incoming[edge.destination, default: 0] -= 1
                if incoming[edge.destination] == 0 { free.append(edge.destination) }
            }
            scores[name] = max(0, left)
        }
        return passed == order.count ? scores : nil
    }

    /// Step 4: personalised PageRank over the failing edges, from caller to callee; it starts anew
    /// where failures are unexplained, or, if all are explained in a circle, where most are.
    private func visited(
        _ order: [ServiceRef], _ nodes: [ServiceRef: Node]
    ) -> [ServiceRef: Double] {
        var restart: [ServiceRef: Double] = [:]
        for name in order { restart[name] = (nodes[name]?.own ?? 0) * failures(nodes[name]) }
        if restart.values.reduce(0, +) <= 0 {
            for name in order { restart[name] = failures(nodes[name]) }
        }
        let total = order.reduce(0) { $0 + (restart[$1] ?? 0) }
        for name in order { restart[name] = (restart[name] ?? 0) / max(total, 1e-300) }
        var scores = restart
        for _ in 0..<60 {
            var next: [ServiceRef: Double] = [:]
            for name in order {
                guard let node = nodes[name] else { continue }
                let here = Self.damping * (scores[name] ?? 0)
                next[name, default: 0] += here * node.own
                for (edge, share) in node.next {
                    let to = nodes[edge.destination] == nil ? name : edge.destination
                    next[to, default: 0] += here * share
                }
            }
            for name in order {
                next[name, default: 0] += (1 - Self.damping) * (restart[name] ?? 0)
            }
            scores = next
        }
        return scores
    }

    private func failures(_ node: Node?) -> Double { node?.failures.sum ?? 0 }

    /// The shortest way to each service, over the strongest edges first.
    private func paths(
        from service: ServiceRef, _ nodes: [ServiceRef: Node]
    ) -> [ServiceRef: [ServiceRef]] {
        var paths = [service: [service]]
        var queue = [service]
        var at = 0
        while at < queue.count {
            let name = queue[at]
            at += 1
            let next = nodes[name]?.next ?? []
            for (edge, _) in next.sorted(by: { ($1.share, $0.edge) < ($0.share, $1.edge) })
            where paths[edge.destination] == nil {
                paths[edge.destination] = (paths[name] ?? []) + [edge.destination]
                queue.append(edge.destination)
            }
        }
        return paths
    }

    // MARK: Candidates

    private func candidates(
        _ order: [ServiceRef], _ nodes: [ServiceRef: Node], _ scores: [ServiceRef: Double],
        _ paths: [ServiceRef: [ServiceRef]]
    ) -> [Candidate] {
        var found: [(candidate: Candidate, onset: Int64, depth: Int)] = []
        for name in order {
            guard let node = nodes[name], let score = scores[name], score > 1e-6,
                let edge = edge(into: name, on: paths[name] ?? [], nodes)
            else { continue }
            let onset = graph.onset(of: name)
            let depth = paths[name]?.count ?? 0
            for candidate in split(name, node, score, edge, isFirst: depth == 1) {
                found.append((candidate, onset, depth))
            }
        }
        // Scores within a hundredth are the same; then the earlier one, then the deeper one.
        return found.sorted { left, right in
            let scores = ((left.candidate.score * 100).rounded(), left.onset)
            let others = ((right.candidate.score * 100).rounded(), right.onset)
            if scores.0 != others.0 { return scores.0 > others.0 }
            if scores.1 != others.1 { return scores.1 < others.1 }
            if left.depth != right.depth { return left.depth > right.depth }
            return left.candidate.service < right.candidate.service
        }
        .map(\.candidate)
    }

    /// The edge on which a service's failures show: the one on the way to it, or, for the first,
    /// the worst.
    private func edge(
        into service: ServiceRef, on path: [ServiceRef], _ nodes: [ServiceRef: Node]
    ) -> ServiceEdge? {
        if path.count > 1, let before = nodes[path[path.count - 2]] {
            let ways = before.next.filter { $0.edge.destination == service }
            return ways.max { ($0.share, $1.edge) < ($1.share, $0.edge) }?.edge
        }
        let failing = graph.callers(of: service).filter { graph.excess($0) > 0 }
        return failing.max { (graph.excess($0), $1) < (graph.excess($1), $0) }
    }

    /// Step 3: what the flags say of a service, and whether one caller is meant.
    private func split(
        _ service: ServiceRef, _ node: Node, _ score: Double, _ edge: ServiceEdge, isFirst: Bool
    ) -> [Candidate] {
        let failures = node.failures
        var own = Candidate(
            service: service, edge: edge, kind: kind(service, failures, edge), score: score,
            flags: graph.flags(edge))
        var caller: (edge: ServiceEdge, share: Double)?
        if let lone = graph.loneCaller(of: service) {
            caller = (lone, Self.lone)
        } else if isFirst, failures.abandoned > 0.5 * failures.sum {
            // Nobody fails because of it: whoever hung up is the reason.
            caller = (edge, failures.abandoned / failures.sum)
        }
        guard let caller else { return [own] }
        own.score = score * (1 - caller.share)
        let other = Candidate(
            service: graph.caller(of: caller.edge), edge: caller.edge, kind: .caller,
            score: score * caller.share, flags: graph.flags(caller.edge))
        return [own, other]
    }

    private func kind(
        _ service: ServiceRef, _ failures: FailureGraph.Failures, _ edge: ServiceEdge
    ) -> Kind {
        // Nothing was counted here: it is its silence that explains.
        if failures.sum <= 0 { return .gone }
        let late = failures.late + failures.abandoned
        if failures.gone >= max(late, failures.answered) { return .gone }
        if late >= failures.answered, !graph.isSlower(service) { return .network }
        return .application
    }
}
