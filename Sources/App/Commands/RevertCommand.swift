// `hazard revert --all`: takes every fault off the cluster by the marks on its objects. It needs no
// daemon and no journal; with a journal it also closes what that says is open.

import Core
package import Engine
import Faults
import Host
import Kubernetes
package import Platform

/// The command `revert`.
package enum RevertCommand {
    /// What to revert, and how to get there.
    package struct Options: Sendable {
        /// A daemon's configuration, for its cluster; nil: `kubeconfig` and `context`.
        package var configuration: String?
        package var kubeconfig: String?
        package var context: String?
        /// Empty: all namespaces.
        package var namespaces: [String]
        package var journal: String?

        package init(
            configuration: String? = nil, kubeconfig: String? = nil, context: String? = nil,
            namespaces: [String] = [], journal: String? = nil
        ) {
            self.configuration = configuration
            self.kubeconfig = kubeconfig
            self.context = context
            self.namespaces = namespaces
            self.journal = journal
        }
    }

    /// Reverts, over the network. 5: something is left; 6: a daemon holds the journal.
    package static func run(_ options: Options, output: Output = .terminal) async -> ExitStatus {
        if let journal = options.journal, let refusal = refusal(journal) {
            output.error(refusal.message)
            return refusal.exit
        }
        do {
            let choice: DaemonConfiguration.KubernetesAccess
            if let path = options.configuration {
                let read = ConfigurationFile.read(path)
                for error in read.errors { output.error(error.description) }
                guard let configuration = read.configuration, read.errors.isEmpty else {
                    return .usage
                }
                choice = configuration.kubernetes
            } else if options.kubeconfig == nil && options.context == nil {
                choice = .automatic
            } else {
                choice = .kubeconfig(path: options.kubeconfig, context: options.context)
            }
            let access = try ClusterConnection.access(choice)
            let clock = SystemClock()
            let network = try CurlNetwork()
            defer { network.shutDown() }
            let client = APIClient(
                access: access, network: network, clock: clock, version: Version.number,
                readFile: FileReader { path throws(Failure) in try FileSystem.read(path) })
            let cluster = KubernetesCluster(
                client: client,
                view: Lister(client: client, scope: ClusterScope(namespaces: options.namespaces)),
                instance: "hazard-revert")
            return await run(
                cluster: cluster, catalog: .all, namespaces: options.namespaces,
                journal: options.journal, clock: clock, output: output)
        } catch let error as ConfigError {
            output.error(error.description)
            return .usage
        } catch {
            output.error(Failure(error).message)
            return .failure
        }
    }

    /// Reverts every mark that `cluster` shows, then (with a journal) what the journal holds open.
    /// `namespaces`: those that `cluster` was narrowed to; empty for all.
    package static func run(
        cluster: any Cluster, catalog: FaultCatalog, namespaces: [String] = [], journal: String?,
        clock: any WallClock, output: Output = .terminal
    ) async -> ExitStatus {
        if let journal, let refusal = refusal(journal) {
            output.error(refusal.message)
            return refusal.exit
        }
        let marks = await MarkSweep(
            cluster: cluster, catalog: catalog, namespaces: namespaces
        ).run(output)
        guard let marks else { return .failure }
        var left = marks.left
        if let journal {
            do throws(Failure) {
                left += try await close(journal, cluster, catalog, clock, output)
            } catch {
                output.error(error.message)
                return .failure
            }
        }
        if left > 0 {
            output.error(
                "\(left) could not be reverted; try again, or remove what is named above by hand")
            return .leftBehind
        }
        if !marks.empty.isEmpty {
            // A name that was mistyped looks like this, and its faults stay.
            for namespace in marks.empty {
                output.error(
                    "namespace \"\(namespace)\" has no pods in this cluster; check the name and "
                        + "--context")
            }
            return .failure
        }
        let scope = scope(namespaces)
        output.line(
            marks.reverted == 0
                ? "nothing of Hazard's is in place in \(scope)"
                : "\(marks.reverted) reverted, nothing is left in \(scope)")
        return .success
    }

    private static func scope(_ namespaces: [String]) -> String {
        if namespaces.isEmpty { return "any namespace" }
        return (namespaces.count == 1 ? "namespace " : "namespaces ")
            + namespaces.joined(separator: ", ")
    }

    /// Why the journal cannot be used; nil when it can.
    private static func refusal(_ journal: String) -> (message: String, exit: ExitStatus)? {
        guard case .process(let number) = SQLiteStorage.holder(of: journal) else { return nil }
        let who = number.map { " (pid \($0))" } ?? ""
        return (
            "a daemon\(who) has the journal \(journal): pull its kill switch "
                + "(POST /api/v1/halt), or stop it, which reverts everything; without --journal "
                + "only the marks on the cluster are reverted", .busy
        )
    }

    /// Reverts what the journal says is in place and closes its rounds. Returns how many are left.
    private static func close(
        _ path: String, _ cluster: any Cluster, _ catalog: FaultCatalog, _ clock: any WallClock,
        _ output: Output
    ) async throws(Failure) -> Int {
        // Read first: a path that is no journal must not become one.
        _ = try await JournalFile(path: path)
        let storage = try SQLiteStorage(path: path)
        let journal = try await Journal(storage: storage, clock: clock)
        let sweep = Sweep(
            cluster: cluster, catalog: catalog, journal: journal, clock: clock,
            interruption: Interruption(), log: .silent)
        let open = await journal.state.openRounds.map(\.number)
        let result = await sweep.recover()
        for failure in result.failures { output.error(failure) }
        for round in result.reverted.sorted() {
            output.line("round \(round): reverted, as the journal \(path) says")
        }
        let rest = Set(await journal.state.openRounds.map(\.number))
        for round in open where !rest.contains(round) {
            output.line("round \(round): closed in the journal \(path)")
        }
        await journal.close()
        try storage.close()
        return result.failures.count
    }
}
