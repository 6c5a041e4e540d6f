// One round, from tick to verdict: look, gate, plan, reserve, inject, check, watch, revert, judge.
// It alternates deciding (pure) with acting (through a port) and journals every step.

package import Core
package import Platform

/// What rounds of one policy need.
package struct RoundRunner: Sendable {
    package let policy: Policy
    package let cluster: any Cluster
    package let catalog: FaultCatalog
    package let journal: Journal
    package let watch: SignalWatch
    package let leadership: any Leadership
    package let clock: any WallClock
    package let seed: UInt64
    /// Raised when the program ends, or the kill switch is pulled.
    package let interruption: Interruption
    /// Raised when the policy is replaced or removed; nil: it stays.
    package let retired: Interruption?
    package let log: Log
    /// Told of every round before it begins; nil: nobody looks for findings.
    package let findings: FindingDesk?

    package init(
        policy: Policy, cluster: any Cluster, catalog: FaultCatalog, journal: Journal,
        watch: SignalWatch, leadership: any Leadership, clock: any WallClock, seed: UInt64,
        interruption: Interruption, retired: Interruption? = nil, log: Log,
        findings: FindingDesk? = nil
    ) {
        self.policy = policy
        self.cluster = cluster
        self.catalog = catalog
        self.journal = journal
        self.watch = watch
        self.leadership = leadership
        self.clock = clock
        self.seed = seed
        self.interruption = interruption
        self.retired = retired
        self.log = log
        self.findings = findings
    }

    /// What a tick came to.
    package enum Result: Sendable, Hashable {
        case held([HoldReason])
        case ran(round: Int, Closed.Outcome)
        /// The journal could not be written: nothing was done.
        case failed(String)
    }

    /// Runs the round of `tick`. Never throws: every failure ends in a journaled reason, or, when
    /// the journal itself fails, in a result that says so.
    package func run(tick: Timestamp, clockJump: Duration? = nil) async -> Result {
        let (input, snapshot) = await look(clockJump)
        // Before anything is planned: until it is journaled, the radius is at its first level.
        if let snapshot { await watch.noteDeployed(snapshot, in: policy.namespace) }
        let state = await journal.state
        let now = clock.now
        let held = holds(input, policy: policy, state: state, now: now)
        guard held.isEmpty, let snapshot else { return await hold(held, tick) }
        let number = await journal.nextRound()
        let seed = RandomStream.fork(
            seed, policy.id, UInt64(bitPattern: Int64(number)))
        var random = RandomStream(seed: seed)
        let history = StrikeHistory(state, policy: policy, snapshot: snapshot, now: now)
        let plan = Plan(
            snapshot, policy: policy, history: history, honoursBudgets: honoursBudgets, now: now,
            random: &random)
        guard let draw = plan.draw else {
            let counts = plan.eligibility.exclusionCounts
            let why = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            let text = why.isEmpty ? "no pods in the namespace" : why.joined(separator: ", ")
            return await hold([Hold(.noTarget, "no pod may be struck: \(text)")], tick)
        }
        let power = await watch.foreseen(policy)
        let guessed = history.guessedSize(of: draw.target, in: snapshot, now: now)
        let planned = planned(number, tick, seed, plan, draw, in: snapshot, power, guessed)
        do throws(Failure) {
            let limit = policy.blastRadius.concurrentInjections
            let id = policy.id
            let namespace = policy.namespace
            let seen = Set(state.openRounds.map(\.number))
            let conflict = try await journal.record(.planned(planned)) { state in
                let open = state.openRounds.filter { $0.planned.policy == id }
                if open.count >= limit { return "another round took the last place" }
                let strikes = state.openRounds.filter { $0.planned.assignment == .strike }
                if strikes.contains(where: { $0.planned.target.uid == planned.target.uid }) {
                    return "another round holds \(planned.target)"
                }
                // The limits were counted without it: plan again at the next tick.
                if strikes.contains(where: {
                    !seen.contains($0.number) && $0.planned.target.namespace == namespace
                }) {
                    return "another round in \(namespace) started meanwhile"
                }
                return state.halted.map { "halted by \($0.by)" }
            }
            if let conflict { return await hold([Hold(.concurrency, conflict)], tick) }
        } catch {
            return .failed("round \(number) was not started: \(error.message)")
        }
        await findings?.opened(planned, snapshot)
        let outcome = await carryOut(planned)
        return .ran(round: number, outcome)
    }

    private func look(_ clockJump: Duration?) async -> (GateInput, Snapshot?) {
        var snapshot: Snapshot?
        var failure = ""
        do throws(Failure) {
            snapshot = try await cluster.snapshot()
        } catch {
            failure = error.message
        }
        var input = GateInput(
            openness: policy.schedule.isOpen(at: clock.now),
            isLeader: await leadership.token() != nil, snapshot: snapshot,
            snapshotFailure: failure, blindReason: await watch.blindReason(for: policy.namespace),
            isWarm: await watch.isWarm(policy.namespace),
            scantTraffic: await watch.scantTraffic(policy.namespace),
            journalFailure: await journal.failure?.message, clockJump: clockJump,
            washout: await watch.washout)
        input.takeover = await leadership.takeover()
        if !input.isLeader { input.leadershipObstacle = await leadership.obstacle()?.text }
        return (input, snapshot)
    }

    private func hold(_ holds: [Hold], _ tick: Timestamp) async -> Result {
        let text = holds.map(\.text).joined(separator: "; ")
        let held = Held(
            policy: policy.id, tick: tick, reasons: holds.map(\.reason), text: text)
        do throws(Failure) {
            try await journal.record(.held(held))
        } catch {
            log.error("the journal cannot be written: \(error.message)")
        }
        return .held(held.reasons)
    }

    /// Whether every fault of the policy leaves disruption budgets to the API server.
    var honoursBudgets: Bool {
        policy.faults.allSatisfy {
            catalog.kinds[$0.kind]?.manifest.honoursDisruptionBudgets ?? false
        }
    }

    private func planned(
        _ number: Int, _ tick: Timestamp, _ seed: UInt64, _ plan: Plan, _ draw: Draw,
        in snapshot: Snapshot, _ power: [ForeseenPower], _ guessed: Int?
    ) -> Planned {
        let assignment: Planned.Assignment =
            draw.isSham ? .sham : policy.mode == .enforce ? .strike : .observe
        var planned = Planned(
            round: number, policy: policy.id, digest: policy.digest, tick: tick, seed: seed,
            assignment: assignment, target: draw.target, fault: draw.fault.kind,
            parameters: draw.fault.parameters.json, targetProbability: draw.targetProbability,
            faultProbability: draw.faultProbability, shamProbability: draw.shamProbability,
            eligiblePods: plan.eligibility.eligible.count,
            eligibleWorkloads: plan.eligibleWorkloads,
            excluded: plan.eligibility.exclusionCounts, pool: plan.pool,
            revision: snapshot.revision(of: draw.target), radius: plan.eligibility.radius,
            power: power)
        planned.guessedSize = guessed
        return planned
    }
}
