// The token that goes with each request, read again from its file while the program runs: the
// kubelet replaces a ServiceAccount's token before it expires.

import Core
import Platform

/// The current bearer token.
final class BearerToken: Sendable {
    private struct Cached {
        var token: String
        var readAt: Duration
    }

    /// The kubelet renews at 80 % of the token's life; a minute is far inside the rest.
    private static let lifetime = Duration.seconds(60)

    private let credential: ClusterAccess.Credential
    private let readFile: FileReader
    private let cached = Lock<Cached?>(nil)

    init(_ credential: ClusterAccess.Credential, readFile: FileReader) {
        self.credential = credential
        self.readFile = readFile
    }

    /// The token to send now; nil when there is none to send. A file that cannot be read keeps the
    /// last token in use; without one, that is the failure.
    func current(uptime: Duration) throws(Failure) -> String? {
        switch credential {
        case .none: return nil
        case .token(let token): return token
        case .tokenFile(let path):
            let known = cached.withLock { $0.map { (token: $0.token, readAt: $0.readAt) } }
            if let known, uptime - known.readAt < Self.lifetime { return known.token }
            do throws(Failure) {
                let token = String(decoding: try readFile(path), as: UTF8.self).trimmed
                guard !token.isEmpty else {
                    throw Failure(.transient, "the token file \(path) is empty")
                }
                cached.withLock { $0 = Cached(token: token, readAt: uptime) }
                return token
            } catch {
                if let known { return known.token }
                throw error
            }
        }
    }

    /// Forgets what was read, after the server refused it.
    func invalidate() { cached.withLock { $0 = nil } }
}
