// The thread that runs libcurl's multi handle, and the way to it from async code: commands in an
// inbox, and a wake-up. The thread owns every handle; nobody else touches libcurl.

import CCurl
import Core
import Platform

/// A libcurl multi handle. Unchecked: all but `wakeUp`, which libcurl allows from any thread, is
/// called by the loop's thread, and `close` after that thread ended.
@safe private struct CurlMulti: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    func wakeUp() { unsafe curl_multi_wakeup(pointer) }
    func close() { unsafe curl_multi_cleanup(pointer) }
}

final class CurlLoop: Sendable {
    fileprivate enum Command: Sendable {
        case add(Transfer)
        case drop(Transfer)
        case resume(Transfer)
    }

    fileprivate struct Inbox: Sendable {
        var commands: [Command] = []
        var isStopped = false
    }

    private let inbox: Lock<Inbox>
    private let multi: CurlMulti
    private let thread: Lock<HostThread?>

    /// libcurl's process-wide state; set up once, never torn down.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(Failure) {
        guard Self.isReady, let pointer = unsafe curl_multi_init() else {
            throw Failure(.rejected, "libcurl cannot start: no memory or a broken installation")
        }
        let multi = unsafe CurlMulti(pointer: pointer)
        let inbox = Lock(Inbox())
        unsafe ccurl_multi_set_long(multi.pointer, CURLMOPT_MAXCONNECTS, 128)
        let started = try HostThread("network") {
            var worker = unsafe CurlWorker(multi: multi.pointer, inbox: inbox)
            worker.run()
        }
        self.multi = multi
        self.inbox = inbox
        thread = Lock(started)
    }

    func add(_ transfer: Transfer) {
        let isSent = send(.add(transfer))
        if !isSent { transfer.finish(.failed(Self.stopped(transfer))) }
    }

    /// Ends `transfer` as cancelled, whether the loop already knows it or not: one that is finished
    /// when its `add` arrives is never started.
    func cancel(_ transfer: Transfer) {
        transfer.finish(
            .failed(Failure(.cancelled, "\(transfer.request.place): cancelled")))
        send(.drop(transfer))
    }

    func resume(_ transfer: Transfer) { send(.resume(transfer)) }

    /// Ends every transfer as cancelled and joins the thread. Calls after the first return at once.
    func shutDown() {
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let running else { return }
        inbox.withLock { inbox in
            inbox.isStopped = true
            multi.wakeUp()
        }
        running.join()
        multi.close()
    }

    @discardableResult
    private func send(_ command: Command) -> Bool {
        // Woken under the lock: after `isStopped` the multi handle may be gone.
        inbox.withLock { inbox in
            guard !inbox.isStopped else { return false }
            inbox.commands.append(command)
            if inbox.commands.count == 1 { multi.wakeUp() }
            return true
        }
    }

    fileprivate static func stopped(_ transfer: Transfer) -> Failure {
        Failure(.cancelled, "\(transfer.request.place): the network was shut down")
    }
}

/// What runs on the loop's thread.
@safe private struct CurlWorker {
    private let multi: UnsafeMutableRawPointer
    private let inbox: Lock<CurlLoop.Inbox>
    private var handles: [ObjectIdentifier: CurlHandle] = [:]
    /// By the address of libcurl's handle.
    private var byEasy: [UInt: CurlHandle] = [:]
    private let clock = SystemClock()

    init(multi: UnsafeMutableRawPointer, inbox: Lock<CurlLoop.Inbox>) {
        unsafe self.multi = multi
        self.inbox = inbox
    }

    mutating func run() {
        while true {
            let (commands, isStopped) = inbox.withLock { inbox in
                defer { inbox.commands = [] }
                return (inbox.commands, inbox.isStopped)
            }
            for command in commands { apply(command) }
            if isStopped { break }
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            finishDone()
            let wait = expireSilent()
            unsafe curl_multi_poll(multi, nil, 0, wait, nil)
        }
        for handle in handles.values {
            handle.transfer.finish(.failed(CurlLoop.stopped(handle.transfer)))
            remove(handle)
        }
    }

    private mutating func apply(_ command: CurlLoop.Command) {
        switch command {
        case .add(let transfer): add(transfer)
        case .drop(let transfer):
            if let handle = handles[ObjectIdentifier(transfer)] { remove(handle) }
        case .resume(let transfer):
            handles[ObjectIdentifier(transfer)]?.resume(now: clock.uptime)
        }
    }

    private mutating func add(_ transfer: Transfer) {
        guard !transfer.isFinished else { return }
        guard let handle = CurlHandle(transfer, now: clock.uptime) else {
            transfer.finish(.failed(Failure(.transient, "\(transfer.request.place): no memory")))
            return
        }
        do {
            try CurlOptions.apply(to: handle)
        } catch {
            transfer.finish(.failed(error))
            return
        }
        let code = unsafe curl_multi_add_handle(multi, handle.easy)
        guard code == CURLM_OK else {
            let reason = unsafe String(cString: curl_multi_strerror(code))
            transfer.finish(
                .failed(Failure(.transient, "\(transfer.request.place): \(reason)")))
            return
        }
        handles[ObjectIdentifier(transfer)] = handle
        unsafe byEasy[UInt(bitPattern: handle.easy)] = handle
    }

    private mutating func remove(_ handle: CurlHandle) {
        unsafe curl_multi_remove_handle(multi, handle.easy)
        handles[ObjectIdentifier(handle.transfer)] = nil
        unsafe byEasy[UInt(bitPattern: handle.easy)] = nil
    }

    private mutating func finishDone() {
        var code = CURLE_OK
        while let easy = unsafe ccurl_next_done(multi, &code) {
            guard let handle = byEasy[UInt(bitPattern: easy)] else { continue }
            handle.finish(code)
            remove(handle)
        }
    }

    /// Ends streams that were silent for too long; returns how many milliseconds there are until
    /// the next one would be.
    private mutating func expireSilent() -> Int32 {
        let now = clock.uptime
        var next = Duration.seconds(60)
        for handle in Array(handles.values) {
            guard let deadline = handle.silenceDeadline else { continue }
            if deadline <= now {
                handle.expire()
                remove(handle)
            } else {
                next = min(next, deadline - now)
            }
        }
        return Int32(next.nanoseconds / 1_000_000 + 1)
    }
}
