// Where failures come from: follows failing edges from an alarmed service to the callee that has no
// failing callee of its own. It reads counts only and knows nothing of injected faults.

import RealModule

/// Root-cause localisation on the service graph (detection design section 7, steps 2, 2b and 3).
package struct RootCause: Sendable {
    /// What was found.
    package struct Finding: Sendable, Hashable {
        /// The edge where failures show with nothing failing behind it.
        package var edge: ServiceEdge
        /// Response flags at that edge, most frequent first.
        package var flags: [String]
        /// The services passed on the way, the alarmed one first: all but the last are symptoms.
        package var path: [ServiceRef]
    }

    /// One edge before and since the onset.
    private struct Totals {
        var before: RequestWindow.EdgeCounts
        var since: RequestWindow.EdgeCounts
        /// Whether anything passed in a window after the one of the onset.
        var alive = false
    }

    private var edges: [ServiceEdge: Totals] = [:]
    /// Whether there are windows after the one of the onset.
    private var later = false
    private var workloads: [ServiceRef: Set<String>]
    private var upper: [ServiceRef: Double]
    /// Share of a caller's excess failures that a callee must explain for it to be a symptom.
    private static let explained = 0.5

    /// `windows`: recent windows of all services; those from `onset` on count as "since".
    /// `workloads`: the workloads that answer for a service, by name; without an entry a workload
    /// of the service's own name is assumed. `upper`: the baseline bounds.
    package init(
        windows: some Sequence<RequestWindow>, onset: Int64,
        workloads: [ServiceRef: Set<String>], upper: [ServiceRef: Double]
    ) {
        self.workloads = workloads
        self.upper = upper
        for window in windows where window.blind == nil {
            for counts in window.edges {
                var totals =
                    edges[counts.edge]
                    ?? Totals(before: .init(edge: counts.edge), since: .init(edge: counts.edge))
                if window.index > onset {
                    later = true
                    if counts.isActive { totals.alive = true }
                }
                if window.index >= onset {
                    totals.since.add(counts)
                } else {
                    totals.before.add(counts)
                }
                edges[counts.edge] = totals
            }
        }
    }

    /// Follows the failures from `service`; nil when no failing edge leads to it.
    package func locate(from service: ServiceRef) -> Finding? {
        var current = service
        var path = [service]
        guard var edge = worstEdge(into: service) else { return nil }
        while let next = guilty(calleeOf: current, excluding: path) {
            edge = next
            current = next.destination
            path.append(current)
        }
        return Finding(edge: edge, flags: flags(into: edge), path: path)
    }

    private func worstEdge(into service: ServiceRef) -> ServiceEdge? {
        edges.filter { $0.key.destination == service && excess($0.value) > 0 }
            .max { (excess($0.value), $1.key) < (excess($1.value), $0.key) }?.key
    }

    /// Failures beyond the baseline over an edge since the onset: responses if there are any, else
    /// connections.
    private func excess(_ totals: Totals) -> Double {
        let since = totals.since
        let p0 = upper[since.edge.destination] ?? 0.01
        if since.total > 0 { return max(0, since.bad - since.total * min(p0, 0.5)) }
        return since.failedConnections
    }

    /// The callee whose failures, or silence, explain those of `service`.
    private func guilty(calleeOf service: ServiceRef, excluding path: [ServiceRef]) -> ServiceEdge?
    {
        let sources = workloads[service] ?? [service.name]
        var own = 0.0
        for (edge, totals) in edges where edge.destination == service { own += excess(totals) }
        guard own > 0 else { return nil }
        var best: (edge: ServiceEdge, score: Double)?
        for (edge, totals) in edges.sorted(by: { $0.key < $1.key })
        where sources.contains(edge.source)
            && (edge.sourceNamespace == service.namespace || edge.sourceNamespace.isEmpty)
            && !path.contains(edge.destination)
        {
            let score = explanation(of: own, by: totals)
            if score >= Self.explained, score > best?.score ?? 0 { best = (edge, score) }
        }
        return best?.edge
    }

    /// The share of `own` failures that an outgoing edge explains (CIRCA's conditional test in its
    /// simplest form, arXiv:2206.05871): its failures, each of which fails one caller's request; or
    /// all of them, if the edge was in use before and nothing has passed it since.
    private func explanation(of own: Double, by totals: Totals) -> Double {
        let failures = excess(totals)
        if failures > 0 { return failures / own }
        // Weaker than any counted failure, so that a failing callee wins over a silent one.
        return later && totals.before.isActive && !totals.alive ? Self.explained : 0
    }

    private func flags(into edge: ServiceEdge) -> [String] {
        let seen = edges[edge]?.since.flags ?? []
        return seen.filter { $0.count > 0 }
            .sorted { ($1.count, $0.flag) < ($0.count, $1.flag) }.map(\.flag)
    }
}
