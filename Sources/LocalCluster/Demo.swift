// What a new cluster contains, the nodes of the demo, and applying objects without HTTP.

import Core

extension ClusterState {
    /// The namespaces that every cluster has.
    func createSystemObjects() {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            _ = try? create(
                ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": .string(name)]],
                Catalog.namespaces)
        }
    }

    /// Creates the object, or merges it into the stored one.
    func applyObject(_ json: JSON) throws(APIError) {
        let version = json["apiVersion"]?.string ?? ""
        let kind = json["kind"]?.string ?? ""
        if kind == "List" {
            for item in json["items"]?.array ?? [] { try applyObject(item) }
            return
        }
        guard let resource = Catalog.resource(apiVersion: version, kind: kind), resource.isStored
        else {
            throw APIError(
                code: 404, reason: "NotFound",
                message: "no matches for kind \"\(kind)\" in version \"\(version)\"")
        }
        var json = json
        if resource.namespaced, json.namespace.isEmpty {
            json.edit("metadata") { $0["namespace"] = "default" }
        }
        let key = ObjectKey(resource.storage, json.namespace, json.objectName)
        guard let old = store[key] else {
            try create(json, resource)
            return
        }
        _ = try replace(
            old, with: MergePatch.strategic(json, into: old.json), subresource: nil, dryRun: false)
    }

    func createNode(_ name: String, zone: String) throws(APIError) {
        let region = String(zone.dropLast())
        let capacity: JSON = ["cpu": "4", "memory": "8Gi", "pods": "110"]
        let node: JSON = [
            "kind": "Node", "apiVersion": "v1",
            "metadata": [
                "name": .string(name),
                "labels": [
                    "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
                    "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64",
                    "kubernetes.io/hostname": .string(name),
                    "topology.kubernetes.io/region": .string(region),
                    "topology.kubernetes.io/zone": .string(zone),
                ],
            ],
            "spec": [
                "providerID": .string("hazard:///\(zone)/\(name)")
            ],
            "status": [
                "capacity": capacity, "allocatable": capacity,
                "addresses": [
                    ["type": "InternalIP", "address": .string(addresses.nodeAddress(name))],
                    ["type": "Hostname", "address": .string(name)],
                ],
                "nodeInfo": [
                    "kubeletVersion": "v1.36.2", "osImage": "Hazard demo",
                    "kernelVersion": "", "containerRuntimeVersion": "hazard://1",
                    "operatingSystem": "linux", "architecture": "amd64", "machineID": "",
                    "systemUUID": "", "bootID": "", "kubeProxyVersion": "",
                ],
                "conditions": [
                    [
                        "type": "Ready", "status": "True", "lastHeartbeatTime": now,
                        "lastTransitionTime": now, "reason": "KubeletReady",
                        "message": "kubelet is posting ready status",
                    ]
                ],
            ],
        ]
        try create(node, Catalog.nodes)
    }
}

extension LocalCluster {
    /// The demo's machines: three nodes in two zones.
    package func seedDemoNodes() {
        addNode("node-a1", zone: "local-1a")
        addNode("node-a2", zone: "local-1a")
        addNode("node-b1", zone: "local-1b")
    }

    /// Adds a ready node. Its kubelet is the cluster's plug.
    package func addNode(_ name: String, zone: String) {
        try? state.createNode(name, zone: zone)
        state.ringIfBusy()
    }

    /// Stops a node's kubelet and kills its containers, as a machine that loses power, or starts it
    /// again.
    package func setNode(_ name: String, running: Bool) {
        state.setNode(name, running: running)
        state.ringIfBusy()
    }
}
