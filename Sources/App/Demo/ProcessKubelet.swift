// Runs the containers of the embedded cluster as real processes of this very program. It obeys the
// cluster, and starts nothing else than `hazard demo-process`: whoever may create a pod in the demo
// must not get to run programs of their choice on this machine.

import Core
import DemoApplication
import Glibc
import Host
package import LocalCluster
package import Platform

/// The kubelet of `hazard demo`. Children die with this process, however it dies.
package final class ProcessKubelet: Kubelet {
    private struct Container {
        var process: ChildProcess?
        var log: ContainerLog
    }

    private struct State {
        var containers: [ContainerID: Container] = [:]
        /// Ended containers, oldest first.
        var ended: [ContainerID] = []
        /// Signals that came before their container was started.
        var early: [ContainerID: ContainerSignal] = [:]
        var server: String?
    }

    /// Ended containers whose output is kept.
    private static let keptLogs = 64

    private let executable: String
    private let network: any Network
    private let clock: any WallClock
    private let state = Lock(State())

    /// `executable` is the hazard program, by default this one.
    package init(
        executable: String = ProcessKubelet.ownExecutable, network: any Network,
        clock: any WallClock
    ) {
        self.executable = executable
        self.network = network
        self.clock = clock
    }

    /// The running program's file, as the kernel knows it.
    package static var ownExecutable: String {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return "/proc/self/exe" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    /// Where containers that start from now on reach the API server, without a path: plain HTTP.
    package func connect(to server: String) { state.withLock { $0.server = server } }

    /// Process numbers of the containers that run, by container.
    package var processes: [ContainerID: Int32] {
        state.withLock { $0.containers.compactMapValues { $0.process?.pid } }
    }

    package func run(
        _ launch: ContainerLaunch, started: @escaping @Sendable () async -> Void
    ) async throws(Failure) -> ContainerExit {
        let log = ContainerLog(clock: clock)
        let process = try ChildProcess(try plan(launch, log))
        let early = state.withLock { state in
            state.containers[launch.id] = Container(process: process, log: log)
            return state.early.removeValue(forKey: launch.id)
        }
        if let early { process.signal(Self.number(early)) }
        await started()
        let status = await process.wait()
        log.close()
        state.withLock { state in
            state.containers[launch.id]?.process = nil
            state.early[launch.id] = nil
            state.ended.append(launch.id)
            while state.ended.count > Self.keptLogs {
                state.containers[state.ended.removeFirst()] = nil
            }
        }
        switch status {
        case .exited(let code): return ContainerExit(code: Int(code))
        case .signalled(let number):
            return ContainerExit(code: 128 + Int(number), signal: Int(number))
        }
    }

    package func signal(_ container: ContainerID, _ signal: ContainerSignal) async {
        let process: ChildProcess? = state.withLock { state in
            if let known = state.containers[container] { return known.process }
            // Bounded, because a container that never starts would leave its signal behind.
            if state.early.count < 1024, state.early[container] != .kill {
                state.early[container] = signal
            }
            return nil
        }
        process?.signal(Self.number(signal))
    }

    package func probe(_ container: ContainerID, _ probe: ContainerProbe) async -> ProbeResult {
        switch probe.action {
        case .httpGet(let host, let port, let path, let headers):
            return await get("http://\(host):\(port)\(path)", headers, probe.timeout)
        case .tcpSocket(let host, let port):
            return await connect("\(host):\(port)", probe.timeout)
        case .exec:
            return .failure("exec probes do not work here: use httpGet or tcpSocket")
        }
    }

    package func logs(
        _ container: ContainerID, _ query: LogQuery
    ) async throws(Failure) -> BodyStream {
        guard let log = state.withLock({ $0.containers[container]?.log }) else {
            throw Failure(.rejected, "the output of container \(container) is not kept any more")
        }
        return log.read(query)
    }

    private func plan(
        _ launch: ContainerLaunch, _ log: ContainerLog
    ) throws(Failure) -> ChildProcess.Plan {
        let words = launch.command + launch.args
        guard words.count == 3, words[0] == "hazard" || words[0].hasSuffix("/hazard"),
            words[1] == "demo-process"
        else {
            throw Failure(
                .rejected,
                "this kubelet only runs `hazard demo-process KIND`, not \(words) of the image "
                    + "\(launch.image)")
        }
        var environment: [String: String] = [:]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = unsafe getenv(name) { environment[name] = unsafe String(cString: value) }
        }
        // Many small processes share a machine: without this each thread gets a heap of its own.
        environment["MALLOC_ARENA_MAX"] = "1"
        // What Istio's injector would write into the pod, for manifests that do not.
        environment["POD_IP"] = launch.podIP
        environment["POD_NAME"] = launch.pod
        environment["POD_NAMESPACE"] = launch.namespace
        environment["APP"] = launch.labels["app"]
        environment["VERSION"] = launch.labels["version"]
        environment["KUBERNETES_API"] = state.withLock { $0.server }
        for variable in launch.environment { environment[variable.name] = variable.value }
        return ChildProcess.Plan(
            executable, Array(words.dropFirst()), environment: environment, directory: "/",
            output: .lines { log.append($0) })
    }

    private static func number(_ signal: ContainerSignal) -> Int32 {
        switch signal {
        case .terminate: SIGTERM
        case .kill: SIGKILL
        }
    }

    private func get(
        _ url: String, _ headers: [EnvironmentVariable], _ timeout: Duration
    ) async -> ProbeResult {
        var fields = Headers(headers.map { Headers.Field($0.name, $0.value) })
        fields["User-Agent"] = "kube-probe/1.36"
        let request = Request("GET", url, headers: fields, deadline: timeout, bodyLimit: 1 << 20)
        do throws(Failure) {
            let status = try await network.exchange(request).status
            guard (200..<400).contains(status) else {
                return .failure("HTTP probe failed with statuscode: \(status)")
            }
            return .success
        } catch { return .failure(error.message) }
    }

    /// Any answer, or a connection that broke after it was opened, shows that somebody listens.
    private func connect(_ place: String, _ timeout: Duration) async -> ProbeResult {
        let request = Request("GET", "http://\(place)/", deadline: timeout, bodyLimit: 1 << 20)
        do throws(Failure) {
            _ = try await network.exchange(request)
            return .success
        } catch {
            return UpstreamFailure(error) == .reset ? .success : .failure(error.message)
        }
    }
}
