// A request in libcurl's terms. The only place that knows which options exist.

import CCurl
import Core
import Platform

/// Sets options on one handle and keeps the first error.
struct CurlOptions {
    private let handle: CurlHandle
    private let request: Request
    private var code = CURLE_OK

    /// Sets everything `handle`'s request needs; throws `.rejected` when it cannot be expressed.
    static func apply(to handle: CurlHandle) throws(Failure) {
        let request = handle.transfer.request
        guard let parts = URLParts(request.url), !parts.scheme.isEmpty, !request.url.contains("\0")
        else {
            throw Failure(
                .rejected, "\(request.place): malformed URL; write http(s)://host:port/path")
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ $0 >= 65 && $0 <= 90 })
        else { throw Failure(.rejected, "\(request.place): the method must be capital letters") }
        var options = CurlOptions(handle: handle, request: request)
        options.setBasics()
        options.setTarget(parts)
        options.setBody()
        try options.setHeaders(parts)
        options.setTLS()
        guard options.code == CURLE_OK else {
            let error = CurlError(
                code: options.code, systemCode: 0, detail: "", refusedBody: false,
                refusedHead: false)
            throw error.failure(for: request)
        }
    }

    private init(handle: CurlHandle, request: Request) {
        self.handle = handle
        self.request = request
    }

    private mutating func note(_ result: CURLcode) {
        if code == CURLE_OK { code = result }
    }

    private mutating func set(_ option: CURLoption, _ value: Int) {
        note(unsafe ccurl_set_long(handle.easy, option, value))
    }

    private mutating func set(_ option: CURLoption, _ value: String) {
        note(unsafe ccurl_set_text(handle.easy, option, value))
    }

    private mutating func set(_ option: CURLoption, blob: [UInt8]) {
        note(
            unsafe blob.withUnsafeBytes {
                unsafe ccurl_set_blob(handle.easy, option, $0.baseAddress, $0.count)
            })
    }

    private mutating func setBasics() {
        note(handle.connectCallbacks())
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_PATH_AS_IS, 1)
        // A name server that hangs must not hang the loop when the transfer is given up.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 20)
        set(CURLOPT_TCP_KEEPINTVL, 10)
        note(unsafe ccurl_set_socket_options(handle.easy))
        if handle.transfer.isStream {
            // A stream has a connection of its own: with HTTP/2 one slow reader would hold up every
            // request that shares the connection.
            set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        } else {
            set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
            set(CURLOPT_TIMEOUT_MS, milliseconds)
        }
        set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
        if request.headers["Accept-Encoding"] == nil { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        if request.headers["User-Agent"] == nil { set(CURLOPT_USERAGENT, "hazard") }
    }

    /// The deadline; zero would mean none to libcurl.
    private var milliseconds: Int {
        Int(max(1, min(Int64(Int32.max), request.deadline.nanoseconds / 1_000_000)))
    }

    private mutating func setTarget(_ parts: URLParts) {
        // Loopback addresses are never reached through a proxy.
        if LoopbackHost.contains(parts.host) { set(CURLOPT_PROXY, "") }
        guard let name = request.tls?.serverName, name != parts.host else {
            set(CURLOPT_URL, request.url)
            return
        }
        // libcurl checks the certificate against the URL's host; where it connects is set apart.
        let port = parts.port ?? (parts.scheme == "https" ? 443 : 80)
        let query = parts.query.map { "?" + $0 } ?? ""
        set(CURLOPT_URL, "\(parts.scheme)://\(Self.bracketed(name)):\(port)\(parts.path)\(query)")
        let route = "\(Self.bracketed(name)):\(port):\(Self.bracketed(parts.host)):\(port)"
        note(handle.set(CURLOPT_CONNECT_TO, list: [route]))
    }

    private mutating func setBody() {
        if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
            return
        }
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            note(
                unsafe request.body.withUnsafeBytes {
                    unsafe ccurl_set_body(handle.easy, $0.baseAddress, $0.count)
                })
        }
        set(CURLOPT_CUSTOMREQUEST, request.method)
    }

    private mutating func setHeaders(_ parts: URLParts) throws(Failure) {
        var lines: [String] = []
        for field in request.headers.fields {
            let text = field.name + field.value
            guard !field.name.isEmpty, !field.name.contains(":"),
                !text.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 })
            else {
                throw Failure(
                    .rejected, "\(request.place): the header \(field.name) is malformed")
            }
            // libcurl computes it, and accepts the encoding it was told above.
            if field.name.lowercased() == "content-length" { continue }
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Without these libcurl adds a form's content type, and waits a second before long bodies.
        for name in ["Content-Type", "Expect"] where request.headers[name] == nil {
            lines.append("\(name):")
        }
        if let name = request.tls?.serverName, name != parts.host, request.headers["Host"] == nil {
            lines.append(
                "Host: \(Self.bracketed(parts.host))\(parts.port.map { ":\($0)" } ?? "")")
        }
        note(handle.set(CURLOPT_HTTPHEADER, list: lines))
    }

    private mutating func setTLS() {
        guard let tls = request.tls else { return }
        if let authorities = tls.authorities {
            set(CURLOPT_CAINFO_BLOB, blob: authorities)
            // Otherwise the system's directory of authorities would be trusted as well.
            note(unsafe ccurl_set_text(handle.easy, CURLOPT_CAPATH, nil))
        }
        if let certificate = tls.clientCertificate {
            set(CURLOPT_SSLCERTTYPE, "PEM")
            set(CURLOPT_SSLCERT_BLOB, blob: certificate)
        }
        if let key = tls.clientKey {
            set(CURLOPT_SSLKEYTYPE, "PEM")
            set(CURLOPT_SSLKEY_BLOB, blob: key)
        }
        if tls.insecure {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }
}
