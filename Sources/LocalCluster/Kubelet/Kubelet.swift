// The plug that runs the containers of pods on nodes: modelled in virtual time, or real processes.
// The cluster decides what runs, when it is restarted and when it must end; a kubelet only obeys.

package import Core
package import Platform

/// Runs containers. The cluster calls `run` once for each start of a container, in a child task
/// of its own, so that many run at the same time; the other verbs come in between, named by the
/// same identity.
package protocol Kubelet: Sendable {
    /// Runs one container from start to end, and returns how it ended, when nothing of it is left.
    /// Calls `started` once, when the main process runs. Throws when it could not be started at all
    /// (shown as `CreateContainerError`, and tried again with back-off). When the task is cancelled
    /// the container is killed before this returns.
    func run(
        _ launch: ContainerLaunch, started: @escaping @Sendable () async -> Void
    ) async throws(Failure) -> ContainerExit

    /// Sends a signal to the container's processes; unknown or ended containers are ignored. A
    /// container that ends by it returns from `run`.
    func signal(_ container: ContainerID, _ signal: ContainerSignal) async

    /// One try of a probe. Must answer within `probe.timeout`.
    func probe(_ container: ContainerID, _ probe: ContainerProbe) async -> ProbeResult

    /// What the container wrote to standard output and error; with `follow`, until it ends. Ended
    /// containers are answered as long as their output is kept. `.rejected` when it is not known.
    func logs(_ container: ContainerID, _ query: LogQuery) async throws(Failure) -> BodyStream
}

/// One start of one container of one pod. A restart has the next attempt.
package struct ContainerID: Sendable, Hashable, CustomStringConvertible {
    package var podUID: String
    /// The container's name in the pod.
    package var name: String
    /// 0 for the first start, then the restart count.
    package var attempt: Int

    package init(podUID: String, name: String, attempt: Int) {
        self.podUID = podUID
        self.name = name
        self.attempt = attempt
    }

    package var description: String { "\(podUID)/\(name)/\(attempt)" }
}

/// Everything that is needed to start a container.
package struct ContainerLaunch: Sendable, Hashable {
    package var id: ContainerID
    package var namespace: String
    package var pod: String
    package var node: String
    package var image: String
    /// The program and its first arguments (`spec.containers[].command`), with `$(NAME)` replaced.
    /// Empty when the pod leaves it to the image.
    package var command: [String]
    package var args: [String]
    /// In order, resolved: plain values, ConfigMap and Secret keys, and the downward API.
    package var environment: [EnvironmentVariable]
    package var ports: [ContainerPort]
    /// The pod's own loopback address, e.g. `127.10.1.7`: the container listens on this one only.
    package var podIP: String
    package var labels: [String: String]

    package init(
        id: ContainerID, namespace: String, pod: String, node: String, image: String,
        command: [String], args: [String], environment: [EnvironmentVariable],
        ports: [ContainerPort], podIP: String, labels: [String: String]
    ) {
        self.id = id
        self.namespace = namespace
        self.pod = pod
        self.node = node
        self.image = image
        self.command = command
        self.args = args
        self.environment = environment
        self.ports = ports
        self.podIP = podIP
        self.labels = labels
    }
}

/// One environment variable of a container.
package struct EnvironmentVariable: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One declared port of a container.
package struct ContainerPort: Sendable, Hashable {
    package var name: String
    package var number: Int

    package init(name: String, number: Int) {
        self.name = name
        self.number = number
    }
}

/// The two signals of a pod's life.
package enum ContainerSignal: String, Sendable, Hashable {
    /// SIGTERM: please end.
    case terminate
    /// SIGKILL: ends now.
    case kill
}

/// How a container ended.
package struct ContainerExit: Sendable, Hashable {
    /// The exit code; 128 + signal for a process that a signal ended (137 for SIGKILL).
    package var code: Int
    /// The signal that ended it, or nil.
    package var signal: Int?
    /// Shown as the reason instead of `Completed` or `Error`, e.g. `OOMKilled`.
    package var reason: String?

    package init(code: Int, signal: Int? = nil, reason: String? = nil) {
        self.code = code
        self.signal = signal
        self.reason = reason
    }
}

/// One try of a probe, ready to be made.
package struct ContainerProbe: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        /// GET `http://host:port/path`: a status of 200 to 399 is a success.
        case httpGet(host: String, port: Int, path: String, headers: [EnvironmentVariable])
        /// A connection that opens is a success.
        case tcpSocket(host: String, port: Int)
        /// A command in the container: exit code 0 is a success.
        case exec([String])
    }

    /// Which of the three probes this is: `Liveness`, `Readiness` or `Startup`.
    package var kind: String
    package var action: Action
    package var timeout: Duration

    package init(kind: String, action: Action, timeout: Duration) {
        self.kind = kind
        self.action = action
        self.timeout = timeout
    }
}

/// What one try of a probe said.
package enum ProbeResult: Sendable, Hashable {
    case success
    /// Why not, as Kubernetes words it: `HTTP probe failed with statuscode: 500`.
    case failure(String)
}

/// Which part of a container's output is wanted.
package struct LogQuery: Sendable, Hashable {
    /// Go on with new output until the container ends.
    package var follow: Bool
    /// Only the last lines; nil for all.
    package var tailLines: Int?
    /// Put the RFC 3339 instant in front of each line.
    package var timestamps: Bool
    /// Only lines written at or after this instant.
    package var since: Timestamp?
    /// At most so many bytes.
    package var limitBytes: Int?

    package init(
        follow: Bool = false, tailLines: Int? = nil, timestamps: Bool = false,
        since: Timestamp? = nil, limitBytes: Int? = nil
    ) {
        self.follow = follow
        self.tailLines = tailLines
        self.timestamps = timestamps
        self.since = since
        self.limitBytes = limitBytes
    }
}
