// A thread of our own, for what must not block the cooperative pool: the network loop, waiting for
// children, reading pipes, waiting for signals.

import Glibc
import Platform

/// A running pthread. It must be joined exactly once, or detached.
struct HostThread: Sendable {
    // pthread_t is an integer on Linux.
    private let id: pthread_t

    /// Starts `body` on a new thread. Throws `.transient`, with `name`, when the system has no room
    /// for another thread.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Failure) {
        final class Entry {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let entry = unsafe Unmanaged.passRetained(Entry(body))
        var id = pthread_t()
        let code = unsafe pthread_create(
            &id, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<Entry>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, entry.toOpaque())
        guard code == 0 else {
            unsafe entry.release()
            throw Failure(
                .transient, "cannot start the thread \(name): \(SystemError(code: code))")
        }
        self.id = id
    }

    /// Waits until the thread ended.
    func join() { pthread_join(id, nil) }

    /// Lets the thread end on its own.
    func detach() { pthread_detach(id) }
}
