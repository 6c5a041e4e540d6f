// A request to the API taken apart: which resource, which object, which form of answer. It decides
// nothing about the objects.

import Core
import Platform

/// One request for objects of a resource.
struct APIRequest {
    /// The form the client wants objects in.
    enum Form {
        case object
        case table
        case partial
    }

    var method: String
    var resource: Resource
    /// Nil for the whole cluster.
    var namespace: String?
    var name: String?
    var subresource: String?
    var query: [String: String]
    var body: [UInt8]
    /// Without parameters.
    var contentType: String
    var form: Form
    /// `User-Agent` up to the slash: the default field manager.
    var agent: String

    var isWatch: Bool { flag("watch") }
    var isDryRun: Bool { query["dryRun"] == "All" }

    func flag(_ name: String) -> Bool {
        guard let value = query[name] else { return false }
        return value.isEmpty || value == "true" || value == "1"
    }

    /// The key of the named object.
    var key: ObjectKey { ObjectKey(resource.storage, namespace ?? "", name ?? "") }

    /// Reads `/api/v1/…` and `/apis/G/V/…`; nil when the path names no resource that is served.
    init?(_ request: Request, segments: [String], query: [String: String]) throws(APIError) {
        var rest = segments[...]
        let groupVersion: String
        if rest.first == "api", rest.count >= 3 {
            groupVersion = segments[1]
            rest = rest.dropFirst(2)
        } else if rest.first == "apis", rest.count >= 4 {
            groupVersion = "\(segments[1])/\(segments[2])"
            rest = rest.dropFirst(3)
        } else {
            return nil
        }
        var parts = Array(rest)
        if parts[0] == "namespaces", parts.count >= 3,
            !["status", "finalize"].contains(parts[2]) || parts.count > 3
        {
            namespace = parts[1]
            parts.removeFirst(2)
        }
        guard let found = Catalog.resource(groupVersion: groupVersion, plural: parts[0]),
            parts.count <= 3, namespace == nil || found.namespaced
        else { return nil }
        resource = found
        name = parts.count > 1 ? parts[1] : nil
        subresource = parts.count > 2 ? parts[2] : nil
        method = request.method
        self.query = query
        body = request.body
        contentType =
            request.headers["Content-Type"]?.split(separator: ";").first.map {
                $0.trimming(" ").lowercased()
            } ?? ""
        agent = request.headers["User-Agent"]?.split(separator: "/").first.map(String.init) ?? ""
        form = try Self.form(request.headers["Accept"] ?? "")
    }

    /// The first form of `Accept` that the API speaks.
    private static func form(_ accept: String) throws(APIError) -> Form {
        if accept.isEmpty { return .object }
        for part in accept.split(separator: ",") {
            let words = part.split(separator: ";").map { String($0.trimming(" ")) }
            guard let type = words.first,
                ["application/json", "*/*", "application/*", "text/plain"].contains(type)
            else { continue }
            if words.contains("as=Table") { return .table }
            if words.contains("as=PartialObjectMetadata")
                || words.contains("as=PartialObjectMetadataList")
            {
                return .partial
            }
            if !words.contains(where: { $0.hasPrefix("as=") }) { return .object }
        }
        throw APIError(
            code: 406, reason: "NotAcceptable",
            message: "406: Not Acceptable\n\nAvailable representations: application/json, "
                + "application/yaml, application/vnd.kubernetes.protobuf",
            details: [:])
    }
}

extension Resource {
    /// Where its objects are kept: the two event APIs share one store.
    var storage: Resource { id == Catalog.newEvents.id ? Catalog.events : self }
}

extension Substring {
    func trimming(_ character: Character) -> Substring {
        var out = self
        while out.first == character { out.removeFirst() }
        while out.last == character { out.removeLast() }
        return out
    }
}
