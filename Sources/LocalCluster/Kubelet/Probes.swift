// Liveness, readiness and startup: when a probe is made, and what its results lead to.

import Core
import Platform

extension ClusterState {
    func scheduleProbe(_ runtime: PodRuntime, _ index: Int, _ kind: ProbeKind, first: Bool) {
        guard let probe = runtime.last.spec["containers"]?[index]?[kind.field] else { return }
        if kind != .startup, !runtime.containers[index].hasStarted { return }
        let seconds =
            first
            ? probe["initialDelaySeconds"]?.integer ?? 0 : probe["periodSeconds"]?.integer ?? 10
        later(
            .probe(uid: runtime.uid, container: index, kind: kind),
            .seconds(first ? seconds : max(1, seconds)))
    }

    func probeIsDue(_ uid: String, _ index: Int, _ kind: ProbeKind) {
        guard let runtime = pods[uid], runtime.containers.indices.contains(index),
            case .running = runtime.containers[index].phase,
            runtime.containers[index].signal == nil,
            runtime.containers[index].probes[kind]?.isAsking != true,
            let spec = runtime.last.spec["containers"]?[index], let probe = spec[kind.field],
            let action = action(probe, spec, runtime)
        else { return }
        runtime.containers[index].probes[kind, default: ProbeCount()].isAsking = true
        let timeout = Duration.seconds(max(1, probe["timeoutSeconds"]?.integer ?? 1))
        effects.append(
            .probe(
                runtime.id(index),
                ContainerProbe(kind: kind.rawValue, action: action, timeout: timeout),
                container: index, kind: kind))
    }

    private func action(
        _ probe: JSON, _ container: JSON, _ runtime: PodRuntime
    ) -> ContainerProbe.Action? {
        func port(_ json: JSON?) -> Int? {
            if let number = json?.integer { return number }
            return container["ports"]?.array?.first { $0["name"] == json }?["containerPort"]?
                .integer
        }
        if let get = probe["httpGet"], let number = port(get["port"]) {
            let headers = (get["httpHeaders"]?.array ?? []).map {
                EnvironmentVariable($0["name"]?.string ?? "", $0["value"]?.string ?? "")
            }
            return .httpGet(
                host: get["host"]?.string ?? runtime.podIP, port: number,
                path: get["path"]?.string ?? "/", headers: headers)
        }
        if let socket = probe["tcpSocket"], let number = port(socket["port"]) {
            return .tcpSocket(host: socket["host"]?.string ?? runtime.podIP, port: number)
        }
        if let command = probe["exec"]?["command"]?.array {
            return .exec(command.compactMap(\.string))
        }
        return nil
    }

    func probed(_ id: ContainerID, _ index: Int, _ kind: ProbeKind, _ result: ProbeResult) {
        guard let runtime = pods[id.podUID], runtime.index(of: id) == index,
            case .running = runtime.containers[index].phase,
            let probe = runtime.last.spec["containers"]?[index]?[kind.field]
        else { return }
        var count = runtime.containers[index].probes[kind] ?? ProbeCount()
        count.isAsking = false
        switch result {
        case .success:
            count.successes += 1
            count.failures = 0
        case .failure(let why):
            count.failures += 1
            count.successes = 0
            record(
                runtime.last, "Unhealthy", "\(kind.rawValue) probe failed: \(why)", from: "kubelet",
                warning: true, host: runtime.node, container: id.name)
        }
        runtime.containers[index].probes[kind] = count
        let good = count.successes >= probe["successThreshold"]?.integer ?? 1
        let bad = count.failures >= probe["failureThreshold"]?.integer ?? 3
        conclude(runtime, index, kind, good: good, bad: bad)
        if kind != .startup || !runtime.containers[index].hasStarted {
            scheduleProbe(runtime, index, kind, first: false)
        }
    }

    private func conclude(
        _ runtime: PodRuntime, _ index: Int, _ kind: ProbeKind, good: Bool, bad: Bool
    ) {
        let before = runtime.containers[index].isReady
        switch kind {
        case .readiness:
            if good { runtime.containers[index].isReady = true }
            if bad { runtime.containers[index].isReady = false }
        case .startup:
            if good, !runtime.containers[index].hasStarted {
                runtime.containers[index].hasStarted = true
                let probes = runtime.last.spec["containers"]?[index]
                runtime.containers[index].isReady = probes?["readinessProbe"] == nil
                scheduleProbe(runtime, index, .liveness, first: true)
                scheduleProbe(runtime, index, .readiness, first: true)
                queue.add(.pod(runtime.key))
            } else if bad {
                restart(runtime, index, "failed startup probe")
            }
        case .liveness: if bad { restart(runtime, index, "failed liveness probe") }
        }
        if runtime.containers[index].isReady != before { queue.add(.pod(runtime.key)) }
    }

    /// Ends a container that does not live, so that it is started anew.
    private func restart(_ runtime: PodRuntime, _ index: Int, _ why: String) {
        guard runtime.containers[index].signal == nil else { return }
        let name = runtime.containers[index].name
        record(
            runtime.last, "Killing", "Container \(name) \(why), will be restarted", from: "kubelet",
            host: runtime.node, container: name)
        send(.terminate, to: index, of: runtime)
        let grace = runtime.last.spec["terminationGracePeriodSeconds"]?.integer ?? 30
        runtime.containers[index].killAt = clock.uptime + .seconds(grace)
        later(.pod(runtime.key), .seconds(grace))
    }
}
