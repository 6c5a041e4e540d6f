// Runs a program of the system in a test: input and outputs are files, so nothing can block.

import Glibc
import Host

struct Command: Sendable {
    private(set) var status: Int32 = -1
    private(set) var output = ""
    private(set) var errors = ""

    /// Runs `arguments[0]` (an absolute path) and waits up to two minutes; after that it is killed
    /// and the status is -1. It inherits no file of this process.
    static func run(_ arguments: [String], input: [UInt8] = []) async throws -> Command {
        let stem = "/tmp/hazard-web-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let paths = ["in", "out", "err"].map { stem + "." + $0 }
        defer { for path in paths { unsafe unlink(path) } }
        write(input, to: paths[0])
        let script = "exec \"$@\" < \(paths[0]) > \(paths[1]) 2> \(paths[2])"
        let child = try ChildProcess(
            ChildProcess.Plan("/bin/sh", ["-c", script, "sh"] + arguments, output: .discard))
        let end = await withTaskGroup { group in
            group.addTask {
                do { try await Task.sleep(for: .seconds(120)) } catch { return }
                child.signal(SIGKILL)
            }
            let end = await child.wait()
            group.cancelAll()
            return end
        }
        var command = Command()
        if case .exited(let status) = end { command.status = status }
        command.output = String(decoding: read(paths[1]), as: UTF8.self)
        command.errors = String(decoding: read(paths[2]), as: UTF8.self)
        return command
    }

    static func read(_ path: String) -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { return [] }
        defer { unsafe fclose(file) }
        var out: [UInt8] = []
        var byte = unsafe getc(file)
        while byte != EOF {
            out.append(UInt8(truncatingIfNeeded: byte))
            byte = unsafe getc(file)
        }
        return out
    }

    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = unsafe fopen(path, "w") else { return }
        unsafe fwrite(bytes, 1, bytes.count, file)
        unsafe fclose(file)
    }
}
