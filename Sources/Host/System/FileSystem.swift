// Whole files: read, replaced atomically, listed. Every failure names the path. The calls block
// briefly, so they are for small local files, not for the journal.

import Glibc
package import Platform

package enum FileSystem {
    /// The bytes of the file at `path`; more than `limit` bytes is a `.rejected` failure.
    package static func read(_ path: String, limit: Int = 64 << 20) throws(Failure) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("read", path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(file, &block, block.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read", path)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw Failure(.rejected, "\(path) is larger than the \(limit) bytes allowed")
            }
            bytes += block[..<count]
        }
    }

    /// Replaces the file at `path` in one step: readers see the old bytes or the new ones, also
    /// after a power failure. The directory must exist.
    package static func writeAtomically(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644
    ) throws(Failure) {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("write", temporary) }
        var problem = writeAll(bytes, to: file)
        if problem == nil, fsync(file) != 0 { problem = .current }
        close(file)
        if problem == nil, unsafe rename(temporary, path) != 0 { problem = .current }
        if let problem {
            unsafe unlink(temporary)
            throw failure("write", path, problem)
        }
        // Without this the rename itself may be lost.
        let parent =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : path[..<$0] } ?? "."
        let directory = unsafe open(String(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open", String(parent)) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("sync", String(parent)) }
    }

    /// The names in the directory at `path`, sorted, without `.` and `..`.
    package static func list(_ path: String) throws(Failure) -> [String] {
        guard let directory = unsafe opendir(path) else { throw failure("list", path) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw failure("list", path) }
        return names.sorted()
    }

    /// Creates the directory at `path` and its parents; one that exists is fine.
    package static func createDirectory(_ path: String, mode: UInt32 = 0o755) throws(Failure) {
        var built = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            built += built.isEmpty || built.hasSuffix("/") ? part : "/" + part
            if unsafe mkdir(built, mode) != 0, errno != EEXIST { throw failure("create", built) }
        }
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> SystemError? {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                return .current
            }
            done += count
        }
        return nil
    }

    private static func failure(
        _ verb: String, _ path: String, _ error: SystemError = .current
    ) -> Failure {
        let passing: [Int32] = [ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, EAGAIN]
        return Failure(
            passing.contains(error.code) ? .transient : .rejected,
            "cannot \(verb) \(path): \(error)")
    }
}
