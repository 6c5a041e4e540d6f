// The one lock of the program. pthread-backed: the thread sanitizer on Linux does not understand
// Synchronization.Mutex and reports false races for it. Prefer actors and values.

import Glibc

/// Mutual exclusion around a value. Never held across an `await`.
@safe package final class Lock<Value>: @unchecked Sendable {
    // Unchecked: `value` is reached only through `withLock`, under the mutex.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: sending Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deinitialize(count: 1)
        unsafe mutex.deallocate()
    }

    package func withLock<Result, Thrown>(
        _ body: (inout sending Value) throws(Thrown) -> sending Result
    ) throws(Thrown) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
