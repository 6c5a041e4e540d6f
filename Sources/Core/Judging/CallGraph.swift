// Who calls whom, transitively: the part of the mesh that a fault at a workload can reach.

/// Services as nodes; a workload calls the services it has edges to and answers for the services
/// that name it.
package struct CallGraph: Sendable {
    private var calls: [ServiceRef: Set<ServiceRef>] = [:]
    private var calledBy: [ServiceRef: Set<ServiceRef>] = [:]
    private var answering: [Workload: Set<ServiceRef>] = [:]
    private var direct: [Workload: Set<ServiceRef>] = [:]
    private var called: Set<ServiceRef> = []

    private struct Workload: Hashable, Sendable {
        var namespace: String
        var name: String
    }

    /// `workloads`: names of the workloads that answer for a service; without an entry a workload
    /// of the service's own name is assumed.
    package init(
        edges: some Sequence<ServiceEdge>, services: some Sequence<ServiceRef>,
        workloads: [ServiceRef: Set<String>]
    ) {
        for service in services {
            for name in workloads[service] ?? [service.name] {
                let workload = Workload(namespace: service.namespace, name: name)
                answering[workload, default: []].insert(service)
            }
        }
        for edge in edges {
            let caller = Workload(namespace: edge.sourceNamespace, name: edge.source)
            direct[caller, default: []].insert(edge.destination)
            called.insert(edge.destination)
            for service in answering[caller] ?? [] {
                calls[service, default: []].insert(edge.destination)
                calledBy[edge.destination, default: []].insert(service)
            }
        }
    }

    /// Whether anything is known of whom a fault at a workload may touch: somebody was seen to call
    /// it, or it somebody. Nodes and what is called past the mesh are not known.
    package func knows(_ workload: WorkloadRef) -> Bool {
        let node = Workload(namespace: workload.namespace, name: workload.name)
        if direct[node] != nil { return true }
        return answering[node]?.contains(where: called.contains) ?? false
    }

    /// The services that a fault at a workload may touch: those it answers for, everybody who calls
    /// them, directly or not, and everybody it calls.
    package func cone(of workload: WorkloadRef) -> Set<ServiceRef> {
        let node = Workload(namespace: workload.namespace, name: workload.name)
        let own = answering[node] ?? []
        let callers = reach(from: own, along: calledBy)
        let callees = reach(from: own.union(direct[node] ?? []), along: calls)
        return callers.union(callees)
    }

    private func reach(
        from start: Set<ServiceRef>, along edges: [ServiceRef: Set<ServiceRef>]
    ) -> Set<ServiceRef> {
        var seen = start
        var frontier = Array(start)
        while let service = frontier.popLast() {
            for next in edges[service] ?? [] where seen.insert(next).inserted {
                frontier.append(next)
            }
        }
        return seen
    }
}

/// Something that hit services a round could not have touched (detection design 5.8).
package struct ExternalIncident: Sendable, Hashable {
    /// Anomalous services outside the cone of the target, in order.
    package var services: [ServiceRef]
    /// Services outside the cone in all.
    package var outside: Int

    /// More than three and more than a fifth of the services outside: no coincidence.
    package init?(services: [ServiceRef], outside: Int) {
        guard Double(services.count) > max(3, 0.2 * Double(outside)) else { return nil }
        self.services = services.sorted()
        self.outside = outside
    }

    /// One sentence for the verdict of a void round.
    package var text: String {
        "\(Wording.plural(services.count, "service")) that the target cannot touch "
            + "became anomalous "
            + "at the same time, e.g. \(services.first?.description ?? "")"
    }
}
