// An Alertmanager that only remembers, and checks what a real one relies on: one start for as long
// as an alert fires, and no end before its start.

import Core
import Platform

/// Alerts as they arrived.
actor AlertSink: Handler {
    private var open: [String: Timestamp] = [:]
    private(set) var posts = 0
    private(set) var fired: [String: Int] = [:]
    private(set) var violations: [String] = []

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
        let labels = alert["labels"]?.object?.members.sorted { $0.key < $1.key } ?? []
        let identity = labels.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
        guard let start = alert["startsAt"]?.string.flatMap({ Timestamp(rfc3339: $0) }) else {
            violations.append("\(identity) has no startsAt")
            return
        }
        let end = alert["endsAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
        if let end, end < start { violations.append("\(identity) ends before it starts") }
        if let known = open[identity], known != start, known > start {
            violations.append("\(identity) went back from \(known) to \(start)")
        }
        if open[identity] != start {
            open[identity] = start
            let name = alert[path: ["labels", "alertname"]]?.string ?? ""
            fired[name, default: 0] += 1
        }
    }
}
