// The verbs get and list: which objects, as of which revision, in pages.

import Core

/// A page of objects.
struct Page {
    var objects: [StoredObject]
    var revision: Int
    var continueToken: String?
    var remaining: Int?
}

extension ClusterState {
    func list(_ request: APIRequest) throws(APIError) -> Page {
        let selection = try Selection(request)
        let resource = request.resource.storage
        var revision = store.revision
        var start: String?
        if let token = request.query["continue"], !token.isEmpty {
            let (at, key) = try ContinueToken.decode(token)
            start = key
            if at >= 0 {
                if at < store.compacted(resource) {
                    throw .expired(
                        ContinueToken.expired, continueToken: ContinueToken.encode(-1, key))
                }
                revision = at
            }
        } else if let wanted = try listRevision(request) {
            revision = wanted
        }
        var objects = store.table(resource).list(namespace: request.namespace, at: revision)
        if let start {
            objects.removeAll { Self.position($0.key, in: request.namespace) <= start }
        }
        if !selection.labels.requirements.isEmpty || !selection.fields.terms.isEmpty
            || selection.name != nil
        {
            objects.removeAll { !selection.matches($0.json) }
        }
        let limit = request.query["limit"].flatMap { Int($0) } ?? 0
        guard limit > 0, objects.count > limit else {
            return Page(objects: objects, revision: revision)
        }
        let page = Array(objects[..<limit])
        let filtered = !selection.labels.requirements.isEmpty || !selection.fields.terms.isEmpty
        return Page(
            objects: page, revision: revision,
            continueToken: ContinueToken.encode(
                revision, Self.position(page[limit - 1].key, in: request.namespace)),
            remaining: filtered ? nil : objects.count - limit)
    }

    /// The position of a key in a list, as text that orders like the list.
    private static func position(_ key: ObjectKey, in namespace: String?) -> String {
        namespace == nil && !key.namespace.isEmpty ? "\(key.namespace)/\(key.name)" : key.name
    }

    /// The revision an exact list asks for; nil for the newest.
    private func listRevision(_ request: APIRequest) throws(APIError) -> Int? {
        guard let text = request.query["resourceVersion"], !text.isEmpty else { return nil }
        guard let wanted = UInt64(text).map({ Int(clamping: $0) }) else {
            throw .badRequest(
                "invalid resource version: resourceVersion: Invalid value: \"\(text)\": "
                    + "strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        if wanted > store.revision { throw .tooLargeRevision(wanted, current: store.revision) }
        guard request.query["resourceVersionMatch"] == "Exact" else { return nil }
        if wanted < store.compacted(request.resource.storage) {
            throw .expired("The resourceVersion for the provided list is too old.")
        }
        return wanted
    }
}

/// Where a list goes on: `{"v":"meta.k8s.io/v1","rv":…,"start":…}` in base64url without padding.
enum ContinueToken {
    static let expired =
        "The provided continue parameter is too old to display a consistent list result. You can "
        + "start a new list without the continue parameter, or use the continue token in this "
        + "response to retrieve the remainder of the results. Continuing with the provided token "
        + "results in an inconsistent list - objects that were created, modified, or deleted "
        + "between the time the first chunk was returned and now may show up in the list."

    /// `revision` -1 asks for whatever is newest.
    static func encode(_ revision: Int, _ start: String) -> String {
        let json: JSON = [
            "v": "meta.k8s.io/v1", "rv": .integer(Int64(revision)),
            "start": .string(start + "\u{0}"),
        ]
        return Base64URL.encode(json.bytes)
    }

    static func decode(_ token: String) throws(APIError) -> (revision: Int, start: String) {
        guard let bytes = Base64URL.decode(token) else {
            throw .badRequest(
                "invalid continue token: continue key is not valid: illegal base64 data")
        }
        guard let json = try? JSON(parsing: bytes), let revision = json["rv"]?.integer,
            let start = json["start"]?.string
        else {
            let first = bytes.first.map { String($0, radix: 16) } ?? ""
            throw .badRequest(
                "invalid continue token: continue key is not valid: invalid character "
                    + "'\\x\(first)' looking for beginning of value")
        }
        let trimmed = start.hasSuffix("\u{0}") ? String(start.dropLast()) : start
        return (revision, trimmed.hasPrefix("/") ? String(trimmed.dropFirst()) : trimmed)
    }
}

/// RFC 4648 section 5, without padding.
enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                out.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { out.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: out, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 where byte != 61 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return out
    }
}
