// Exclusive use of a path: let go of for certain, also while other threads start processes.

import Glibc
import Platform
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(10)))
struct FileLockTests {
    /// A process that is being started shares every open file until it is another program: what
    /// was let go of meanwhile must be free at once.
    @Test func isFreeAtOnceWhileProcessesStart() async throws {
        try await withTemporaryDirectory { directory in
            let isStarting = Lock(true)
            let taken = Lock<Result<Void, Failure>?>(nil)
            let taking = try HostThread("taking") {
                let result = Result { () throws(Failure) in
                    while isStarting.withLock({ $0 }) {
                        _ = try FileLock(directory + "/lock") { _ in "still held" }
                    }
                }
                taken.withLock { $0 = result }
            }
            for _ in 0..<300 { _ = try? await shell("true") }
            isStarting.withLock { $0 = false }
            taking.join()
            try taken.withLock { $0 }?.get()
        }
    }

    /// Asking who has a lock never keeps anybody from taking it.
    @Test func askingDoesNotTakeIt() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/lock"
            #expect(FileLock.holder(of: path) == .nobody)
            let isAsking = Lock(true)
            let asking = try HostThread("asking") {
                while isAsking.withLock({ $0 }) { _ = FileLock.holder(of: path) }
            }
            defer { asking.join() }
            defer { isAsking.withLock { $0 = false } }
            for _ in 0..<5_000 { _ = try FileLock(path) { _ in "held by who only asks" } }
            let lock = try FileLock(path) { _ in "held by who only asks" }
            #expect(FileLock.holder(of: path) == .process(Int(getpid())))
            withExtendedLifetime(lock) {}
        }
    }
}
