// Looks at rounds after they are closed, and again after the recovery time, and journals what they
// show. It runs beside the rounds and never holds one up.

package import Core
package import Platform

/// The one caller of the rules of findings.
package actor FindingDesk {
    private let cluster: any Cluster
    private let journal: Journal
    private let watch: SignalWatch
    private let book: PolicyBook
    private let clock: any WallClock
    private let interruption: Interruption
    private let log: Log
    private var alerts: AlertWatch?
    /// Of rounds that are not settled yet.
    private var before: [Int: NamespaceFacts] = [:]
    private var signs: [Int: RoundSigns] = [:]
    private var reviewed: Set<Int> = []
    private var settled: Set<Int> = []
    private var anomalies: Set<Int> = []
    /// Rounds whose residue stands, by the identity of the finding.
    private var residues: [String: FindingInput] = [:]
    private let bornAt: Timestamp

    /// Rounds that may wait for their recovery time; of more, the oldest are given up.
    private static let limit = 200

    package init(
        cluster: any Cluster, journal: Journal, watch: SignalWatch, book: PolicyBook,
        clock: any WallClock, interruption: Interruption, log: Log,
        alerts: (any AlertHistory)? = nil
    ) {
        self.cluster = cluster
        self.journal = journal
        self.watch = watch
        self.book = book
        self.clock = clock
        self.interruption = interruption
        self.log = log
        bornAt = clock.now
        self.alerts = alerts.map { AlertWatch($0, log: log) }
    }

    /// Keeps how things were right before a round.
    package func opened(_ planned: Planned, _ snapshot: Snapshot) {
        let own = planned.target.namespace
        let namespace = own.isEmpty ? String(planned.policy.prefix { $0 != "/" }) : own
        before[planned.round] = NamespaceFacts(snapshot, namespace: namespace)
        if before.count > Self.limit, let oldest = before.keys.min() { before[oldest] = nil }
    }

    /// Looks once a window until rounds are over, and then once more.
    package func run() async {
        let interval = await watch.interval
        while !interruption.isRaised, !Task.isCancelled {
            await look()
            if await interruption.sleep(for: interval, on: clock) == .cancelled { return }
        }
        await look()
    }

    /// Reviews what is due now.
    package func look() async {
        let now = clock.now
        let state = await journal.state
        if !interruption.isRaised, !before.isEmpty { await lookAtAlerts(now) }
        let policies = await book.policies
        for round in state.rounds {
            // What an earlier life closed, it has looked at.
            guard let closedAt = round.closedAt, closedAt >= bornAt else { continue }
            let times =
                policies.first { $0.id == round.planned.policy }?.judge ?? JudgeTimes()
            let recovery = times.recovery
            if !reviewed.contains(round.number) { await review(round, recovery) }
            // Not before its anomalies had their time.
            let patience = state.patience(
                times, namespace: round.namespace, workload: round.planned.target.workload)
            if closedAt + patience.time <= now, !settled.contains(round.number) {
                await settle(round, recovery)
            }
        }
        await reviewUnrecovered(policies)
        await reviewTraffic(policies)
        await checkStanding()
        forget(before: state.rounds.first?.number ?? 0)
    }

    private func review(_ round: RoundRecord, _ recovery: Duration) async {
        reviewed.insert(round.number)
        guard round.planned.assignment == .strike else { return }
        let seen = await watch.signs(of: round.number)
        signs[round.number] = seen
        let input = FindingInput(
            state: await journal.state, round: round, before: before[round.number], signs: seen,
            recovery: recovery, now: clock.now)
        await record(FindingBook.review(input, stage: .closed))
    }

    private func settle(_ round: RoundRecord, _ recovery: Duration) async {
        settled.insert(round.number)
        await readAlerts(of: round, recovery)
        if round.planned.assignment == .strike {
            let input = await settledInput(round, recovery)
            let found = FindingBook.review(input, stage: .settled)
            await record(found)
            keepResidues(found, input)
        }
        before[round.number] = nil
        signs[round.number] = nil
    }

    private func settledInput(_ round: RoundRecord, _ recovery: Duration) async -> FindingInput {
        let snapshot = try? await cluster.snapshot()
        return FindingInput(
            state: await journal.state, round: round, before: before[round.number],
            after: snapshot.flatMap { NamespaceFacts($0, namespace: round.namespace) },
            signs: signs[round.number], recovery: recovery, now: clock.now)
    }

    /// Anomalies that outlived the recovery time are looked at without waiting for their round.
    private func reviewUnrecovered(_ policies: [Policy]) async {
        let state = await journal.state
        for record in state.anomalies where record.unrecovered != nil {
            guard let round = record.opened.round.flatMap({ state.round($0) }),
                round.closedAt != nil, !settled.contains(round.number),
                anomalies.insert(record.id).inserted
            else { continue }
            let recovery =
                policies.first { $0.id == round.planned.policy }?.judge.recovery ?? .seconds(900)
            let input = await settledInput(round, recovery)
            let found = FindingBook.review(input, stage: .settled, final: false)
            await self.record(found)
            keepResidues(found, input)
        }
    }

    /// A namespace whose rounds are held because nothing would show is told of without a round.
    private func reviewTraffic(_ policies: [Policy]) async {
        for namespace in Set(policies.map(\.namespace)).sorted() {
            let known = await journal.state.findings[Finding.scantTrafficIdentity(namespace)]
            let why = await watch.scantTraffic(namespace)
            // While the judge cannot tell, what was said stays.
            if why == nil, await !watch.isWarm(namespace) { continue }
            let changed = FindingBook.scantTraffic(
                in: namespace, why: why, known: known, at: clock.now)
            if let changed { await record([changed]) }
        }
    }

    /// What the team's own alerts said of a round, once nothing more of it can be expected.
    private func readAlerts(of round: RoundRecord, _ recovery: Duration) async {
        guard !interruption.isRaised else { return }
        let state = await journal.state
        guard let span = AlertCoverage.span(of: round, in: state, recovery: recovery),
            // Begins that lie before the round are told from those in it.
            let found = await alerts(since: span.from - .seconds(600), until: span.until)
        else { return }
        let services = Set(
            (await watch.services).map(\.service).filter { $0.namespace == round.namespace }
                .map(\.name))
        let coverage = AlertCoverage(
            round: round.number, namespace: round.namespace,
            isSham: round.planned.assignment == .sham, isHarmful: round.outcome == .harm,
            from: span.from, until: span.until, alerts: found, services: services)
        await record([.alertCoverage(coverage)])
    }

    // The watch is copied out and back: while it waits for the server, others may look at it.
    private func lookAtAlerts(_ now: Timestamp) async {
        guard var watch = alerts else { return }
        await watch.look(at: now)
        alerts = watch
    }

    private func alerts(since: Timestamp, until: Timestamp) async -> [FiringAlert]? {
        guard var watch = alerts else { return nil }
        let found = await watch.alerts(since: since, until: until)
        alerts = watch
        return found
    }

    private func keepResidues(_ found: [Finding], _ input: FindingInput) {
        for finding in found where finding.kind == .stateResidue && finding.standing == true {
            residues[finding.identity] = input
        }
    }

    /// Whether conditions that were standing still do.
    private func checkStanding() async {
        let state = await journal.state
        let standing = state.sortedFindings.filter { $0.standing == true }
        if standing.isEmpty { return }
        let snapshot = try? await cluster.snapshot()
        var changed: [Finding] = []
        for finding in standing {
            let facts = snapshot.flatMap { NamespaceFacts($0, namespace: finding.namespace) }
            guard
                let holds = FindingBook.holds(
                    finding, state: state, facts: facts, input: residues[finding.identity]),
                let new = FindingBook.standing(finding, holds: holds, at: clock.now)
            else { continue }
            if !holds { residues[finding.identity] = nil }
            changed.append(new)
        }
        await record(changed)
    }

    private func record(_ findings: [Finding]) async { await record(findings.map(Event.finding)) }

    private func record(_ events: [Event]) async {
        for event in events {
            do throws(Failure) {
                try await journal.record(event)
            } catch {
                log.warning("a finding was not journaled: \(error.message)")
            }
        }
    }

    /// Bounds the memory to the rounds that the state still holds.
    private func forget(before number: Int) {
        reviewed = reviewed.filter { $0 >= number }
        settled = settled.filter { $0 >= number }
        signs = signs.filter { $0.key >= number && !settled.contains($0.key) }
        if anomalies.count > 1000 { anomalies = Set(anomalies.sorted().suffix(500)) }
    }
}
