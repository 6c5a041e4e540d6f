// How a command's outcome becomes the exit code of the program, and the version it prints.

import App
import ArgumentParser

/// Ends the program with a command's exit code; success returns.
func end(_ status: ExitStatus) throws {
    if status != .success { throw ExitCode(status.rawValue) }
}

enum HazardVersion {
    static let text = Version.number
}
