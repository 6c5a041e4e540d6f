import App
import ArgumentParser

/// Ends the program with a command's exit code; success returns.
func end(_ status: ExitStatus) throws {
    if status != .success { throw ExitCode(status.rawValue) }
}

enum HazardVersion {
    static let text = Version.number
}
