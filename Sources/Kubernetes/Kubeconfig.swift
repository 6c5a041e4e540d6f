// Reads kubeconfig documents (several of them, as the variable KUBECONFIG allows) and resolves one
// context to an address and credentials. It opens no file itself: contents come through a closure.

package import Core
import Platform

/// The contexts, clusters and users of one or more kubeconfig files. Of entries with one name the
/// first wins, as with kubectl.
package struct Kubeconfig: Sendable {
    /// One named entry, and the file it stood in: relative paths are relative to that file.
    private struct Entry: Sendable {
        var name: String
        var body: ConfigNode
        var path: String
        var file: String
    }

    package private(set) var currentContext: String?
    private var contexts: [Entry] = []
    private var clusters: [Entry] = []
    private var users: [Entry] = []

    /// An empty configuration; add documents with `add`.
    package init() {}

    /// One document. `file` is its path, for messages and for relative paths in it.
    package init(_ node: ConfigNode, file: String) throws(ConfigError) {
        try add(node, file: file)
    }

    /// The names of the contexts, in their order.
    package var contextNames: [String] { contexts.map(\.name) }

    /// Adds a document; what is there already wins.
    package mutating func add(_ node: ConfigNode, file: String) throws(ConfigError) {
        guard case .mapping = node.content else {
            throw ConfigError(
                at: node, path: "", "this is not a kubeconfig: expected a mapping",
                fix: "kubectl config view --raw prints one"
            ).inFile(file)
        }
        if let kind = node["kind"].flatMap(Self.text), kind != "Config" {
            throw ConfigError(
                at: node, path: "kind", "this is a \(kind), not a kubeconfig",
                fix: "name a file with kind: Config"
            ).inFile(file)
        }
        if currentContext == nil, let current = node["current-context"].flatMap(Self.text),
            !current.isEmpty
        {
            currentContext = current
        }
        try Self.collect(&contexts, "contexts", "context", node, file)
        try Self.collect(&clusters, "clusters", "cluster", node, file)
        try Self.collect(&users, "users", "user", node, file)
    }

    private static func collect(
        _ entries: inout [Entry], _ list: String, _ member: String, _ node: ConfigNode,
        _ file: String
    ) throws(ConfigError) {
        guard let value = node[list], value.content != .null else { return }
        guard case .sequence(let elements) = value.content else {
            throw ConfigError(at: value, path: list, "expected a list").inFile(file)
        }
        for (index, element) in elements.enumerated() {
            guard let name = element["name"].flatMap(text) else {
                throw ConfigError(
                    at: element, path: "\(list)[\(index)]", "an entry without a name",
                    fix: "add name: …"
                ).inFile(file)
            }
            if entries.contains(where: { $0.name == name }) { continue }
            entries.append(
                Entry(
                    name: name, body: element[member] ?? ConfigNode(.null, line: element.line),
                    path: "\(list)[\(name)].\(member)", file: file))
        }
    }

    private static func text(_ node: ConfigNode) -> String? {
        if case .scalar(let text, _) = node.content { return text }
        return nil
    }
}

extension Kubeconfig {
    /// Resolves a context (nil: the current one). Only what this context uses is read and checked.
    package func access(
        context: String? = nil, readFile: FileReader
    ) throws(ConfigError) -> ClusterAccess {
        let known = contextNames.isEmpty ? "there are none" : contextNames.joined(separator: ", ")
        guard let wanted = context ?? currentContext else {
            throw ConfigError(
                path: "current-context", message: "no context is chosen",
                fix: "kubectl config use-context NAME, or name one (known: \(known))")
        }
        let chosen = try find(
            wanted, in: contexts, "context", neededBy: "current-context", known: known)
        let clusterName = try chosen.required("cluster")
        let cluster = try find(
            clusterName, in: clusters, "cluster", neededBy: chosen.path,
            known: clusters.map(\.name).joined(separator: ", "))
        let userName = try chosen.string("user") ?? ""
        var tls = try Self.trust(cluster, readFile)
        var credential = ClusterAccess.Credential.none
        if !userName.isEmpty {
            let user = try find(
                userName, in: users, "user", neededBy: chosen.path,
                known: users.map(\.name).joined(separator: ", "))
            credential = try Self.credential(user, tls: &tls, readFile)
        }
        let server = try cluster.required("server")
        guard let url = URLParts(server), !url.scheme.isEmpty, url.query == nil else {
            throw cluster.error("server", "\"\(server)\" is not an http(s) URL")
        }
        return ClusterAccess(
            server: server, tls: url.scheme == "https" ? tls : nil, credential: credential,
            namespace: try chosen.string("namespace") ?? "default",
            origin: "context \"\(wanted)\"")
    }

