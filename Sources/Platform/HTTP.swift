// HTTP messages as values: what crosses the Network door, and what servers answer.

/// Header fields in order; names are compared without case.
package struct Headers: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package let name: String
        package let value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field]

    package init(_ fields: [Field] = []) { self.fields = fields }

    package init(_ pairs: KeyValuePairs<String, String>) {
        fields = pairs.map { Field($0.key, $0.value) }
    }

    /// The first value of `name`; setting replaces every value of it, nil removes it.
    package subscript(name: String) -> String? {
        get { fields.first { equalIgnoringCase($0.name, name) }?.value }
        set {
            fields.removeAll { equalIgnoringCase($0.name, name) }
            if let newValue { fields.append(Field(name, newValue)) }
        }
    }
}

/// ASCII comparison without case.
private func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
    return left.utf8.count == right.utf8.count
        && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
}

/// Transport security of one request: PEM text, kept in memory only.
package struct TLSSettings: Sendable, Hashable {
    /// Certificate authorities to trust; nil means the system's.
    package var authorities: [UInt8]?
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    /// Overrides the host name that the server's certificate must carry.
    package var serverName: String?
    /// Accept any certificate. Only when the user's kubeconfig says so.
    package var insecure: Bool

    package init(
        authorities: [UInt8]? = nil, clientCertificate: [UInt8]? = nil, clientKey: [UInt8]? = nil,
        serverName: String? = nil, insecure: Bool = false
    ) {
        self.authorities = authorities
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.serverName = serverName
        self.insecure = insecure
    }
}

/// One HTTP request, as a client sends it or a server receives it.
package struct Request: Sendable, Hashable {
    package var method: String
    /// Clients: absolute (`http://127.0.0.1:8080/x?y=z`). Servers: the path and query as received.
    package var url: String
    package var headers: Headers
    package var body: [UInt8]
    /// For `exchange`: the bound on the whole exchange. For `stream`: the bound on silence (until
    /// the head arrives, and between chunks).
    package var deadline: Duration
    /// The largest response body to accept, in bytes; more is a `.rejected` failure.
    package var bodyLimit: Int
    package var tls: TLSSettings?
    /// Servers: the address of the other side (`127.0.0.1:53124`), empty when unknown.
    package var peer: String
    /// Clients: what messages call the address when its path is a secret, as a web hook's is; nil:
    /// scheme, host, port and path.
    package var alias: String?

    package init(
        _ method: String, _ url: String, headers: Headers = Headers(), body: [UInt8] = [],
        deadline: Duration = .seconds(10), bodyLimit: Int = 64 << 20, tls: TLSSettings? = nil,
        peer: String = "", alias: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.bodyLimit = bodyLimit
        self.tls = tls
        self.peer = peer
        self.alias = alias
    }
}

/// One whole HTTP response.
package struct Response: Sendable, Hashable {
    package var status: Int
    package var headers: Headers
    package var body: [UInt8]

    package init(status: Int, headers: Headers = Headers(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with a text body.
    package init(status: Int, contentType: String, text: String) {
        self.init(
            status: status, headers: ["Content-Type": contentType], body: Array(text.utf8))
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Field($0.0, $0.1) })
    }
}

/// A response whose body arrives piece by piece, e.g. a Kubernetes watch.
package struct ResponseStream: Sendable {
    package var status: Int
    package var headers: Headers
    package var body: BodyStream

    package init(status: Int, headers: Headers = Headers(), body: BodyStream) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The pieces of a body. Exactly one reader; dropping the stream without reading on must be
/// followed by `cancel()`, which closes the connection.
package struct BodyStream: Sendable {
    private let pull: @Sendable () async throws(Failure) -> [UInt8]?
    private let stop: @Sendable () -> Void

    package init(
        next: @escaping @Sendable () async throws(Failure) -> [UInt8]?,
        cancel: @escaping @Sendable () -> Void = {}
    ) {
        pull = next
        stop = cancel
    }

    /// The next piece (never empty), or nil when the body ended properly. A connection that broke,
    /// or was silent longer than the request's deadline, throws `.transient`; a cancelled task
    /// `.cancelled`.
    package func next() async throws(Failure) -> [UInt8]? { try await pull() }

    package func cancel() { stop() }
}

/// What a server answers: a whole response, or one that streams.
package enum Reply: Sendable {
    case response(Response)
    case stream(ResponseStream)
    /// Close the connection without an answer (a crashed process looks like this).
    case disconnect
}

/// An HTTP server without a socket: the same value is served by a real listener in the demo and
/// called directly by the simulator's network.
package protocol Handler: Sendable {
    func handle(_ request: Request) async -> Reply
}
