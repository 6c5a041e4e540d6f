// The columns of pods. The status word is the one people know from kubectl: the reason of the
// container that matters, not just the phase.

import Core

/// Cells of a pod's row.
enum PodColumns {
    static let all: [TableColumn] = [
        .objectName,
        TableColumn("Ready") { json, _ in .string(ready(json)) },
        TableColumn("Status") { json, _ in .string(status(json)) },
        TableColumn("Restarts") { json, now in .string(restarts(json, now)) },
        .age,
        .text("IP", "status", "podIP", priority: 1),
        .text("Node", "spec", "nodeName", priority: 1),
        .text("Nominated Node", "status", "nominatedNodeName", priority: 1),
        TableColumn("Readiness Gates", priority: 1) { _, _ in "<none>" },
    ]

    private static func ready(_ json: JSON) -> String {
        let statuses = json.status["containerStatuses"]?.array ?? []
        let ready = statuses.filter { $0["ready"]?.bool == true && $0["state"]?["running"] != nil }
        return "\(ready.count)/\(json.spec["containers"]?.array?.count ?? 0)"
    }

    private static func status(_ json: JSON) -> String {
        var word = json.status["reason"]?.string ?? json.status["phase"]?.string ?? ""
        var running = false
        for status in (json.status["containerStatuses"]?.array ?? []).reversed() {
            let state = status["state"]
            if let reason = state?["waiting"]?["reason"]?.string, !reason.isEmpty {
                word = reason
            } else if let ended = state?["terminated"] {
                let signal = ended["signal"]?.integer ?? 0
                let plain =
                    signal != 0 ? "Signal:\(signal)" : "ExitCode:\(ended["exitCode"]?.integer ?? 0)"
                word = ended["reason"]?.string ?? plain
            } else if status["ready"]?.bool == true, state?["running"] != nil {
                running = true
            }
        }
        if word == "Completed", running {
            word = json.isConditionTrue("Ready") ? "Running" : "NotReady"
        }
        if json.deletionTimestamp != nil {
            return json.status["reason"]?.string == "NodeLost" ? "Unknown" : "Terminating"
        }
        return word
    }

    private static func restarts(_ json: JSON, _ now: Timestamp) -> String {
        let statuses = json.status["containerStatuses"]?.array ?? []
        let total = statuses.reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
        let last = statuses.compactMap { $0["lastState"]?["terminated"]?["finishedAt"]?.instant }
            .max()
        guard total > 0, let last else { return String(total) }
        return "\(total) (\(TableColumn.age(since: last, now)) ago)"
    }
}
