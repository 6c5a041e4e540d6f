// Waiting for the demo's pods, and what is said when they do not come: the cluster is gone by the
// time somebody reads it, and its logs with it.

import Core
import Engine
import LocalCluster
import Platform

struct DemoPods: Sendable {
    let cluster: LocalCluster
    let clock: any WallClock
    let interruption: Interruption

    /// Waits until `count` pods of `namespace` are Ready; fails with what the others printed last.
    func wait(
        _ namespace: String, count: Int, within limit: Duration = .seconds(60)
    ) async throws(Failure) {
        let start = clock.uptime
        while clock.uptime - start < limit {
            let pods = await cluster.objects("v1", "pods", namespace: namespace)
            if pods.count(where: Self.isReady) >= count { return }
            if let reason = interruption.reason { throw Failure(.cancelled, reason) }
            try await clock.sleep(for: .milliseconds(100))
        }
        var lines = [
            "the pods of \(namespace) did not become Ready within \(limit.human); the last words "
                + "of their containers:"
        ]
        for pod in await cluster.objects("v1", "pods", namespace: namespace)
        where !Self.isReady(pod) {
            lines += await lastWords(of: pod, in: namespace)
        }
        throw Failure(.transient, lines.joined(separator: "\n"))
    }

    private static func isReady(_ pod: JSON) -> Bool {
        (pod[path: ["status", "conditions"]]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }

    /// The last lines of each container that is not ready, or why there are none.
    private func lastWords(of pod: JSON, in namespace: String) async -> [String] {
        let name = pod[path: ["metadata", "name"]]?.string ?? ""
        let statuses = pod[path: ["status", "containerStatuses"]]?.array ?? []
        if statuses.isEmpty { return ["  \(name): not started"] }
        var lines: [String] = []
        for status in statuses where status["ready"]?.bool != true {
            let container = status["name"]?.string ?? ""
            let restarts = status["restartCount"]?.integer ?? 0
            let place = "  \(name)/\(container) (\(restarts) restarts): "
            let printed = await log(
                "/api/v1/namespaces/\(namespace)/pods/\(name)/log?container=\(container)"
                    + "&tailLines=3")
            lines += printed.isEmpty ? [place + "nothing"] : printed.map { place + $0 }
        }
        return lines
    }

    private func log(_ path: String) async -> [String] {
        guard case .stream(let stream) = await cluster.handle(Request("GET", path)) else {
            return []
        }
        var text: [UInt8] = []
        while let piece = try? await stream.body.next() { text += piece }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { String($0) }
    }
}
