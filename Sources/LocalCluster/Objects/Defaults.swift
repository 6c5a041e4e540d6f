// The defaults that the API server fills in, so that stored objects look like a real cluster's.
// Nothing is refused here.

import Core

/// Fills what a client left out.
enum Defaults {
    static func apply(
        to json: inout JSON, _ resource: Resource, cluster: ClusterState, old: JSON? = nil
    ) {
        switch resource.plural {
        case "pods": pod(&json, cluster, old)
        case "deployments": deployment(&json, isNew: old == nil)
        case "replicasets", "statefulsets", "daemonsets":
            workload(&json, resource, isNew: old == nil)
        case "services": service(&json, cluster, old)
        case "namespaces": namespace(&json)
        case "nodes": node(&json)
        case "poddisruptionbudgets": if old == nil { budget(&json) }
        case "events": event(&json)
        case "secrets": json.fill("type", "Opaque")
        case "persistentvolumeclaims":
            json.edit("spec") { $0.fill("volumeMode", "Filesystem") }
            if old == nil { json["status"] = ["phase": "Pending"] }
        default: break
        }
    }

    private static func pod(_ json: inout JSON, _ cluster: ClusterState, _ old: JSON?) {
        json.edit("spec") { spec in
            podSpec(&spec)
            spec.fill("serviceAccountName", "default")
            let account = spec["serviceAccountName"] ?? "default"
            spec.fill("serviceAccount", account)
            spec.fill("priority", 0)
            spec.fill("enableServiceLinks", true)
            spec.fill("preemptionPolicy", "PreemptLowerPriority")
            var tolerations = spec["tolerations"]?.array ?? []
            for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
            where !tolerations.contains(where: { tolerates(key, $0) }) {
                tolerations.append([
                    "key": .string(key), "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 300,
                ])
            }
            spec["tolerations"] = .array(tolerations)
            if old == nil { accountVolume(&spec, cluster) }
        }
        guard old == nil else { return }
        json["status"] = ["phase": "Pending", "qosClass": .string(qosClass(json.spec))]
    }

    private static func tolerates(_ key: String, _ toleration: JSON) -> Bool {
        let named = toleration["key"]?.string
        let effect = toleration["effect"]?.string ?? ""
        return (named == key || named == nil) && (effect.isEmpty || effect == "NoExecute")
    }

