// What rounds and anomalies have to do with each other, as the judge sees it.

extension Judge {
    /// The rounds, shams included, that an anomaly's onset falls into: those begun no more than a
    /// window after the onset and before the detection, and ended no longer than the washout before
    /// the onset. Newest first.
    package func attribution(of anomaly: Anomaly) -> [Attribution] {
        rounds.values.filter { round in
            round.covers(anomaly.evidence.service.namespace)
                && round.begunAt < anomaly.detectedAt
                && round.begunAt <= anomaly.onset + settings.interval
                && (round.endedAt.map { $0 + settings.washout >= anomaly.onset } ?? true)
        }
        let cone = target.map { callGraph.cone(of: $0) } ?? []
        let nats = tested?.nats ?? 0
        return RoundAttribution.Bearing(
            nats: nats.isFinite ? nats : 0,
            inReach: service.isQuery || cone.isEmpty || cone.contains(service))
        .sorted { ($0.begunAt, $0.id) > ($1.begunAt, $1.id) }
        .map {
            Attribution(
                round: $0.id, policy: $0.policy, sham: $0.sham,
                delay: anomaly.detectedAt - $0.begunAt)
        }
    }

    /// What hit services that the target of a round cannot touch while it ran; nil when nothing
    /// did. Such a round should be aborted; its verdict is void in any case.
    package func externalIncident(round id: Int) -> ExternalIncident? { rounds[id]?.incident }

    /// Services harmed in a round although they neither call the target, directly or not, nor are
    /// called by it: collateral damage, or a dependency that nobody knew of. In order. Signals in
    /// PromQL are not on the graph, so nothing is known of them.
    package func unexpectedVictims(round id: Int) -> [ServiceRef] {
        guard let round = rounds[id], let target = round.target else { return [] }
        let cone = callGraph.cone(of: target)
        return round.test.harmed.map(\.service)
            .filter { !$0.isQuery && !cone.contains($0) }.sorted()
    }
}
