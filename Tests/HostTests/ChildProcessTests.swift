// ChildProcess with real programs: status, output, groups, cancellation, and death of the parent.

import Core
import Glibc
import Platform
import Testing

@testable import Host

/// The state letter of a process (`R`, `S`, `Z`, …); nil when there is none.
private func state(of pid: Int32) -> Character? {
    guard let bytes = try? FileSystem.read("/proc/\(pid)/stat") else { return nil }
    let status = String(decoding: bytes, as: UTF8.self)
    guard let close = status.lastIndex(of: ")") else { return nil }
    return status[close...].dropFirst(2).first
}

private func isRunning(_ pid: Int32) -> Bool {
    let state = state(of: pid)
    return state != nil && state != "Z"
}

@Suite(.timeLimit(.minutes(10)))
struct ChildProcessTests {
    typealias Plan = ChildProcess.Plan

    @Test func reportsHowAProgramEnded() async throws {
        #expect(try await ChildProcess.run(Plan("true")) == .exited(0))
        #expect(try await ChildProcess.run(Plan("/bin/sh", ["-c", "exit 7"])) == .exited(7))
        #expect(
            try await ChildProcess.run(Plan("/bin/sh", ["-c", "kill -TERM $$"]))
                == .signalled(SIGTERM))
    }

    @Test func namesWhatCannotStart() async {
        await expectFailure(.rejected, "no-such-program", "No such file") {
            _ = try await ChildProcess.run(Plan("no-such-program"))
        }
        await expectFailure(.rejected, "/nonexistent") {
            _ = try await ChildProcess.run(Plan("true", directory: "/nonexistent"))
        }
    }

    @Test func handsOutLines() async throws {
        let lines = Lock<[String]>([])
        let status = try await ChildProcess.run(
            Plan(
                "/bin/sh",
                ["-c", "pwd; echo \"$A-$HOME\"; echo err >&2; cat; printf 'a\\r\\nlast'"],
                environment: ["A": "x y", "PATH": "/usr/bin:/bin"], directory: "/usr",
                output: .lines { line in lines.withLock { $0.append(line) } }))
        #expect(status == .exited(0))
        #expect(lines.withLock { $0 } == ["/usr", "x y-", "err", "a", "last"])
    }

    @Test func cutsLongLines() async throws {
        let lines = Lock<[Int]>([])
        _ = try await ChildProcess.run(
            Plan(
                "/bin/sh", ["-c", "head -c 300000 /dev/zero | tr '\\0' x; echo; echo end"],
                output: .lines { line in lines.withLock { $0.append(line.utf8.count) } }))
        #expect(lines.withLock { $0 } == [LineReader.limit, 3])
    }

    @Test func appendsToAFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/log"
            for word in ["one", "two"] {
                _ = try await ChildProcess.run(
                    Plan("/bin/sh", ["-c", "echo \(word); echo e >&2"], output: .file(path)))
            }
            #expect(
                try String(decoding: FileSystem.read(path), as: UTF8.self) == "one\ne\ntwo\ne\n")
        }
    }

    @Test func inheritsNoFiles() async throws {
        // Opened without close-on-exec.
        let file = unsafe open("/dev/null", O_RDONLY)
        defer { close(file) }
        let lines = Lock<[String]>([])
        _ = try await ChildProcess.run(
            Plan(
                "/bin/sh", ["-c", "for f in /proc/$$/fd/*; do echo ${f##*/}; done"],
                output: .lines { line in lines.withLock { $0.append(line) } }))
        #expect(lines.withLock { $0 }.filter { ["0", "1", "2"].contains($0) } == ["0", "1", "2"])
        #expect(!lines.withLock { $0 }.contains("\(file)"))
    }

    /// Starts a shell that starts a sleeper; both pids.
    static func family(_ prelude: String = "") async throws -> (ChildProcess, Int32) {
        let grandchild = Promise<Int32>()
        let child = try ChildProcess(
            Plan(
                "/bin/sh", ["-c", "\(prelude) sleep 600 & echo $!; wait"],
                output: .lines { line in
                    let pid = Int32(line) ?? -1
                    Task { await grandchild.fulfill(pid) }
                }))
        return (child, await grandchild.get())
    }

    @Test func signalsTheWholeGroup() async throws {
        let (child, grandchild) = try await Self.family()
        #expect(isRunning(child.pid) && isRunning(grandchild))
        child.signal(SIGTERM)
        #expect(await child.wait() == .signalled(SIGTERM))
        await eventually("the grandchild is gone") { !isRunning(grandchild) }
        child.signal(SIGKILL)
        #expect(await child.wait() == .signalled(SIGTERM))
    }

    @Test func whatAChildStartedEndsWithIt() async throws {
        let (child, grandchild) = try await Self.family()
        kill(child.pid, SIGKILL)
        #expect(await child.wait() == .signalled(SIGKILL))
        await eventually("the grandchild is gone") { !isRunning(grandchild) }
    }

    @Test func stopsGentlyThenByForce() async throws {
        let (gentle, _) = try await Self.family()
        #expect(await gentle.stop() == .signalled(SIGTERM))
        let (stubborn, _) = try await Self.family("trap '' TERM;")
        #expect(await stubborn.stop(grace: .milliseconds(50)) == .signalled(SIGKILL))
        let frozen = try ChildProcess(Plan("sleep", ["600"]))
        frozen.signal(SIGSTOP)
        // Which of the two ends a stopped process depends on the kernel.
        let status = await frozen.stop(grace: .milliseconds(50))
        #expect([.signalled(SIGTERM), .signalled(SIGKILL)].contains(status))
    }

    @Test func cancellingKills() async throws {
        let child = try ChildProcess(Plan("sleep", ["600"]))
        let waiting = Task { await child.wait() }
        waiting.cancel()
        #expect(await waiting.value == .signalled(SIGKILL))
        #expect(kill(child.pid, 0) != 0)
    }

    @Test func manyChildrenLeaveNoZombies() async throws {
        try await withThrowingTaskGroup(of: (Int, ChildProcess.ExitStatus).self) { group in
            for number in 0..<60 {
                group.addTask {
                    let child = try ChildProcess(Plan("/bin/sh", ["-c", "exit \(number)"]))
                    let status = await child.wait()
                    #expect(state(of: child.pid) != "Z")
                    return (number, status)
                }
            }
            for try await (number, status) in group { #expect(status == .exited(Int32(number))) }
        }
    }

    /// A parent that is killed outright takes its children along.
    @Test func childrenDieWithTheirParent() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/pids"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let (child, grandchild) = try await ChildProcessTests.family("trap '' TERM;")
                let (done, _) = try await ChildProcessTests.family()
                _ = await done.stop()
                try FileSystem.writeAtomically(
                    Array("\(child.pid) \(grandchild)".utf8), to: path)
                kill(getpid(), SIGKILL)
            }
            let text = try String(decoding: FileSystem.read(path), as: UTF8.self)
            let pids = text.split(separator: " ").compactMap { Int32($0) }
            #expect(pids.count == 2)
            await eventually("both are gone") { !pids.contains(where: isRunning) }
        }
    }
}
