// How a request is named in messages: method, host and path, and never a secret.

import Platform

extension Request {
    /// `GET http://host:port/path`: without credentials and query, and with path segments that look
    /// like tokens (web hooks carry them) blotted out. A request with an alias goes by that.
    var place: String {
        if let alias { return "\(method) \(alias)" }
        guard let parts = URLParts(url) else { return "\(method) (not a URL)" }
        let host = parts.host.contains(":") ? "[\(parts.host)]" : parts.host
        let port = parts.port.map { ":\($0)" } ?? ""
        let path = parts.path.split(separator: "/", omittingEmptySubsequences: false)
            .map { Self.looksSecret($0) ? "***" : String($0) }
            .joined(separator: "/")
        return "\(method) \(parts.scheme)://\(host)\(port)\(path)"
    }

    /// Kubernetes names have no capital letters, so long segments that mix them with digits are
    /// tokens.
    private static func looksSecret(_ segment: Substring) -> Bool {
        segment.utf8.count >= 16 && segment.contains { $0.isUppercase }
            && segment.contains { $0.isNumber }
    }
}
