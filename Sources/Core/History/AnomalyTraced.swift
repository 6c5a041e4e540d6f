// What is found out about an anomaly after it was told: later windows show more of the graph.

/// The broken edge of an open anomaly became known, or changed.
package struct AnomalyTraced: Codable, Sendable, Hashable {
    package var id: Int
    package var brokenEdge: ServiceEdge
    /// Istio response flags on failures at that edge, most frequent first.
    package var flags: [String]

    package init(id: Int, brokenEdge: ServiceEdge, flags: [String]) {
        self.id = id
        self.brokenEdge = brokenEdge
        self.flags = flags
    }

    /// What `current`, the judge's open anomalies, knows of edges and `state` does not yet. Flags
    /// count as a set: their order by frequency may change with every window.
    package static func changes(of current: [Anomaly], in state: State) -> [AnomalyTraced] {
        state.anomalies.compactMap { record in
            let seen = current.first {
                $0.evidence.service == record.service && $0.evidence.signal == record.signal
            }
            guard let seen, let edge = seen.brokenEdge else { return nil }
            let known = record.opened.anomaly
            if known.brokenEdge == edge, Set(known.flags) == Set(seen.flags) { return nil }
            return AnomalyTraced(id: record.id, brokenEdge: edge, flags: seen.flags)
        }
    }
}

extension Anomaly {
    /// Takes over what was found out later.
    mutating func apply(_ traced: AnomalyTraced) {
        brokenEdge = traced.brokenEdge
        flags = traced.flags
    }
}
