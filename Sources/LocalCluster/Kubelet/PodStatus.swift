// A pod's status as its kubelet reports it.

import Core

extension ClusterState {
    func writeStatus(_ runtime: PodRuntime) {
        guard let pod = store[runtime.key], pod.uid == runtime.uid else { return }
        if stoppedNodes.contains(runtime.node) { return }
        edit(runtime.key) { json in
            let statuses = runtime.containers.enumerated().map { index, container in
                self.status(container, runtime.id(index), json.spec["containers"]?[index] ?? [:])
            }
            let ready = runtime.containers.allSatisfy { $0.isReady && $0.isAlive }
            let phase = self.phase(runtime, json)
            for type in ["PodReadyToStartContainers", "Initialized"] {
                PodStatus.setCondition(&json, type, true, now: self.now)
            }
            for type in ["Ready", "ContainersReady"] {
                if phase == "Succeeded" {
                    PodStatus.setCondition(
                        &json, type, false, reason: "PodCompleted", now: self.now)
                } else if ready {
                    PodStatus.setCondition(&json, type, true, now: self.now)
                } else {
                    let waiting = runtime.containers.filter { !$0.isReady }.map(\.name)
                    PodStatus.setCondition(
                        &json, type, false, reason: "ContainersNotReady",
                        message: "containers with unready status: "
                            + "[\(waiting.joined(separator: " "))]", now: self.now)
                }
            }
            json.edit("status") { status in
                status["phase"] = .string(phase)
                status["hostIP"] = .string(runtime.hostIP)
                status["hostIPs"] = [["ip": .string(runtime.hostIP)]]
                status["podIP"] = .string(runtime.podIP)
                status["podIPs"] = [["ip": .string(runtime.podIP)]]
                status["startTime"] = .string(runtime.startTime)
                status["containerStatuses"] = .array(statuses)
            }
        }
    }

    private func phase(_ runtime: PodRuntime, _ json: JSON) -> String {
        let old = json.status["phase"]?.string ?? "Pending"
        if runtime.containers.allSatisfy({ $0.phase == .ended }) {
            if json.deletionTimestamp != nil { return old == "Pending" ? "Pending" : old }
            let failed = runtime.containers.contains {
                $0.termination?["exitCode"]?.integer ?? 0 != 0
            }
            return failed ? "Failed" : "Succeeded"
        }
        let begun = runtime.containers.allSatisfy { container in
            if case .running = container.phase { return true }
            return container.attempt > 0 || container.termination != nil
        }
        return begun || old == "Running" ? "Running" : "Pending"
    }

    private func status(_ container: ContainerRuntime, _ id: ContainerID, _ spec: JSON) -> JSON {
        var state: JSON = [:]
        var last: JSON = [:]
        switch container.phase {
        case .waiting(let reason, let message):
            var waiting: JSON = ["reason": .string(reason)]
            if let message { waiting["message"] = .string(message) }
            state["waiting"] = waiting
            if let ended = container.termination { last["terminated"] = ended }
        case .starting:
            state["waiting"] = ["reason": "ContainerCreating"]
            if let ended = container.termination { last["terminated"] = ended }
        case .running(let since):
            state["running"] = ["startedAt": .string(since.rfc3339Seconds)]
            if container.attempt > 0, let ended = container.termination {
                last["terminated"] = ended
            }
        case .ended: state["terminated"] = container.termination ?? [:]
        }
        // While a container waits, its attempt is the next start, which has not happened yet.
        let waits = container.isWaitingForRestart && container.attempt > 0
        let restarts = Int64(waits ? container.attempt - 1 : container.attempt)
        var running = false
        if case .running = container.phase { running = true }
        var json: JSON = [
            "name": .string(container.name), "state": state, "lastState": last,
            "ready": .bool(container.isReady && running),
            "restartCount": .integer(restarts), "image": spec["image"] ?? "",
            "imageID": spec["image"] ?? "",
        ]
        if running { json["containerID"] = .string("hazard://\(id)") }
        json["started"] = .bool(running && container.hasStarted)
        return json
    }
}

/// Conditions of pods.
enum PodStatus {
    static func setCondition(
        _ json: inout JSON, _ type: String, _ on: Bool, reason: String? = nil,
        message: String? = nil, now: JSON
    ) {
        let text = on ? "True" : "False"
        let generation = JSON.integer(Int64(json.generation))
        json.edit("status") { status in
            var conditions = status["conditions"]?.array ?? []
            let at = conditions.firstIndex { $0["type"]?.string == type }
            let old = at.map { conditions[$0] }
            let same = old?["status"]?.string == text
            var condition: JSON = [
                "type": .string(type), "observedGeneration": generation, "status": .string(text),
                "lastProbeTime": .null,
                "lastTransitionTime": same ? old?["lastTransitionTime"] ?? now : now,
            ]
            if let reason { condition["reason"] = .string(reason) }
            if let message { condition["message"] = .string(message) }
            if let at { conditions[at] = condition } else { conditions.append(condition) }
            status["conditions"] = .array(conditions)
        }
    }
}
