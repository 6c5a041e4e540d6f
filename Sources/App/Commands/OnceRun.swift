// One round of one policy with the parts of a daemon: wait until it may be judged, run it, tell it,
// and leave nothing in place.

import Core
import Engine
import Host
import Kubernetes
import Platform

/// A daemon that runs one round.
struct OnceRun: Sendable {
    let assembly: Assembly
    let policy: Policy
    /// How long to wait for the signals.
    let wait: Duration
    let output: Output

    private var clock: any WallClock { assembly.world.clock }

    // MARK: The plan alone

    /// Prints what a round would draw from. Nothing is written, anywhere.
    func plan(_ state: State) async throws(Failure) -> ExitStatus {
        let cluster = KubernetesCluster(
            client: assembly.client, view: Lister(client: assembly.client, scope: scope),
            instance: assembly.instance)
        let snapshot = try await cluster.snapshot()
        let plan = OncePlan(
            snapshot: snapshot, policy: policy, state: state, catalog: assembly.catalog,
            now: clock.now)
        plan.lines.forEach { output.line($0) }
        output.line("dry run: nothing was drawn, recorded or injected; the signals were not read")
        return plan.mayStart ? .success : .unknown
    }

    private var scope: ClusterScope { ClusterScope(namespaces: [policy.namespace]) }

    // MARK: The round

    /// Runs it; a signal ends it early, and what it injected is reverted.
    func run(until signals: AsyncStream<SignalEvent>) async throws(Failure) -> ExitStatus {
        let parts = try await assembly.build()
        // Before the first reading. The journal's other anomalies are a daemon's to end.
        await parts.watch.configure([policy], isWhole: false) {
            try? await parts.cluster.snapshot()
        }
        let exit = await withTaskGroup(of: Void.self, returning: ExitStatus.self) { outer in
            for work in assembly.background { outer.addTask { await work() } }
            outer.addTask { await assembly.leadership.run() }
            outer.addTask {
                for await _ in signals { assembly.interruption.raise("ended by a signal") }
            }
            let exit = await withTaskGroup(of: Void.self, returning: ExitStatus.self) { group in
                group.addTask { await parts.courier.run() }
                group.addTask { await parts.watch.run() }
                let exit = await life(parts)
                await parts.watch.updateAlerts()
                parts.daemon.closing.raise("the round is over")
                return exit
            }
            outer.cancelAll()
            return exit
        }
        await parts.journal.close()
        return exit
    }

    /// From `started` to `stopped` in the journal.
    private func life(_ parts: Assembly.Parts) async -> ExitStatus {
        let daemon = parts.daemon
        let interruption = assembly.interruption
        let sweep = Sweep(
            cluster: parts.cluster, catalog: assembly.catalog, journal: parts.journal,
            clock: clock, interruption: interruption, log: assembly.log)
        let started = Started(
            version: Version.number, seed: daemon.seed, instance: daemon.instance)
        guard await parts.journal.insist(.started(started), until: interruption, assembly.log)
        else { return .failure }
        await parts.book.announce()
        await becomeReady(parts)
        var exit = ExitStatus.leftBehind
        let earlier = await sweep.recover()
        if earlier.failures.isEmpty {
            await tellPlan(parts)
            exit = await round(parts)
        }
        let rest = await sweep.run(leads: await assembly.leadership.token() != nil)
        for failure in Set(earlier.failures + rest.failures).sorted() { output.error(failure) }
        if !rest.failures.isEmpty { exit = .leftBehind }
        let reason = interruption.reason ?? "the round is over"
        _ = await parts.journal.insist(
            .stopped(Stopped(reason: reason)), until: interruption, assembly.log)
        return exit
    }

    /// Waits until cluster and signals can be read and the baseline is learned, at most `wait`.
    /// What is still missing then holds the round, with its reason.
    private func becomeReady(_ parts: Assembly.Parts) async {
        let start = clock.uptime
        var told: String?
        while let missing = await missing(parts), clock.uptime - start < wait {
            if missing != told { output.line("waiting (at most \(wait.human)): \(missing)") }
            told = missing
            let left = wait - (clock.uptime - start)
            let wake = await assembly.interruption.sleep(for: min(left, .seconds(1)), on: clock)
            if wake != .elapsed { return }
        }
    }

    private func missing(_ parts: Assembly.Parts) async -> String? {
        do throws(Failure) { _ = try await parts.cluster.snapshot() } catch {
            return "the cluster cannot be read yet (\(error.message))"
        }
        if await assembly.leadership.token() == nil {
            return await assembly.leadership.obstacle()?.text ?? "this instance does not lead yet"
        }
        guard policy.gate.holdWhile.contains(.blind) else { return nil }
        if let reason = await parts.watch.blindReason(for: policy.namespace) {
            return "the signals cannot be read yet (\(reason))"
        }
        if let reason = await parts.watch.scantTraffic(policy.namespace) { return reason }
        return await parts.watch.isWarm(policy.namespace)
            ? nil : "the baseline of \(policy.namespace) is being learned"
    }

    private func tellPlan(_ parts: Assembly.Parts) async {
        guard let snapshot = try? await parts.cluster.snapshot() else { return }
        let plan = OncePlan(
            snapshot: snapshot, policy: policy, state: await parts.journal.state,
            catalog: assembly.catalog, now: clock.now)
        plan.poolLines.forEach { output.line($0) }
    }

    private func round(_ parts: Assembly.Parts) async -> ExitStatus {
        if let reason = assembly.interruption.reason {
            output.line("no round: \(reason)")
            return .unknown
        }
        let daemon = parts.daemon
        let runner = RoundRunner(
            policy: policy, cluster: daemon.cluster, catalog: daemon.catalog,
            journal: daemon.journal, watch: daemon.watch, leadership: daemon.leadership,
            clock: clock, seed: daemon.seed, interruption: assembly.interruption,
            log: assembly.log, findings: daemon.findings)
        output.line("the round begins; it is watched for \(policy.judge.observe.human)")
        switch await runner.run(tick: clock.now) {
        case .held(let reasons):
            let text = await parts.journal.state.holds[policy.id]?.text
            output.line(
                "held: \(text ?? reasons.map(\.rawValue).joined(separator: ", "))")
            return .unknown
        case .failed(let message):
            output.error(message)
            return .failure
        case .ran(let number, let outcome):
            await daemon.findings?.look()
            tell(number, outcome, await parts.journal.state)
            return Self.exit(outcome)
        }
    }

    private func tell(_ number: Int, _ outcome: Closed.Outcome, _ state: State) {
        guard let round = state.round(number) else { return }
        let planned = round.planned
        let what =
            switch planned.assignment {
            case .strike: round.injectedAt == nil ? "drew" : "injected"
            case .sham: "drew (a sham: nothing was injected)"
            case .observe: "drew (mode observe: nothing was injected)"
            }
        output.line(
            "round \(number) \(what): \(planned.fault) at \(planned.target), chance "
                + "\(planned.targetProbability) of the target, \(planned.faultProbability) of the "
                + "fault, \(planned.shamProbability) of a sham")
        if let failure = round.failure {
            output.line("not injected (\(failure.kind.rawValue)): \(failure.reason)")
        }
        output.line("outcome: \(outcome.rawValue)")
        if let verdict = round.verdict { output.line("  \(verdict.text)") }
    }

    /// What an outcome means to a script.
    static func exit(_ outcome: Closed.Outcome) -> ExitStatus {
        switch outcome {
        case .harm: .harm
        case .noHarm: .success
        case .inconclusive, .notDelivered, .void, .skipped, .interrupted: .unknown
        case .failed: .failure
        }
    }
}
