// A real Alertmanager on a loopback port of its own, for one test: no cluster, no receivers, state
// in a directory that goes away with it.

import Core
import Glibc
import Platform

final class AlertmanagerProcess: Sendable {
    static let program = "/usr/bin/prometheus-alertmanager"

    let url: String
    private let process: pid_t
    private let directory: String

    /// Starts it; whether it works is for `waitUntilReady` to say.
    init() throws(Failure) {
        var template = Array("/tmp/hazard-alertmanager-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw Failure(.rejected, "no temporary directory: error \(errno)")
        }
        let bytes = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        directory = String(decoding: bytes, as: UTF8.self)
        let port = Self.freePort()
        url = "http://127.0.0.1:\(port)"
        let configuration = "route: {receiver: none}\nreceivers: [{name: none}]\n"
        Self.write(configuration, to: directory + "/alertmanager.yml")
        process = try Self.spawn(
            [
                Self.program, "--config.file=\(directory)/alertmanager.yml",
                "--storage.path=\(directory)", "--web.listen-address=127.0.0.1:\(port)",
                "--cluster.listen-address=", "--log.level=warn",
            ], log: directory + "/log")
    }

    deinit { stop() }

    /// Ends the process and removes what it wrote. May be called again.
    func stop() {
        kill(process, SIGTERM)
        var code: Int32 = 0
        for _ in 0..<500 {
            if unsafe waitpid(process, &code, WNOHANG) != 0 { break }
            usleep(10_000)
        }
        if kill(process, 0) == 0 {
            kill(process, SIGKILL)
            unsafe waitpid(process, &code, 0)
        }
        for name in ["alertmanager.yml", "log", "nflog", "silences"] {
            unsafe unlink(directory + "/" + name)
        }
        unsafe rmdir(directory)
    }

    /// Asks until it answers, at most 30 seconds.
    func waitUntilReady(_ network: any Network) async throws(Failure) {
        var last = "nothing"
        for _ in 0..<300 {
            do throws(Failure) {
                let response = try await network.exchange(
                    Request("GET", url + "/-/ready", deadline: .seconds(2)))
                if response.status == 200 { return }
                last = "\(response.status)"
            } catch {
                last = error.message
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(.rejected, "\(Self.program) is not ready after 30 s: \(last)")
    }

    /// The alerts that it holds and does not consider resolved.
    func alerts(_ network: any Network) async throws -> [JSON] {
        let response = try await network.exchange(Request("GET", url + "/api/v2/alerts"))
        return try JSON(parsing: response.body).array ?? []
    }

    /// A port that was free a moment ago.
    private static func freePort() -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(socket, $0, size)
                _ = unsafe getsockname(socket, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func write(_ text: String, to path: String) {
        guard let file = unsafe fopen(path, "w") else { return }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }

    private static func spawn(_ arguments: [String], log: String) throws(Failure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let failure = unsafe posix_spawn(&child, arguments[0], &actions, nil, pointers, environ)
        guard failure == 0 else {
            throw Failure(
                .rejected,
                "\(arguments[0]) does not start (error \(failure)); ./dev setup installs it")
        }
        return child
    }
}
