// The body of a request as an object of the expected kind, with Kubernetes' words for what is
// wrong.

import Core

extension APIRequest {
    /// The object in the body of a create or update, with the namespace of the path.
    func decodedObject() throws(APIError) -> JSON {
        let json = try decodedJSON(mustBe: resource.kind)
        return try checked(json, resource)
    }

    /// The body as JSON; `kind` is for messages.
    func decodedJSON(mustBe kind: String) throws(APIError) -> JSON {
        guard ["application/json", "", "application/apply-patch+yaml"].contains(contentType) else {
            throw APIError(
                code: 415, reason: "UnsupportedMediaType",
                message: "the body of the request was in an unknown format - accepted media types "
                    + "include: application/json, application/yaml, "
                    + "application/vnd.kubernetes.protobuf")
        }
        do throws(JSONError) {
            let json = try JSON(parsing: body)
            guard json.object != nil else { throw JSONError(offset: 0, message: "not an object") }
            return json
        } catch {
            let end = error.message.contains("end of text")
            let start = String(decoding: body.prefix(30), as: UTF8.self)
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(kind)): couldn't get "
                    + "version/kind; json parse error: "
                    + (end ? "unexpected end of JSON input" : String(describing: error))
                    + " (\(start) ...)")
        }
    }

    /// Checks apiVersion, kind, namespace and name against the path and fills what is missing.
    func checked(_ json: JSON, _ resource: Resource) throws(APIError) -> JSON {
        var json = json
        let kind = json["kind"]?.string ?? resource.kind
        let version = json["apiVersion"]?.string ?? resource.groupVersion
        guard kind == resource.kind, version == resource.groupVersion else {
            let short = version.split(separator: "/").last.map(String.init) ?? version
            let group = resource.group.isEmpty ? "core" : resource.group
            throw .badRequest(
                "\(kind) in version \"\(short)\" cannot be handled as a \(resource.kind): "
                    + "converting (\(short).\(kind)) to (\(group).\(resource.kind)): "
                    + "unknown conversion"
            )
        }
        var out = JSON.Object([
            ("kind", .string(resource.kind)), ("apiVersion", .string(resource.groupVersion)),
        ])
        for (key, value) in json.object?.members ?? [] { out[key] = value }
        out["kind"] = .string(resource.kind)
        out["apiVersion"] = .string(resource.groupVersion)
        json = .object(out)
        if resource.namespaced {
            let named = json.namespace
            guard named.isEmpty || named == (namespace ?? named) else {
                throw .badRequest(
                    "the namespace of the provided object does not match the namespace sent on "
                        + "the request")
            }
            json.edit("metadata") { $0["namespace"] = .string(namespace ?? named) }
        }
        if let name, subresource == nil || subresource == "status" {
            if json.objectName.isEmpty {
                json.edit("metadata") { $0["name"] = .string(name) }
            } else if json.objectName != name {
                throw .badRequest(
                    "the name of the object (\(json.objectName)) does not match the name on the "
                        + "URL (\(name))")
            }
        }
        return json
    }
}
