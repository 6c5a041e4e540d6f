// The limits of a policy as the oracle counts them: on the API server's objects, one pod after
// another, without any of the planner's code.

import Core
import Engine

/// Counts what striking one pod would break.
struct StrikeLimits: Sendable {
    let policy: Policy
    /// How many pods each Deployment of the namespace wants.
    let replicas: [(name: String, count: Int)]

    /// The limit that striking `target` breaks, counted on `pods`; nil when every one holds.
    func broken(striking target: Target, _ pods: [JSON]) -> String? {
        let mine = pods.filter {
            $0[path: ["metadata", "namespace"]]?.string == policy.namespace
        }
        guard let pod = mine.first(where: { Self.uid($0) == target.uid })
        else { return "it did not exist" }
        return unavailable(striking: pod, mine) ?? onNode(striking: pod, mine)
    }

    private func unavailable(striking pod: JSON, _ pods: [JSON]) -> String? {
        let radius = policy.blastRadius
        func isUp(_ other: JSON) -> Bool {
            Self.isReady(other) && (Self.uid(other) == Self.uid(pod) || !Self.isMarked(other))
        }
        var down = 0
        for (name, desired) in replicas {
            let up = pods.count { Self.app($0) == name && isUp($0) }
            down += max(0, desired - up)
            if name != Self.app(pod) { continue }
            if isUp(pod), up - 1 < radius.minReady { return "\(up - 1) ready pods were left" }
            if max(0, desired - up) + 1 > radius.workloadMaxUnavailable.allowed(of: desired) {
                return "\(max(0, desired - up)) of \(desired) \(name) were broken already"
            }
        }
        let total = replicas.reduce(0) { $0 + $1.count }
        if down + 1 > radius.namespaceMaxUnavailable.allowed(of: total) {
            return "\(down) of \(total) pods of the namespace were broken already"
        }
        return nil
    }

    /// On its node: pods that are struck, or on their way out.
    private func onNode(striking pod: JSON, _ pods: [JSON]) -> String? {
        guard let node = Self.node(pod) else { return nil }
        let there = pods.filter {
            Self.node($0) == node
                && !["Succeeded", "Failed"].contains($0[path: ["status", "phase"]]?.string ?? "")
        }
        let going = there.count {
            Self.uid($0) != Self.uid(pod) && (Self.isMarked($0) || Self.isTerminating($0))
        }
        if going + 1 > policy.blastRadius.nodeMaxUnavailable.allowed(of: there.count) {
            return "\(going) of \(there.count) pods on \(node) were struck already"
        }
        return nil
    }

    /// Why the policy's selector, names or age leave the pod alone; nil when they do not.
    func identity(of pod: JSON, now: Timestamp) -> String? {
        let targets = policy.targets
        var labels: [String: String] = [:]
        for (key, value) in pod[path: ["metadata", "labels"]]?.object?.members ?? [] {
            labels[key] = value.string
        }
        let name = pod[path: ["metadata", "name"]]?.string ?? ""
        if !targets.selector.matches(labels) { return "its labels are not selected" }
        if targets.excludeNames.contains(where: { $0.matches(name) }) {
            return "its name is excluded"
        }
        let text = pod[path: ["metadata", "creationTimestamp"]]?.string ?? ""
        if let created = Timestamp(rfc3339: text), now - created < targets.minAge {
            return "it is too young"
        }
        return nil
    }

    static func isReady(_ pod: JSON) -> Bool {
        let conditions = pod[path: ["status", "conditions"]]?.array ?? []
        return !isTerminating(pod)
            && conditions.contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
    }

    static func isMarked(_ pod: JSON) -> Bool {
        pod[path: ["metadata", "annotations", InjectionMark.annotation]] != nil
    }

    static func isTerminating(_ pod: JSON) -> Bool {
        pod[path: ["metadata", "deletionTimestamp"]] != nil
    }

    static func app(_ pod: JSON) -> String {
        pod[path: ["metadata", "labels", "app"]]?.string ?? ""
    }

    private static func uid(_ pod: JSON) -> String? { pod[path: ["metadata", "uid"]]?.string }
    private static func node(_ pod: JSON) -> String? { pod[path: ["spec", "nodeName"]]?.string }
}
