// Which header fields a proxy passes on.

import Platform

extension Headers {
    /// Without the fields that belong to one connection (RFC 9110 section 7.6.1), and without the
    /// framing and addressing that the next hop sets for itself.
    var forwarded: Headers {
        var kept = self
        for name in [
            "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
            "Upgrade", "Expect", "Content-Length", "Host", "Accept-Encoding", "Date", "Server",
        ] { kept[name] = nil }
        return kept
    }

    /// Bytes on the wire, about: name, colon, space, value, line end.
    var wireSize: Int {
        fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}

extension Request {
    /// Bytes on the wire, about, with the request line.
    var wireSize: Int { method.utf8.count + url.utf8.count + 12 + headers.wireSize + body.count }
}

extension Response {
    /// Bytes on the wire, about, with the status line.
    var wireSize: Int { 17 + headers.wireSize + body.count }
}
