// Starts other programs and waits for them. Each child leads a process group of its own, so that
// what it starts ends with it, and dies when this process dies (see ChildGuard).

import Glibc
package import Platform

/// A started program. It is reaped when it ends, whether anybody waits or not.
package final class ChildProcess: Sendable {
    /// What to start, and how.
    package struct Plan: Sendable {
        /// Where standard output and standard error go.
        package enum Output: Sendable {
            case inherit
            case discard
            /// Appended to the file at this path.
            case file(String)
            /// Each line, without its break, on a thread of the child's own; longer ones are cut.
            case lines(@Sendable (String) -> Void)
        }

        /// A path, or a name to be found in `PATH`.
        package var executable: String
        /// Without the program's own name.
        package var arguments: [String]
        /// The whole environment; nil passes on this process's own.
        package var environment: [String: String]?
        /// The working directory; nil is this process's own.
        package var directory: String?
        package var output: Output

        package init(
            _ executable: String, _ arguments: [String] = [],
            environment: [String: String]? = nil, directory: String? = nil,
            output: Output = .inherit
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.directory = directory
            self.output = output
        }
    }

    /// How a program ended.
    package enum ExitStatus: Sendable, Hashable {
        case exited(Int32)
        /// Ended by this signal.
        case signalled(Int32)
    }

    private struct State {
        /// The process number may belong to somebody else from now on.
        var isReaped = false
        var status: ExitStatus?
        var waiters: [CheckedContinuation<ExitStatus, Never>] = []
    }

    /// Also the number of its process group.
    package let pid: Int32
    private let state = Lock(State())

    /// Starts `plan`. Its standard input is empty; it inherits no other open file and no signal
    /// mask.
    package init(_ plan: Plan) throws(Failure) {
        let guardian = try ChildGuard.shared.get()
        var lines: LineReader?
        var pipeEnd: Int32 = -1
        if case .lines(let handler) = plan.output {
            let (reader, writer) = try LineReader.make(handler)
            lines = reader
            pipeEnd = writer
        }
        do {
            pid = try Spawn.start(plan, pipeEnd: pipeEnd)
        } catch {
            if pipeEnd >= 0 { close(pipeEnd) }
            lines?.close()
            throw error
        }
        if pipeEnd >= 0 { close(pipeEnd) }
        guardian.add(group: pid)
        let thread: HostThread
        do {
            thread = try HostThread("child") { [self, lines] in attend(lines, guardian) }
        } catch {
            // Nobody would reap it, so it must not live on.
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            unsafe waitpid(pid, &status, 0)
            guardian.remove(group: pid)
            lines?.close()
            throw error
        }
        thread.detach()
    }

    /// Sends `number` to the child and all it started. Nothing happens after its end.
    package func signal(_ number: Int32) {
        state.withLock { state in
            if !state.isReaped { kill(-pid, number) }
        }
    }

    /// How it ended; nil while it runs.
    package var status: ExitStatus? { state.withLock { $0.status } }

    /// Waits for the end. When the task is cancelled the child is killed, and its end still
    /// awaited.
    package func wait() async -> ExitStatus {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let status = state.withLock { state in
                    if state.status == nil { state.waiters.append(continuation) }
                    return state.status
                }
                if let status { continuation.resume(returning: status) }
            }
        } onCancel: {
            signal(SIGKILL)
        }
    }

    /// Asks the child to end (SIGTERM), kills it after `grace`, and waits for its end.
    package func stop(grace: Duration = .seconds(5)) async -> ExitStatus {
        signal(SIGTERM)
        return await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                // A cancelled wait means: no more grace.
                try? await SystemClock().sleep(for: grace)
                self.signal(SIGKILL)
                return nil
            }
            var status: ExitStatus?
            for await result in group {
                guard let result else { continue }
                status = result
                group.cancelAll()
            }
            return status ?? .signalled(SIGKILL)
        }
    }

    /// Starts `plan` and waits for its end; cancelling the task kills it.
    package static func run(_ plan: Plan) async throws(Failure) -> ExitStatus {
        try await ChildProcess(plan).wait()
    }

    /// The life of the child's thread: pass on its lines, then reap it.
    private func attend(_ lines: LineReader?, _ guardian: ChildGuard) {
        lines?.readAll(while: { !hasEnded(blocking: false) })
        while !hasEnded(blocking: true) {}
        // What it started must not outlive it; its number is still ours.
        kill(-pid, SIGKILL)
        guardian.remove(group: pid)
        var code: Int32 = 0
        let (status, waiters) = state.withLock { state in
            state.isReaped = true
            while unsafe waitpid(pid, &code, 0) < 0, errno == EINTR {}
            // The encoding of wait(2): the low seven bits are the signal, the next byte the status.
            let status: ExitStatus =
                code & 0x7f == 0 ? .exited(code >> 8 & 0xff) : .signalled(code & 0x7f)
            state.status = status
            defer { state.waiters = [] }
            return (status, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Whether the child ended; it stays a zombie, so that its number stays taken.
    private func hasEnded(blocking: Bool) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: siginfo_t.self, capacity: 1) { buffer in
            guard let info = buffer.baseAddress else { return true }
            unsafe memset(info, 0, MemoryLayout<siginfo_t>.size)
            let options = WEXITED | WNOWAIT | (blocking ? 0 : WNOHANG)
            let code = unsafe waitid(P_PID, id_t(pid), info, options)
            if code != 0 { return errno != EINTR }
            // `si_signo` comes first; zero means that nothing has happened yet.
            return unsafe UnsafeRawPointer(info).load(as: Int32.self) != 0
        }
    }
}
