// A pod on its node, from binding to removal: starts, restarts with back-off, and the two signals
// of its end. What runs the containers is the plug's business.

import Core
import Platform

extension ClusterState {
    /// A container that ran this long starts its back-off anew.
    private static let steadyTime: Duration = .seconds(600)
    /// SIGKILL is repeated until the container is gone.
    private static let killAgain: Duration = .seconds(2)

    func syncPod(_ key: ObjectKey) {
        guard let pod = store[key] else { return }
        guard let node = pod.json.spec["nodeName"]?.string, !node.isEmpty else {
            if pod.json.deletionTimestamp == nil { schedule(pod) }
            return
        }
        if stoppedNodes.contains(node) { return }
        let phase = pod.json.status["phase"]?.string ?? ""
        guard let runtime = pods[pod.uid] ?? admit(pod, node) else { return }
        runtime.last = pod.json
        if pod.json.deletionTimestamp != nil {
            terminate(runtime, pod)
        } else if phase != "Succeeded", phase != "Failed" {
            for index in runtime.containers.indices { keepRunning(runtime, index) }
        }
        writeStatus(runtime)
        finishTermination(runtime)
    }

    /// Containers of a pod that the store has forgotten are killed.
    func syncOrphan(_ uid: String) {
        guard let runtime = pods[uid], store.key(uid: uid) == nil else { return }
        if runtime.isAlive {
            for index in runtime.containers.indices { send(.kill, to: index, of: runtime) }
            later(.orphan(uid: uid), Self.killAgain)
        } else {
            addresses.release(runtime.podIP)
            pods[uid] = nil
        }
    }

    private func admit(_ pod: StoredObject, _ node: String) -> PodRuntime? {
        guard store[ObjectKey(Catalog.nodes, "", node)] != nil,
            let address = addresses.take(on: node)
        else {
            later(.pod(pod.key), .seconds(5))
            return nil
        }
        let runtime = PodRuntime(
            pod: pod, node: node, podIP: address, hostIP: addresses.nodeAddress(node),
            startTime: clock.now.rfc3339Seconds)
        pods[pod.uid] = runtime
        return runtime
    }

    private func keepRunning(_ runtime: PodRuntime, _ index: Int) {
        let container = runtime.containers[index]
        if let killAt = container.killAt, container.isAlive, killAt <= clock.uptime {
            send(.kill, to: index, of: runtime)
            runtime.containers[index].killAt = clock.uptime + Self.killAgain
            later(.pod(runtime.key), Self.killAgain)
        }
        guard case .waiting = container.phase else { return }
        if let at = container.restartAt, at > clock.uptime {
            queue.add(.pod(runtime.key), at: at)
            return
        }
        start(runtime, index)
    }

    private func start(_ runtime: PodRuntime, _ index: Int) {
        guard let spec = runtime.last.spec["containers"]?[index] else { return }
        runtime.containers[index].phase = .starting
        runtime.containers[index].restartAt = nil
        runtime.containers[index].signal = nil
        runtime.containers[index].killAt = nil
        runtime.containers[index].probes = [:]
        runtime.containers[index].isReady = false
        runtime.containers[index].hasStarted = false
        let image = spec["image"]?.string ?? ""
        let name = runtime.containers[index].name
        let word =
            "Container image \"\(image)\" already present on machine and can be accessed by the pod"
        record(runtime.last, "Pulled", word, from: "kubelet", host: runtime.node, container: name)
        record(
            runtime.last, "Created", "Container created", from: "kubelet", host: runtime.node,
            container: name)
        effects.append(.start(launch(runtime, index, spec)))
    }

    // MARK: what the plug tells

    func containerStarted(_ id: ContainerID) {
        guard let runtime = pods[id.podUID], let index = runtime.index(of: id),
            runtime.containers[index].phase == .starting
        else { return }
        runtime.containers[index].phase = .running(since: clock.now)
        runtime.containers[index].runningSince = clock.uptime
        record(
            runtime.last, "Started", "Container started", from: "kubelet", host: runtime.node,
            container: id.name)
        let spec = runtime.last.spec["containers"]?[index] ?? [:]
        runtime.containers[index].hasStarted = spec["startupProbe"] == nil
        runtime.containers[index].isReady =
            spec["readinessProbe"] == nil && spec["startupProbe"] == nil
        if let pending = runtime.containers[index].signal {
            effects.append(.signal(id, pending))
        } else {
            for kind in ProbeKind.allCases { scheduleProbe(runtime, index, kind, first: true) }
        }
        touch(runtime)
    }

    func containerEnded(_ id: ContainerID, _ exit: ContainerExit) {
        guard let runtime = pods[id.podUID], let index = runtime.index(of: id) else { return }
        var since = clock.now
        if case .running(let start) = runtime.containers[index].phase { since = start }
        var ended: JSON = ["exitCode": .integer(Int64(exit.code))]
        if let signal = exit.signal { ended["signal"] = .integer(Int64(signal)) }
        ended["reason"] = .string(exit.reason ?? (exit.code == 0 ? "Completed" : "Error"))
        ended["startedAt"] = .string(since.rfc3339Seconds)
        ended["finishedAt"] = now
        ended["containerID"] = .string("hazard://\(id)")
        runtime.containers[index].termination = ended
        runtime.containers[index].isReady = false
        runtime.containers[index].phase = .ended
        runtime.containers[index].killAt = nil
        planRestart(runtime, index, failed: exit.code != 0)
        touch(runtime)
    }