    /// The projected volume with the service account's token, which every pod is given.
    private static func accountVolume(_ spec: inout JSON, _ cluster: ClusterState) {
        if spec["automountServiceAccountToken"]?.bool == false { return }
        let name: JSON = .string("kube-api-access-" + cluster.newSuffix())
        var volumes = spec["volumes"]?.array ?? []
        volumes.append([
            "name": name,
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                    [
                        "configMap": [
                            "name": "kube-root-ca.crt",
                            "items": [["key": "ca.crt", "path": "ca.crt"]],
                        ]
                    ],
                    [
                        "downwardAPI": [
                            "items": [
                                [
                                    "path": "namespace",
                                    "fieldRef": [
                                        "apiVersion": "v1", "fieldPath": "metadata.namespace",
                                    ],
                                ]
                            ]
                        ]
                    ],
                ], "defaultMode": 420,
            ],
        ])
        spec["volumes"] = .array(volumes)
        for list in ["initContainers", "containers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(
                containers.map { container in
                    var container = container
                    var mounts = container["volumeMounts"]?.array ?? []
                    mounts.append([
                        "name": name, "readOnly": true,
                        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                    ])
                    container["volumeMounts"] = .array(mounts)
                    return container
                })
        }
    }

    private static func qosClass(_ spec: JSON) -> String {
        let containers = spec["containers"]?.array ?? []
        let asked = containers.contains {
            !($0["resources"]?["requests"]?.object?.isEmpty ?? true)
                || !($0["resources"]?["limits"]?.object?.isEmpty ?? true)
        }
        if !asked { return "BestEffort" }
        let guaranteed = containers.allSatisfy { container in
            let limits = container["resources"]?["limits"]
            let requests = container["resources"]?["requests"] ?? limits
            return limits?["cpu"] != nil && limits?["memory"] != nil && requests == limits
        }
        return guaranteed ? "Guaranteed" : "Burstable"
    }

    /// A pod's spec, in a pod or in a template.
    static func podSpec(_ spec: inout JSON) {
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(containers.map(container))
        }
        spec.fill("restartPolicy", "Always")
        spec.fill("terminationGracePeriodSeconds", 30)
        spec.fill("dnsPolicy", "ClusterFirst")
        spec.fill("securityContext", [:])
        spec.fill("schedulerName", "default-scheduler")
    }

    private static func container(_ json: JSON) -> JSON {
        var json = json
        json.fill("resources", [:])
        json.fill("terminationMessagePath", "/dev/termination-log")
        json.fill("terminationMessagePolicy", "File")
        if let image = json["image"]?.string {
            let tag = image.split(separator: "/").last.map(String.init) ?? image
            let latest = !image.contains("@") && (!tag.contains(":") || tag.hasSuffix(":latest"))
            json.fill("imagePullPolicy", latest ? "Always" : "IfNotPresent")
        }
        if let ports = json["ports"]?.array {
            json["ports"] = .array(
                ports.map { port in
                    var port = port
                    port.fill("protocol", "TCP")
                    return port
                })
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            guard var probe = json[name], probe.object != nil else { continue }
            probe.fill("timeoutSeconds", 1)
            probe.fill("periodSeconds", 10)
            probe.fill("successThreshold", 1)
            probe.fill("failureThreshold", 3)
            if probe["httpGet"] != nil {
                probe.edit("httpGet") {
                    $0.fill("path", "/")
                    $0.fill("scheme", "HTTP")
                }
            }
            json[name] = probe
        }
        return json
    }

    private static func deployment(_ json: inout JSON, isNew: Bool) {
        json.edit("spec") { spec in
            spec.fill("replicas", 1)
            template(&spec)
            spec.edit("strategy") { strategy in
                strategy.fill("type", "RollingUpdate")
                if strategy["type"]?.string == "RollingUpdate" {
                    strategy.edit("rollingUpdate") {
                        $0.fill("maxUnavailable", "25%")
                        $0.fill("maxSurge", "25%")
                    }
                }
            }
            spec.fill("revisionHistoryLimit", 10)
            spec.fill("progressDeadlineSeconds", 600)
        }
        if isNew { json["status"] = [:] }
    }

    private static func workload(_ json: inout JSON, _ resource: Resource, isNew: Bool) {
        json.edit("spec") { spec in
            if resource.plural != "daemonsets" { spec.fill("replicas", 1) }
            template(&spec)
            if resource.plural == "statefulsets" {
                spec.fill("podManagementPolicy", "OrderedReady")
                spec.fill("revisionHistoryLimit", 10)
                spec.fill(
                    "updateStrategy",
                    ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
            }
            if resource.plural == "daemonsets" {
                spec.fill("revisionHistoryLimit", 10)
                spec.fill(
                    "updateStrategy",
                    [
                        "type": "RollingUpdate",
                        "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 0],
                    ])
            }
        }
        guard isNew else { return }
        json["status"] =
            resource.plural == "daemonsets"
            ? [
                "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0,
                "numberReady": 0,
            ] : ["replicas": 0]
    }

    private static func template(_ spec: inout JSON) {
        guard spec["template"]?.object != nil else { return }
        spec.edit("template") { template in
            if template["spec"]?.object != nil { template.edit("spec", podSpec) }
        }
    }

    private static func service(_ json: inout JSON, _ cluster: ClusterState, _ old: JSON?) {
        json.edit("spec") { spec in
            spec.fill("type", "ClusterIP")
            spec.fill("sessionAffinity", "None")
            let ports = spec["ports"]?.array ?? []
            if !ports.isEmpty {
                spec["ports"] = .array(
                    ports.map { port in
                        var port = port
                        port.fill("protocol", "TCP")
                        let number = port["port"] ?? 0
                        port.fill("targetPort", number)
                        return port
                    })
            }
            if let address = old?.spec["clusterIP"] { spec.fill("clusterIP", address) }
            if spec["type"]?.string != "ExternalName" {
                spec.fill("clusterIP", .string(cluster.addresses.nextService()))
                let address = spec["clusterIP"] ?? "None"
                spec.fill("clusterIPs", [address])
                spec.fill("ipFamilies", ["IPv4"])
                spec.fill("ipFamilyPolicy", "SingleStack")
                spec.fill("internalTrafficPolicy", "Cluster")
            }
        }
        json.fill("status", ["loadBalancer": [:]])
    }

    private static func namespace(_ json: inout JSON) {
        json.edit("metadata") { metadata in
            let name = metadata["name"] ?? ""
            metadata.edit("labels") { $0.fill("kubernetes.io/metadata.name", name) }
        }
        json.edit("spec") { $0.fill("finalizers", ["kubernetes"]) }
        json.edit("status") { $0.fill("phase", "Active") }
    }

    private static func node(_ json: inout JSON) {
        json.edit("metadata") { metadata in
            let name = metadata["name"] ?? ""
            metadata.edit("labels") { $0.fill("kubernetes.io/hostname", name) }
        }
        json.fill("spec", [:])
        json.fill("status", [:])
    }

    private static func budget(_ json: inout JSON) {
        json["status"] = [
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
        ]
    }

    private static func event(_ json: inout JSON) {
        json.fill("source", [:])
        json.fill("firstTimestamp", .null)
        json.fill("lastTimestamp", .null)
        json.fill("eventTime", .null)
        json.fill("reportingComponent", "")
        json.fill("reportingInstance", "")
    }
}
