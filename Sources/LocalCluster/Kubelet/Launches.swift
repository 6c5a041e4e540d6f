// From a container's spec to what the plug is given: the environment with its references resolved,
// and the command with its variables replaced.

import Core

extension ClusterState {
    func launch(_ runtime: PodRuntime, _ index: Int, _ spec: JSON) -> ContainerLaunch {
        let environment = environment(runtime, spec)
        let ports = (spec["ports"]?.array ?? []).compactMap { port -> ContainerPort? in
            guard let number = port["containerPort"]?.integer else { return nil }
            return ContainerPort(name: port["name"]?.string ?? "", number: number)
        }
        func words(_ field: String) -> [String] {
            (spec[field]?.array ?? []).compactMap(\.string).map { Self.expand($0, environment) }
        }
        return ContainerLaunch(
            id: runtime.id(index), namespace: runtime.key.namespace, pod: runtime.key.name,
            node: runtime.node, image: spec["image"]?.string ?? "", command: words("command"),
            args: words("args"), environment: environment, ports: ports, podIP: runtime.podIP,
            labels: runtime.last.labels)
    }

    private func environment(_ runtime: PodRuntime, _ spec: JSON) -> [EnvironmentVariable] {
        var out = settings.environment
        out.append(EnvironmentVariable("HOSTNAME", runtime.key.name))
        for source in spec["envFrom"]?.array ?? [] {
            let prefix = source["prefix"]?.string ?? ""
            for (name, value) in data(source, "configMapRef", "secretRef", runtime) {
                out.append(EnvironmentVariable(prefix + name, value))
            }
        }
        for variable in spec["env"]?.array ?? [] {
            guard let name = variable["name"]?.string else { continue }
            if let source = variable["valueFrom"] {
                guard let value = referenced(source, runtime) else { continue }
                out.append(EnvironmentVariable(name, value))
            } else {
                let value = variable["value"]?.string ?? ""
                out.append(EnvironmentVariable(name, Self.expand(value, out)))
            }
        }
        return out
    }

    private func referenced(_ source: JSON, _ runtime: PodRuntime) -> String? {
        if let field = source["fieldRef"]?["fieldPath"]?.string { return downward(field, runtime) }
        for kind in ["configMapKeyRef", "secretKeyRef"] {
            guard let key = source[kind]?["key"]?.string else { continue }
            return data(source, "configMapKeyRef", "secretKeyRef", runtime)
                .first { $0.name == key }?.value
        }
        return nil
    }

    private func downward(_ path: String, _ runtime: PodRuntime) -> String? {
        switch path {
        case "metadata.name": return runtime.key.name
        case "metadata.namespace": return runtime.key.namespace
        case "metadata.uid": return runtime.uid
        case "spec.nodeName": return runtime.node
        case "spec.serviceAccountName": return runtime.last.spec["serviceAccountName"]?.string
        case "status.podIP", "status.podIPs": return runtime.podIP
        case "status.hostIP", "status.hostIPs": return runtime.hostIP
        default: break
        }
        for (field, values) in [
            ("metadata.labels['", runtime.last.labels),
            ("metadata.annotations['", runtime.last.annotations),
        ] where path.hasPrefix(field) && path.hasSuffix("']") {
            return values[String(path.dropFirst(field.count).dropLast(2))]
        }
        return nil
    }

    /// The pairs of a ConfigMap or Secret that `source` names, in order.
    private func data(
        _ source: JSON, _ map: String, _ secret: String, _ runtime: PodRuntime
    ) -> [(name: String, value: String)] {
        let namespace = runtime.key.namespace
        if let name = source[map]?["name"]?.string {
            let json = store[ObjectKey(Catalog.configMaps, namespace, name)]?.json
            return (json?["data"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
        }
        guard let name = source[secret]?["name"]?.string else { return [] }
        let json = store[ObjectKey(Catalog.secrets, namespace, name)]?.json
        return (json?["data"]?.object?.members ?? []).map { key, value in
            let text = (value.string ?? "").map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
            return (key, String(decoding: Base64URL.decode(String(text)) ?? [], as: UTF8.self))
        }
    }

    /// Replaces `$(NAME)` by the variable's value; an unknown one stays, `$$` is a dollar sign.
    private static func expand(_ text: String, _ variables: [EnvironmentVariable]) -> String {
        guard text.contains("$") else { return text }
        var out = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            out += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                out += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                out += variables.last { $0.name == name }?.value ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            } else {
                out += "$"
            }
        }
        return out + rest
    }
}
