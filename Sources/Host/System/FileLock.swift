// Exclusive use of a path among processes. The kernel lets go of it when the process ends, however
// it ends.

import Glibc
import Platform

/// Held from `init` until the value is let go of. The file stays, because removing it would race
/// with the next holder; it names the holder's process.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// Throws `.rejected` with `busy` of the holder's process number (nil when unknown) when
    /// somebody else, in this process or another, has the lock.
    init(_ path: String, busy: (Int?) -> String) throws(Failure) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.rejected, "cannot create \(path): \(SystemError.current)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.current
            close(descriptor)
            guard error.code == EWOULDBLOCK else {
                throw Failure(.rejected, "cannot lock \(path): \(error)")
            }
            let text = try? String(decoding: FileSystem.read(path, limit: 64), as: UTF8.self)
            throw Failure(.rejected, busy(text.flatMap { Int($0.prefix { $0.isNumber }) }))
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

    deinit { close(descriptor) }
}
