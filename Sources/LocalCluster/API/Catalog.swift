// Every kind of object that the cluster serves, in the order of discovery. The verbs of a line are
// those of the recorded server; only what the cluster implements is listed.

/// The resource types, built once.
enum Catalog {
    static let all: [Resource] = build()

    static let pods = find("", "pods")
    static let nodes = find("", "nodes")
    static let namespaces = find("", "namespaces")
    static let services = find("", "services")
    static let endpoints = find("", "endpoints")
    static let events = find("", "events")
    static let newEvents = find("events.k8s.io", "events")
    static let configMaps = find("", "configmaps")
    static let secrets = find("", "secrets")
    static let serviceAccounts = find("", "serviceaccounts")
    static let deployments = find("apps", "deployments")
    static let replicaSets = find("apps", "replicasets")
    static let statefulSets = find("apps", "statefulsets")
    static let daemonSets = find("apps", "daemonsets")
    static let budgets = find("policy", "poddisruptionbudgets")
    static let leases = find("coordination.k8s.io", "leases")
    static let slices = find("discovery.k8s.io", "endpointslices")

    /// The API groups in order, each once.
    static let groupVersions: [String] = {
        var seen: [String] = []
        for resource in all where !seen.contains(resource.groupVersion) {
            seen.append(resource.groupVersion)
        }
        return seen
    }()

    private static let byPath: [String: Int] = Dictionary(
        all.map { ("\($0.groupVersion)/\($0.plural)", $0.id) },
        uniquingKeysWith: { first, _ in first })

    private static let byKind: [String: Int] = Dictionary(
        all.map { ("\($0.groupVersion)/\($0.kind)", $0.id) },
        uniquingKeysWith: { first, _ in first })

    static func resource(groupVersion: String, plural: String) -> Resource? {
        byPath["\(groupVersion)/\(plural)"].map { all[$0] }
    }

    static func resource(apiVersion: String, kind: String) -> Resource? {
        byKind["\(apiVersion)/\(kind)"].map { all[$0] }
    }

    private static func find(_ group: String, _ plural: String) -> Resource {
        guard let found = all.first(where: { $0.group == group && $0.plural == plural }) else {
            preconditionFailure("the catalog has no \(plural) in group '\(group)'")
        }
        return found
    }

    private static func build() -> [Resource] {
        lines.enumerated().map { id, line in
            let words = line.split(separator: " ").map(String.init)
            let slash = words[0].lastIndex(of: "/")
            let options = Dictionary(
                words.dropFirst(4).map { word in
                    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                    return (parts[0], parts.count > 1 ? parts[1] : "")
                }, uniquingKeysWith: { first, _ in first })
            func list(_ name: String) -> [String] {
                options[name]?.split(separator: ",").map(String.init) ?? []
            }
            return Resource(
                id: id, group: slash.map { String(words[0][..<$0]) } ?? "",
                version: slash.map { String(words[0][words[0].index(after: $0)...]) } ?? words[0],
                plural: words[1], singular: options["singular"] ?? words[2].lowercased(),
                kind: words[2], namespaced: words[3] == "namespaced", shortNames: list("short"),
                categories: list("category"),
                subresources: list("sub").map { subresource($0, of: words[2]) },
                verbs: options["verbs"].map { $0.split(separator: ",").map(String.init) }
                    ?? (words[1] == "namespaces"
                        ? everyVerb.filter { $0 != "deletecollection" }
                        : everyVerb))
        }
    }

    private static let everyVerb = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    private static func subresource(_ name: String, of kind: String) -> Resource.Subresource {
        switch name {
        case "scale":
            .init(
                name: name, group: "autoscaling", version: "v1", kind: "Scale",
                verbs: ["get", "patch", "update"])
        case "eviction":
            .init(name: name, group: "policy", version: "v1", kind: "Eviction", verbs: ["create"])
        case "binding": .init(name: name, kind: "Binding", verbs: ["create"])
        case "finalize": .init(name: name, kind: kind, verbs: ["update"])
        case "log": .init(name: name, kind: kind, verbs: ["get"])
        default: .init(name: name, kind: kind, verbs: ["get", "patch", "update"])
        }
    }

    /// groupVersion plural Kind scope [short=] [category=] [sub=] [verbs=] [singular=]
    private static let lines: [String] = [
        "v1 bindings Binding namespaced verbs=create",
        "v1 configmaps ConfigMap namespaced short=cm",
        "v1 endpoints Endpoints namespaced short=ep",
        "v1 events Event namespaced short=ev",
        "v1 limitranges LimitRange namespaced short=limits",
        "v1 namespaces Namespace cluster short=ns sub=finalize,status",
        "v1 nodes Node cluster short=no sub=status",
        "v1 persistentvolumeclaims PersistentVolumeClaim namespaced short=pvc sub=status",
        "v1 persistentvolumes PersistentVolume cluster short=pv sub=status",
        "v1 pods Pod namespaced short=po category=all "
            + "sub=binding,ephemeralcontainers,eviction,log,status",
        "v1 podtemplates PodTemplate namespaced",
        "v1 replicationcontrollers ReplicationController namespaced short=rc category=all "
            + "sub=scale,status",
        "v1 resourcequotas ResourceQuota namespaced short=quota sub=status",
        "v1 secrets Secret namespaced",
        "v1 serviceaccounts ServiceAccount namespaced short=sa",
        "v1 services Service namespaced short=svc category=all sub=status",
        "apps/v1 controllerrevisions ControllerRevision namespaced",
        "apps/v1 daemonsets DaemonSet namespaced short=ds category=all sub=status",
        "apps/v1 deployments Deployment namespaced short=deploy category=all sub=scale,status",
        "apps/v1 replicasets ReplicaSet namespaced short=rs category=all sub=scale,status",
        "apps/v1 statefulsets StatefulSet namespaced short=sts category=all sub=scale,status",
        "events.k8s.io/v1 events Event namespaced short=ev",
        "authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster verbs=create",
        "authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster "
            + "verbs=create",
        "autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced short=hpa "
            + "category=all sub=status",
        "batch/v1 cronjobs CronJob namespaced short=cj category=all sub=status",
        "batch/v1 jobs Job namespaced category=all sub=status",
        "networking.k8s.io/v1 ingresses Ingress namespaced short=ing sub=status singular=ingress",
        "networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced short=netpol",
        "policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced short=pdb sub=status",
        "rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster",
        "rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster",
        "rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced",
        "rbac.authorization.k8s.io/v1 roles Role namespaced",
        "storage.k8s.io/v1 storageclasses StorageClass cluster short=sc",
        "scheduling.k8s.io/v1 priorityclasses PriorityClass cluster short=pc",
        "coordination.k8s.io/v1 leases Lease namespaced",
        "discovery.k8s.io/v1 endpointslices EndpointSlice namespaced",
        "monitoring.coreos.com/v1 servicemonitors ServiceMonitor namespaced short=smon",
        "monitoring.coreos.com/v1 podmonitors PodMonitor namespaced short=pmon",
        "monitoring.coreos.com/v1 prometheusrules PrometheusRule namespaced short=promrule",
        "networking.istio.io/v1 virtualservices VirtualService namespaced short=vs",
        "networking.istio.io/v1 destinationrules DestinationRule namespaced short=dr",
    ]
}
