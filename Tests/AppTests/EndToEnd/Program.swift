// Programs under test: where the built one is, how it is run, and what it printed.

import Core
import Glibc
import Host
import Platform
import Testing

/// The project's files and programs.
enum Project {
    /// The top of the checkout: this file is Tests/AppTests/EndToEnd/Program.swift.
    static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    /// The built `hazard`, beside the test bundle.
    static func hazard() throws -> String {
        for start in CommandLine.arguments.prefix(1) {
            var folder = start[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                let candidate = String(folder) + "/hazard"
                if isProgram(candidate) { return candidate }
            }
        }
        let usual = root + "/.build/debug/hazard"
        if isProgram(usual) { return usual }
        throw Failure(.rejected, "build the product hazard first: swift build --product hazard")
    }

    /// A tool on the PATH, or in the project's own .tools/bin.
    static func tool(_ name: String) throws -> String {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin"
        for folder in [root + "/.tools/bin"] + path.split(separator: ":").map(String.init)
        where isProgram(folder + "/" + name) {
            return folder + "/" + name
        }
        throw Failure(.rejected, "\(name) is not installed; run ./dev setup")
    }

    private static func isProgram(_ path: String) -> Bool {
        // A folder may be entered, which is the same permission; it is no program.
        guard unsafe access(path, X_OK) == 0 else { return false }
        return (try? FileSystem.list(path)) == nil
    }
}

/// Lines of a program, as they come.
final class Lines: Sendable {
    private let all = Lock<[String]>([])

    func add(_ line: String) { all.withLock { $0.append(line) } }
    var list: [String] { all.withLock { $0 } }
    var text: String { list.joined(separator: "\n") }

    /// The first line with `part`, awaited for at most `limit`.
    func first(with part: String, within limit: Duration) async throws -> String {
        let clock = SystemClock()
        let start = clock.uptime
        while clock.uptime - start < limit {
            if let line = list.first(where: { $0.contains(part) }) { return line }
            try await clock.sleep(for: .milliseconds(50))
        }
        throw Failure(.transient, "no line with \"\(part)\" within \(limit.human) in:\n\(text)")
    }
}

/// Runs a program to its end and returns its status and output.
func run(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil,
    directory: String? = nil
) async throws -> (status: ChildProcess.ExitStatus, output: Lines) {
    let lines = Lines()
    let status = try await ChildProcess.run(
        ChildProcess.Plan(
            program, arguments, environment: environment, directory: directory,
            output: .lines { lines.add($0) }))
    return (status, lines)
}
