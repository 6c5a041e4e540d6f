// posix_spawn with everything a child must not inherit taken care of.

import CProcess
import Glibc
import Platform

@safe enum Spawn {
    /// Starts `plan` and returns its process number. `pipeEnd` is where its output goes when it is
    /// wanted as lines; `input` is its standard input, none when negative.
    static func start(
        _ plan: ChildProcess.Plan, pipeEnd: Int32 = -1, input: Int32 = -1
    ) throws(Failure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if input >= 0 {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        switch plan.output {
        case .inherit: break
        case .discard:
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        case .file(let path):
            let flags = O_WRONLY | O_CREAT | O_APPEND
            unsafe posix_spawn_file_actions_addopen(&actions, 1, path, flags, 0o644)
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        case .lines:
            unsafe posix_spawn_file_actions_adddup2(&actions, pipeEnd, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, pipeEnd, 2)
        }
        // Not every library opens its files close-on-exec.
        unsafe cprocess_add_closefrom(&actions, 3)
        if let directory = plan.directory {
            unsafe cprocess_add_chdir(&actions, directory)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var pid: pid_t = 0
        let arguments = [plan.executable] + plan.arguments
        let variables = plan.environment.map { variables in
            variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        }
        let code = unsafe withStrings(arguments) { arguments in
            unsafe withStrings(variables ?? []) { own in
                let environment = unsafe variables == nil ? environ : own
                return unsafe posix_spawnp(
                    &pid, plan.executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw failure(plan, SystemError(code: code)) }
        return pid
    }

    private static func failure(_ plan: ChildProcess.Plan, _ error: SystemError) -> Failure {
        let place = plan.directory.map { " in \($0)" } ?? ""
        let passing: [Int32] = [EAGAIN, ENOMEM]
        return Failure(
            passing.contains(error.code) ? .transient : .rejected,
            "cannot start \(plan.executable)\(place): \(error)")
    }

    /// `strings` as a null-terminated array of C strings for the time of `body`.
    private static func withStrings(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return EINVAL }
            return unsafe body(base)
        }
    }
}
