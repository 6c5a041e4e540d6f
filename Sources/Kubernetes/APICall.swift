// One call of the Kubernetes API as a value, in the words of RBAC: verb, resource, namespace, name.

package import Core
import Platform

/// What is asked of the API server.
package struct APICall: Sendable {
    /// The verbs of RBAC.
    package enum Verb: String, Sendable {
        case get, list, watch, create, update, patch, delete

        var method: String {
            switch self {
            case .get, .list, .watch: "GET"
            case .create: "POST"
            case .update: "PUT"
            case .patch: "PATCH"
            case .delete: "DELETE"
            }
        }
    }

    package var verb: Verb
    package var resource: Resource
    /// Nil for objects outside namespaces, and for all namespaces at once.
    package var namespace: String?
    package var name: String?
    package var subresource: String?
    package var query: [(name: String, value: String)] = []
    /// Patches are JSON merge patches (RFC 7396).
    package var body: JSON?
    /// The bound on the whole exchange; for a watch, on silence.
    package var deadline: Duration = .seconds(10)

    package init(
        _ verb: Verb, _ resource: Resource, namespace: String? = nil, name: String? = nil,
        subresource: String? = nil, body: JSON? = nil
    ) {
        self.verb = verb
        self.resource = resource
        self.namespace = resource.namespaced ? namespace : nil
        self.name = name
        self.subresource = subresource
        self.body = body
    }

    /// The resource as RBAC writes it, e.g. `pods/eviction`.
    var permission: String { resource.plural + (subresource.map { "/" + $0 } ?? "") }

    /// For messages, e.g. `delete pods go-app/web-1`, `list nodes`.
    package var description: String {
        var text = "\(verb.rawValue) \(permission)"
        switch (namespace, name) {
        case (let namespace?, let name?): text += " \(namespace)/\(name)"
        case (let namespace?, nil): text += " in namespace \(namespace)"
        case (nil, let name?): text += " \(name)"
        case (nil, nil): if resource.namespaced { text += " in all namespaces" }
        }
        return text
    }

    /// The path and query of the request.
    var target: String {
        let path = resource.path(namespace: namespace, name: name, subresource: subresource)
        if query.isEmpty { return path }
        let items = query.map { $0.name + "=" + $0.value.percentEncoded }
        return path + "?" + items.joined(separator: "&")
    }
}
