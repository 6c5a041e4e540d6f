// What rounds and anomalies have to do with each other, as the judge sees it.

extension Judge {
    /// What is known towards whether round `id`, which struck `target`, caused an anomaly. What the
    /// graph does not know counts as within reach: signals in PromQL, nodes, and workloads without
    /// calls. A signal that the round does not test has no evidence.
    package func bearing(
        of anomaly: Anomaly, on id: Int, target: WorkloadRef?
    ) -> RoundAttribution.Bearing {
        let service = anomaly.evidence.service
        let tested = rounds[id]?.test.signals.first {
            $0.service == service && $0.signal == anomaly.evidence.signal
        }
        let graph = callGraph
        let reach = target.flatMap { graph.knows($0) ? graph.cone(of: $0) : nil }
        let nats = tested?.nats ?? 0
        return RoundAttribution.Bearing(
            nats: nats.isFinite ? nats : 0,
            inReach: service.isQuery || reach?.contains(service) ?? true)
    }

    /// Marks the running rounds during which services outside the cone of the target became
    /// anomalous together (5.8): within two windows, more than chance explains.
    mutating func noteIncidents(at index: Int64) {
        let running = rounds.values.filter { $0.endedAt == nil && $0.incident == nil }
        if running.isEmpty { return }
        let graph = callGraph
        // Signals in PromQL are not on the graph: whether a strike can touch them is not known.
        let measured = services.values.filter { $0.isMeasured && !$0.service.isQuery }
        for round in running {
            // Where nobody is known to call the target, nor it anybody, nothing is out of reach.
            guard let target = round.target, graph.knows(target) else { continue }
            let cone = graph.cone(of: target)
            let outside = measured.filter { !cone.contains($0.service) }
            let struck = outside.filter { judge in
                judge.open.contains { $0.detectedAt > round.begunAt }
                    && judge.hasOpened(since: index - 1)
            }
            rounds[round.id]?.incident = ExternalIncident(
                services: struck.map(\.service), outside: outside.count)
        }
    }

    /// What hit services that the target of a round cannot touch while it ran; nil when nothing
    /// did. Such a round should be aborted; its verdict is void in any case.
    package func externalIncident(round id: Int) -> ExternalIncident? { rounds[id]?.incident }

    /// Services harmed in a round although they neither call the target, directly or not, nor are
    /// called by it: collateral damage, or a dependency that nobody knew of. In order. Signals in
    /// PromQL are not on the graph, so nothing is known of them, nor of a target without edges.
    package func unexpectedVictims(round id: Int) -> [ServiceRef] {
        guard let round = rounds[id], let target = round.target else { return [] }
        let graph = callGraph
        guard graph.knows(target) else { return [] }
        let cone = graph.cone(of: target)
        return round.test.harmed.map(\.service)
            .filter { !$0.isQuery && !cone.contains($0) }.sorted()
    }

    /// Whether a round is under way or lately ended for this judge.
    package func knows(round id: Int) -> Bool { rounds[id] != nil }

    /// When a round began and ended, and what it was aimed at.
    func facts(round id: Int) -> (begunAt: Timestamp, endedAt: Timestamp?, target: WorkloadRef?)? {
        rounds[id].map { ($0.begunAt, $0.endedAt, $0.target) }
    }

    /// Whether nothing disturbed a service in a span of time: no strike in its namespace from its
    /// beginning to the end of the washout, of this life or an earlier one, and nobody else leads.
    func isClean(
        _ service: ServiceRef, from start: Timestamp, to end: Timestamp
    ) -> Bool {
        let isAllowed = learning.allows(service.namespace, from: start, to: end) {
            rounds[$0] != nil
        }
        guard isAllowed else { return false }
        for round in rounds.values where !round.sham && round.covers(service.namespace) {
            if mayDisturb(round, from: start, to: end) { return false }
        }
        return true
    }
}
