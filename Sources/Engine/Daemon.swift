// The program's heart: recovery first, then the signals, the alerts, the sweep and a loop for each
// policy, until it is told to end; then reverts, last alerts, and a `stopped` in the journal.

import Core
package import Platform

/// Everything that runs while Hazard runs. Whoever builds it chooses the doors and the plugins.
package struct Daemon: Sendable {
    package let cluster: any Cluster
    package let catalog: FaultCatalog
    package let journal: Journal
    package let watch: SignalWatch
    package let courier: Courier
    package let leadership: any Leadership
    package let book: PolicyBook
    package let clock: any WallClock
    package let seed: UInt64
    package let instance: String
    package let version: String
    /// Raised to end the program: rounds end first.
    package let interruption: Interruption
    /// Raised by the daemon when rounds are over: the signals and the alerts end. The watch and the
    /// courier must have been built with it.
    package let closing: Interruption
    package let log: Log
    /// Ticks of each policy before its loop ends; nil in a daemon.
    package let tickLimit: Int?
    /// Looks for findings; nil: nobody does. Must have been built with `closing`.
    package let findings: FindingDesk?

    package init(
        cluster: any Cluster, catalog: FaultCatalog, journal: Journal, watch: SignalWatch,
        courier: Courier, leadership: any Leadership, book: PolicyBook, clock: any WallClock,
        seed: UInt64, instance: String, version: String, interruption: Interruption,
        closing: Interruption, log: Log, tickLimit: Int? = nil, findings: FindingDesk? = nil
    ) {
        self.cluster = cluster
        self.catalog = catalog
        self.journal = journal
        self.watch = watch
        self.courier = courier
        self.leadership = leadership
        self.book = book
        self.clock = clock
        self.seed = seed
        self.instance = instance
        self.version = version
        self.interruption = interruption
        self.closing = closing
        self.log = log
        self.tickLimit = tickLimit
        self.findings = findings
    }

    /// Runs until `interruption` is raised. When it returns, nothing of ours is in place, or the
    /// journal and an alert say what is.
    package func run() async {
        let started = Started(version: version, seed: seed, instance: instance)
        _ = await journal.insist(.started(started), until: interruption, log)
        // Known before the first reading, so that nothing else is ever read.
        await configureWatch(await book.policies)
        await withTaskGroup { outer in
            outer.addTask { await leadership.run() }
            await withTaskGroup { group in
                group.addTask { await courier.run() }
                group.addTask { await watch.run() }
                if let findings { group.addTask { await findings.run() } }
                await superviseRounds()
                await watch.updateAlerts()
                closing.raise(interruption.reason ?? "the last round is over")
            }
            await courier.finish()
            outer.cancelAll()
        }
        let rest = await sweep.run(leads: false)
        for failure in rest.failures { log.warning("left behind: \(failure)") }
        let reason = interruption.reason ?? "the program ended"
        _ = await journal.insist(.stopped(Stopped(reason: reason)), until: interruption, log)
        await journal.close()
    }

    private var sweep: Sweep {
        Sweep(
            cluster: cluster, catalog: catalog, journal: journal, clock: clock,
            interruption: interruption, log: log)
    }

    /// Recovery, then a loop for each policy; new policies get theirs when they come.
    private func superviseRounds() async {
        if await !recover() { return }
        await withTaskGroup { group in
            group.addTask { await sweepNowAndAgain() }
            var loops: [String: (policy: Policy, retired: Interruption)] = [:]
            var running = 0
            while !interruption.isRaised {
                let policies = await book.policies
                await configureWatch(policies)
                let wanted = Dictionary(
                    policies.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
                for id in loops.keys.sorted() where wanted[id] != loops[id]?.policy {
                    loops[id]?.retired.raise("the policy changed")
                    loops[id] = nil
                }
                for id in wanted.keys.sorted() where loops[id] == nil {
                    guard let policy = wanted[id] else { continue }
                    let retired = Interruption()
                    loops[id] = (policy, retired)
                    running += 1
                    let loop = PolicyLoop(
                        runner: runner(policy, retired), retired: retired, book: book,
                        limit: tickLimit)
                    group.addTask { await loop.run() }
                }
                if tickLimit != nil { break }
                if await interruption.sleep(for: .seconds(3600), on: clock, bell: book.bell)
                    == .cancelled
                {
                    break
                }
            }
            if tickLimit != nil {
                for _ in 0..<running { await group.next() }
                interruption.raise("the last round is over")
            }
            for id in loops.keys.sorted() { loops[id]?.retired.raise("the program ends") }
        }
    }

    private func configureWatch(_ policies: [Policy]) async {
        await watch.configure(policies) { [cluster] in try? await cluster.snapshot() }
    }

    private func runner(_ policy: Policy, _ retired: Interruption) -> RoundRunner {
        RoundRunner(
            policy: policy, cluster: cluster, catalog: catalog, journal: journal, watch: watch,
            leadership: leadership, clock: clock, seed: seed, interruption: interruption,
            retired: retired, log: log, findings: findings)
    }

    /// Reverts what earlier lives left, again and again until it is done. False: told to end first.
    private func recover() async -> Bool {
        var pause = Duration.milliseconds(250)
        var attempts = 0
        while true {
            let result = await sweep.recover()
            if result.failures.isEmpty { return true }
            attempts += 1
            // A view that is still being filled is no news; one that stays empty is.
            for failure in result.failures where attempts > 3 {
                log.warning("before the first round, this must be reverted: \(failure)")
            }
            await watch.updateAlerts()
            if await interruption.sleep(for: pause, on: clock) != .elapsed { return false }
            // It may take hours: policies that came meanwhile are watched already.
            await configureWatch(await book.policies)
            pause = min(pause * 2, .seconds(30))
        }
    }

    private func sweepNowAndAgain() async {
        while await interruption.sleep(for: .seconds(30), on: clock) == .elapsed {
            _ = await sweep.run(leads: await leadership.token() != nil)
        }
    }
}
