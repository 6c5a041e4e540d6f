// A daemon on the real doors, from its configuration: the composition root of `hazard run`.

import Core
import Engine
import Faults
import Host
import Kubernetes
import Platform
import Signals
import Web

/// Builds and runs a daemon.
struct DaemonFactory: Sendable {
    let configuration: DaemonConfiguration
    let policies: [Policy]
    let log: Log
    let tickLimit: Int?
    private let clock = SystemClock()
    private let interruption = Interruption()
    /// Whether somebody asks for the policies to be read again, and what rings then.
    private let isAsked = Lock(false)
    private let bell = Doorbell()

    init(
        configuration: DaemonConfiguration, policies: [Policy], log: Log, tickLimit: Int? = nil
    ) {
        self.configuration = configuration
        self.policies = policies
        self.log = log
        self.tickLimit = tickLimit
    }

    /// Runs until a signal ends it.
    func run(signals: AsyncStream<SignalEvent>) async throws {
        let network = try CurlNetwork()
        defer { network.shutDown() }
        let storage = try SQLiteStorage(path: configuration.journal)
        defer { try? storage.close() }
        let (assembly, lease) = try assembly(network, storage)
        let parts = try await assembly.build()
        let view = DaemonView(parts, clock: clock, leadership: assembly.leadership)
        let web = WebAddresses(
            configuration: configuration, view: view, killSwitch: parts.killSwitch, log: log)
        let failure: Failure? = await withTaskGroup(of: Void.self) { group in
            do throws(Failure) {
                try await web.open(in: &group)
            } catch {
                group.cancelAll()
                return error
            }
            group.addTask { await self.follow(signals) }
            group.addTask { await self.reloadOnChange(parts) }
            group.addTask { await self.narrate(parts) }
            group.addTask { await self.settle() }
            await parts.run()
            interruption.raise("the program ends")
            group.cancelAll()
            return nil
        }
        if let failure { throw failure }
        await lease?.release()
    }

    /// Once the first lists and readings are over, the code that only they needed is given back.
    private func settle() async {
        guard await interruption.sleep(for: .seconds(15), on: clock) == .elapsed else { return }
        ResidentPages.releaseCode()
    }

    /// The daemon's parts on real doors.
    func assembly(
        _ network: CurlNetwork, _ storage: any Storage
    ) throws -> (Assembly, LeaseLeadership?) {
        let seed = configuration.seed ?? Seed.draw()
        let environment = ClusterConnection.environment
        let instance = environment["POD_NAME"] ?? environment["HOSTNAME"] ?? "hazard"
        let access = try ClusterConnection.access(configuration.kubernetes)
        let files = FileReader { path throws(Failure) in try FileSystem.read(path) }
        let client = APIClient(
            access: access, network: network, clock: clock, version: Version.number,
            readFile: files)
        let namespaces = Set(policies.map(\.namespace)).sorted()
        let reflector = Reflector(
            client: client, scope: ClusterScope(namespaces: namespaces), seed: seed)
        let counted = CountedNetwork(network)
        let context = SignalSourceContext(
            clock: clock, network: counted, seed: seed,
            targets: AnnotatedPods(client: client, clock: clock, refresh: .seconds(10)),
            readFile: { path throws(Failure) in try FileSystem.read(path) })
        let source = try SignalSourceCatalog.all.make(
            configuration.signals.kind, configuration.signals.parameters, context)
        var assembly = Assembly(
            world: World(clock: clock, network: network, storage: storage, seed: seed),
            instance: instance, policies: policies, client: client, view: reflector,
            source: source,
            judge: JudgeSettings(
                interval: source.interval,
                falseAlarmPeriod: promises(policies).falseAlarms,
                roundAlpha: promises(policies).roundAlpha,
                seriesLimit: configuration.counting.seriesLimit,
                histogramLimit: configuration.counting.histogramLimit,
                benignGRPC: configuration.counting.benignGRPC),
            catalog: .all, interruption: interruption)
        assembly.sourceRequests = { counted.requests }
        assembly.include = { await reflector.include($0) }
        assembly.background = [{ await reflector.run() }, { await source.run() }]
        for choice in configuration.notifiers {
            assembly.notifiers.append(try Notification.make(choice, network: network))
        }
        assembly.alertHistory = try AlertHistoryCatalog.make(
            configuration.alertHistory, signals: configuration.signals, context)
        assembly.log = log
        assembly.tickLimit = tickLimit
        guard let election = configuration.leaderElection else { return (assembly, nil) }
        let identity = election.identity ?? instance
        let lease = LeaseLeadership(
            client: client,
            settings: LeaseSettings(
                namespace: election.namespace ?? access.namespace, name: election.name,
                identity: "\(identity)_\(String(Seed.draw(), radix: 36))", instance: identity),
            seed: seed)
        assembly.leadership = lease
        return (assembly, lease)
    }

    private func follow(_ signals: AsyncStream<SignalEvent>) async {
        for await event in signals {
            if event == .hangUp {
                isAsked.withLock { $0 = true }
                bell.ring()
            } else {
                interruption.raise("ended by a signal")
                return
            }
        }
    }

    /// Reads the policy files at a SIGHUP and every few seconds: a mounted ConfigMap sends no
    /// signal. Here alone, so that what was taken last is what is compared with the files.
    private func reloadOnChange(_ parts: Assembly.Parts) async {
        var known = (policies: policies, errors: [ConfigError]())
        while await interruption.sleep(for: .seconds(5), on: clock, bell: bell) == .elapsed {
            let now = PolicyFiles.read(configuration.policies)
            let isAsked = isAsked.withLock { asked in
                defer { asked = false }
                return asked
            }
            if isAsked || now.policies != known.policies || now.errors != known.errors {
                known = (now.policies, now.errors)
                await take(now, parts)
            }
        }
    }

    private func take(_ decoded: DecodedPolicies, _ parts: Assembly.Parts) async {
        await parts.take(decoded.policies, errors: decoded.errors)
        for error in decoded.errors { log.error("policy refused: \(error)") }
        if decoded.errors.isEmpty {
            log.info("\(decoded.policies.count) policies in force")
            let kept = promises(policies)
            if promises(decoded.policies) != kept {
                log.warning(
                    "judge.falseAlarms and judge.roundAlpha are read at the start: one false alarm "
                        + "in \(kept.falseAlarms.human) and \(kept.roundAlpha) stay in force until "
                        + "the daemon is started again")
            }
        } else {
            log.warning("the last good policies stay in force")
        }
    }

    /// What the judge promises. One judge serves all policies: the strictest wins.
    private func promises(
        _ policies: [Policy]
    ) -> (falseAlarms: Duration, roundAlpha: Double) {
        (
            policies.map(\.judge.falseAlarmPeriod).reduce(configuration.falseAlarmPeriod, max),
            policies.map(\.judge.roundAlpha).min() ?? 0.01
        )
    }

    private func narrate(_ parts: Assembly.Parts) async {
        var narrator = Narrator()
        for await entry in await parts.journal.events() {
            let state = await parts.journal.state
            narrator.lines(entry.event, at: entry.at, state: state).forEach { Terminal.print($0) }
        }
    }
}
