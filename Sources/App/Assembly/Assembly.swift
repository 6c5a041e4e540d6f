// Puts a daemon together from doors and plugins. The same function serves `hazard run`, the demo
// and the simulator: they differ in what they pass, not in what is built.

package import Core
package import Engine
package import Kubernetes
package import Platform

/// The version of this program.
package enum Version {
    package static let number = "0.1.0"
    /// Unknown unless the build says so.
    package static let commit = "unknown"
}

/// What a daemon is put together from.
package struct Assembly: Sendable {
    package var world: World
    /// Who runs it, e.g. a host name and a process id.
    package var instance: String
    package var policies: [Policy]
    package var client: APIClient
    package var view: any ClusterView
    package var source: any SignalSource
    /// What the source's requests came to so far, by HTTP status.
    package var sourceRequests: @Sendable () -> [Int: Int] = { [:] }
    /// Work that keeps the view and the source current; ends when cancelled.
    package var background: [@Sendable () async -> Void] = []
    package var notifiers: [any Notifier] = []
    package var leadership: any Leadership = SoleLeadership()
    package var judge: JudgeSettings
    package var catalog: FaultCatalog
    package var interruption: Interruption
    package var log: Log = .silent
    /// Makes the view cover more namespaces: those of policies that come later.
    package var include: @Sendable ([String]) async -> Void = { _ in }
    /// Ticks of each policy before the daemon ends; nil: until interrupted.
    package var tickLimit: Int?
    /// Where the team's own alerts are read; nil: nowhere.
    package var alertHistory: (any AlertHistory)?

    package init(
        world: World, instance: String, policies: [Policy], client: APIClient,
        view: any ClusterView, source: any SignalSource, judge: JudgeSettings,
        catalog: FaultCatalog, interruption: Interruption
    ) {
        self.world = world
        self.instance = instance
        self.policies = policies
        self.client = client
        self.view = view
        self.source = source
        self.judge = judge
        self.catalog = catalog
        self.interruption = interruption
    }

    /// The parts of a daemon that others look at while it runs.
    package struct Parts: Sendable {
        package let daemon: Daemon
        package let journal: Journal
        package let watch: SignalWatch
        package let courier: Courier
        package let book: PolicyBook
        package let cluster: KubernetesCluster
        package let sourceRequests: @Sendable () -> [Int: Int]
        private let background: [@Sendable () async -> Void]
        private let include: @Sendable ([String]) async -> Void

        fileprivate init(
            daemon: Daemon, journal: Journal, watch: SignalWatch, courier: Courier,
            book: PolicyBook, cluster: KubernetesCluster,
            sourceRequests: @escaping @Sendable () -> [Int: Int],
            background: [@Sendable () async -> Void],
            include: @escaping @Sendable ([String]) async -> Void
        ) {
            self.daemon = daemon
            self.journal = journal
            self.watch = watch
            self.courier = courier
            self.book = book
            self.cluster = cluster
            self.sourceRequests = sourceRequests
            self.background = background
            self.include = include
        }

        /// Takes a newly read set of policies; one with errors changes nothing. The view covers
        /// their namespaces before any of them is in force.
        package func take(_ policies: [Policy], errors: [ConfigError]) async {
            if errors.isEmpty { await include(policies.map(\.namespace)) }
            await book.replace(policies, errors: errors)
        }

        /// Runs the daemon and its background work until the daemon ends.
        package func run() async {
            await withTaskGroup { group in
                for work in background { group.addTask { await work() } }
                await book.announce()
                await daemon.run()
                group.cancelAll()
            }
        }
    }

    /// Opens the journal and builds everything. A journal that is damaged, or held by another
    /// process, is a failure.
    package func build() async throws(Failure) -> Parts {
        let journal = try await Journal(storage: world.storage, clock: world.clock)
        let closing = Interruption()
        let cluster = KubernetesCluster(client: client, view: view, instance: instance)
        let watch = SignalWatch(
            judge: Judge(settings: judge), source: source, journal: journal,
            leadership: leadership, clock: world.clock, interruption: closing, log: log)
        let courier = Courier(
            notifiers, journal: journal, clock: world.clock, leadership: leadership,
            interruption: closing, log: log)
        let book = PolicyBook(policies, journal: journal, clock: world.clock)
        let findings = FindingDesk(
            cluster: cluster, journal: journal, watch: watch, book: book, clock: world.clock,
            interruption: closing, log: log, alerts: alertHistory)
        let daemon = Daemon(
            cluster: cluster, catalog: catalog, journal: journal, watch: watch, courier: courier,
            leadership: leadership, book: book, clock: world.clock, seed: world.seed,
            instance: instance, version: Version.number, interruption: interruption,
            closing: closing, log: log, tickLimit: tickLimit,
            findings: findings)
        return Parts(
            daemon: daemon, journal: journal, watch: watch, courier: courier, book: book,
            cluster: cluster, sourceRequests: sourceRequests, background: background,
            include: include)
    }
}