    func containerFailed(_ id: ContainerID, _ message: String) {
        guard let runtime = pods[id.podUID], let index = runtime.index(of: id) else { return }
        runtime.containers[index].isReady = false
        runtime.containers[index].phase = .waiting(reason: "CreateContainerError", message: message)
        runtime.containers[index].restartAt = clock.uptime + backOff(runtime, index)
        record(
            runtime.last, "Failed", "Error: \(message)", from: "kubelet", warning: true,
            host: runtime.node, container: id.name)
        touch(runtime)
    }

    /// The next wait of a container that does not stay up: 10 s, doubled up to 5 min.
    private func backOff(_ runtime: PodRuntime, _ index: Int) -> Duration {
        let next = max(settings.restartBackoff, runtime.containers[index].backoff * 2)
        runtime.containers[index].backoff = min(next, settings.restartBackoffLimit)
        return runtime.containers[index].backoff
    }

    private func planRestart(_ runtime: PodRuntime, _ index: Int, failed: Bool) {
        let policy = runtime.last.spec["restartPolicy"]?.string ?? "Always"
        guard store.key(uid: runtime.uid) != nil, runtime.last.deletionTimestamp == nil,
            policy == "Always" || policy == "OnFailure" && failed
        else { return }
        let container = runtime.containers[index]
        let ran = clock.uptime - container.runningSince
        if ran >= Self.steadyTime { runtime.containers[index].backoff = .zero }
        runtime.containers[index].attempt += 1
        guard container.attempt > 0, ran < Self.steadyTime else {
            // The first restart follows at once.
            runtime.containers[index].phase = .waiting(reason: "ContainerCreating", message: nil)
            return
        }
        let wait = backOff(runtime, index)
        runtime.containers[index].restartAt = clock.uptime + wait
        let message =
            "back-off \(wait.human) restarting failed container=\(container.name) "
            + "pod=\(runtime.key.name)_\(runtime.key.namespace)(\(runtime.uid))"
        runtime.containers[index].phase = .waiting(reason: "CrashLoopBackOff", message: message)
        record(
            runtime.last, "BackOff",
            "Back-off restarting failed container \(container.name) in pod "
                + "\(runtime.key.name)_\(runtime.key.namespace)(\(runtime.uid))",
            from: "kubelet", warning: true, host: runtime.node, container: container.name)
    }

    private func touch(_ runtime: PodRuntime) {
        if store.key(uid: runtime.uid) != nil {
            queue.add(.pod(runtime.key))
        } else {
            queue.add(.orphan(uid: runtime.uid))
        }
    }

    // MARK: the end

    func send(_ signal: ContainerSignal, to index: Int, of runtime: PodRuntime) {
        guard runtime.containers[index].isAlive else { return }
        runtime.containers[index].signal = signal
        if case .running = runtime.containers[index].phase {
            effects.append(.signal(runtime.id(index), signal))
        } else if signal == .kill {
            effects.append(.signal(runtime.id(index), signal))
        }
    }

    /// SIGTERM first; SIGKILL when the grace period is over.
    private func terminate(_ runtime: PodRuntime, _ pod: StoredObject) {
        let grace = pod.json.metadata["deletionGracePeriodSeconds"]?.integer ?? 30
        let deadline = clock.uptime + .seconds(grace)
        if runtime.killAt == nil {
            runtime.killAt = deadline
            for index in runtime.containers.indices {
                guard runtime.containers[index].isAlive else { continue }
                record(
                    pod.json, "Killing",
                    "Stopping container \(runtime.containers[index].name)", from: "kubelet",
                    host: runtime.node, container: runtime.containers[index].name)
                send(grace == 0 ? .kill : .terminate, to: index, of: runtime)
            }
        } else if let killAt = runtime.killAt, deadline < killAt {
            runtime.killAt = deadline
        }
        guard runtime.isAlive, let killAt = runtime.killAt else { return }
        if killAt <= clock.uptime {
            for index in runtime.containers.indices { send(.kill, to: index, of: runtime) }
            later(.pod(runtime.key), Self.killAgain)
        } else {
            queue.add(.pod(runtime.key), at: killAt)
        }
    }

    /// Removes a pod whose containers have all ended.
    private func finishTermination(_ runtime: PodRuntime) {
        guard !runtime.isAlive, let pod = store[runtime.key], pod.uid == runtime.uid,
            pod.json.deletionTimestamp != nil
        else { return }
        var json = pod.json
        json.edit("metadata") { $0["deletionGracePeriodSeconds"] = 0 }
        let left = put(runtime.key, json)
        if left.json.finalizers.isEmpty { remove(runtime.key, final: left.json) }
    }

    /// The kubelet of a node stops or comes back. Its containers die with it.
    func setNode(_ name: String, running: Bool) {
        let key = ObjectKey(Catalog.nodes, "", name)
        if running {
            stoppedNodes.remove(name)
            heartbeat(key)
            for pod in podsOn(name) { queue.add(.pod(pod.key)) }
        } else if stoppedNodes.insert(name).inserted {
            for uid in pods.keys.sorted() {
                guard let runtime = pods[uid], runtime.node == name else { continue }
                for index in runtime.containers.indices { send(.kill, to: index, of: runtime) }
            }
            queue.add(.node(key), at: clock.uptime + settings.nodeGracePeriod + .seconds(1))
        }
    }
}
