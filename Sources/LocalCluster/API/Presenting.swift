// Objects in the form a client asked for: whole, metadata only, or with the fields of another API
// version.

import Core
import Platform

/// Metadata without spec and status.
enum Partial {
    static func object(_ json: JSON) -> JSON {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": json.metadata,
        ]
    }
}

extension ClusterState {
    /// The object as `resource` shows it.
    func present(_ object: StoredObject, _ resource: Resource) -> JSON {
        resource.id == object.key.resource ? object.json : EventForms.new(from: object.json)
    }

    /// One object as a response.
    func response(_ object: StoredObject, _ request: APIRequest, status: Int = 200) -> Response {
        let json: JSON
        switch request.form {
        case .object: json = present(object, request.resource)
        case .partial: json = Partial.object(object.json)
        case .table:
            json = table([object], request, revision: object.revision, withColumns: true)
        }
        return Self.response(json, status: status)
    }

    /// A page of objects as a response.
    func response(_ page: Page, _ request: APIRequest) -> Response {
        if request.form == .table {
            var json = table(
                page.objects, request, revision: page.revision, withColumns: true)
            json["metadata"] = Self.listMetadata(page)
            return Self.response(json)
        }
        let partial = request.form == .partial
        let kind = partial ? "PartialObjectMetadataList" : "\(request.resource.kind)List"
        let version = partial ? "meta.k8s.io/v1" : request.resource.groupVersion
        var out: [UInt8] = []
        out.reserveCapacity(256 + page.objects.count * 2500)
        out += "{\"kind\":\"\(kind)\",\"apiVersion\":\"\(version)\",\"metadata\":".utf8
        Self.listMetadata(page).write(to: &out)
        out += ",\"items\":[".utf8
        for (index, object) in page.objects.enumerated() {
            if index > 0 { out.append(0x2c) }
            if partial {
                Partial.object(object.json).write(to: &out)
            } else {
                Self.writeItem(present(object, request.resource), to: &out)
            }
        }
        out += "]}\n".utf8
        return Response(status: 200, headers: Self.headers, body: out)
    }

    /// An object in a list: without kind and apiVersion.
    private static func writeItem(_ json: JSON, to out: inout [UInt8]) {
        guard case .object(let object) = json else { return json.write(to: &out) }
        out.append(0x7b)
        var first = true
        for (key, value) in object.members where key != "kind" && key != "apiVersion" {
            if !first { out.append(0x2c) }
            first = false
            out += "\"\(key)\":".utf8
            value.write(to: &out)
        }
        out.append(0x7d)
    }

    private static func listMetadata(_ page: Page) -> JSON {
        var metadata: JSON = ["resourceVersion": .string(String(page.revision))]
        if let token = page.continueToken { metadata["continue"] = .string(token) }
        if let remaining = page.remaining {
            metadata["remainingItemCount"] = .integer(Int64(remaining))
        }
        return metadata
    }

    static let headers: Headers = [
        "Cache-Control": "no-cache, private", "Content-Type": "application/json",
    ]

    static func response(_ json: JSON, status: Int = 200) -> Response {
        Response(status: status, headers: headers, body: json.bytes + [0x0a])
    }
}
