// Rolls a deployment's pods from one template to the next by moving replicas between replica sets,
// within maxSurge and maxUnavailable.

import Core

extension ClusterState {
    /// The replica sets of a deployment: the one of its template, and the others, oldest first.
    struct Generations {
        var new: StoredObject?
        var old: [StoredObject]
        var all: [StoredObject] { old + (new.map { [$0] } ?? []) }
    }

    func syncDeployment(_ key: ObjectKey) {
        guard let deployment = store[key], deployment.json.deletionTimestamp == nil else { return }
        if deployment.json.spec["paused"]?.bool != true {
            ensureNewReplicaSet(deployment)
        }
        guard let current = store[key] else { return }
        if current.json.spec["strategy"]?["type"]?.string == "Recreate" {
            recreate(current)
        } else {
            roll(current)
        }
        cleanHistory(current)
        writeDeploymentStatus(key)
    }

    func generations(of deployment: StoredObject) -> Generations {
        let hash = TemplateHash.of(deployment.json.spec["template"] ?? [:])
        var new: StoredObject?
        var old: [StoredObject] = []
        for key in store.dependents(of: deployment.uid)
        where key.resource == Catalog.replicaSets.id {
            guard let set = store[key] else { continue }
            if set.json.label("pod-template-hash") == hash { new = set } else { old.append(set) }
        }
        old.sort { Self.revision($0.json) < Self.revision($1.json) }
        return Generations(new: new, old: old)
    }

    private static let revisionKey = "deployment.kubernetes.io/revision"

    private static func revision(_ json: JSON) -> Int {
        json.annotation(revisionKey).flatMap { Int($0) } ?? 0
    }

    private func ensureNewReplicaSet(_ deployment: StoredObject) {
        let sets = generations(of: deployment)
        let highest = sets.old.map { Self.revision($0.json) }.max() ?? 0
        let revision: Int
        if let new = sets.new {
            revision = max(Self.revision(new.json), highest + 1)
            setRevision(new.key, revision)
        } else {
            revision = highest + 1
            createReplicaSet(deployment, revision)
        }
        setRevision(deployment.key, revision)
    }

    private func setRevision(_ key: ObjectKey, _ revision: Int) {
        edit(key) { json in
            json.edit("metadata") {
                $0.edit("annotations") { $0[Self.revisionKey] = .string(String(revision)) }
            }
        }
    }

    private func createReplicaSet(_ deployment: StoredObject, _ revision: Int) {
        let json = deployment.json
        let hash = TemplateHash.of(json.spec["template"] ?? [:])
        var template = json.spec["template"] ?? [:]
        template.edit("metadata") {
            $0.edit("labels") { $0["pod-template-hash"] = .string(hash) }
        }
        var selector = json.spec["selector"] ?? [:]
        selector.edit("matchLabels") { $0["pod-template-hash"] = .string(hash) }
        var annotations = json.annotations
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
        annotations[Self.revisionKey] = String(revision)
        let name = "\(deployment.key.name)-\(hash)"
        let set: JSON = [
            "kind": "ReplicaSet", "apiVersion": "apps/v1",
            "metadata": [
                "name": .string(name), "namespace": .string(deployment.key.namespace),
                "labels": template.metadata["labels"] ?? [:],
                "annotations": .strings(annotations),
                "ownerReferences": [Self.ownerReference(json)],
            ],
            "spec": [
                "replicas": 0, "selector": selector, "template": template,
                "minReadySeconds": json.spec["minReadySeconds"] ?? 0,
            ],
        ]
        _ = try? create(set, Catalog.replicaSets)
    }

    private func replicas(_ set: StoredObject) -> Int { set.json.spec["replicas"]?.integer ?? 0 }

    private func available(_ set: StoredObject) -> Int {
        // A status may lag behind a scale-down.
        min(replicas(set), set.json.status["availableReplicas"]?.integer ?? 0)
    }

    /// Sets the replicas of a set, and says so.
    private func scale(_ set: StoredObject, to count: Int, of deployment: StoredObject) {
        let before = replicas(set)
        let desired = deployment.json.spec["replicas"]?.integer ?? 1
        let most = desired + RollingLimits(deployment.json).surge
        edit(set.key) { json in
            json.edit("metadata") {
                $0.edit("annotations") {
                    $0["deployment.kubernetes.io/desired-replicas"] = .string(String(desired))
                    $0["deployment.kubernetes.io/max-replicas"] = .string(String(most))
                }
            }
            guard count != before else { return }
            json.edit("spec") { $0["replicas"] = .integer(Int64(count)) }
            let generation = Int64(json.generation + 1)
            json.edit("metadata") { $0["generation"] = .integer(generation) }
        }
        if count != before {
            record(
                deployment.json, "ScalingReplicaSet",
                "Scaled \(count > before ? "up" : "down") replica set \(set.key.name) "
                    + "from \(before) to \(count)",
                from: "deployment-controller")
        }
    }

