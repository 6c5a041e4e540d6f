// The life of one listener: which connections and streams are open, and how all of it ends within a
// bound although neither clients nor handlers can be trusted to co-operate.

import Core
import NIOCore
import Platform
import ServiceLifecycle

/// Shared by the listener's task, its connections and its streams.
final class ListenerRun: Sendable {
    private struct State {
        var isBound = false
        var isStopping = false
        var group: ServiceGroup?
        var server: Task<Void, Never>?
        var channels: [ObjectIdentifier: any Channel] = [:]
        var streams: [Int: @Sendable () -> Void] = [:]
        var nextStream = 0
        var isOver = false
        var waiter: CheckedContinuation<(any Error)?, Never>?
    }

    private let state = Lock(State())
    private let grace: Duration

    init(grace: Duration) { self.grace = grace }

    /// Runs `group` to its end; returns what it threw. An error after `stop` is only the echo of
    /// it.
    func wait(for group: ServiceGroup) async -> (any Error)? {
        await withCheckedContinuation { continuation in
            let mayRun = state.withLock { state in
                state.group = group
                state.waiter = continuation
                return !state.isStopping
            }
            guard mayRun else { return end(nil) }
            // Unstructured, because a cancelled listener still has to close its connections, and
            // because a handler that never returns must not hold up the program's end.
            let server = Task {
                do {
                    try await group.run()
                    end(nil)
                } catch {
                    end(error)
                }
            }
            state.withLock { $0.server = server }
        }
    }

    private func end(_ error: (any Error)?) {
        let (waiter, isStopping) = state.withLock { state in
            defer { state.waiter = nil }
            state.isOver = true
            return (state.waiter, state.isStopping)
        }
        waiter?.resume(returning: isStopping ? nil : error)
    }

    /// Connections are accepted from now on. Before that a group does not hear a request to stop.
    func didBind() {
        let isStopping = state.withLock { state in
            state.isBound = true
            return state.isStopping
        }
        if isStopping { windDown() }
    }

    func stop() {
        let isBound = state.withLock { state in
            state.isStopping = true
            return state.isBound
        }
        if isBound { windDown() }
    }

    private func windDown() {
        let (group, streams) = state.withLock { ($0.group, Array($0.streams.values)) }
        for cancel in streams { cancel() }
        Task {
            await group?.triggerGracefulShutdown()
            await pause()
            let (channels, server) = state.withLock { (Array($0.channels.values), $0.server) }
            for channel in channels { channel.close(mode: .all, promise: nil) }
            server?.cancel()
            await pause()
            end(nil)
        }
    }

    /// Waits for the grace period, or less when everything ended.
    private func pause() async {
        let end = ContinuousClock.now + grace
        while ContinuousClock.now < end, !state.withLock({ $0.isOver }) {
            try? await Task.sleep(for: min(grace, .milliseconds(10)))
        }
    }

    /// Remembers an open connection until it closes.
    func track(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isNew = state.withLock { $0.channels.updateValue(channel, forKey: id) == nil }
        if isNew {
            channel.closeFuture.whenComplete { [state] _ in
                state.withLock { $0.channels[id] = nil }
            }
        }
    }

    /// Remembers an open stream; nil when the listener is stopping.
    func addStream(_ cancel: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard !state.isStopping else { return nil }
            state.nextStream += 1
            state.streams[state.nextStream] = cancel
            return state.nextStream
        }
    }

    func removeStream(_ id: Int) { state.withLock { $0.streams[id] = nil } }

    var isStopping: Bool { state.withLock { $0.isStopping } }
}
