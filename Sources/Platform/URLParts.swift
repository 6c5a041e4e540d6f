// The parts of a URL, and percent-encoding: just what HTTP clients and servers here need.

/// `scheme://host:port/path?query` taken apart. Server-side URLs have only a path and a query.
package struct URLParts: Sendable, Hashable {
    package var scheme: String
    package var host: String
    package var port: Int?
    /// Starts with `/`; still percent-encoded.
    package var path: String
    /// Without the `?`; still percent-encoded; nil when there is none.
    package var query: String?

    /// Nil when `text` is neither an absolute http(s) URL nor a path that starts with `/`.
    package init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("/") {
            scheme = ""
            host = ""
        } else {
            guard let colon = rest.firstIndex(of: ":"), rest[colon...].hasPrefix("://") else {
                return nil
            }
            scheme = rest[..<colon].lowercased()
            rest = rest[colon...].dropFirst(3)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            var authority = rest[..<end]
            rest = rest[end...]
            if let at = authority.lastIndex(of: "@") { authority = authority[at...].dropFirst() }
            if authority.hasPrefix("[") {
                guard let close = authority.firstIndex(of: "]") else { return nil }
                host = String(authority[authority.index(after: authority.startIndex)..<close])
                authority = authority[close...].dropFirst()
            } else {
                let name = authority.prefix { $0 != ":" }
                host = String(name)
                authority = authority.dropFirst(name.count)
            }
            if authority.hasPrefix(":") {
                guard let value = Int(authority.dropFirst()), (1...65_535).contains(value) else {
                    return nil
                }
                port = value
            } else if !authority.isEmpty {
                return nil
            }
            guard scheme == "http" || scheme == "https", !host.isEmpty else { return nil }
        }
        if let hash = rest.firstIndex(of: "#") { rest = rest[..<hash] }
        let pathEnd = rest.firstIndex(of: "?") ?? rest.endIndex
        path = pathEnd == rest.startIndex ? "/" : String(rest[..<pathEnd])
        if pathEnd < rest.endIndex { query = String(rest[pathEnd...].dropFirst()) }
    }

    /// Path segments, percent-decoded: `/api/v1/pods` is `["api", "v1", "pods"]`.
    package var segments: [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map {
            String($0).percentDecoded ?? String($0)
        }
    }

    /// Query items in order, decoded (`+` is a space).
    package var queryItems: [(name: String, value: String)] {
        guard let query else { return [] }
        return query.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func decode(_ text: Substring) -> String {
                String(text.map { $0 == "+" ? " " : $0 }).percentDecoded ?? String(text)
            }
            return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
        }
    }

    /// The first value of the query item `name`.
    package func queryValue(_ name: String) -> String? {
        queryItems.first { $0.name == name }?.value
    }
}

extension String {
    /// Percent-encoded for a query value or a path segment: only unreserved characters stay
    /// (RFC 3986 section 2.3).
    package var percentEncoded: String {
        var out: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: out.append(byte)
            default: out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Percent-decoded; nil when an escape is malformed or the result is not UTF-8.
    package var percentDecoded: String? {
        var out: [UInt8] = []
        var bytes = utf8.makeIterator()
        func digit(_ byte: UInt8?) -> UInt8? {
            switch byte {
            case .some(let value) where value >= 0x30 && value <= 0x39: return value - 0x30
            case .some(let value) where value >= 0x41 && value <= 0x46: return value - 0x37
            case .some(let value) where value >= 0x61 && value <= 0x66: return value - 0x57
            default: return nil
            }
        }
        while let byte = bytes.next() {
            if byte == 0x25 {
                guard let high = digit(bytes.next()), let low = digit(bytes.next()) else {
                    return nil
                }
                out.append(high << 4 | low)
            } else {
                out.append(byte)
            }
        }
        return String(validating: out, as: UTF8.self)
    }
}