    private func roll(_ deployment: StoredObject) {
        let sets = generations(of: deployment)
        let desired = deployment.json.spec["replicas"]?.integer ?? 1
        let limits = RollingLimits(deployment.json)
        let total = sets.all.reduce(0) { $0 + replicas($1) }
        let oldActive = sets.old.contains { replicas($0) > 0 }
        guard let new = sets.new else {
            if let last = sets.old.last { scale(last, to: desired, of: deployment) }
            return
        }
        if !oldActive || replicas(new) > desired {
            scale(new, to: desired, of: deployment)
        } else if replicas(new) < desired {
            let room = max(0, desired + limits.surge - total)
            scale(new, to: min(desired, replicas(new) + room), of: deployment)
        } else {
            scale(new, to: replicas(new), of: deployment)
        }
        if oldActive { scaleDownOld(deployment, limits) }
    }

    private func scaleDownOld(_ deployment: StoredObject, _ limits: RollingLimits) {
        let desired = deployment.json.spec["replicas"]?.integer ?? 1
        let least = desired - limits.unavailable
        var sets = generations(of: deployment)
        let total = sets.all.reduce(0) { $0 + replicas($1) }
        let newMissing = sets.new.map { max(0, replicas($0) - available($0)) } ?? 0
        var room = total - least - newMissing
        guard room > 0 else { return }
        // First the pods of old sets that serve nobody.
        for set in sets.old where room > 0 {
            let unhealthy = min(room, max(0, replicas(set) - available(set)))
            if unhealthy > 0 { scale(set, to: replicas(set) - unhealthy, of: deployment) }
            room -= unhealthy
        }
        sets = generations(of: deployment)
        var spare = sets.all.reduce(0) { $0 + available($1) } - least
        for set in sets.old where spare > 0 {
            let cut = min(spare, replicas(set))
            if cut > 0 { scale(set, to: replicas(set) - cut, of: deployment) }
            spare -= cut
        }
    }

    private func recreate(_ deployment: StoredObject) {
        let sets = generations(of: deployment)
        for set in sets.old where replicas(set) > 0 { scale(set, to: 0, of: deployment) }
        let left = sets.old.contains { set in
            store.dependents(of: set.uid).contains { $0.resource == Catalog.pods.id }
        }
        if !left, let new = sets.new {
            scale(new, to: deployment.json.spec["replicas"]?.integer ?? 1, of: deployment)
        }
    }

    private func cleanHistory(_ deployment: StoredObject) {
        let limit = deployment.json.spec["revisionHistoryLimit"]?.integer ?? 10
        let idle = generations(of: deployment).old.filter {
            replicas($0) == 0 && ($0.json.status["replicas"]?.integer ?? 0) == 0
        }
        for set in idle.prefix(max(0, idle.count - limit)) {
            _ = try? delete(set, DeleteOptions())
        }
    }
}

/// maxSurge and maxUnavailable as numbers of pods: surge rounds up, unavailable down.
struct RollingLimits {
    var surge: Int
    var unavailable: Int

    init(_ deployment: JSON) {
        let desired = deployment.spec["replicas"]?.integer ?? 1
        let strategy = deployment.spec["strategy"]
        guard strategy?["type"]?.string != "Recreate" else {
            surge = 0
            unavailable = 0
            return
        }
        let rolling = strategy?["rollingUpdate"]
        surge = Portion.of(rolling?["maxSurge"], total: desired, roundUp: true) ?? 0
        unavailable = Portion.of(rolling?["maxUnavailable"], total: desired, roundUp: false) ?? 0
        if surge == 0, unavailable == 0 { unavailable = 1 }
    }
}

/// An int-or-percent value.
enum Portion {
    static func of(_ value: JSON?, total: Int, roundUp: Bool) -> Int? {
        if let number = value?.integer { return number }
        guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast())
        else {
            return nil
        }
        return roundUp ? (total * percent + 99) / 100 : total * percent / 100
    }
}

/// The hash of a pod template that names its replica set.
enum TemplateHash {
    /// FNV-1a over the canonical text, written in Kubernetes' safe alphabet.
    static func of(_ template: JSON) -> String {
        var hash: UInt32 = 2_166_136_261
        add(template, &hash)
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        return String(
            decoding: String(hash).utf8.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }

    private static func add(_ json: JSON, _ hash: inout UInt32) {
        func mix(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        }
        switch json {
        case .object(let object):
            mix("{")
            for (key, value) in object.members.sorted(by: { $0.key < $1.key }) {
                mix(key)
                mix(":")
                add(value, &hash)
            }
            mix("}")
        case .array(let elements):
            mix("[")
            for element in elements { add(element, &hash) }
            mix("]")
        default: mix(json.text)
        }
    }
}
