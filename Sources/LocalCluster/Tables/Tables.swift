// The columns of each kind, and objects as tables. The titles are those of the recorded server.

import Core
import Platform

extension ClusterState {
    /// Objects as a `meta.k8s.io/v1` Table.
    func table(
        _ objects: [StoredObject], _ request: APIRequest, revision: Int, withColumns: Bool
    ) -> JSON {
        let columns = TableColumns.of(request.resource)
        let now = clock.now
        let include = request.query["includeObject"] ?? "Metadata"
        let rows: [JSON] = objects.map { object in
            let shown = present(object, request.resource)
            var row: JSON = ["cells": .array(columns.map { $0.cell(shown, now) })]
            switch include {
            case "None": break
            case "Object": row["object"] = shown
            default: row["object"] = Partial.object(shown)
            }
            return row
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1",
            "metadata": ["resourceVersion": .string(String(revision))],
            "columnDefinitions": withColumns ? .array(columns.map(\.definition)) : .null,
            "rows": .array(rows),
        ]
    }
}

/// Which columns a kind has.
enum TableColumns {
    static func of(_ resource: Resource) -> [TableColumn] {
        byPlural[resource.plural] ?? [.objectName, .age]
    }

    private static let byPlural: [String: [TableColumn]] = [
        "pods": PodColumns.all,
        "nodes": nodes,
        "namespaces": [.objectName, .text("Status", "status", "phase", missing: ""), .age],
        "deployments": deployments,
        "replicasets": replicaSets,
        "statefulsets": [
            .objectName, ready(["status", "readyReplicas"]), .age, containers, images,
        ],
        "daemonsets": [
            .objectName, .number("Desired", "status", "desiredNumberScheduled"),
            .number("Current", "status", "currentNumberScheduled"),
            .number("Ready", "status", "numberReady"),
            .number("Up-to-date", "status", "updatedNumberScheduled"),
            .number("Available", "status", "numberAvailable"),
            nodeSelector, .age,
        ],
        "services": services,
        "endpoints": [.objectName, endpoints, .age],
        "endpointslices": slices,
        "poddisruptionbudgets": budgets,
        "events": events,
        "configmaps": [.objectName, count("Data", "data"), .age],
        "secrets": [.objectName, .text("Type", "type"), count("Data", "data"), .age],
        "leases": [.objectName, .text("Holder", "spec", "holderIdentity", missing: ""), .age],
        "horizontalpodautoscalers": [
            .objectName, .text("Reference", "spec", "scaleTargetRef", "name"),
            .text("MinPods", "spec", "minReplicas"), .text("MaxPods", "spec", "maxReplicas"),
            .text("Replicas", "status", "currentReplicas", missing: "0"), .age,
        ],
        "roles": created, "clusterroles": created,
    ]

    private static let created: [TableColumn] = [
        .objectName, .text("Created At", "metadata", "creationTimestamp"),
    ]

    private static let containers = TableColumn("Containers", priority: 1) { json, _ in
        .string(list(json, "name"))
    }

    private static let images = TableColumn("Images", priority: 1) { json, _ in
        .string(list(json, "image"))
    }

    private static let selector = TableColumn("Selector", priority: 1) { json, _ in
        .string(TableColumn.selector(json.spec["selector"]?["matchLabels"]))
    }

    private static let nodeSelector = TableColumn("Node Selector") { json, _ in
        .string(TableColumn.selector(json.spec["template"]?.spec["nodeSelector"]))
    }

    private static func list(_ json: JSON, _ field: String) -> String {
        (json.spec["template"]?.spec["containers"]?.array ?? [])
            .compactMap { $0[field]?.string }.joined(separator: ",")
    }

    private static func count(_ name: String, _ field: String) -> TableColumn {
        TableColumn(name, type: "string") { json, _ in
            .string(String(json[field]?.object?.count ?? 0))
        }
    }

    private static func ready(_ path: [String]) -> TableColumn {
        TableColumn("Ready") { json, _ in
            .string("\(json[path: path]?.integer ?? 0)/\(json.spec["replicas"]?.integer ?? 0)")
        }
    }

    private static let deployments: [TableColumn] = [
        .objectName, ready(["status", "readyReplicas"]),
        .number("Up-to-date", "status", "updatedReplicas"),
        .number("Available", "status", "availableReplicas"), .age, containers, images, selector,
    ]

    private static let replicaSets: [TableColumn] = [
        .objectName, .number("Desired", "spec", "replicas"),
        .number("Current", "status", "replicas"), .number("Ready", "status", "readyReplicas"), .age,
        containers, images, selector,
    ]

