// What is said about a service that did not recover: what Kubernetes believes beside what users
// feel.

/// A finding in plain words, from what was measured and what the cluster shows now.
package func unrecoveredFinding(
    _ record: AnomalyRecord, snapshot: Snapshot?, state: State, now: Timestamp
) -> String {
    let anomaly = record.opened.anomaly
    let waited = now - record.clockStart(in: state)
    var parts: [String] = []
    if let snapshot, let pods = Readiness(snapshot, namespace: record.service.namespace) {
        if pods.ready == pods.desired {
            parts.append(
                "Ready pods, \(anomaly.trouble): all \(pods.desired) pods of "
                    + "\(record.service.namespace) are Ready while \(anomaly.state)")
            if let edge = anomaly.brokenEdge {
                parts.append(
                    "the readiness probe of \(edge.source) does not cover its dependency "
                        + "\(edge.destination.name)")
            }
        } else {
            parts.append("\(pods.ready) of \(pods.desired) pods are Ready")
        }
    } else {
        parts.append(anomaly.state)
    }
    parts.append("not recovered after \(rounded(waited.inSeconds, 0)) s")
    if let edge = anomaly.brokenEdge { parts.append("broken edge \(edge)") }
    if let number = record.opened.round, let round = state.round(number) {
        parts.append("since round \(number) (\(round.planned.fault) of \(round.planned.target))")
        if let workload = round.planned.target.workload,
            let found = snapshot?.workloads.first(where: { $0.ref == workload }),
            found.desired == 1
        {
            parts.append("single replica: \(workload.kind) \(workload.name) has 1")
        }
    }
    return parts.joined(separator: "; ")
}

/// How many pods of a namespace's workloads should be and are Ready.
private struct Readiness {
    var ready = 0
    var desired = 0

    /// Nil when no pod should be.
    init?(_ snapshot: Snapshot, namespace: String) {
        guard let index = snapshot.namespaces.firstIndex(of: namespace) else { return nil }
        var readyOf = Array(repeating: 0, count: snapshot.workloads.count)
        for pod in snapshot.pods where Int(pod.namespace) == index && pod.workload >= 0 {
            if pod.flags.contains(.ready), !pod.flags.contains(.terminating) {
                readyOf[Int(pod.workload)] += 1
            }
        }
        for (workload, found) in zip(snapshot.workloads, readyOf)
        where Int(workload.namespace) == index {
            desired += workload.desired
            // More than it needs makes up for no other workload.
            ready += min(found, workload.desired)
        }
        if desired == 0 { return nil }
    }
}
