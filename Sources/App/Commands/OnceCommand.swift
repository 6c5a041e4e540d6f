// `hazard once`: one round now, with every gate of the daemon; the schedule counts only for its
// windows. Or, with --dry-run, the plan of such a round and nothing else.

import Core
import Engine
import Host
import Kubernetes
import Platform

/// The command `once`.
package enum OnceCommand {
    /// What one round is run with.
    package struct Options: Sendable {
        /// A daemon's configuration: cluster, signals, notifiers, journal.
        package var configuration: String
        /// A policy file.
        package var policy: String
        /// `namespace/name`, when the file holds several.
        package var name: String?
        package var dryRun: Bool
        /// How long to wait until the signals can be trusted, e.g. `15m`.
        package var wait: String

        package init(
            configuration: String, policy: String, name: String?, dryRun: Bool, wait: String
        ) {
            self.configuration = configuration
            self.policy = policy
            self.name = name
            self.dryRun = dryRun
            self.wait = wait
        }
    }

    /// 3: users were harmed; 4: held, or nothing could be said; 5: something is left in place;
    /// 6: a daemon holds the journal.
    package static func run(_ options: Options, output: Output = .terminal) async -> ExitStatus {
        guard let wait = Duration(human: options.wait), wait >= .zero else {
            output.error("--wait wants a time such as 15m, not \"\(options.wait)\"")
            return .usage
        }
        let (configuration, errors) = ConfigurationFile.read(options.configuration)
        errors.forEach { output.error($0.description) }
        guard let configuration, errors.isEmpty else { return .usage }
        let decoded = PolicyFiles.read([options.policy])
        decoded.errors.forEach { output.error($0.description) }
        guard decoded.errors.isEmpty, let policy = choose(options, decoded.policies, output) else {
            return .usage
        }
        let log = Log { level, line in
            Terminal.warn("\(SystemClock().now.rfc3339Seconds) \(level.rawValue): \(line)")
        }
        let factory = DaemonFactory(configuration: configuration, policies: [policy], log: log)
        do {
            let network = try CurlNetwork()
            defer { network.shutDown() }
            if options.dryRun {
                let state = try await recorded(configuration.journal)
                let (assembly, _) = try factory.assembly(network, NoStorage())
                return try await OnceRun(
                    assembly: assembly, policy: policy, wait: wait, output: output
                ).plan(state)
            }
            if case .process(let number) = SQLiteStorage.holder(of: configuration.journal) {
                let who = number.map { " (pid \($0))" } ?? ""
                output.error(
                    "a daemon\(who) has the journal \(configuration.journal): its own rounds are "
                        + "enough; stop it, or give `once` a configuration with another journal")
                return .busy
            }
            let storage = try SQLiteStorage(path: configuration.journal)
            defer { try? storage.close() }
            let (assembly, lease) = try factory.assembly(network, storage)
            let exit = try await OnceRun(
                assembly: assembly, policy: policy, wait: wait, output: output
            ).run(until: try SignalEvents.listen())
            await lease?.release()
            return exit
        } catch {
            output.error((error as? ConfigError)?.description ?? Failure(error).message)
            return error is ConfigError ? .usage : .failure
        }
    }

    private static func choose(
        _ options: Options, _ policies: [Policy], _ output: Output
    ) -> Policy? {
        let known = policies.map(\.id).joined(separator: ", ")
        if let name = options.name {
            if let policy = policies.first(where: { $0.id == name }) { return policy }
            output.error("\(options.policy) holds no policy \"\(name)\"; it holds \(known)")
            return nil
        }
        if policies.count == 1 { return policies[0] }
        output.error("\(options.policy) holds several policies; name one with --name: \(known)")
        return nil
    }

    /// What the daemon's journal says; nothing when there is none yet.
    private static func recorded(_ path: String) async throws(Failure) -> State {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let files = (try? FileSystem.list(directory.isEmpty ? "/" : directory)) ?? []
        guard files.contains(name) else { return State() }
        return try await JournalFile(path: path).state
    }
}

/// The storage of a dry run: nothing may be recorded.
private struct NoStorage: Storage {
    var path: String? { nil }
    func append(_ record: [UInt8]) async throws(Failure) {
        throw Failure(.rejected, "a dry run records nothing")
    }
    func records(after count: Int, upTo bytes: Int) async throws(Failure) -> [[UInt8]] { [] }
}
