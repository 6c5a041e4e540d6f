// A kubelet without processes: containers that start, get ready, crash and end in the clock's time.
// For the simulator, and for tests of the cluster.

import Core
package import Platform

/// How modelled containers behave.
package struct ContainerModel: Sendable {
    /// From `run` to a running process.
    package var startDelay: Duration
    /// From running to probes that succeed.
    package var readinessDelay: Duration
    /// How long it takes to end after SIGTERM; nil ignores SIGTERM.
    package var stopDelay: Duration?
    /// The process ends by itself after this long, with this exit code.
    package var crashAfter: Duration?
    package var exitCode: Int

    package init(
        startDelay: Duration = .milliseconds(500), readinessDelay: Duration = .seconds(1),
        stopDelay: Duration? = .milliseconds(200), crashAfter: Duration? = nil, exitCode: Int = 1
    ) {
        self.startDelay = startDelay
        self.readinessDelay = readinessDelay
        self.stopDelay = stopDelay
        self.crashAfter = crashAfter
        self.exitCode = exitCode
    }
}

/// A `Kubelet` in virtual time.
package actor ModelledKubelet: Kubelet {
    private struct Container {
        var bell = Doorbell()
        var signal: ContainerSignal?
        var readyAt: Duration?
        var healthy = true
    }

    private let clock: any WallClock
    private let model: @Sendable (ContainerLaunch) -> ContainerModel
    private var containers: [ContainerID: Container] = [:]
    private var outputs: [ContainerID: [String]] = [:]
    private var order: [ContainerID] = []

    /// `model` says how each container behaves; by default all alike and well.
    package init(
        clock: any WallClock,
        model: @escaping @Sendable (ContainerLaunch) -> ContainerModel = { _ in ContainerModel() }
    ) {
        self.clock = clock
        self.model = model
    }

    /// The containers that run now, in order of their start.
    package var running: [ContainerID] { order.filter { containers[$0] != nil } }

    package func run(
        _ launch: ContainerLaunch, started: @escaping @Sendable () async -> Void
    ) async throws(Failure) -> ContainerExit {
        let id = launch.id
        let model = model(launch)
        containers[id] = Container()
        order.append(id)
        order.removeAll { containers[$0] == nil && $0 != id }
        defer { containers[id] = nil }
        if let exit = await pause(id, model.startDelay, model) { return exit }
        containers[id]?.readyAt = clock.uptime + model.readinessDelay
        outputs[id] = ["\(launch.id.name) started on \(launch.podIP)"]
        await started()
        if let crash = model.crashAfter {
            if let exit = await pause(id, crash, model) { return exit }
            return ContainerExit(code: model.exitCode)
        }
        return await pause(id, nil, model) ?? ContainerExit(code: 137, signal: 9)
    }

    /// Waits `duration`, or for ever; the exit when a signal or cancellation ends the container.
    private func pause(
        _ id: ContainerID, _ duration: Duration?, _ model: ContainerModel
    ) async -> ContainerExit? {
        let end = duration.map { clock.uptime + $0 }
        while !Task.isCancelled {
            switch containers[id]?.signal {
            case .kill: return ContainerExit(code: 137, signal: 9)
            case .terminate where model.stopDelay != nil:
                containers[id]?.bell = Doorbell()
                containers[id]?.readyAt = nil
                await containers[id]?.bell.wait(atMost: model.stopDelay, clock: clock)
                let killed = containers[id]?.signal == .kill
                return killed
                    ? ContainerExit(code: 137, signal: 9) : ContainerExit(code: 143, signal: 15)
            default: break
            }
            let left = end.map { $0 - clock.uptime }
            if let left, left <= .zero { return nil }
            let bell = Doorbell()
            containers[id]?.bell = bell
            await bell.wait(atMost: left, clock: clock)
        }
        return ContainerExit(code: 137, signal: 9)
    }

    package func signal(_ container: ContainerID, _ signal: ContainerSignal) async {
        guard containers[container] != nil else { return }
        if containers[container]?.signal != .kill { containers[container]?.signal = signal }
        containers[container]?.bell.ring()
    }

    /// Makes every probe of the container fail, or succeed again.
    package func setHealthy(_ container: ContainerID, _ healthy: Bool) {
        containers[container]?.healthy = healthy
    }

    package func probe(_ container: ContainerID, _ probe: ContainerProbe) async -> ProbeResult {
        guard let found = containers[container], let readyAt = found.readyAt, found.healthy,
            readyAt <= clock.uptime
        else { return .failure("HTTP probe failed with statuscode: 503") }
        return .success
    }

    package func logs(
        _ container: ContainerID, _ query: LogQuery
    ) async throws(Failure) -> BodyStream {
        guard let lines = outputs[container] else {
            throw Failure(.rejected, "no output is kept of container \(container)")
        }
        let text = lines.suffix(query.tailLines ?? .max).map { $0 + "\n" }.joined()
        let once = Lock(Array(text.utf8))
        return BodyStream(
            next: { () async throws(Failure) in
                once.withLock { bytes in
                    defer { bytes = [] }
                    return bytes.isEmpty ? nil : bytes
                }
            })
    }
}
