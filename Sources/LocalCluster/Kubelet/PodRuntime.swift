// What the kubelets know of one pod and its containers, beyond what the store says. It only holds;
// the lifecycle decides.

import Core

/// The three probes.
enum ProbeKind: String, Hashable, Sendable, CaseIterable {
    case startup = "Startup"
    case liveness = "Liveness"
    case readiness = "Readiness"

    /// The probe's field in a container's spec.
    var field: String { rawValue.lowercased() + "Probe" }
}

/// The running counts of one probe.
struct ProbeCount: Sendable {
    var successes = 0
    var failures = 0
    var isAsking = false
}

/// One container of a pod.
struct ContainerRuntime {
    enum Phase: Equatable {
        /// Not started yet, or between two starts.
        case waiting(reason: String, message: String?)
        /// Handed to the kubelet plug, not running yet.
        case starting
        case running(since: Timestamp)
        case ended
    }

    var name: String
    /// The number of the current or next start.
    var attempt = 0
    var phase: Phase = .waiting(reason: "ContainerCreating", message: nil)
    /// `state.terminated` of the last end.
    var termination: JSON?
    /// When it is started again, in uptime.
    var restartAt: Duration?
    var backoff: Duration = .zero
    /// Uptime of the last start.
    var runningSince: Duration = .zero
    var isReady = false
    var hasStarted = false
    var probes: [ProbeKind: ProbeCount] = [:]
    /// The last signal sent to the current attempt, and when SIGKILL follows.
    var signal: ContainerSignal?
    var killAt: Duration?

    init(name: String) { self.name = name }

    /// True while the plug may still have processes of it.
    var isAlive: Bool {
        switch phase {
        case .starting, .running: true
        case .waiting, .ended: false
        }
    }

    var isWaitingForRestart: Bool {
        if case .waiting = phase { return true }
        return false
    }
}

/// One pod on its node.
final class PodRuntime {
    let uid: String
    let key: ObjectKey
    let node: String
    let podIP: String
    let hostIP: String
    let startTime: String
    var containers: [ContainerRuntime]
    /// The last state that the store had, for pods that are gone from it.
    var last: JSON
    /// Uptime at which SIGKILL follows; nil while the pod is not ending.
    var killAt: Duration?

    init(
        pod: StoredObject, node: String, podIP: String, hostIP: String, startTime: String
    ) {
        uid = pod.uid
        key = pod.key
        self.node = node
        self.podIP = podIP
        self.hostIP = hostIP
        self.startTime = startTime
        last = pod.json
        containers = (pod.json.spec["containers"]?.array ?? []).map {
            ContainerRuntime(name: $0["name"]?.string ?? "")
        }
    }

    var isAlive: Bool { containers.contains(where: \.isAlive) }

    func id(_ index: Int) -> ContainerID {
        ContainerID(podUID: uid, name: containers[index].name, attempt: containers[index].attempt)
    }

    /// The container that `id` names, if that is still its current attempt.
    func index(of id: ContainerID) -> Int? {
        containers.firstIndex { $0.name == id.name && $0.attempt == id.attempt }
    }
}
