// The script ./dev where it touches the machine outside the checkout.

import Core
import Glibc
import Host
import TestServers
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DevTests {
    /// While packages are installed, policy-rc.d keeps their services from starting. Left behind it
    /// would do so for every package from then on.
    @Test(arguments: [SIGINT, SIGTERM])
    func anInterruptedInstallationLeavesNoPolicyBehind(signal: Int32) async throws {
        let directory = try Scratch.make("hazard-test")
        defer { Scratch.remove(directory) }
        let policy = directory + "/policy-rc.d"
        let whole = String(decoding: try FileSystem.read(Project.root + "/dev"), as: UTF8.self)
        let functions = try #require(whole.firstRange(of: "\nsetup() {")).lowerBound
        let script =
            whole[..<functions].replacing("/usr/sbin/policy-rc.d", with: policy)
            + "\ncd \(directory)\npackages 'for a test' some-package\n"
        try FileSystem.createDirectory(directory + "/.tools")
        try FileSystem.writeAtomically(Array(script.utf8), to: directory + "/script")
        for (name, body) in [
            ("apt-get", "sleep 600"), ("dpkg-query", "exit 1"), ("sudo", #"exec "$@""#),
        ] {
            let path = "\(directory)/\(name)"
            try FileSystem.writeAtomically(Array("#!/bin/sh\n\(body)\n".utf8), to: path)
            unsafe chmod(path, 0o755)
        }
        let child = try ChildProcess(
            ChildProcess.Plan(
                "/bin/bash", [directory + "/script"],
                environment: ["PATH": directory + ":/usr/bin:/bin:/usr/sbin:/sbin"],
                directory: directory, output: .discard))
        // Executable is the last thing that it becomes.
        while unsafe access(policy, X_OK) != 0, child.status == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(child.status == nil)
        child.signal(signal)
        #expect(await child.wait() == .exited(128 + signal))
        #expect(unsafe access(policy, F_OK) != 0, "\(policy) is left behind")
    }
}
