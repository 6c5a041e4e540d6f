// Why something outside the program did not work, in the only terms a caller may act on.

/// The one error type of doors and ports.
package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The only question a caller has: is it worth trying again?
    package enum Kind: String, Sendable, Hashable {
        /// The same call may work later: time-outs, refused connections, 429, 5xx.
        case transient
        /// The same call will fail again: 4xx, bad data, no permission.
        case rejected
        /// The caller, or the program's end, cancelled it.
        case cancelled
    }

    package var kind: Kind
    /// Names the thing, where, and the next step, in plain English.
    package var message: String
    /// The HTTP status, when there was one.
    package var status: Int?
    /// How long the other side asked to wait (`Retry-After`).
    package var retryAfter: Duration?

    package init(
        _ kind: Kind, _ message: String, status: Int? = nil, retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    package var description: String { "\(message) (\(kind.rawValue))" }

    /// `error` as a failure: a `Failure` is itself, a `CancellationError` is `.cancelled`.
    package init(_ error: any Error) {
        if let failure = error as? Failure {
            self = failure
        } else if error is CancellationError {
            self.init(.cancelled, "cancelled")
        } else {
            self.init(.rejected, String(describing: error))
        }
    }
}
