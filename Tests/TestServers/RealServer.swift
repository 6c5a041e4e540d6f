// Real servers for tests: a program as a child of the test process, with a directory and a loopback
// port of its own, which is gone with the test.

import Core
import Glibc
import Host
import Platform

/// A running program that answered on its port.
package final class RealServer: Sendable {
    /// What to run.
    package struct Plan: Sendable {
        /// A path.
        package var program: String
        /// The path that answers 200 once it can be used.
        package var readiness: String
        /// Files that it finds in its directory, by name.
        package var files: [String: String]
        /// Runs in the directory before the first start, e.g. an importer.
        package var prepare: @Sendable (_ directory: String) async throws -> Void
        /// The arguments, for its directory and its port.
        package var arguments: @Sendable (_ directory: String, _ port: UInt16) -> [String]

        package init(
            _ program: String, readiness: String, files: [String: String],
            prepare: @escaping @Sendable (String) async throws -> Void = { _ in },
            arguments: @escaping @Sendable (String, UInt16) -> [String]
        ) {
            self.program = program
            self.readiness = readiness
            self.files = files
            self.prepare = prepare
            self.arguments = arguments
        }
    }

    /// `http://127.0.0.1:PORT`
    package let url: String
    package let directory: String
    private let process: ChildProcess

    private init(url: String, directory: String, process: ChildProcess) {
        self.url = url
        self.directory = directory
        self.process = process
    }

    /// How long a start may take on a machine that is busy with other tests.
    private static let patience = Duration.seconds(120)

    /// Starts it and waits until it answers. When it ends before, as it does when somebody else
    /// took its port in the meantime, it is started again on another one.
    package static func start(_ plan: Plan) async throws -> RealServer {
        let directory = try Scratch.make("hazard-server")
        do {
            for (name, text) in plan.files {
                try FileSystem.writeAtomically(Array(text.utf8), to: directory + "/" + name)
            }
            try await plan.prepare(directory)
            let network = try CurlNetwork()
            defer { network.shutDown() }
            let clock = SystemClock()
            let giveUp = clock.uptime + patience
            var starts = 0
            while true {
                starts += 1
                let log = Log()
                let port = try LoopbackPort.find()
                let process = try ChildProcess(
                    ChildProcess.Plan(
                        plan.program, plan.arguments(directory, port),
                        output: .lines { log.add($0) }))
                let server = RealServer(
                    url: "http://127.0.0.1:\(port)", directory: directory, process: process)
                if try await server.answers(plan.readiness, network, clock, until: giveUp) {
                    return server
                }
                let end = await process.stop()
                guard clock.uptime < giveUp, starts < 5 else {
                    throw Failure(
                        .transient,
                        "\(plan.program) was not ready after \(starts) starts within "
                            + "\(patience.human); the last ended with \(end): \(log.text)")
                }
            }
        } catch {
            Scratch.remove(directory)
            throw error
        }
    }

    /// Runs `body` with a server that is started before and stopped after it. Few run at a time:
    /// each wants a core while it starts.
    package static func with<Result>(
        _ plan: Plan, _ body: (RealServer) async throws -> Result
    ) async throws -> Result {
        try await Slots.servers.hold {
            let server = try await start(plan)
            do {
                let result = try await body(server)
                await server.stop()
                return result
            } catch {
                await server.stop()
                throw error
            }
        }
    }

    /// Ends the process and removes what it wrote. May be called again.
    package func stop() async {
        _ = await process.stop()
        Scratch.remove(directory)
    }

    /// Whether it answers 200 before it ends and before the time is over.
    private func answers(
        _ path: String, _ network: CurlNetwork, _ clock: SystemClock, until: Duration
    ) async throws -> Bool {
        while clock.uptime < until, process.status == nil {
            let response = try? await network.exchange(
                Request("GET", url + path, deadline: .seconds(2)))
            if response?.status == 200 { return true }
            try await clock.sleep(for: .milliseconds(100))
        }
        return false
    }
}

/// The last lines that a program printed.
private final class Log: Sendable {
    private let lines = Lock<[String]>([])

    func add(_ line: String) {
        lines.withLock { lines in
            lines.append(line)
            if lines.count > 20 { lines.removeFirst() }
        }
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