    private static let nodes: [TableColumn] = [
        .objectName,
        TableColumn("Status") { json, _ in
            var words = [json.isConditionTrue("Ready") ? "Ready" : "NotReady"]
            if json.condition("Ready") == nil { words = ["Unknown"] }
            if json.spec["unschedulable"]?.bool == true { words.append("SchedulingDisabled") }
            return .string(words.joined(separator: ","))
        },
        TableColumn("Roles") { json, _ in
            let prefix = "node-role.kubernetes.io/"
            let roles = json.labels.keys.filter { $0.hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count)) }.sorted()
            return .string(roles.isEmpty ? "<none>" : roles.joined(separator: ","))
        }, .age,
        .text("Version", "status", "nodeInfo", "kubeletVersion", missing: ""),
        TableColumn("Internal-IP", priority: 1) { json, _ in .string(address(json, "InternalIP")) },
        TableColumn("External-IP", priority: 1) { json, _ in .string(address(json, "ExternalIP")) },
        .text("OS-Image", "status", "nodeInfo", "osImage", priority: 1, missing: "<unknown>"),
        .text(
            "Kernel-Version", "status", "nodeInfo", "kernelVersion", priority: 1,
            missing: "<unknown>"),
        .text(
            "Container-Runtime", "status", "nodeInfo", "containerRuntimeVersion", priority: 1,
            missing: "<unknown>"),
    ]

    private static func address(_ json: JSON, _ type: String) -> String {
        json.status["addresses"]?.array?.first { $0["type"]?.string == type }?["address"]?.string
            ?? "<none>"
    }

    private static let services: [TableColumn] = [
        .objectName, .text("Type", "spec", "type"), .text("Cluster-IP", "spec", "clusterIP"),
        TableColumn("External-IP") { json, _ in
            .string(json.spec["externalName"]?.string ?? "<none>")
        },
        TableColumn("Port(s)") { json, _ in
            let ports = (json.spec["ports"]?.array ?? []).map { port in
                let node = port["nodePort"]?.integer.map { ":\($0)" } ?? ""
                return "\(port["port"]?.integer ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
            }
            return .string(ports.isEmpty ? "<none>" : ports.joined(separator: ","))
        }, .age,
        TableColumn("Selector", priority: 1) { json, _ in
            .string(TableColumn.selector(json.spec["selector"]))
        },
    ]

    private static let endpoints = TableColumn("Endpoints") { json, _ in
        let pairs = (json["subsets"]?.array ?? []).flatMap { subset in
            (subset["ports"]?.array ?? []).flatMap { port in
                (subset["addresses"]?.array ?? []).map {
                    "\($0["ip"]?.string ?? ""):\(port["port"]?.integer ?? 0)"
                }
            }
        }
        if pairs.isEmpty { return "<none>" }
        let shown = pairs.prefix(3).joined(separator: ",")
        return .string(pairs.count > 3 ? "\(shown) + \(pairs.count - 3) more..." : shown)
    }

    private static let slices: [TableColumn] = [
        .objectName, .text("AddressType", "addressType"),
        TableColumn("Ports") { json, _ in
            let ports = (json["ports"]?.array ?? []).compactMap { $0["port"]?.integer }
            return .string(
                ports.isEmpty ? "<unset>" : ports.map { String($0) }.joined(separator: ","))
        },
        TableColumn("Endpoints") { json, _ in
            let all = (json["endpoints"]?.array ?? []).flatMap {
                $0["addresses"]?.array?.compactMap(\.string) ?? []
            }
            if all.isEmpty { return "<unset>" }
            let shown = all.prefix(3).joined(separator: ",")
            return .string(all.count > 3 ? "\(shown) + \(all.count - 3) more..." : shown)
        }, .age,
    ]

    private static let budgets: [TableColumn] = [
        .objectName, .text("Min Available", "spec", "minAvailable", missing: "N/A"),
        .text("Max Unavailable", "spec", "maxUnavailable", missing: "N/A"),
        .number("Allowed Disruptions", "status", "disruptionsAllowed"), .age,
    ]

    private static let events: [TableColumn] = [
        TableColumn("Last Seen") { json, now in
            let last =
                json["series"]?["lastObservedTime"]?.instant ?? json["lastTimestamp"]?.instant
                ?? json["deprecatedLastTimestamp"]?.instant ?? json["eventTime"]?.instant
                ?? json.created
            return .string(TableColumn.age(since: last, now))
        },
        .text("Type", "type", missing: ""), .text("Reason", "reason", missing: ""),
        TableColumn("Object") { json, _ in
            let object = json["involvedObject"] ?? json["regarding"] ?? [:]
            let kind = object["kind"]?.string?.lowercased() ?? ""
            return .string("\(kind)/\(object["name"]?.string ?? "")")
        },
        .text("Subobject", "involvedObject", "fieldPath", priority: 1, missing: ""),
        TableColumn("Source", priority: 1) { json, _ in
            let source = json["source"] ?? json["deprecatedSource"] ?? [:]
            let parts = [source["component"]?.string, source["host"]?.string].compactMap { $0 }
            return .string(
                parts.isEmpty
                    ? json["reportingComponent"]?.string ?? "" : parts.joined(separator: ", "))
        },
        TableColumn("Message") { json, _ in
            .string((json["message"]?.string ?? json["note"]?.string ?? "").trimmedRight)
        },
        TableColumn("First Seen", priority: 1) { json, now in
            .string(
                TableColumn.age(
                    since: json["firstTimestamp"]?.instant ?? json["eventTime"]?.instant
                        ?? json.created, now))
        },
        TableColumn("Count", priority: 1) { json, _ in
            let count = json["series"]?["count"]?.integer ?? json["count"]?.integer ?? 1
            return .string(String(count))
        },
        TableColumn("Name", format: "name", priority: 1) { json, _ in .string(json.objectName) },
    ]
}

extension String {
    var trimmedRight: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
