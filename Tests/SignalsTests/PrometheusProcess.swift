// A real Prometheus server as a child process, in a directory of its own, stopped by its pid.

import Core
import Glibc
import Platform

final class PrometheusProcess: Sendable {
    static let executable = "/usr/bin/prometheus"
    static var isInstalled: Bool { unsafe access(executable, X_OK) == 0 }

    let url: String
    private let pid: pid_t
    private let directory: String

    /// Starts it with a configuration on a free port; `rules` become `rules.yml` beside it.
    /// `history`: samples in OpenMetrics with their times, which it remembers from before.
    init(
        configuration: String, rules: String? = nil, history: String = ""
    ) throws(Failure) {
        var template = Array("/tmp/hazard-prometheus-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure(.rejected, "no directory") }
        directory = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let file = directory + "/prometheus.yml"
        try Self.write(configuration, to: file)
        if let rules { try Self.write(rules, to: directory + "/rules.yml") }
        if !history.isEmpty {
            try Self.write(history, to: directory + "/history.om")
            let importer = try Self.spawn([
                "/usr/bin/promtool", "tsdb", "create-blocks-from", "openmetrics",
                directory + "/history.om", directory + "/data",
            ])
            var status: Int32 = 0
            unsafe waitpid(importer, &status, 0)
            guard status == 0 else { throw Failure(.rejected, "promtool took no history") }
        }
        let port = try Self.freePort()
        url = "http://127.0.0.1:\(port)"
        pid = try Self.spawn([
            Self.executable, "--config.file=\(file)", "--storage.tsdb.path=\(directory)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ])
    }

    /// Ends it and removes its directory.
    func stop() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(pid, &status, 0)
        if let remover = try? Self.spawn(["/bin/rm", "-rf", directory]) {
            unsafe waitpid(remover, &status, 0)
        }
    }

    private static func write(_ text: String, to file: String) throws(Failure) {
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT, 0o600)
        let bytes = Array(text.utf8)
        let written = unsafe Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count else { throw Failure(.rejected, "cannot write \(file)") }
    }

    private static func freePort() throws(Failure) -> UInt16 {
        let server = try LoopbackServer { _, _ in Response(status: 404) }
        server.stop()
        return server.port
    }

    private static func spawn(_ arguments: [String]) throws(Failure) -> pid_t {
        var pid: pid_t = 0
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var vector = unsafe arguments.map { unsafe strdup($0) }
        unsafe vector.append(nil)
        defer {
            for index in unsafe vector.indices { unsafe free(vector[index]) }
        }
        let code = unsafe posix_spawn(&pid, arguments[0], &actions, nil, vector, nil)
        guard code == 0 else { throw Failure(.rejected, "cannot start \(arguments[0]): \(code)") }
        return pid
    }
}
