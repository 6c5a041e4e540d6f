// Exclusive use of a path among processes. The kernel lets go of it when the process ends, however
// it ends.

import Glibc
import Platform

/// Held from `init` until the value is let go of. The file stays, because removing it would race
/// with the next holder; it names the holder's process.
///
/// It is a lock of the open file (`F_OFD_SETLK`, fcntl(2)): two openings in one process exclude
/// each other too, and whoever only asks (`holder(of:)`) need not take it for an instant.
package final class FileLock: Sendable {
    /// Who has a lock.
    package enum Holder: Sendable, Hashable {
        case nobody
        /// The process number, when it could be read.
        case process(Int?)
    }

    private let descriptor: Int32

    /// Throws `.rejected` with `busy` of the holder's process number (nil when unknown) when
    /// somebody else, in this process or another, has the lock.
    init(_ path: String, busy: (Int?) -> String) throws(Failure) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.rejected, "cannot create \(path): \(SystemError.current)")
        }
        guard Self.control(descriptor, Self.set, F_WRLCK) != nil else {
            let error = SystemError.current
            close(descriptor)
            guard error.code == EAGAIN || error.code == EACCES else {
                throw Failure(.rejected, "cannot lock \(path): \(error)")
            }
            throw Failure(.rejected, busy(Self.written(path)))
        }
        let text = Array("\(getpid())\n".utf8)
        // The number is for people; a full disk must not keep the lock from being held.
        if ftruncate(descriptor, 0) == 0 {
            _ = unsafe text.withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0)
            }
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone is not enough: a process that is being started has a copy of every
        // descriptor until it is another program, and each copy would keep the lock.
        _ = Self.control(descriptor, Self.set, F_UNLCK)
        close(descriptor)
    }

    /// Who has the lock at `path`; the lock itself is not touched.
    package static func holder(of path: String) -> Holder {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .nobody }
        defer { close(descriptor) }
        guard let found = control(descriptor, get, F_WRLCK), found != F_UNLCK else {
            return .nobody
        }
        return .process(written(path))
    }

    /// The process number in the file at `path`.
    private static func written(_ path: String) -> Int? {
        let text = try? String(decoding: FileSystem.read(path, limit: 64), as: UTF8.self)
        return text.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    // From the kernel's uapi/asm-generic/fcntl.h; glibc shows them to C with _GNU_SOURCE only.
    private static let get: Int32 = 36
    private static let set: Int32 = 37

    /// Asks the kernel for `command` with a lock of the whole file of `type`. Returns the type it
    /// answers with, nil when it refuses (errno says why).
    private static func control(_ descriptor: Int32, _ command: Int32, _ type: Int32) -> Int32? {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        guard unsafe fcntl(descriptor, command, &lock) == 0 else { return nil }
        return Int32(lock.l_type)
    }
}
