// Events about objects. The same thing that happens again counts up instead of making a new event.

import Core
import Platform

extension ClusterState {
    /// How many events are kept; older ones go first.
    private static let eventLimit = 2000

    /// Tells that `reason` happened to `object`.
    func record(
        _ object: JSON, _ reason: String, _ message: String, from component: String,
        warning: Bool = false, host: String? = nil, container: String? = nil
    ) {
        let time = now
        let path = container.map { "spec.containers{\($0)}" }
        let identity = "\(object.uid)/\(path ?? "")/\(reason)/\(message)"
        if let key = recentEvents[identity], store[key] != nil {
            edit(key) { json in
                json["count"] = .integer(Int64((json["count"]?.integer ?? 1) + 1))
                json["lastTimestamp"] = time
            }
            return
        }
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        let stamp = String(clock.now.nanoseconds, radix: 16)
        let name = "\(object.objectName).\(stamp)\(newSuffix(3))"
        let key = ObjectKey(Catalog.events, namespace, name)
        var involved: JSON = ["kind": object["kind"] ?? ""]
        if !object.namespace.isEmpty { involved["namespace"] = .string(object.namespace) }
        involved["name"] = .string(object.objectName)
        involved["uid"] = .string(object.uid)
        involved["apiVersion"] = object["apiVersion"]
        involved["resourceVersion"] = object.metadata["resourceVersion"]
        if let path { involved["fieldPath"] = .string(path) }
        var source: JSON = ["component": .string(component)]
        if let host { source["host"] = .string(host) }
        put(
            key,
            [
                "kind": "Event", "apiVersion": "v1",
                "metadata": [
                    "name": .string(name), "namespace": .string(namespace),
                    "uid": .string(newUID()), "creationTimestamp": time,
                ],
                "involvedObject": involved, "reason": .string(reason), "message": .string(message),
                "source": source, "firstTimestamp": time, "lastTimestamp": time, "count": 1,
                "type": warning ? "Warning" : "Normal", "eventTime": .null,
                "reportingComponent": .string(component),
                "reportingInstance": .string(host ?? ""),
            ])
        recentEvents[identity] = key
        eventOrder.append((identity, key))
        if eventOrder.count > Self.eventLimit { forgetEvents() }
    }

    private func forgetEvents() {
        for (identity, key) in eventOrder.prefix(Self.eventLimit / 4) {
            if recentEvents[identity] == key { recentEvents[identity] = nil }
            if let json = store[key]?.json { remove(key, final: json) }
        }
        eventOrder.removeFirst(Self.eventLimit / 4)
    }
}
