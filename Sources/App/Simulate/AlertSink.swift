// An Alertmanager that only remembers, and checks what a real one relies on: one start for as long
// as an alert fires, no end before its start, and at the end the same alerts as in the journal.

import Core
import Platform

/// What the journal says of alerts, by identity.
struct AlertLedger: Sendable {
    /// The newest version of each.
    private(set) var newest: [String: Alert] = [:]
    /// Every start that it ever had.
    private(set) var starts: [String: Set<String>] = [:]

    /// Takes a row in. An alert that fires keeps its start until it is resolved, and an alert that
    /// does not fire cannot be resolved.
    mutating func check(_ alert: Alert) -> [String] {
        let identity = Self.identity(alert)
        let known = newest[identity]
        newest[identity] = alert
        starts[identity, default: []].insert(alert.startsAt.rfc3339)
        if let known, known.isFiring, known.startsAt != alert.startsAt {
            return ["\(identity) fires since \(known.startsAt) and begins at \(alert.startsAt)"]
        }
        if !alert.isFiring, known?.isFiring != true {
            return ["\(identity) was resolved but did not fire"]
        }
        return []
    }

    /// At the end: what should fire, given the anomalies that are open, and does not, or the other
    /// way round.
    func finish(_ state: State) -> [String] {
        func name(_ namespace: String, _ service: String, _ signal: String) -> String {
            "\(namespace)/\(service) \(signal)"
        }
        let open = Set(
            state.anomalies.map {
                name($0.service.namespace, $0.service.name, $0.signal.rawValue)
            })
        let firing = Set(
            newest.values.filter { $0.isFiring && $0.name == .anomaly }.map {
                name(
                    $0.labels["namespace"] ?? "", $0.labels["service"] ?? "",
                    $0.labels["signal"] ?? "")
            })
        return open.subtracting(firing).sorted().map { "no alert fires for \($0)" }
            + firing.subtracting(open).sorted().map { "an alert fires on for \($0)" }
    }

    private static func identity(_ alert: Alert) -> String {
        alert.identity.pairs.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: ",")
    }
}

/// Alerts as they arrived.
actor AlertSink: Handler {
    private var newest: [String: (start: String, end: Timestamp)] = [:]
    private var starts: [String: Set<String>] = [:]
    private(set) var posts = 0
    private(set) var fired: [String: Int] = [:]
    private var violations: [String] = []

    func handle(_ request: Request) async -> Reply {
        guard let list = try? JSON(parsing: request.body).array else {
            violations.append("an alert post is not a JSON array")
            return .response(Response(status: 400))
        }
        posts += 1
        for alert in list { take(alert) }
        return .response(Response(status: 200))
    }

    private func take(_ alert: JSON) {
        let labels = alert["labels"]?.object?.members ?? []
        let identity = labels.map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
            .joined(separator: ",")
        guard let start = alert["startsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) }),
            let end = alert["endsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else {
            violations.append("\(identity) has no startsAt or no endsAt")
            return
        }
        if end < start { violations.append("\(identity) ends before it starts") }
        if newest[identity]?.start != start.rfc3339 {
            let name = alert[path: ["labels", "alertname"]]?.string ?? ""
            fired[name, default: 0] += 1
        }
        newest[identity] = (start.rfc3339, end)
        starts[identity, default: []].insert(start.rfc3339)
    }

    /// At the end, once quiet: what arrived last is what the journal says, and nothing else ever
    /// arrived. `now` is the daemon's last instant.
    func finish(_ ledger: AlertLedger, now: Timestamp) -> [String] {
        var found = violations
        for (identity, times) in starts.sorted(by: { $0.key < $1.key }) {
            for start in times.subtracting(ledger.starts[identity] ?? []).sorted() {
                found.append("\(identity) arrived with the start \(start), unknown to the journal")
            }
        }
        for (identity, alert) in ledger.newest.sorted(by: { $0.key < $1.key }) {
            guard let last = newest[identity] else {
                found.append("\(identity) never arrived")
                continue
            }
            if last.start != alert.startsAt.rfc3339 {
                found.append("\(identity) began at \(alert.startsAt), last sent: \(last.start)")
            }
            if let end = alert.endsAt {
                if last.end != max(end, alert.startsAt) {
                    found.append("\(identity) ended at \(end), last sent: \(last.end)")
                }
            } else if last.end <= now {
                found.append("\(identity) fires, but would have ended at \(last.end)")
            }
        }
        return found
    }
}
