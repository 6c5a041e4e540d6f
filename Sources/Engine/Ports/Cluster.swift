// The port to the cluster: what can be seen, and the verbs that faults are written in.

package import Core
package import Platform

/// The state of one pod, read live from the API server.
package struct PodStatus: Sendable, Hashable {
    package var uid: String
    package var ready: Bool
    package var terminating: Bool
    package var node: String?
    /// Text of annotation `hazard.dev/injection`, when present.
    package var mark: String?

    package init(uid: String, ready: Bool, terminating: Bool, node: String?, mark: String?) {
        self.uid = uid
        self.ready = ready
        self.terminating = terminating
        self.node = node
        self.mark = mark
    }
}

/// What a request to remove a pod came to.
package enum Removal: Sendable, Hashable {
    case accepted
    /// The object is not there any more, or has another uid.
    case gone(String)
    /// A PodDisruptionBudget (or another admission rule) said no.
    case refused(String)
}

/// A Kubernetes cluster. Every verb names the object by uid: a successor of the same name is never
/// touched. Implementations retry nothing; callers decide by `Failure.kind`.
package protocol Cluster: Sendable {
    /// The whole cluster, or the namespaces the client was given, from one consistent reading per
    /// kind. While the server is quiet the view may lag (it says by how much); when it may be older
    /// than that, it throws.
    func snapshot() async throws(Failure) -> Snapshot
    /// One namespace and all nodes, read from the API server for this call: what a limit is counted
    /// on right before an injection, when a view that follows the server may be too old.
    func liveSnapshot(namespace: String) async throws(Failure) -> Snapshot
    /// Nil when there is no such pod.
    func pod(namespace: String, name: String) async throws(Failure) -> PodStatus?
    /// Deletes with a uid precondition. `gracePeriod` nil leaves the pod's own.
    func deletePod(_ target: Target, gracePeriod: Duration?) async throws(Failure) -> Removal
    /// Evicts through the eviction API, so that disruption budgets are honoured.
    func evictPod(_ target: Target, gracePeriod: Duration?) async throws(Failure) -> Removal
    /// Sets (or, with nil, removes) annotation `hazard.dev/injection` on this very object.
    /// False when the object is gone.
    func setMark(_ mark: String?, on target: Target) async throws(Failure) -> Bool
    /// Writes a Kubernetes Event about `target`; best effort for callers.
    func recordEvent(_ note: ClusterEvent, about target: Target) async throws(Failure)
}

/// A Kubernetes Event to write.
package struct ClusterEvent: Sendable, Hashable {
    /// `Normal` or `Warning`.
    package var type: String
    /// CamelCase, e.g. `HazardInjected`.
    package var reason: String
    package var message: String
    package init(type: String, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}

/// Where the daemon stands as a leader. A fencing token is re-read before each write.
package protocol Leadership: Sendable {
    /// The current token when this instance leads, nil when it does not (or cannot know).
    func token() async -> Int?
    /// Keeps the leadership until the task is cancelled.
    func run() async
    /// Why this instance does not lead; nil when it does, or when that is not known.
    func obstacle() async -> LeadershipObstacle?
    /// From whom this leader took over, whose strikes its journal does not know; nil when it does
    /// not lead, or took over from nobody.
    func takeover() async -> Takeover?
}

extension Leadership {
    package func obstacle() async -> LeadershipObstacle? { nil }
    package func takeover() async -> Takeover? { nil }
}

/// Why an instance does not lead.
package struct LeadershipObstacle: Sendable, Hashable {
    /// What is in the way, for people: who leads, or what failed and what to do about it.
    package var text: String
    /// Nobody may be leading: the leadership itself cannot be used.
    package var isFailure: Bool
    package init(_ text: String, isFailure: Bool) {
        self.text = text
        self.isFailure = isFailure
    }
}

/// The leadership of a program that runs alone, e.g. the demo or `hazard once`.
package struct SoleLeadership: Leadership {
    package init() {}
    package func token() async -> Int? { 1 }
    package func run() async {}
}
