// A status in plain lines: what runs, what it did last, and what needs somebody.

import Core

extension StatusReport {
    /// For a terminal.
    var lines: [String] {
        headLines + policyLines + serviceLines + roundLines + causeLines + injectionLines
            + anomalyLines + findingLines + alertLines
    }

    private func text(_ json: JSON?, _ name: String) -> String { json?[name]?.string ?? "?" }

    private var headLines: [String] {
        let started = status["startedAt"]?.string.map { " since \($0)" } ?? ""
        let instance = status["instance"]?.string.map { " (\($0))" } ?? ""
        var lines: [String] = []
        switch daemon {
        case .running: lines.append("daemon: running\(started)\(instance)")
        case .stopped:
            lines.append("daemon: stopped in order at \(text(status, "lastEventAt"))\(instance)")
        case .died:
            lines.append(
                "daemon: died: its last word was at \(text(status, "lastEventAt"))\(instance)")
        case .neverStarted: lines.append("daemon: never started with \(place)")
        }
        if let by = status[path: ["halted", "by"]]?.string {
            lines.append("HALTED by \(by): no round starts until it is resumed")
        }
        if let blind = status["blind"] {
            let since = blind["since"]?.string.map { " since \($0)" } ?? ""
            lines.append("BLIND\(since): \(text(blind, "reason"))")
        }
        for blind in status["blindNamespaces"]?.array ?? [] {
            lines.append("BLIND since \(text(blind, "since")): \(text(blind, "reason"))")
        }
        return lines
    }

    private var policyLines: [String] {
        let list = policies["policies"]?.array ?? []
        var lines = list.isEmpty ? ["policies: none"] : ["policies:"]
        for policy in list {
            var line = "  \(text(policy, "id")): \(text(policy, "mode"))"
            if let next = policy["nextRoundAt"]?.string { line += ", next round at \(next)" }
            if let last = policy["lastTickAt"]?.string { line += ", last tick at \(last)" }
            if let hold = policy[path: ["hold", "text"]]?.string { line += ", held: \(hold)" }
            lines.append(line)
            lines += earnedLines(policy)
        }
        for error in policies["errors"]?.array ?? [] {
            lines.append("  refused: \(error.string ?? "?")")
        }
        return lines
    }

    /// What a policy has earned and used up, and the workloads that may be harmed most.
    private func earnedLines(_ policy: JSON) -> [String] {
        var lines: [String] = []
        if let radius = policy["radius"] {
            let reason = radius["reason"]?.string.map { " since: \($0)" } ?? ""
            lines.append("    earned radius: \(text(radius, "text"))\(reason)")
        }
        if let budget = policy[path: ["failedRequests", "text"]]?.string {
            lines.append("    harm budget: \(budget)")
        }
        for cell in (policy["confidence"]?.array ?? []).prefix(5) {
            let workload = "\(text(cell["workload"], "kind")) \(text(cell["workload"], "name"))"
            let low = percent(cell["low"]?.double)
            let high = percent(cell["high"]?.double)
            lines.append(
                "    \(text(cell, "fault")) at \(workload): harm in "
                    + "\(percent(cell["mean"]?.double)) of strikes [\(low), \(high)], "
                    + "\(cell["harmed"]?.integer ?? 0) of \(cell["strikes"]?.integer ?? 0) seen")
        }
        return lines
    }

    /// Services whose small changes are not tested now; a daemon knows them, a journal does not.
    private var serviceLines: [String] {
        let list = (status["services"]?.array ?? []).filter { $0["ready"]?.bool == false }
        if list.isEmpty { return [] }
        return ["services of which only gross harm is tested:"]
            + list.map { service in
                "  \(text(service, "namespace"))/\(text(service, "service")) "
                    + "\(text(service, "signal")): \(service["unready"]?.string ?? "warming up")"
            }
    }

    private var roundLines: [String] {
        guard let round = lastRound else { return ["rounds: none yet"] }
        let target =
            "\(text(round["target"], "kind")) "
            + (round[path: ["target", "namespace"]]?.string.map { "\($0)/" } ?? "")
            + text(round["target"], "name")
        let number = round["number"]?.integer ?? 0
        var lines = [
            "last round: \(number), \(text(round, "assignment")) of "
                + "\(text(round, "fault")) at \(target), \(text(round, "plannedAt")): "
                + text(round, "outcome")
        ]
        if let verdict = round["text"]?.string { lines.append("  \(verdict)") }
        return lines
    }

    /// How often what broke was traced to what was struck.
    private var causeLines: [String] {
        func count(_ name: String) -> Int { status[path: ["rootCauses", name]]?.integer ?? 0 }
        if count("strikes") == 0 { return [] }
        return [
            "root causes: of \(count("strikes")) harmful strikes that were traced, the target came "
                + "first in \(count("hits")), among three in \(count("hitsInThree"))"
        ]
    }

    private var injectionLines: [String] {
        let count = status["openInjections"]?.integer ?? 0
        if count == 0 { return [] }
        var lines = ["open injections: \(count)"]
        for open in injections?.array ?? [] {
            let round = open["round"]?.integer ?? 0
            lines.append(
                "  round \(round): \(text(open, "fault")) at \(text(open, "target")), to be gone "
                    + "by \(text(open, "deadline"))")
        }
        if daemon != .running {
            lines.append(
                "  no daemon is there to revert: start `hazard run`, or `hazard revert --all "
                    + "--journal \(place)`")
        }
        return lines
    }

    private var anomalyLines: [String] {
        let list = anomalies["anomalies"]?.array ?? []
        if list.isEmpty { return ["anomalies: none"] }
        var lines = ["anomalies:"]
        for anomaly in list {
            let state = text(anomaly, "state") == "unrecovered" ? "NOT RECOVERED" : "anomalous"
            let before = percent(anomaly[path: ["evidence", "before"]]?.double)
            let now = percent(anomaly[path: ["evidence", "now"]]?.double)
            lines.append(
                "  \(text(anomaly, "namespace"))/\(text(anomaly, "service")) "
                    + "\(text(anomaly, "signal")): \(state) since \(text(anomaly, "onset")), "
                    + "\(before) before, \(now) now; \(text(anomaly, "cause"))"
                    + (anomaly[path: ["attribution", "text"]]?.string.map { "; \($0)" } ?? ""))
            if let finding = anomaly["finding"]?.string { lines.append("    \(finding)") }
            if let command = anomaly["toAccept"]?.string {
                lines.append("    if this is the new normal: \(command)")
            }
        }
        return lines
    }

    private var findingLines: [String] {
        let list = findings["findings"]?.array ?? []
        var lines = list.isEmpty ? ["findings: none"] : ["findings:"]
        for finding in list {
            lines.append(
                "  \(text(finding, "title")) (\(text(finding, "severity")), "
                    + "\(text(finding, "namespace"))): \(text(finding, "history"))")
            lines.append("    \(text(finding, "remedy"))")
        }
        for figures in findings["alertCoverage"]?.array ?? [] {
            lines.append("  \(text(figures, "namespace")): \(text(figures, "text"))")
        }
        return lines
    }

    private var alertLines: [String] {
        let list = alerts["alerts"]?.array ?? []
        if list.isEmpty { return ["alerts firing: none"] }
        return ["alerts firing:"]
            + list.map { alert in
                "  \(text(alert, "name")) (\(text(alert, "severity"))) since "
                    + "\(text(alert, "startsAt")): \(text(alert["annotations"], "summary"))"
            }
    }

    private func percent(_ share: Double?) -> String {
        guard let share else { return "?" }
        return shortNumber(share * 100) + "%"
    }
}
