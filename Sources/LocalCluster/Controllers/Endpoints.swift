// Which pods stand behind a service: its Endpoints and its EndpointSlice.

import Core

extension ClusterState {
    func syncEndpoints(_ key: ObjectKey) {
        let endpoints = ObjectKey(Catalog.endpoints, key.namespace, key.name)
        guard let service = store[key] else {
            if let json = store[endpoints]?.json { remove(endpoints, final: json) }
            return
        }
        guard let selector = LabelSelector(map: service.json.spec["selector"]) else { return }
        let pods = store.list(Catalog.pods, namespace: key.namespace).filter { pod in
            selector.matches(pod.json) && pod.json.status["podIP"]?.string != nil
                && !["Succeeded", "Failed"].contains(pod.json.status["phase"]?.string ?? "")
        }
        let ports = servicePorts(service.json, pods)
        writeEndpoints(endpoints, service.json, pods, ports)
        writeSlice(service.json, pods, ports)
    }

    private func servicePorts(_ service: JSON, _ pods: [StoredObject]) -> [JSON] {
        (service.spec["ports"]?.array ?? []).compactMap { port in
            var number = port["targetPort"]?.integer ?? port["port"]?.integer
            if let name = port["targetPort"]?.string {
                number =
                    pods.lazy.flatMap { $0.json.spec["containers"]?.array ?? [] }
                    .flatMap { $0["ports"]?.array ?? [] }
                    .first { $0["name"]?.string == name }?["containerPort"]?.integer
            }
            guard let number else { return nil }
            var out: JSON = [:]
            if let name = port["name"]?.string { out["name"] = .string(name) }
            out["port"] = .integer(Int64(number))
            out["protocol"] = port["protocol"] ?? "TCP"
            return out
        }
    }

    private func target(_ pod: StoredObject) -> JSON {
        [
            "kind": "Pod", "namespace": .string(pod.key.namespace), "name": .string(pod.key.name),
            "uid": .string(pod.uid),
        ]
    }

    private func writeEndpoints(
        _ key: ObjectKey, _ service: JSON, _ pods: [StoredObject], _ ports: [JSON]
    ) {
        var ready: [JSON] = []
        var notReady: [JSON] = []
        for pod in pods where pod.json.deletionTimestamp == nil {
            let address: JSON = [
                "ip": pod.json.status["podIP"] ?? "", "nodeName": pod.json.spec["nodeName"] ?? "",
                "targetRef": target(pod),
            ]
            if pod.json.isConditionTrue("Ready") {
                ready.append(address)
            } else {
                notReady.append(address)
            }
        }
        var subset: JSON = [:]
        if !ready.isEmpty { subset["addresses"] = .array(ready) }
        if !notReady.isEmpty { subset["notReadyAddresses"] = .array(notReady) }
        subset["ports"] = .array(ports)
        var json =
            store[key]?.json ?? [
                "kind": "Endpoints", "apiVersion": "v1",
                "metadata": [
                    "name": .string(key.name), "namespace": .string(key.namespace),
                    "uid": .string(newUID()), "creationTimestamp": now,
                ],
            ]
        json["subsets"] = ready.isEmpty && notReady.isEmpty ? nil : [subset]
        put(key, json)
    }

    private func writeSlice(_ service: JSON, _ pods: [StoredObject], _ ports: [JSON]) {
        let old = store.dependents(of: service.uid).first { $0.resource == Catalog.slices.id }
        let key =
            old
            ?? ObjectKey(Catalog.slices, service.namespace, "\(service.objectName)-\(newSuffix())")
        let endpoints: [JSON] = pods.map { pod in
            let ready = pod.json.isConditionTrue("Ready")
            let going = pod.json.deletionTimestamp != nil
            var endpoint: JSON = [
                "addresses": [pod.json.status["podIP"] ?? ""],
                "conditions": [
                    "ready": .bool(ready && !going), "serving": .bool(ready),
                    "terminating": .bool(going),
                ],
                "targetRef": target(pod), "nodeName": pod.json.spec["nodeName"] ?? "",
            ]
            if let zone = pod.json.label("topology.kubernetes.io/zone") {
                endpoint["zone"] = .string(zone)
            }
            return endpoint
        }
        var json =
            store[key]?.json ?? [
                "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
                "metadata": [
                    "name": .string(key.name), "generateName": .string("\(service.objectName)-"),
                    "namespace": .string(key.namespace), "uid": .string(newUID()), "generation": 1,
                    "creationTimestamp": now,
                    "labels": [
                        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                        "kubernetes.io/service-name": .string(service.objectName),
                    ],
                    "ownerReferences": [Self.ownerReference(service)],
                ],
                "addressType": "IPv4",
            ]
        json["endpoints"] = .array(endpoints)
        json["ports"] = .array(ports)
        put(key, json)
    }
}