    private func find(
        _ name: String, in entries: [Entry], _ kind: String, neededBy path: String, known: String
    ) throws(ConfigError) -> Section {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw ConfigError(
                path: path, message: "there is no \(kind) \"\(name)\"",
                fix: known.isEmpty ? "add it to the kubeconfig" : "known: \(known)")
        }
        return Section(body: entry.body, path: entry.path, file: entry.file)
    }

    private static func trust(
        _ cluster: Section, _ readFile: FileReader
    ) throws(ConfigError) -> TLSSettings {
        if let proxy = try cluster.string("proxy-url"), !proxy.isEmpty {
            throw cluster.error(
                "proxy-url", "proxies are not supported in this version",
                fix: "use an address of the API server that is reachable without one")
        }
        var tls = TLSSettings()
        tls.insecure = try cluster.boolean("insecure-skip-tls-verify")
        tls.serverName = try cluster.string("tls-server-name")
        tls.authorities = try cluster.content("certificate-authority", readFile)
        return tls
    }

    private static func credential(
        _ user: Section, tls: inout TLSSettings, _ readFile: FileReader
    ) throws(ConfigError) -> ClusterAccess.Credential {
        let unsupported: KeyValuePairs = [
            "exec": "create a token (kubectl create token NAME) and set it as token or tokenFile",
            "auth-provider": "kubectl dropped these in 1.26; set token or tokenFile",
            "username": "API servers dropped passwords in 1.19; set token or tokenFile",
            "as": "impersonation would act as somebody else; use a context of that user",
        ]
        for (key, fix) in unsupported where user.has(key) {
            throw user.error(key, "\(key) is not supported in this version", fix: fix)
        }
        tls.clientCertificate = try user.content("client-certificate", readFile)
        tls.clientKey = try user.content("client-key", readFile)
        if (tls.clientCertificate == nil) != (tls.clientKey == nil) {
            throw user.error(
                tls.clientKey == nil ? "client-key" : "client-certificate",
                "a client certificate and its key come together", fix: "set both")
        }
        // As in client-go: a token file, being renewed, goes before a fixed token.
        if let file = try user.string("tokenFile"), !file.isEmpty {
            return .tokenFile(user.resolved(file))
        }
        if let token = try user.string("token"), !token.isEmpty { return .token(token) }
        return .none
    }
}

/// The body of one entry with the place it stood at, for reading members with good errors.
private struct Section {
    var body: ConfigNode
    var path: String
    var file: String

    func has(_ key: String) -> Bool { body[key].map { $0.content != .null } ?? false }

    func error(_ key: String, _ message: String, fix: String = "") -> ConfigError {
        ConfigError(at: body[key] ?? body, path: path + "." + key, message, fix: fix).inFile(file)
    }

    func string(_ key: String) throws(ConfigError) -> String? {
        guard let node = body[key], node.content != .null else { return nil }
        guard case .scalar(let text, _) = node.content else {
            throw error(key, "expected a string")
        }
        return text
    }

    func required(_ key: String) throws(ConfigError) -> String {
        guard let text = try string(key), !text.isEmpty else {
            throw error(key, "\(key) is missing")
        }
        return text
    }

    func boolean(_ key: String) throws(ConfigError) -> Bool {
        switch try string(key) {
        case nil, "false": return false
        case "true": return true
        default: throw error(key, "expected true or false")
        }
    }

    /// `path` seen from the file that names it.
    func resolved(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }

    /// PEM text from `key-data` (base64), else from the file that `key` names.
    func content(
        _ key: String, _ readFile: FileReader
    ) throws(ConfigError) -> [UInt8]? {
        if let data = try string(key + "-data"), !data.isEmpty {
            guard let bytes = [UInt8](base64: data) else {
                throw error(key + "-data", "this is not base64")
            }
            return bytes
        }
        guard let named = try string(key), !named.isEmpty else { return nil }
        do {
            return try readFile(resolved(named))
        } catch {
            throw self.error(key, error.message, fix: "check the path and who may read the file")
        }
    }
}
