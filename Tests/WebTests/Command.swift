// Runs a program of the system in a test: input and outputs are files, so nothing can block.

import Glibc

struct Command {
    private(set) var status: Int32 = -1
    private(set) var output = ""
    private(set) var errors = ""

    /// Runs `arguments[0]` (an absolute path) and waits up to 60 seconds; after that it is killed
    /// and the status is -1.
    init(_ arguments: [String], input: [UInt8] = []) {
        let stem = "/tmp/hazard-web-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let paths = ["in", "out", "err"].map { stem + "." + $0 }
        defer { for path in paths { unsafe unlink(path) } }
        Self.write(input, to: paths[0])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, paths[0], O_RDONLY, 0)
        for (descriptor, path) in [(Int32(1), paths[1]), (2, paths[2])] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        var pointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let failure = unsafe posix_spawn(&child, arguments[0], &actions, nil, pointers, environ)
        guard failure == 0 else {
            errors = "\(arguments[0]): cannot start (error \(failure)); is it installed?"
            return
        }
        status = Self.wait(for: child)
        output = String(decoding: Self.read(paths[1]), as: UTF8.self)
        errors = String(decoding: Self.read(paths[2]), as: UTF8.self)
    }

    private static func wait(for child: pid_t) -> Int32 {
        var code: Int32 = 0
        for _ in 0..<6000 {
            if unsafe waitpid(child, &code, WNOHANG) == child {
                return code & 0x7f == 0 ? (code >> 8) & 0xff : -1
            }
            usleep(10_000)
        }
        kill(child, SIGKILL)
        unsafe waitpid(child, &code, 0)
        return -1
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
