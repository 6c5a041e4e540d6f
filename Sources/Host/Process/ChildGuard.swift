// Makes children die with this process, however it dies.
//
// One small shell process holds the other end of a socket and a list of process groups. When this
// process ends, even by SIGKILL, the kernel closes our end, and the shell kills what is still on
// its list. The kernel's own way (PR_SET_PDEATHSIG) is of no use here: it fires when the *thread*
// that started the child ends, and the threads of a pool come and go.

import Glibc
import Platform

final class ChildGuard: Sendable {
    /// Started with the first child.
    static let shared = Result { () throws(Failure) in try ChildGuard() }

    private let socket: Int32

    /// Ctrl-C and shutdown signals must not end the guard before its master.
    private static let script = """
        trap '' INT TERM HUP QUIT
        all=' '
        while read -r what group; do
            case $what in
            +) all="$all$group " ;;
            -) all="${all%% "$group" *} ${all#* "$group" }" ;;
            esac
        done
        for group in $all; do kill -s KILL -- "-$group" 2>/dev/null; done
        """

    private init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Failure(.transient, "cannot make a socket: \(SystemError.current)")
        }
        defer { close(ends[1]) }
        do {
            _ = try Spawn.start(
                ChildProcess.Plan(
                    "/bin/sh", ["-c", Self.script], environment: [:], directory: "/",
                    output: .discard), input: ends[1])
        } catch {
            close(ends[0])
            throw error
        }
        socket = ends[0]
    }

    func add(group: pid_t) { tell("+ \(group)\n") }

    /// To be called before the group's number can be taken by somebody else.
    func remove(group: pid_t) { tell("- \(group)\n") }

    private func tell(_ line: String) {
        let bytes = Array(line.utf8)
        // Without a guard there is nobody to tell; the program itself goes on.
        _ = unsafe bytes.withUnsafeBytes {
            unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }
}
