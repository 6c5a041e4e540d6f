// What it takes to speak to one API server: where it is, how to trust it, and who asks. Secrets
// never appear in its description.

package import Platform

/// The address and the credentials of an API server.
package struct ClusterAccess: Sendable {
    /// How requests say who sends them; client certificates are part of `tls`.
    package enum Credential: Sendable, Hashable, CustomStringConvertible {
        case none
        case token(String)
        /// A bearer token in a file that is renewed while the program runs.
        case tokenFile(String)

        package var description: String {
            switch self {
            case .none: "no token"
            case .token: "a token"
            case .tokenFile(let path): "the token in \(path)"
            }
        }
    }

    /// `https://host:port` with an optional path, without a slash at the end.
    package var server: String
    package var tls: TLSSettings?
    package var credential: Credential
    /// The namespace to work in when none is named.
    package var namespace: String
    /// Where this came from, for messages, e.g. `context "minikube"`.
    package var origin: String

    package init(
        server: String, tls: TLSSettings? = nil, credential: Credential = .none,
        namespace: String = "default", origin: String = "configuration"
    ) {
        self.server = server
        while self.server.hasSuffix("/") { self.server.removeLast() }
        self.tls = tls
        self.credential = credential
        self.namespace = namespace
        self.origin = origin
    }
}
