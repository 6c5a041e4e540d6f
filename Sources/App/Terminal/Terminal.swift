// Standard output and standard error: whole lines, written at once.

import Glibc

/// The terminal, or whatever stands in for it.
package enum Terminal {
    /// Whether standard output is a terminal that shows colours.
    package static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    package static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// `error: …` on standard error.
    package static func error(_ message: String) {
        write("error: \(message)\n", to: STDERR_FILENO)
    }

    package static func warn(_ message: String) {
        write("\(message)\n", to: STDERR_FILENO)
    }

    /// Writes everything, whatever the chunks; a closed pipe ends the output silently.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
