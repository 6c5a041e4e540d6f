// What the operating system says about an error number.

import Glibc

/// An `errno` value with the system's words for it.
struct SystemError: Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    /// The calling thread's `errno`.
    static var current: SystemError { SystemError(code: errno) }

    // glibc's strerror is thread-safe since 2.32.
    var description: String { unsafe String(cString: strerror(code)) }
}

extension SystemError {
    static let addressInUse = SystemError(code: EADDRINUSE)
    static let permissionDenied = SystemError(code: EACCES)
}
