// What went wrong between a proxy and its upstream, told apart as Envoy's response flags do.

package import Platform

/// Why no whole response came from an upstream.
package enum UpstreamFailure: Sendable, Hashable {
    /// The connection could not be opened (UF). Safe to try elsewhere.
    case connect
    /// The connection broke before the response was complete (UC).
    case reset
    /// No response in time (UT).
    case timeout
    /// The client left (DC).
    case left

    /// The doors only say whether to try again, so the kind is read from the message, which names
    /// refused connections and time-outs in the words of the door (tested against the real one).
    package init(_ failure: Failure) {
        if failure.kind == .cancelled {
            self = .left
            return
        }
        let text = failure.message.lowercased()
        if Self.connectWords.contains(where: text.contains) {
            self = .connect
        } else if Self.timeoutWords.contains(where: text.contains) {
            self = .timeout
        } else {
            self = .reset
        }
    }

    private static let connectWords = [
        "connection refused", "cannot connect", "failed to connect", "cannot resolve",
    ]
    private static let timeoutWords = ["no answer within", "timed out", "was silent for"]

    /// What the proxy answers its client; 0 when there is no client any more.
    package var status: Int {
        switch self {
        case .connect, .reset: 503
        case .timeout: 504
        case .left: 0
        }
    }

    package var flag: String {
        switch self {
        case .connect: "UF"
        case .reset: "UC"
        case .timeout: "UT"
        case .left: "DC"
        }
    }

    /// The body that the proxy answers with, in plain words.
    package var explanation: String {
        switch self {
        case .connect: "the upstream did not accept the connection\n"
        case .reset: "the upstream closed the connection before the response was complete\n"
        case .timeout: "the upstream did not answer in time\n"
        case .left: ""
        }
    }
}
