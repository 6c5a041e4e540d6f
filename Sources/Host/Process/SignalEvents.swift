// The signals that ask a daemon to do something, as values.

import CProcess
import Glibc
package import Platform

/// What the operator, or the system, asks for.
package enum SignalEvent: Sendable, Hashable {
    /// SIGINT: Ctrl-C.
    case interrupt
    /// SIGTERM: end in an orderly way.
    case terminate
    /// SIGHUP: read the configuration again.
    case hangUp
}

/// The pipe that the handler writes to. A signal handler may do nothing but load a plain number and
/// write, so it cannot be wrapped; it is set once, before the handler is installed.
private nonisolated(unsafe) var signalPipe: Int32 = -1

package enum SignalEvents {
    private static let listeners = Lock<
        (next: Int, all: [Int: AsyncStream<SignalEvent>.Continuation])
    >(
        (0, [:]))
    private static let installed = Result { () throws(Failure) in try install() }

    /// Every SIGINT, SIGTERM and SIGHUP from now on; they no longer end the process. A handler and
    /// a pipe are used instead of blocked signals, because threads of libraries may already run.
    package static func listen() throws(Failure) -> AsyncStream<SignalEvent> {
        try installed.get()
        // People press Ctrl-C a few times, not hundreds of times.
        let (stream, continuation) = AsyncStream<SignalEvent>.makeStream(
            bufferingPolicy: .bufferingNewest(16))
        let id = listeners.withLock { listeners in
            listeners.next += 1
            listeners.all[listeners.next] = continuation
            return listeners.next
        }
        continuation.onTermination = { _ in listeners.withLock { $0.all[id] = nil } }
        return stream
    }

    private static func install() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard unsafe cprocess_pipe(&ends) == 0 else {
            throw Failure(.transient, "cannot make a pipe: \(SystemError.current)")
        }
        let (reader, writer) = (ends[0], ends[1])
        // A full pipe must not block a handler; what it holds is more than anybody reads.
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        unsafe signalPipe = writer
        let thread = try HostThread("signals") {
            var number: UInt8 = 0
            while true {
                let count = unsafe read(reader, &number, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                announce(Int32(number))
            }
        }
        thread.detach()
        for number in [SIGINT, SIGTERM, SIGHUP] {
            Glibc.signal(number) { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(signalPipe, &byte, 1)
                errno = saved
            }
        }
    }

    private static func announce(_ number: Int32) {
        let event: SignalEvent
        switch number {
        case SIGINT: event = .interrupt
        case SIGTERM: event = .terminate
        default: event = .hangUp
        }
        let all = listeners.withLock { Array($0.all.values) }
        for listener in all { listener.yield(event) }
    }
}
