// How commands end. The numbers are part of the interface: scripts rely on them.

/// Exit codes of `hazard`.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    /// Wrong arguments or configuration.
    case usage = 2
    /// Users were harmed, or a service did not recover; of a question, that something was found.
    case harm = 3
    /// Nothing could be said: blind, held, inconclusive.
    case unknown = 4
    /// Something could not be reverted.
    case leftBehind = 5
    /// Another instance is running.
    case busy = 6
}
